package risk

import (
	"encoding/binary"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// recorder records the changes of a shard.
//
// A block starts with the greatest time of its modifiers, followed by the modifiers. A
// modifier is encoded as the difference between its time and that of the previous one,
// references to its realm, kind and texts, its scores and its fingerprint. A reference to a
// realm or kind is its number in the block, counted from 1, or 0 if it occurs for the first
// time; then its value follows. A reference to a text is 0 for the empty text, 1 if the
// text occurs for the first time, and otherwise its number plus 1.
type recorder struct {
	blocks  []recordedBlock
	changed []uint32        // numbers of objects, possibly with repeats
	dropped []detect.Object // dropped objects that are in the recorded state

	open   encoder
	count  int
	latest eventtime.Instant
	at     eventtime.Instant // of the last modifier
	texts  blockNumbers
	kinds  blockNumbers
	realms blockNumbers
}

// recordedBlock is a complete block.
type recordedBlock struct {
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

// closeBlock completes the open block, if it has modifiers, and opens the next one.
func (r *recorder) closeBlock(dict *dictionary) {
	if r.count > 0 {
		data := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(r.open.buf)), uint64(r.latest))
		r.blocks = append(r.blocks, recordedBlock{r.latest, append(data, r.open.buf...)})
	}
	for _, id := range r.texts.ids {
		dict.Release(id)
	}
	for _, id := range r.kinds.ids {
		dict.releaseKind(id)
	}
	for _, id := range r.realms.ids {
		dict.realms.Release(id)
	}
	r.reset()
}

// addModifier records m, a modifier of o.
func (r *recorder) addModifier(dict *dictionary, o *object, m *modifier, id window.Fingerprint) {
	e := &r.open
	e.writeVarint(int64(m.at - r.at))
	r.at, r.latest = m.at, max(r.latest, m.at)
	r.writeRealm(dict, o.realm)
	r.writeKind(dict, m.kind)
	for _, text := range [...]uint32{o.key, m.spelled, m.message, m.sid, m.rid} {
		r.writeText(dict, text)
	}
	r.writeThreats(dict, m)
	e.writeVarint(m.base)
	if calculated := dict.scoreOf(m); calculated == score.Steps(m.base) {
		e.writeUvarint(0)
	} else {
		e.writeUvarint(1)
		hi, lo := calculated.Words()
		e.writeVarint(hi)
		e.writeUvarint(lo)
	}
	e.buf = append(e.buf, id[:]...)
	if r.count++; r.count == maxBlockModifiers {
		r.closeBlock(dict)
	}
}

func (r *recorder) writeText(dict *dictionary, id uint32) {
	if id == 0 {
		r.open.writeUvarint(0)
		return
	}
	n, found := r.texts.numberOf(id)
	if r.open.writeUvarint(uint64(n) + 1); !found {
		dict.Retain(id) // so that its number is not reused
		r.open.writeString(dict.Get(id))
	}
}

func (r *recorder) writeTexts(dict *dictionary, ids []uint32) {
	r.open.writeUvarint(uint64(len(ids)))
	for _, id := range ids {
		r.writeText(dict, id)
	}
}

func (r *recorder) writeThreats(dict *dictionary, m *modifier) {
	n := 0
	dict.eachThreat(m, func(uint32) { n++ })
	r.open.writeUvarint(uint64(n))
	dict.eachThreat(m, func(id uint32) { r.writeText(dict, id) })
}

func (r *recorder) writeKind(dict *dictionary, id uint32) {
	n, found := r.kinds.numberOf(id)
	if r.open.writeUvarint(uint64(n)); found {
		return
	}
	dict.kinds.Retain(id)
	k := dict.kinds.Key(id)
	r.writeText(dict, k.source)
	r.writeFactors(*dict.factors.Value(k.factors))
	r.open.writeUvarint(uint64(k.priority))
	r.open.writeUvarint(k.mask)
	a := dict.attackOf(k)
	r.writeTexts(dict, a.techniques)
	r.writeTexts(dict, a.tactics)
}

func (r *recorder) writeFactors(f *detect.Factors) {
	if f == nil {
		f = new(detect.Factors)
	}
	for _, list := range [...][]detect.AppliedFactor{f.Adds, f.Multiplies} {
		r.open.writeUvarint(uint64(len(list)))
		for i := range list {
			r.open.writeString(list[i].Name)
			r.open.writeString(list[i].Value.String())
		}
	}
}

func (r *recorder) writeRealm(dict *dictionary, id uint32) {
	n, found := r.realms.numberOf(id)
	if r.open.writeUvarint(uint64(n)); found {
		return
	}
	dict.realms.Retain(id)
	k := dict.realms.Key(id)
	r.open.writeString(string(k.zone))
	r.open.writeString(k.typ)
}

// encoder appends numbers and strings to a buffer.
type encoder struct{ buf []byte }

func (e *encoder) writeUvarint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }
func (e *encoder) writeVarint(n int64)   { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) writeString(s string) {
	e.writeUvarint(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

// blockNumbers maps numbers of a dictionary to numbers in a block. A block numbers its
// values from 1, in the order of their first occurrence.
type blockNumbers struct {
	index arena.Index
	ids   []uint32 // by number in the block minus 1
}

func (n *blockNumbers) reset() {
	n.index.Clear()
	n.ids = n.ids[:0]
}

// numberOf returns the number of id in the block and reports whether id occurred before.
// If it did not, numberOf assigns it a number but returns 0.
func (n *blockNumbers) numberOf(id uint32) (number uint32, found bool) {
	hash := id * 0x9e3779b1 // the factor is odd, so different ids have different hashes
	if number, _ = n.index.First(hash); number != 0 {
		return number, true
	}
	n.ids = append(n.ids, id)
	n.index.Put(hash, uint32(len(n.ids)))
	return 0, false
}
