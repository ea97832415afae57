package risk

import (
	"encoding/binary"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// recorder keeps the changes of a shard.
//
// A block is the greatest time of its modifiers, then the modifiers. Each is the
// difference of its time to that of the one before, references to its object and to
// what it shares with others, its scores and its fingerprint. A reference is 0 for what
// occurs for the first time in the block, which follows, and otherwise its number in
// the block, from 1 on. For a text it is one more, and 0 is the empty text.
type recorder struct {
	blocks  []recorded
	changed []uint32        // objects; a number may be there twice
	gone    []detect.Object // objects that were dropped and have a recorded state

	open   encoder
	count  int
	latest eventtime.Instant
	at     eventtime.Instant // of the last modifier
	texts  numbering
	kinds  numbering
	realms numbering
}

// recorded is a block that is complete.
type recorded struct {
	latest eventtime.Instant
	data   []byte
}

func (r *recorder) reset() {
	r.open.buf = r.open.buf[:0]
	r.count, r.latest, r.at = 0, -eventtime.Never, 0
	r.texts.reset()
	r.kinds.reset()
	r.realms.reset()
}

func (r *recorder) size() int {
	n := len(r.open.buf)
	for i := range r.blocks {
		n += len(r.blocks[i].data)
	}
	return n
}

// close ends the open block.
func (r *recorder) close(words *dictionary) {
	if r.count > 0 {
		data := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(r.open.buf)), uint64(r.latest))
		r.blocks = append(r.blocks, recorded{r.latest, append(data, r.open.buf...)})
	}
	for _, id := range r.texts.ids {
		words.Drop(id)
	}
	for _, id := range r.kinds.ids {
		words.dropKind(id)
	}
	for _, id := range r.realms.ids {
		words.realms.Drop(id)
	}
	r.reset()
}

// add records a modifier of o.
func (r *recorder) add(words *dictionary, o *object, m *mod, id window.Fingerprint) {
	e := &r.open
	e.signed(int64(m.at - r.at))
	r.at, r.latest = m.at, max(r.latest, m.at)
	r.realm(words, o.realm)
	r.kind(words, m.kind)
	for _, text := range [...]uint32{o.key, m.spelled, m.message, m.sid, m.rid} {
		r.text(words, text)
	}
	r.threats(words, m)
	e.signed(m.base)
	if calculated := words.score(m); calculated == score.Steps(m.base) {
		e.number(0)
	} else {
		e.number(1)
		hi, lo := calculated.Words()
		e.signed(hi)
		e.number(lo)
	}
	e.buf = append(e.buf, id[:]...)
	if r.count++; r.count == blockFacts {
		r.close(words)
	}
}

func (r *recorder) text(words *dictionary, id uint32) {
	if id == 0 {
		r.open.number(0)
		return
	}
	n, met := r.texts.of(id)
	if r.open.number(uint64(n) + 1); !met {
		words.Share(id) // so that its number is not reused
		r.open.bytes(words.Get(id))
	}
}

func (r *recorder) list(words *dictionary, ids []uint32) {
	r.open.number(uint64(len(ids)))
	for _, id := range ids {
		r.text(words, id)
	}
}

func (r *recorder) threats(words *dictionary, m *mod) {
	n := 0
	words.eachThreat(m, func(uint32) { n++ })
	r.open.number(uint64(n))
	words.eachThreat(m, func(id uint32) { r.text(words, id) })
}

func (r *recorder) kind(words *dictionary, id uint32) {
	n, met := r.kinds.of(id)
	if r.open.number(uint64(n)); met {
		return
	}
	words.kinds.Share(id)
	k := words.kinds.Key(id)
	r.text(words, k.source)
	r.factors(*words.factors.Value(k.factors))
	r.open.number(uint64(k.priority))
	r.open.number(k.mask)
	a := words.attackOf(k)
	r.list(words, a.techniques)
	r.list(words, a.tactics)
}

func (r *recorder) factors(f *detect.Factors) {
	if f == nil {
		f = new(detect.Factors)
	}
	for _, list := range [...][]detect.AppliedFactor{f.Adds, f.Multiplies} {
		r.open.number(uint64(len(list)))
		for i := range list {
			r.open.bytes(list[i].Name)
			r.open.bytes(list[i].Value.String())
		}
	}
}

func (r *recorder) realm(words *dictionary, id uint32) {
	n, met := r.realms.of(id)
	if r.open.number(uint64(n)); met {
		return
	}
	words.realms.Share(id)
	k := words.realms.Key(id)
	r.open.bytes(string(k.zone))
	r.open.bytes(k.typ)
}

// encoder appends numbers and texts.
type encoder struct{ buf []byte }

func (e *encoder) number(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }
func (e *encoder) signed(n int64)  { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) bytes(s string) {
	e.number(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

// numbering maps numbers of a dictionary to numbers of a block, which are given in
// order of occurrence.
type numbering struct {
	slots []uint64 // number in the dictionary in the upper half, in the block in the lower
	ids   []uint32 // by number in the block, less 1
}

func (n *numbering) reset() {
	n.ids = n.ids[:0]
	clear(n.slots)
}

// of returns the number of id in the block, and reports whether id occurred before. If
// not, the number is 0, and id gets one.
func (n *numbering) of(id uint32) (number uint32, met bool) {
	if 2*len(n.ids) >= len(n.slots) {
		n.grow()
	}
	slot := n.slot(id)
	if *slot != 0 {
		return uint32(*slot), true
	}
	n.ids = append(n.ids, id)
	*slot = uint64(id)<<32 | uint64(len(n.ids))
	return 0, false
}

func (n *numbering) slot(id uint32) *uint64 {
	mask := uint32(len(n.slots) - 1)
	for i := id * 0x9e3779b1 & mask; ; i = (i + 1) & mask {
		if s := &n.slots[i]; *s == 0 || uint32(*s>>32) == id {
			return s
		}
	}
}

func (n *numbering) grow() {
	n.slots = make([]uint64, max(256, 2*len(n.slots)))
	for i, id := range n.ids {
		*n.slot(id) = uint64(id)<<32 | uint64(i+1)
	}
}
