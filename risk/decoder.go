package risk

import (
	"encoding/binary"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// decoder is the inverse of encoder. After an error it returns zeros.
type decoder struct {
	buf    []byte
	failed bool
}

func (d *decoder) readUvarint() uint64 {
	n, width := binary.Uvarint(d.buf)
	d.skip(width)
	return n
}

func (d *decoder) readVarint() int64 {
	n, width := binary.Varint(d.buf)
	d.skip(width)
	return n
}

func (d *decoder) skip(width int) {
	if width <= 0 {
		d.fail()
		return
	}
	d.buf = d.buf[width:]
}

func (d *decoder) fail() { d.failed, d.buf = true, nil }

func (d *decoder) readBytes(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.fail()
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

// readString returns a text, which shares the memory of the buffer.
func (d *decoder) readString() string { return bytestext.String(d.readBytes(d.readUvarint())) }

// readLength reads how many elements follow, each of at least one byte.
func (d *decoder) readLength() int {
	n := d.readUvarint()
	if n > uint64(len(d.buf)) {
		d.fail()
		return 0
	}
	return int(n)
}

// blockDecoder is the inverse of recorder. What modifiers share is looked up once per
// block in the dictionary of a shard.
type blockDecoder struct {
	decoder
	at      eventtime.Instant
	texts   []string // the first is the empty one
	kinds   []blockKind
	realms  []realm
	threats []uint32 // of the rows in progress
	interned    []internedIDs   // by shard
}

// internedIDs are the numbers in the dictionary of a shard of what a block shares, 0 for what
// was not looked up.
type internedIDs struct{ texts, kinds []uint32 }

type blockKind struct {
	source   uint32 // text
	factors  *detect.Factors
	attack   detect.Attack
	priority entity.Priority
	mask     uint64
}

// blockModifier is a modifier of a block: numbers in the block.
type blockModifier struct {
	at                              eventtime.Instant
	realm, kind                     uint32
	key, spelled, message, sid, rid uint32
	threats                         []uint32
	base                            int64
	calculated                      score.Score
	id                              window.Fingerprint
}

// openBlock begins to decode a block, and returns the greatest time of its modifiers.
func (d *blockDecoder) openBlock(data []byte, shards int) (latest eventtime.Instant, err error) {
	if len(data) < 8 {
		return 0, damagedError("a block of modifiers")
	}
	latest = eventtime.Instant(binary.BigEndian.Uint64(data))
	d.decoder = decoder{buf: data[8:]}
	d.at = 0
	d.texts, d.kinds, d.realms = append(d.texts[:0], ""), d.kinds[:0], d.realms[:0]
	if d.interned == nil {
		d.interned = make([]internedIDs, shards)
	}
	return latest, nil
}

// closeBlock releases what the dictionaries hold for the block.
func (d *blockDecoder) closeBlock(shards []*shard) {
	for i, s := range shards {
		h := &d.interned[i]
		for _, id := range h.texts {
			s.dict.Release(id)
		}
		for _, id := range h.kinds {
			if id != 0 {
				s.dict.releaseKind(id)
			}
		}
		h.texts, h.kinds = h.texts[:0], h.kinds[:0]
	}
}

// readModifier decodes the next modifier.
func (d *blockDecoder) readModifier() blockModifier {
	d.at += eventtime.Instant(d.readVarint())
	f := blockModifier{at: d.at, realm: d.readRealm(), kind: d.readKind()}
	for _, text := range [...]*uint32{&f.key, &f.spelled, &f.message, &f.sid, &f.rid} {
		*text = d.readText()
	}
	from := len(d.threats)
	d.threats = d.readTexts(d.threats)
	f.threats = d.threats[from:len(d.threats):len(d.threats)]
	f.base = d.readVarint()
	f.calculated = score.Steps(f.base)
	if d.readUvarint() != 0 {
		hi := d.readVarint()
		f.calculated = score.FromWords(hi, d.readUvarint())
	}
	copy(f.id[:], d.readBytes(uint64(len(f.id))))
	return f
}

// readText decodes a reference to a text, and returns its number.
func (d *blockDecoder) readText() uint32 {
	switch n := d.readUvarint(); {
	case n == 0:
		return 0
	case n == 1:
		d.texts = append(d.texts, d.readString())
		return uint32(len(d.texts) - 1)
	case n > uint64(len(d.texts)):
		d.fail()
		return 0
	default:
		return uint32(n - 1)
	}
}

func (d *blockDecoder) readTexts(list []uint32) []uint32 {
	for range d.readLength() {
		list = append(list, d.readText())
	}
	return list
}

// readReference decodes a reference to one of n things that occurred, and returns its number. It
// returns false if the reference is to a new one, which follows.
func (d *blockDecoder) readReference(n int) (number uint32, met bool) {
	number = uint32(min(d.readUvarint(), uint64(n)+1))
	if int(number) > n {
		d.fail()
	}
	return number, number != 0
}

func (d *blockDecoder) readRealm() uint32 {
	n, met := d.readReference(len(d.realms))
	if met {
		return n
	}
	zone := d.readString()
	d.realms = append(d.realms, realm{entity.Zone(zone), d.readString()})
	return uint32(len(d.realms))
}

func (d *blockDecoder) readKind() uint32 {
	n, met := d.readReference(len(d.kinds))
	if met {
		return n
	}
	k := blockKind{source: d.readText(), factors: d.readFactors(), priority: entity.Priority(d.readUvarint()), mask: d.readUvarint()}
	for _, id := range d.readTexts(nil) {
		k.attack.Techniques = append(k.attack.Techniques, d.texts[id])
	}
	for _, id := range d.readTexts(nil) {
		k.attack.Tactics = append(k.attack.Tactics, d.texts[id])
	}
	d.kinds = append(d.kinds, k)
	return uint32(len(d.kinds))
}

func (d *blockDecoder) readFactors() *detect.Factors {
	adds, multiplies := d.readFactorList(), d.readFactorList()
	return detect.NewFactors(adds, multiplies)
}

func (d *blockDecoder) readFactorList() (list []detect.AppliedFactor) {
	for range d.readLength() {
		f := detect.AppliedFactor{Name: strings.Clone(d.readString())}
		var err error
		if f.Value, err = score.ParseDecimal(strings.Clone(d.readString())); err != nil {
			d.fail()
		}
		list = append(list, f)
	}
	return list
}

// nameOf returns the name of the object of a row.
func (d *blockDecoder) nameOf(f *blockModifier) detect.Object {
	return d.realms[f.realm-1].objectNamed(d.texts[f.key])
}

// internModifier interns a row in the dictionary of a shard.
func (d *blockDecoder) internModifier(dict *dictionary, shard int, f *blockModifier, mask func(uint64) uint64) modifier {
	h := &d.interned[shard]
	h.texts, h.kinds = extendTo(h.texts, len(d.texts)), extendTo(h.kinds, len(d.kinds)+1)
	m := modifier{at: f.at, base: f.base, score: dict.packScore(f.calculated), kind: h.kinds[f.kind]}
	if m.kind == 0 {
		k := &d.kinds[f.kind-1]
		m.kind = dict.internKind(&detect.Fact{Source: d.texts[k.source], Factors: k.factors, Attack: k.attack, Priority: k.priority, Filters: mask(k.mask)})
		h.kinds[f.kind] = m.kind
	}
	dict.kinds.Retain(m.kind)
	share := func(text uint32) uint32 {
		if h.texts[text] == 0 {
			h.texts[text] = dict.Intern(d.texts[text])
		}
		return dict.Retain(h.texts[text])
	}
	m.message, m.spelled, m.sid, m.rid = share(f.message), share(f.spelled), share(f.sid), share(f.rid)
	switch len(f.threats) {
	case 0:
	case 1:
		m.threats = share(f.threats[0])
	default:
		ids := make([]uint32, len(f.threats))
		for i, text := range f.threats {
			ids[i] = share(text)
		}
		m.threats = dict.internThreatSet(ids)
	}
	return m
}

// extendTo returns list with zeros up to n.
func extendTo(list []uint32, n int) []uint32 {
	for len(list) < n {
		list = append(list, 0)
	}
	return list
}
