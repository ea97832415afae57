package risk

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kithsec/kith/entity"
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

// recorder keeps what the next checkpoint will hold.
type recorder struct {
	blocks []Block
	open   encoder
	count  int
	latest instant
}

// Record makes the engine keep what [Engine.Checkpoint] returns. It is called
// before anything is added.
func (e *Engine) Record() {
	e.recorder = &recorder{}
	e.recorder.reset()
	for _, s := range e.shards {
		s.touched = map[*object]struct{}{}
	}
}

func (r *recorder) reset() {
	r.open = encoder{words: map[string]uint64{}, buf: r.open.buf[:0]}
	r.count, r.latest = 0, -never
}

func (r *recorder) add(f *fact) {
	r.open.fact(f)
	r.latest = max(r.latest, f.at)
	if r.count++; r.count == blockFacts {
		r.close()
	}
}

func (r *recorder) close() {
	if r.count > 0 {
		r.blocks = append(r.blocks, Block{time.Unix(0, int64(r.latest)), slices.Clone(r.open.buf)})
	}
	r.reset()
}

// Recorded returns about how many bytes the next checkpoint holds.
func (e *Engine) Recorded() int {
	if e.recorder == nil {
		return 0
	}
	n := len(e.recorder.open.buf)
	for i := range e.recorder.blocks {
		n += len(e.recorder.blocks[i].Data)
	}
	return n
}

// Checkpoint returns what changed since the last checkpoint.
func (e *Engine) Checkpoint() Checkpoint {
	r := e.recorder
	r.close()
	c := Checkpoint{State: e.state(), Blocks: r.blocks}
	r.blocks = nil
	for _, s := range e.shards {
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
	st := State{Clock: int64(e.gate.clock), Counted: int64(e.last), Live: len(e.gate.seen), Filters: make([]string, len(e.program.filters))}
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

// states appends the state of every object that was touched.
func (s *shard) states(list []ObjectState, rules []string) []ObjectState {
	for o := range s.touched {
		now := s.objects[o.name]
		var value []byte
		if now != nil {
			value = now.encode(rules)
			now.saved = now.saved || value != nil
		}
		if value != nil || o.saved {
			list = append(list, ObjectState{o.name.recordKey(), value})
		}
	}
	clear(s.touched)
	return list
}

func (o Object) recordKey() string { return string(o.Zone) + "\x00" + o.Type + "\x00" + o.Key }

// encode writes where the rules stand with o; nil if nothing is to be known.
func (o *object) encode(rules []string) []byte {
	e := encoder{words: map[string]uint64{}}
	e.signed(int64(o.done))
	any := false
	for i, t := range o.tracks {
		if t == nil || len(t.runs)+len(t.fired) == 0 {
			continue
		}
		any = true
		e.text(rules[i])
		e.number(uint64(len(t.runs)))
		for _, r := range t.runs {
			e.signed(int64(r.start))
			e.signed(int64(r.end))
		}
		e.number(uint64(len(t.fired)))
		for _, f := range t.fired {
			e.signed(int64(f.at))
			e.number(uint64(f.severity))
		}
	}
	if !any {
		return nil
	}
	return e.buf
}

// encoder writes numbers and texts; a text that comes again is a number.
type encoder struct {
	buf   []byte
	words map[string]uint64
	at    instant
}

func (e *encoder) number(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }
func (e *encoder) signed(n int64)  { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) text(s string) {
	if n, found := e.words[s]; found {
		e.number(n)
		return
	}
	e.words[s] = uint64(len(e.words)) + 1
	e.number(0)
	e.number(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) texts(list []string) {
	e.number(uint64(len(list)))
	for _, s := range list {
		e.text(s)
	}
}

func (e *encoder) fact(f *fact) {
	e.signed(int64(f.at - e.at))
	e.at = f.at
	for _, s := range [...]string{string(f.object.Zone), f.object.Type, f.object.Key, f.spelled, f.source, f.message, f.factors, f.sid, f.rid} {
		e.text(s)
	}
	e.signed(f.base)
	e.signed(f.calculated.hi)
	e.number(f.calculated.lo)
	e.texts(f.attack.techniques)
	e.texts(f.attack.tactics)
	e.number(uint64(len(f.threats)))
	for _, t := range f.threats {
		e.text(t.Type)
		e.text(t.Value)
	}
	e.number(uint64(f.priority))
	e.number(f.mask)
	e.buf = append(e.buf, f.id[:]...)
}

// decoder is the inverse of encoder. After an error it yields zeros.
type decoder struct {
	buf    []byte
	words  []string
	at     instant
	failed bool
}

func (d *decoder) number() uint64 {
	n, width := binary.Uvarint(d.buf)
	d.skip(width)
	return n
}

func (d *decoder) signed() int64 {
	n, width := binary.Varint(d.buf)
	d.skip(width)
	return n
}

func (d *decoder) skip(width int) {
	if width <= 0 {
		d.failed, d.buf = true, nil
		return
	}
	d.buf = d.buf[width:]
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.failed, d.buf = true, nil
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) text() string {
	n := d.number()
	if n == 0 {
		d.words = append(d.words, string(d.bytes(d.number())))
		n = uint64(len(d.words))
	}
	if n > uint64(len(d.words)) {
		d.failed, d.buf = true, nil
		return ""
	}
	return d.words[n-1]
}

// length reads how many elements follow, each of at least one byte.
func (d *decoder) length() int {
	n := d.number()
	if n > uint64(len(d.buf)) {
		d.failed, d.buf = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) texts() []string {
	var list []string
	for range d.length() {
		list = append(list, d.text())
	}
	return list
}

func (d *decoder) fact() fact {
	d.at += instant(d.signed())
	f := fact{at: d.at}
	f.object.Zone = entity.Zone(d.text())
	f.object.Type, f.object.Key, f.spelled, f.source, f.message = d.text(), d.text(), d.text(), d.text(), d.text()
	f.factors, f.sid, f.rid = d.text(), d.text(), d.text()
	f.base = d.signed()
	f.calculated.hi = d.signed()
	f.calculated.lo = d.number()
	f.attack.techniques = d.texts()
	f.attack.tactics = d.texts()
	for range d.length() {
		typ := d.text()
		f.threats = append(f.threats, Threat{typ, d.text()})
	}
	f.priority = entity.Priority(d.number())
	f.mask = d.number()
	copy(f.id[:], d.bytes(uint64(len(f.id))))
	return f
}

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }
