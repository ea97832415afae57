package risk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Checkpoint is what changed in an engine since the last one: with all
// checkpoints a new engine can be brought to where this one stands.
type Checkpoint struct {
	State   State
	Blocks  []Block
	Objects []ObjectState
}

// State is small and replaced whole by every checkpoint.
type State struct {
	Clock   int64    `json:"clock"`   // event time, nanoseconds
	Counted int64    `json:"counted"` // event time up to which objects were evaluated
	Oldest  int64    `json:"oldest"`  // event time before which modifiers are needed no more
	Rules   []string `json:"rules"`   // incident rules, by name and digest
	Filters []string `json:"filters"` // what the bits of a modifier stand for
	Live    int      `json:"live"`    // about how many modifiers the blocks hold
}

// Block holds modifiers in order of arrival.
type Block struct {
	Latest time.Time // the greatest time of its modifiers
	Data   []byte
}

// ObjectState is where the incident rules stand with an object; a nil Value
// says that there is nothing to know any more.
type ObjectState struct {
	Key   string
	Value []byte
}

// ErrDamaged says that a block or the state of an object cannot be read.
var ErrDamaged = errors.New("damaged record")

// blockFacts is how many modifiers a block holds at most.
const blockFacts = 4096

// Record makes the engine keep what [Engine.Checkpoint] returns. It is called
// before anything is added.
func (e *Engine) Record() {
	for _, s := range e.shards {
		s.recorder = &recorder{}
		s.recorder.reset()
	}
}

// Recorded returns about how many bytes the next checkpoint holds.
func (e *Engine) Recorded() int {
	n := 0
	for _, s := range e.shards {
		if s.recorder != nil {
			n += s.recorder.size()
		}
	}
	return n
}

// Checkpoint returns what changed since the last checkpoint.
func (e *Engine) Checkpoint() Checkpoint {
	c := Checkpoint{State: e.state()}
	for _, s := range e.shards {
		s.recorder.close(s.words)
		c.Blocks = append(c.Blocks, s.recorder.blocks...)
		s.recorder.blocks = nil
		c.Objects = s.states(c.Objects, c.State.Rules)
	}
	slices.SortFunc(c.Objects, func(a, b ObjectState) int { return compareText(a.Key, b.Key) })
	return c
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (e *Engine) state() State {
	st := State{Clock: int64(e.clock.Now()), Counted: int64(e.last), Oldest: int64(e.oldest()), Live: e.seen.Len(), Filters: make([]string, len(e.program.filters))}
	for _, r := range e.program.incidents {
		st.Rules = append(st.Rules, r.digest)
		for bit := range st.Filters {
			if r.filter == 1<<bit {
				st.Filters[bit] = r.digest
			}
		}
	}
	return st
}

// digest identifies a rule by its name and all that it says.
func (r IncidentRule) digest() string {
	text, _ := json.Marshal(r) // texts and lists of texts only
	sum := sha256.Sum256(text)
	return r.Name + " " + hex.EncodeToString(sum[:8])
}

// states appends the state of every object that was touched, or is gone.
func (s *shard) states(list []ObjectState, rules []string) []ObjectState {
	r := s.recorder
	for _, name := range r.gone {
		if id := s.objects.find(name, uint32(hashOf(s.objects.seed, name))); id != 0 { // it came back
			o := s.objects.subject(id)
			o.flags |= saved
			s.mark(&o)
			continue
		}
		list = append(list, ObjectState{name.recordKey(), nil})
	}
	for _, id := range r.touched {
		o := s.objects.subject(id)
		if o.flags&touched == 0 {
			continue // its number was given to another one
		}
		o.flags &^= touched
		var value []byte
		if o.tracks != nil {
			value = o.encode(rules)
		}
		if value != nil || o.flags&saved != 0 {
			list = append(list, ObjectState{s.objects.name(o.object).recordKey(), value})
		}
		if o.flags &^= saved; value != nil {
			o.flags |= saved
		}
	}
	r.gone, r.touched = r.gone[:0], r.touched[:0]
	return list
}

func (o Object) recordKey() string { return string(o.Zone) + "\x00" + o.Type + "\x00" + o.Key }

// encode writes where the rules stand with o; nil if nothing is to be known.
func (o *subject) encode(rules []string) []byte {
	var e encoder
	e.signed(int64(o.done))
	any := false
	for i, t := range o.tracks {
		if t == nil || t.History.IsEmpty() {
			continue
		}
		any = true
		e.bytes(rules[i])
		e.number(uint64(len(t.Spans)))
		for _, r := range t.Spans {
			e.signed(int64(r.Start))
			e.signed(int64(r.End))
		}
		e.number(uint64(len(t.Fired)))
		for _, f := range t.Fired {
			e.signed(int64(f.At))
			e.number(uint64(f.Level))
		}
	}
	if !any {
		return nil
	}
	return e.buf
}

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }
