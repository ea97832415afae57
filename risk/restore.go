package risk

import (
	"container/heap"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
)

// Restoring brings a new engine to where another one stood: the state of its
// last checkpoint, then all blocks in order, then all objects, then Done.
//
// The configuration may have changed. A rule that is as it was goes on; one
// that is new or says something else begins with the modifiers that are there,
// but if it has a filter, it does not see them: what a filter asks about is not
// kept.
type Restoring struct {
	engine *Engine
	state  State
	bits   []uint64       // of a filter then, the bits now
	rules  map[string]int // digest → rule
}

// maxRoom bounds the room that is made at once on the word of a state.
const maxRoom = 1 << 24

// Restore begins to bring the engine, to which nothing was added yet, to
// state.
func (e *Engine) Restore(state State) *Restoring {
	r := &Restoring{engine: e, state: state, rules: map[string]int{}}
	for i, rule := range e.program.incidents {
		r.rules[rule.digest] = i
	}
	for _, digest := range state.Filters {
		bit := uint64(0)
		if i, found := r.rules[digest]; found {
			bit = e.program.incidents[i].filter
		}
		r.bits = append(r.bits, bit)
	}
	e.gate.seen = make(map[fingerprint]instant, min(state.Live, maxRoom))
	e.gate.clock, e.last = instant(state.Clock), instant(state.Counted)
	return r
}

// Block adds the modifiers of a block. What has expired since is left out.
func (r *Restoring) Block(data []byte) error {
	e := r.engine
	oldest := e.gate.clock.plus(-e.program.lateness).plus(-e.program.retention)
	d := decoder{buf: data}
	for len(d.buf) > 0 {
		f := d.fact()
		if d.failed {
			return damaged("a block of modifiers")
		}
		if f.at < oldest {
			continue
		}
		f.mask = r.translate(f.mask)
		e.gate.seen[f.id] = f.at
		s := e.shardOf(f.object)
		o := s.object(f.object)
		o.insert(s.words.keep(&f, o.latest()))
		s.live++
	}
	return nil
}

func (r *Restoring) translate(mask uint64) uint64 {
	now := uint64(0)
	for bit, to := range r.bits {
		if mask&(1<<bit) != 0 {
			now |= to
		}
	}
	return now
}

// Object adds where the rules stood with an object.
func (r *Restoring) Object(key string, data []byte) error {
	parts := strings.SplitN(key, "\x00", 3)
	if len(parts) != 3 {
		return damaged("the key of an object")
	}
	name := Object{Zone: entity.Zone(parts[0]), Type: parts[1], Key: parts[2]}
	o := r.engine.shardOf(name).object(name)
	o.saved = true
	d := decoder{buf: data}
	o.done = instant(d.signed())
	for len(d.buf) > 0 && !d.failed {
		digest := d.text()
		t := new(track)
		for range d.length() {
			start := instant(d.signed())
			t.runs = append(t.runs, run{start, instant(d.signed())})
		}
		for range d.length() {
			at := instant(d.signed())
			t.fired = append(t.fired, firing{at, entity.Priority(d.number())})
		}
		if i, found := r.rules[digest]; found {
			o.tracks[i] = t
		}
	}
	if d.failed {
		return damaged("the state of an object")
	}
	return nil
}

// Done ends restoring.
func (r *Restoring) Done() {
	for _, s := range r.engine.shards {
		for _, o := range s.objects {
			s.settle(o, instant(r.state.Counted))
		}
		heap.Init(&s.leaving)
	}
}

// settle works out again what is not kept: how far an object was evaluated,
// and when its negative modifiers will leave.
func (s *shard) settle(o *object, clock instant) {
	for i := range o.mods {
		m := &o.mods[i]
		o.done = max(o.done, m.at)
		if m.calculated.Sign() >= 0 {
			continue
		}
		mask := s.words.kinds.key(m.kind).mask
		for k, r := range s.rules {
			leaves := m.at.plus(r.window)
			switch {
			case !r.sees(mask):
			case leaves <= clock:
				o.done = max(o.done, leaves)
			case !slices.ContainsFunc(s.rules[:k], func(q *incident) bool { return q.window == r.window && q.sees(mask) }):
				s.leaving = append(s.leaving, departure{leaves, o})
			}
		}
	}
}

// object returns the object of a name, new if it is not there.
func (s *shard) object(name Object) *object {
	o := s.objects[name]
	if o == nil {
		o = &object{name: name.clone(), done: -never, tracks: make([]*track, len(s.rules))}
		s.objects[o.name] = o
	}
	return o
}

// shardOf returns the shard that an object belongs to.
func (e *Engine) shardOf(o Object) *shard { return e.shards[e.shardIndex(o)] }

func (e *Engine) shardIndex(o Object) int {
	if e.workers == 1 {
		return 0
	}
	return int(maphash.Comparable(e.seed, o) % uint64(e.workers))
}
