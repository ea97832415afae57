package table

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/schema"
)

// Lookups looks up many keys of one table so that their memory reads overlap.
// It goes through stages, each of which is taken for all keys and prefetches
// what the next one reads: after the keys are added, one call of Advance reads
// the index, the next one decides which records match, and the last one locates
// their values. The more other work is done between two stages, the less of the
// latency of memory remains. Only small structures that are mostly in the cache
// are read without a prefetch, and MACs and IPv6 addresses are looked up by the
// second stage alone.
//
// It is for one goroutine. The zero Lookups is ready for Reset. Nothing
// allocates once its buffers have grown.
type Lookups struct {
	view  *View
	table *Table
	stage int
	list  []lookup
	// Each stage is taken for all addresses before it is for the other keys, which
	// spares a misprediction each. Both lists have room for all of list.
	addresses, others       []int32
	numAddresses, numOthers int

	matched    []bool   // by lookup, after the second stage
	more       []lookup // keys that AddMore added
	records    []uint32 // of matches, and of what fills them
	offsets    []uint32 // of the values of all matches
	prefetched byte     // see package prefetch
}

// Stages is how often Advance is called for a batch of keys.
const Stages = 3

// lookup is one key in flight.
type lookup struct {
	addr    lpm.Probe // of an address; Lo is a MAC
	name    names.Probe
	key     string // of a name, without the dot that may end it, or of a zone without keys
	match   Match  // if it matched
	zone    ZoneID
	offsets int32  // where its offsets begin in Lookups.offsets
	further uint32 // how many keys AddMore added for it
	of      int32  // of a key that AddMore added: the lookup that it is for
	class   keyClass
	bits    uint8 // of a MAC
}

// keyClass is how a key is looked up.
type keyClass uint8

const (
	nameKey keyClass = iota
	addressKey
	macKey
	noKey // of a zone without keys
)

// Reset empties l for lookups that read v. It may be nil if none follow.
func (l *Lookups) Reset(v *View) {
	l.view, l.table, l.stage = v, nil, 0
	if v != nil {
		l.table = v.table
	}
	l.list, l.numAddresses, l.numOthers = l.list[:0], 0, 0
	l.more, l.offsets = l.more[:0], l.offsets[:0]
}

// Add adds a key, which must be trimmed, and returns its number: 0, 1, … The key
// must not change before the last stage.
func (l *Lookups) Add(zone ZoneID, key []byte) (i int) {
	i = len(l.list)
	if i == cap(l.list) {
		l.grow()
	}
	l.list = l.list[:i+1]
	// Branch-free: whether a key is an address is unpredictable.
	l.addresses[l.numAddresses], l.others[l.numOthers] = int32(i), int32(i)
	address := 0
	if l.table.begin(&l.list[i], zone, bytestext.String(key)) {
		address = 1
	}
	l.numAddresses += address
	l.numOthers += 1 - address
	return i
}

// grow makes room for a further lookup. The lists of numbers have one element
// more, which is where Add writes the number that does not belong there.
func (l *Lookups) grow() {
	l.list = append(l.list, lookup{})
	n := cap(l.list)
	l.addresses = append(make([]int32, 0, n+1), l.addresses...)[:n+1]
	l.others = append(make([]int32, 0, n+1), l.others...)[:n+1]
}

// begin recognises a key by its shape and hashes it or walks the index as far as
// it is likely to be in the cache. It reports whether the key is an address.
func (x *index) begin(p *lookup, zone ZoneID, key string) (address bool) {
	p.zone, p.further = zone, 0
	if zone == NoZone {
		p.class, p.key = noKey, key
		return false
	}
	if x.kind != entity.Identity {
		var ok bool
		if p.addr.Hi, p.addr.Lo, ok = addr.ParseWords(key); ok && !schema.IsEUI64(key) {
			p.class = addressKey
			x.networks[zone].lpm.Begin(&p.addr)
			return true
		}
		if mac, bits, ok := addr.ParseMAC(key); ok {
			p.class, p.addr.Lo, p.bits = macKey, mac, uint8(bits)
			return false
		}
		key = undotted(key)
	}
	p.class, p.key = nameKey, key
	x.names.exact.HashString(&p.name, uint32(zone), key)
	return false
}

// Advance takes the next stage for all keys and reports whether there is a
// further one.
func (l *Lookups) Advance() (more bool) {
	switch l.stage {
	case 0:
		l.seek()
	case 1:
		l.matchFirst()
	case 2:
		l.locate()
	}
	l.stage++
	return l.stage < Stages
}

// seek reads the indexes.
func (l *Lookups) seek() {
	t := l.table
	for _, i := range l.addresses[:l.numAddresses] {
		p := &l.list[i]
		t.networks[p.zone].lpm.Seek(&p.addr)
	}
	for _, i := range l.others[:l.numOthers] {
		if p := &l.list[i]; p.class == nameKey {
			t.names.exact.Seek(&p.name)
		}
	}
}

// matchFirst finds the records of the keys and prefetches their rows.
func (l *Lookups) matchFirst() {
	if cap(l.matched) < len(l.list) {
		l.matched = make([]bool, cap(l.list))
	}
	l.matched, l.records = l.matched[:len(l.list)], l.records[:0]
	for _, list := range [...][]int32{l.addresses[:l.numAddresses], l.others[:l.numOthers]} {
		for _, i := range list {
			p := &l.list[i]
			ok := l.table.find(p)
			if l.matched[i] = ok; ok {
				l.records = l.view.appendRecords(l.records, &p.match)
			}
		}
	}
	l.prefetchRows()
}

func (l *Lookups) prefetchRows() {
	l.prefetched += l.table.records.PrefetchRows(l.records, l.view.first, l.view.last)
}

// find sets the match of a key and reports whether there is one.
func (x *index) find(p *lookup) (ok bool) {
	m := &p.match
	switch p.class {
	case addressKey:
		n := &x.networks[p.zone]
		host, prefix := n.lpm.Find(&p.addr)
		return n.match(m, p.zone, host, prefix) || x.findAddress(m, x.other(p.zone), p.addr.Hi, p.addr.Lo)
	case macKey:
		return x.FindMAC(m, p.zone, p.addr.Lo, int(p.bits))
	case noKey:
		return x.Find(m, NoZone, p.key)
	}
	return x.findName(m, &p.name, p.zone, p.key)
}

// AddMore adds a further key for the lookup i, which did not match. It is called
// after the second stage. Further keys of one lookup are tried in the order in
// which they are added.
func (l *Lookups) AddMore(i int, zone ZoneID, key []byte) {
	n := len(l.more)
	if n == cap(l.more) {
		l.more = append(l.more, lookup{})
	}
	l.more = l.more[:n+1]
	p := &l.more[n]
	l.table.begin(p, zone, bytestext.String(key))
	l.list[i].further++
	p.of, p.further = int32(i), l.list[i].further
}

// MatchMore looks up the further keys added since it was called last. The first
// of a lookup that matches counts, and Match.Key is its number among those of
// the lookup, from 1.
func (l *Lookups) MatchMore() {
	t := l.table
	for i := range l.more {
		switch p := &l.more[i]; p.class {
		case addressKey:
			t.networks[p.zone].lpm.Seek(&p.addr)
		case nameKey:
			t.names.exact.Seek(&p.name)
		}
	}
	l.records = l.records[:0]
	for i := range l.more {
		p := &l.more[i]
		if l.matched[p.of] || !t.find(p) {
			continue
		}
		l.matched[p.of] = true
		m := &l.list[p.of].match
		*m = p.match
		m.Key = p.further
		l.records = l.view.appendRecords(l.records, m)
	}
	l.more = l.more[:0]
	l.prefetchRows()
}

// Matched returns for each lookup whether it matched. It is valid after the
// second stage, until the next Reset.
func (l *Lookups) Matched() []bool { return l.matched }

// Match returns the match of the lookup i, the zero Match if there is none.
func (l *Lookups) Match(i int) *Match { return &l.list[i].match }

// locate finds the values of the matches and prefetches them.
func (l *Lookups) locate() {
	for _, list := range [...][]int32{l.addresses[:l.numAddresses], l.others[:l.numOthers]} {
		for _, i := range list {
			if l.matched[i] {
				p := &l.list[i]
				p.offsets = int32(len(l.offsets))
				l.offsets = l.view.appendOffsets(l.offsets, &p.match)
			}
		}
	}
	l.prefetched += l.table.records.PrefetchValues(l.offsets)
}

// Value returns the JSON of the value of a match in a column of the view, by its
// number there, as filled; nil if there is none. It is valid after the last
// stage.
func (l *Lookups) Value(i, column int) []byte {
	return l.table.records.Value(l.offsets[int(l.list[i].offsets)+column])
}

// AppendMembers appends those members that have a value of a match.
func (l *Lookups) AppendMembers(dst []byte, i int, m *Members) []byte {
	return l.table.records.AppendMembers(dst, m.list, l.offsets[l.list[i].offsets:])
}
