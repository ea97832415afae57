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

// decoder decodes what encoder encoded. After an error, failed is set and all its methods
// return zero values.
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

// readString reads a text. It shares the memory of the buffer.
func (d *decoder) readString() string { return bytestext.String(d.readBytes(d.readUvarint())) }

// readLength reads the number of elements that follow. Each takes at least one byte, so a
// length greater than the rest of the buffer is an error.
func (d *decoder) readLength() int {
	n := d.readUvarint()
	if n > uint64(len(d.buf)) {
		d.fail()
		return 0
	}
	return int(n)
}

// blockDecoder decodes the blocks that recorder encoded. Texts and kinds that several
// modifiers of a block share are interned once per block and shard.
type blockDecoder struct {
	decoder
	at       eventtime.Instant
	texts    []string // the first is the empty one
	kinds    []blockKind
	realms   []realm
	threats  []uint32      // of the pending modifiers
	interned []internedIDs // by shard
}

// internedIDs maps texts and kinds of a block to their numbers in the dictionary of a
// shard. 0 means that a text or kind is not interned yet.
type internedIDs struct{ texts, kinds []uint32 }

type blockKind struct {
	source   uint32 // text
	factors  *detect.Factors
	attack   detect.Attack
	priority entity.Priority
	mask     uint64
}

// blockModifier is a modifier of a block. Texts, realms and kinds are numbers in the
// block.
type blockModifier struct {
	at                              eventtime.Instant
	realm, kind                     uint32
	key, spelled, message, sid, rid uint32
	threats                         []uint32
	base                            int64
	calculated                      score.Score
	id                              window.Fingerprint
}

// openBlock starts decoding a block and returns the greatest time of its modifiers.
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

// closeBlock releases the texts and kinds that the block interned in the dictionaries.
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

// readModifier reads the next modifier.
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

// readText reads a text or a reference to one, and returns its number in the block.
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

// readReference reads a reference to one of n earlier values of the block and returns its
// number. It returns false if a new value follows instead.
func (d *blockDecoder) readReference(n int) (number uint32, found bool) {
	number = uint32(min(d.readUvarint(), uint64(n)+1))
	if int(number) > n {
		d.fail()
	}
	return number, number != 0
}

func (d *blockDecoder) readRealm() uint32 {
	n, found := d.readReference(len(d.realms))
	if found {
		return n
	}
	zone := d.readString()
	d.realms = append(d.realms, realm{entity.Zone(zone), d.readString()})
	return uint32(len(d.realms))
}

func (d *blockDecoder) readKind() uint32 {
	n, found := d.readReference(len(d.kinds))
	if found {
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

// nameOf returns the name of the object of f.
func (d *blockDecoder) nameOf(f *blockModifier) detect.Object {
	return d.realms[f.realm-1].objectNamed(d.texts[f.key])
}

// internModifier interns the texts and the kind of f in the dictionary of a shard. mask
// translates its filter bits.
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

// extendTo appends zeros to list until it has n elements.
func extendTo(list []uint32, n int) []uint32 {
	for len(list) < n {
		list = append(list, 0)
	}
	return list
}
