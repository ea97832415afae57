package risk

import (
	"container/heap"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/state"
)

// restoring brings a new engine to where another one stood.
//
// The configuration may have changed. A rule that is as it was goes on; one that
// is new or has changed begins with the modifiers that are there, except that a
// filter does not see them: the fields that filters test are not kept.
type restoring struct {
	engine *Engine
	record engineRecord
	bits   []uint64       // of a filter then, the bits now
	rules  map[string]int // digest → rule

	decoder blockDecoder
	rows    []restored // of a block, in progress
}

// maxRoom limits the memory that a record can make restoring allocate.
const maxRoom = 1 << 24

// restore brings e, to which nothing was added yet, to the state of r, and lets it
// record its own changes.
func restore(e *Engine, r state.Reader) error {
	e.journal.on = true
	for _, s := range e.shards {
		s.recorder = &recorder{}
		s.recorder.reset()
	}
	text, err := r.Get(engineSpace, recordKey)
	if err != nil || text == nil {
		return err
	}
	var record engineRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return damaged("the record of the engine")
	}
	t := newRestoring(e, record)
	for c, err := range r.All(blockSpace) {
		if err != nil {
			return err
		}
		if err := t.block(c.Key, c.Value); err != nil {
			return err
		}
	}
	for c, err := range r.All(objectSpace) {
		if err != nil {
			return err
		}
		if err := t.object(string(c.Key), c.Value); err != nil {
			return err
		}
	}
	t.finish()
	return nil
}

func newRestoring(e *Engine, record engineRecord) *restoring {
	r := &restoring{engine: e, record: record, rules: map[string]int{}}
	for i, rule := range e.program.incidents {
		r.rules[rule.digest] = i
	}
	for _, digest := range record.Filters {
		bit := uint64(0)
		if i, found := r.rules[digest]; found {
			bit = e.program.incidents[i].filter
		}
		r.bits = append(r.bits, bit)
	}
	e.seen.Reserve(min(max(record.Live, 0), maxRoom))
	e.last = record.Counted
	e.clock.Advance(record.Clock)
	for _, s := range e.shards {
		s.oldest = record.Oldest
	}
	e.journal.next = record.Next
	return r
}

// block adds the modifiers of a block, and keeps none of data. Those that are not
// needed any more are left out. Some rows are decoded before the first of them is
// added, so that the reads of adding them overlap.
func (r *restoring) block(key, data []byte) error {
	d := &r.decoder
	latest, err := d.begin(data, r.engine.workers)
	if err != nil || len(key) != 8 {
		return damaged("a block of modifiers")
	}
	r.engine.journal.blocks = append(r.engine.journal.blocks, block{binary.BigEndian.Uint64(key), latest})
	defer d.end(r.engine.shards)
	for len(d.buf) > 0 {
		r.rows = r.rows[:0]
		d.threats = d.threats[:0]
		for len(d.buf) > 0 && len(r.rows) < prefetchBatch {
			f := d.row()
			if d.failed {
				return damaged("a block of modifiers")
			}
			if f.at >= r.record.Oldest {
				r.rows = append(r.rows, r.place(f))
			}
		}
		r.prefetch()
		for i := range r.rows {
			r.add(&r.rows[i])
		}
	}
	return nil
}

// restored is a row and where it goes.
type restored struct {
	blockRow
	name  detect.Object
	hash  uint64
	shard int
}

func (r *restoring) place(f blockRow) restored {
	name := r.decoder.name(&f)
	hash := name.Hash(r.engine.seed)
	return restored{f, name, hash, shardIndex(hash, r.engine.workers)}
}

func (r *restoring) add(f *restored) {
	e := r.engine
	if stale := e.clock.Stale(); f.at > stale {
		slot, _ := e.seen.Find(f.id, stale)
		e.seen.Keep(slot, f.id, f.at)
	}
	s := e.shards[f.shard]
	o := s.objects.subject(s.objects.findOrAdd(f.name, uint32(f.hash)))
	m := r.decoder.keep(s.words, f.shard, &f.blockRow, r.translate)
	s.objects.insert(&o, m)
	s.live++
}

// prefetch reads what adding the rows will need, as shard.prefetch does.
func (r *restoring) prefetch() {
	e := r.engine
	var ids [prefetchBatch]uint32
	for i := range r.rows {
		f := &r.rows[i]
		s := e.shards[f.shard]
		e.sink += e.seen.Guess(f.id)
		ids[i] = s.objects.index.Guess(uint32(f.hash))
		if f.sid != 0 {
			e.sink += int64(s.words.Guess(s.words.Hash(r.decoder.texts[f.sid])))
		}
	}
	for i := range r.rows {
		if ids[i] != 0 {
			e.sink += int64(e.shards[r.rows[i].shard].objects.all.At(ids[i]).count)
		}
	}
	for i := range r.rows {
		if s := e.shards[r.rows[i].shard]; ids[i] != 0 {
			o := s.objects.all.At(ids[i])
			e.sink += int64(s.objects.rows.last(o).at)
			ids[i] = o.key
			e.sink += int64(s.words.HashOf(o.key))
		}
	}
	for i := range r.rows {
		if ids[i] != 0 {
			e.sink += int64(e.shards[r.rows[i].shard].words.Read(ids[i : i+1]))
		}
	}
}

func (r *restoring) translate(mask uint64) uint64 {
	now := uint64(0)
	for bit, to := range r.bits {
		if mask&(1<<bit) != 0 {
			now |= to
		}
	}
	return now
}

// object adds the tracks of an object.
func (r *restoring) object(key string, data []byte) error {
	parts := strings.SplitN(key, "\x00", 3)
	if len(parts) != 3 {
		return damaged("the key of an object")
	}
	name := detect.Object{Zone: entity.Zone(parts[0]), Type: parts[1], Key: parts[2]}
	hash := name.Hash(r.engine.seed)
	s := r.engine.shards[shardIndex(hash, r.engine.workers)]
	o := s.objects.subject(s.objects.findOrAdd(name, uint32(hash)))
	o.flags |= saved
	d := decoder{buf: data}
	o.done = eventtime.Instant(d.signed())
	for len(d.buf) > 0 && !d.failed {
		digest := d.text()
		t := new(track)
		for range d.length() {
			start := eventtime.Instant(d.signed())
			t.Spans = append(t.Spans, window.Span{Start: start, End: eventtime.Instant(d.signed())})
		}
		for range d.length() {
			at := eventtime.Instant(d.signed())
			t.Fired = append(t.Fired, window.Firing{At: at, Level: uint8(d.number())})
		}
		if i, found := r.rules[digest]; found {
			s.objects.setTrack(&o, i, t)
		}
	}
	if d.failed {
		return damaged("the state of an object")
	}
	return nil
}

// finish derives what is not recorded.
func (r *restoring) finish() {
	for _, s := range r.engine.shards {
		for o := range s.objects.each() {
			s.deriveState(&o, r.record.Counted)
		}
		heap.Init(&s.leaving)
	}
	r.decoder = blockDecoder{}
}

// deriveState derives what is not recorded: up to when an object was evaluated, and
// when its negative modifiers leave.
func (s *shard) deriveState(o *subject, clock eventtime.Instant) {
	if n := len(o.mods); n > 0 {
		o.done = max(o.done, o.mods[n-1].at)
	}
	if o.flags&lowered == 0 {
		return
	}
	for i := range o.mods {
		m := &o.mods[i]
		if !m.lowers() {
			continue
		}
		mask := s.words.kindOf(m).mask
		for k, r := range s.rules {
			leaves := m.at.Add(r.window)
			switch {
			case !r.sees(mask):
			case leaves <= clock:
				o.done = max(o.done, leaves)
			case !slices.ContainsFunc(s.rules[:k], func(q *incident) bool { return q.window == r.window && q.sees(mask) }):
				s.leaving = append(s.leaving, departure{leaves, o.id})
			}
		}
	}
}

// shardOf returns the shard that an object belongs to.
func (e *Engine) shardOf(o detect.Object) *shard {
	return e.shards[shardIndex(o.Hash(e.seed), e.workers)]
}

// shardIndex returns which of n shards an object with the hash belongs to.
func shardIndex(hash uint64, n int) int { return int(hash >> 32 * uint64(n) >> 32) }
