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
		d.fail()
		return
	}
	d.buf = d.buf[width:]
}

func (d *decoder) fail() { d.failed, d.buf = true, nil }

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.fail()
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

// text returns a text, which shares the memory of the buffer.
func (d *decoder) text() string { return bytestext.String(d.bytes(d.number())) }

// length reads how many elements follow, each of at least one byte.
func (d *decoder) length() int {
	n := d.number()
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
	held    []held   // by shard
}

// held are the numbers in the dictionary of a shard of what a block shares, 0 for what
// was not looked up.
type held struct{ texts, kinds []uint32 }

type blockKind struct {
	source   uint32 // text
	factors  *detect.Factors
	attack   detect.Attack
	priority entity.Priority
	mask     uint64
}

// blockRow is a modifier of a block: numbers in the block.
type blockRow struct {
	at                              eventtime.Instant
	realm, kind                     uint32
	key, spelled, message, sid, rid uint32
	threats                         []uint32
	base                            int64
	calculated                      score.Score
	id                              window.Fingerprint
}

// begin begins to decode a block, and returns the greatest time of its modifiers.
func (d *blockDecoder) begin(data []byte, shards int) (latest eventtime.Instant, err error) {
	if len(data) < 8 {
		return 0, damaged("a block of modifiers")
	}
	latest = eventtime.Instant(binary.BigEndian.Uint64(data))
	d.decoder = decoder{buf: data[8:]}
	d.at = 0
	d.texts, d.kinds, d.realms = append(d.texts[:0], ""), d.kinds[:0], d.realms[:0]
	if d.held == nil {
		d.held = make([]held, shards)
	}
	return latest, nil
}

// end releases what the dictionaries hold for the block.
func (d *blockDecoder) end(shards []*shard) {
	for i, s := range shards {
		h := &d.held[i]
		for _, id := range h.texts {
			s.words.Drop(id)
		}
		for _, id := range h.kinds {
			if id != 0 {
				s.words.dropKind(id)
			}
		}
		h.texts, h.kinds = h.texts[:0], h.kinds[:0]
	}
}

// row decodes the next modifier.
func (d *blockDecoder) row() blockRow {
	d.at += eventtime.Instant(d.signed())
	f := blockRow{at: d.at, realm: d.realm(), kind: d.kind()}
	for _, text := range [...]*uint32{&f.key, &f.spelled, &f.message, &f.sid, &f.rid} {
		*text = d.reference()
	}
	from := len(d.threats)
	d.threats = d.references(d.threats)
	f.threats = d.threats[from:len(d.threats):len(d.threats)]
	f.base = d.signed()
	f.calculated = score.Steps(f.base)
	if d.number() != 0 {
		hi := d.signed()
		f.calculated = score.FromWords(hi, d.number())
	}
	copy(f.id[:], d.bytes(uint64(len(f.id))))
	return f
}

// reference decodes a reference to a text, and returns its number.
func (d *blockDecoder) reference() uint32 {
	switch n := d.number(); {
	case n == 0:
		return 0
	case n == 1:
		d.texts = append(d.texts, d.text())
		return uint32(len(d.texts) - 1)
	case n > uint64(len(d.texts)):
		d.fail()
		return 0
	default:
		return uint32(n - 1)
	}
}

func (d *blockDecoder) references(list []uint32) []uint32 {
	for range d.length() {
		list = append(list, d.reference())
	}
	return list
}

// met decodes a reference to one of n things that occurred, and returns its number. It
// returns false if the reference is to a new one, which follows.
func (d *blockDecoder) met(n int) (number uint32, met bool) {
	number = uint32(min(d.number(), uint64(n)+1))
	if int(number) > n {
		d.fail()
	}
	return number, number != 0
}

func (d *blockDecoder) realm() uint32 {
	n, met := d.met(len(d.realms))
	if met {
		return n
	}
	zone := d.text()
	d.realms = append(d.realms, realm{entity.Zone(zone), d.text()})
	return uint32(len(d.realms))
}

func (d *blockDecoder) kind() uint32 {
	n, met := d.met(len(d.kinds))
	if met {
		return n
	}
	k := blockKind{source: d.reference(), factors: d.factors(), priority: entity.Priority(d.number()), mask: d.number()}
	for _, id := range d.references(nil) {
		k.attack.Techniques = append(k.attack.Techniques, d.texts[id])
	}
	for _, id := range d.references(nil) {
		k.attack.Tactics = append(k.attack.Tactics, d.texts[id])
	}
	d.kinds = append(d.kinds, k)
	return uint32(len(d.kinds))
}

func (d *blockDecoder) factors() *detect.Factors {
	adds, multiplies := d.factorList(), d.factorList()
	return detect.NewFactors(adds, multiplies)
}

func (d *blockDecoder) factorList() (list []detect.AppliedFactor) {
	for range d.length() {
		f := detect.AppliedFactor{Name: strings.Clone(d.text())}
		var err error
		if f.Value, err = score.ParseDecimal(strings.Clone(d.text())); err != nil {
			d.fail()
		}
		list = append(list, f)
	}
	return list
}

// name returns the name of the object of a row.
func (d *blockDecoder) name(f *blockRow) detect.Object {
	return d.realms[f.realm-1].object(d.texts[f.key])
}

// keep interns a row in the dictionary of a shard.
func (d *blockDecoder) keep(words *dictionary, shard int, f *blockRow, mask func(uint64) uint64) mod {
	h := &d.held[shard]
	h.texts, h.kinds = extend(h.texts, len(d.texts)), extend(h.kinds, len(d.kinds)+1)
	m := mod{at: f.at, base: f.base, score: words.packScore(f.calculated), kind: h.kinds[f.kind]}
	if m.kind == 0 {
		k := &d.kinds[f.kind-1]
		m.kind = words.holdFactKind(&detect.Fact{Source: d.texts[k.source], Factors: k.factors, Attack: k.attack, Priority: k.priority, Filters: mask(k.mask)})
		h.kinds[f.kind] = m.kind
	}
	words.kinds.Share(m.kind)
	share := func(text uint32) uint32 {
		if h.texts[text] == 0 {
			h.texts[text] = words.Hold(d.texts[text])
		}
		return words.Share(h.texts[text])
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
		m.threats = words.holdThreatSet(ids)
	}
	return m
}

// extend returns list with zeros up to n.
func extend(list []uint32, n int) []uint32 {
	for len(list) < n {
		list = append(list, 0)
	}
	return list
}
