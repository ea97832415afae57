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

// restorer restores the state of an earlier engine into a new one.
//
// The configuration may have changed. A rule that has not changed keeps its tracks. A rule
// that is new or has changed starts without tracks, but with the restored modifiers. If it
// has a filter, they do not pass it, because the fields that filters test are not stored.
type restorer struct {
	engine     *Engine
	record     engineRecord
	filterBits []uint64       // the new bit of each old filter bit, 0 if the filter is gone
	rules      map[string]int // digest → rule

	decoder blockDecoder
	pending []pendingModifier // decoded modifiers of a block that are to be added
}

// maxReserve limits for how many fingerprints memory is reserved, because a
// damaged record may contain any number.
const maxReserve = 1 << 24

// restoreEngine restores e, which must be new, from r and makes it record its changes.
func restoreEngine(e *Engine, r state.Reader) error {
	e.journal.enabled = true
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
		return damagedError("the record of the engine")
	}
	t := newRestorer(e, record)
	for c, err := range r.All(blockSpace) {
		if err != nil {
			return err
		}
		if err := t.addBlock(c.Key, c.Value); err != nil {
			return err
		}
	}
	for c, err := range r.All(objectSpace) {
		if err != nil {
			return err
		}
		if err := t.addObject(string(c.Key), c.Value); err != nil {
			return err
		}
	}
	t.deriveUnrecorded()
	return nil
}

func newRestorer(e *Engine, record engineRecord) *restorer {
	r := &restorer{engine: e, record: record, rules: map[string]int{}}
	for i, rule := range e.program.incidents {
		r.rules[rule.digest] = i
	}
	for _, digest := range record.Filters {
		bit := uint64(0)
		if i, found := r.rules[digest]; found {
			bit = e.program.incidents[i].filter
		}
		r.filterBits = append(r.filterBits, bit)
	}
	e.seen.Reserve(min(max(record.Live, 0), maxReserve))
	e.lastClock = record.Counted
	e.clock.Advance(record.Clock)
	for _, s := range e.shards {
		s.oldest = record.Oldest
	}
	e.journal.next = record.Next
	return r
}

// addBlock adds the modifiers of a block that are still needed. It does not retain data.
// It decodes several modifiers before it adds the first of them, so that their cache
// misses overlap.
func (r *restorer) addBlock(key, data []byte) error {
	d := &r.decoder
	latest, err := d.openBlock(data, r.engine.workers)
	if err != nil || len(key) != 8 {
		return damagedError("a block of modifiers")
	}
	r.engine.journal.blocks = append(r.engine.journal.blocks, journalBlock{binary.BigEndian.Uint64(key), latest})
	defer d.closeBlock(r.engine.shards)
	for len(d.buf) > 0 {
		r.pending = r.pending[:0]
		d.threats = d.threats[:0]
		for len(d.buf) > 0 && len(r.pending) < prefetchBatch {
			f := d.readModifier()
			if d.failed {
				return damagedError("a block of modifiers")
			}
			if f.at >= r.record.Oldest {
				r.pending = append(r.pending, r.locateModifier(f))
			}
		}
		r.prefetchPending()
		for i := range r.pending {
			r.addModifier(&r.pending[i])
		}
	}
	return nil
}

// pendingModifier is a decoded modifier with its object and shard.
type pendingModifier struct {
	blockModifier
	name  detect.Object
	hash  uint64
	shard int
}

func (r *restorer) locateModifier(f blockModifier) pendingModifier {
	name := r.decoder.nameOf(&f)
	hash := name.Hash(r.engine.seed)
	return pendingModifier{f, name, hash, shardIndex(hash, r.engine.workers)}
}

func (r *restorer) addModifier(f *pendingModifier) {
	e := r.engine
	if stale := e.clock.Stale(); f.at > stale {
		slot, _ := e.seen.Find(f.id, stale)
		e.seen.Store(slot, f.id, f.at)
	}
	s := e.shards[f.shard]
	o := s.objects.viewOf(s.objects.findOrAdd(f.name, uint32(f.hash)))
	m := r.decoder.internModifier(s.dict, f.shard, &f.blockModifier, r.translateFilters)
	s.objects.insertModifier(&o, m)
	s.live++
}

// prefetchPending prefetches the memory that adding the pending modifiers will read.
func (r *restorer) prefetchPending() {
	e := r.engine
	var ids [prefetchBatch]uint32
	for i := range r.pending {
		f := &r.pending[i]
		s := e.shards[f.shard]
		e.sink += e.seen.Prefetch(f.id)
		ids[i] = s.objects.index.Guess(uint32(f.hash))
		if f.sid != 0 {
			e.sink += int64(s.dict.PrefetchSlot(s.dict.Hash(r.decoder.texts[f.sid])))
		}
	}
	for i := range r.pending {
		if ids[i] != 0 {
			e.sink += int64(e.shards[r.pending[i].shard].objects.slab.At(ids[i]).count)
		}
	}
	for i := range r.pending {
		if s := e.shards[r.pending[i].shard]; ids[i] != 0 {
			o := s.objects.slab.At(ids[i])
			e.sink += int64(s.objects.modifiers.lastOf(o).at)
			ids[i] = o.key
			e.sink += int64(s.dict.HashOf(o.key))
		}
	}
	for i := range r.pending {
		if ids[i] != 0 {
			e.sink += int64(e.shards[r.pending[i].shard].dict.PrefetchTexts(ids[i : i+1]))
		}
	}
}

func (r *restorer) translateFilters(mask uint64) uint64 {
	now := uint64(0)
	for bit, to := range r.filterBits {
		if mask&(1<<bit) != 0 {
			now |= to
		}
	}
	return now
}

// addObject restores the tracks of an object. It ignores those of rules that are gone or
// have changed.
func (r *restorer) addObject(key string, data []byte) error {
	parts := strings.SplitN(key, "\x00", 3)
	if len(parts) != 3 {
		return damagedError("the key of an object")
	}
	name := detect.Object{Zone: entity.Zone(parts[0]), Type: parts[1], Key: parts[2]}
	hash := name.Hash(r.engine.seed)
	s := r.engine.shards[shardIndex(hash, r.engine.workers)]
	o := s.objects.viewOf(s.objects.findOrAdd(name, uint32(hash)))
	o.flags |= flagSaved
	d := decoder{buf: data}
	o.evaluatedTo = eventtime.Instant(d.readVarint())
	for len(d.buf) > 0 && !d.failed {
		digest := d.readString()
		t := new(track)
		for range d.readLength() {
			start := eventtime.Instant(d.readVarint())
			t.Spans = append(t.Spans, window.Span{Start: start, End: eventtime.Instant(d.readVarint())})
		}
		for range d.readLength() {
			at := eventtime.Instant(d.readVarint())
			t.Fired = append(t.Fired, window.Firing{At: at, Level: uint8(d.readUvarint())})
		}
		if i, found := r.rules[digest]; found {
			s.objects.setTrack(&o, i, t)
		}
	}
	if d.failed {
		return damagedError("the state of an object")
	}
	return nil
}

// deriveUnrecorded derives the state that is not recorded.
func (r *restorer) deriveUnrecorded() {
	for _, s := range r.engine.shards {
		for o := range s.objects.each() {
			s.deriveState(&o, r.record.Counted)
		}
		heap.Init(&s.departures)
	}
	r.decoder = blockDecoder{}
}

// deriveState derives the state of an object that is not recorded: up to when it was
// evaluated, and when its negative modifiers leave.
func (s *shard) deriveState(o *objectView, clock eventtime.Instant) {
	if n := len(o.mods); n > 0 {
		o.evaluatedTo = max(o.evaluatedTo, o.mods[n-1].at)
	}
	if o.flags&flagLowered == 0 {
		return
	}
	for i := range o.mods {
		m := &o.mods[i]
		if !m.lowersRisk() {
			continue
		}
		mask := s.dict.kindOf(m).mask
		for k, r := range s.rules {
			leaves := m.at.Add(r.window)
			switch {
			case !r.passesFilter(mask):
			case leaves <= clock:
				o.evaluatedTo = max(o.evaluatedTo, leaves)
			case !slices.ContainsFunc(s.rules[:k], func(q *compiledRule) bool { return q.window == r.window && q.passesFilter(mask) }):
				s.departures = append(s.departures, departure{leaves, o.id})
			}
		}
	}
}

// shardOf returns the shard that an object belongs to.
func (e *Engine) shardOf(o detect.Object) *shard {
	return e.shards[shardIndex(o.Hash(e.seed), e.workers)]
}

// shardIndex returns the index of the shard, of n shards, that an object with the hash
// belongs to.
func shardIndex(hash uint64, n int) int { return int(hash >> 32 * uint64(n) >> 32) }
