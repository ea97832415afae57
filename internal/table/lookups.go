package table

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/schema"
)

// Lookups looks up many keys of one table so that their cache misses overlap.
//
// A batch of keys goes through stages. Each stage processes all keys and prefetches the
// memory that the next stage reads. After the keys have been added, the first call to
// Advance reads the indexes, the second finds the matching records, and the third locates
// their values. The caller should do other work between two stages, because that hides more
// of the memory latency. Small structures that are mostly in the cache are read without a
// prefetch. MACs and IPv6 addresses are looked up in the second stage alone.
//
// A Lookups must not be used by several goroutines at once. The zero Lookups is ready for
// Reset. Its methods do not allocate once the buffers have grown.
type Lookups struct {
	view  *View
	table *Table
	stage int
	list  []lookup
	// The indexes in list of the addresses, and of the other keys. Each stage processes the
	// addresses first, which saves a branch misprediction per key. Both slices have room
	// for every lookup.
	addresses, others       []int32
	numAddresses, numOthers int

	matched    []bool   // by lookup, after the second stage
	several    bool     // whether a form of some key leads to several assets
	further    []lookup // the keys that AddMore added
	accounts   []accountLookup
	domains    factsCache
	text       []byte   // accounts that were joined; those appended earlier stay valid when it grows
	records    []uint32 // the records of matches, and those that fill them
	offsets    []uint32 // the offsets of the values of all matches
	prefetched byte     // see package prefetch
}

// Stages is the number of calls to Advance that a batch of keys needs.
const Stages = 3

// lookup is one key in flight.
type lookup struct {
	addr    lpm.Probe // of an address; of a MAC, Lo is the MAC
	name    names.Probe
	key     string // of a nameKey, without its trailing dot, or of a zonelessKey
	match   Match  // valid if the key matched
	zone    ZoneID
	offsets int32 // the position of its first offset in Lookups.offsets
	more    moreKeys
	target  int32 // of a key that AddMore added: the number of its lookup
	account int32 // of an account: its index in Lookups.accounts
	class   keyClass
	bits    uint8 // of a MAC: 48 or 64
}

// moreKeys are what a lookup needs for the keys of AddMore.
type moreKeys struct {
	number uint32 // of a key of Add: how many keys AddMore added for it; of a key of AddMore: its own number
	array  uint32 // of a key of AddMore: its array; of a key of Add that matched: the array of the match
}

// keyClass selects how a key is looked up.
type keyClass uint8

const (
	nameKey keyClass = iota
	addressKey
	macKey
	zonelessKey // a key in a zone that has no keys
	aloneKey    // the name of an account whose domain does not matter
	accountKey  // an account in a domain
)

// Reset removes all keys and prepares l for lookups in the table of v, which may be nil
// if no lookups follow.
func (l *Lookups) Reset(v *View) {
	before := l.table
	l.view, l.table, l.stage, l.several = v, nil, 0, false
	if v != nil {
		l.table = v.table
	}
	if l.table != before {
		l.domains.clear()
	}
	clear(l.accounts) // releases the assets
	l.accounts, l.text = l.accounts[:0], l.text[:0]
	l.list, l.numAddresses, l.numOthers = l.list[:0], 0, 0
	l.further, l.offsets = l.further[:0], l.offsets[:0]
}

// Add adds a key and returns its number: 0 for the first key, 1 for the second, and so on.
// The key must be trimmed, and its bytes must not change before the last stage.
func (l *Lookups) Add(zone ZoneID, key []byte) (i int) {
	i = l.grow()
	// Branch-free: whether a key is an address is unpredictable.
	l.addresses[l.numAddresses], l.others[l.numOthers] = int32(i), int32(i)
	address := 0
	if l.table.startLookup(&l.list[i], zone, bytestext.String(key)) {
		address = 1
	}
	l.numAddresses += address
	l.numOthers += 1 - address
	return i
}

// grow adds a lookup and returns its number.
func (l *Lookups) grow() (i int) {
	if i = len(l.list); i == cap(l.list) {
		l.growLists()
	}
	l.list = l.list[:i+1]
	l.list[i].more = moreKeys{}
	return i
}

// growLists makes room for a further lookup. It gives addresses and others one spare
// element, because Add writes the index of a key to both and advances only one of them.
func (l *Lookups) growLists() {
	l.list = append(l.list, lookup{})
	n := cap(l.list)
	l.addresses = append(make([]int32, 0, n+1), l.addresses...)[:n+1]
	l.others = append(make([]int32, 0, n+1), l.others...)[:n+1]
}

// startLookup classifies a key by its shape, and hashes it or walks the part of the index
// that is likely to be in the cache. It reports whether the key is an address.
func (x *keyIndex) startLookup(p *lookup, zone ZoneID, key string) (address bool) {
	p.zone = zone
	if zone == NoZone {
		p.class, p.key = zonelessKey, key
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
		key = trimDot(key)
	}
	p.class, p.key = nameKey, key
	x.names.exact.Hash(&p.name, uint32(zone), key)
	return false
}

// Advance executes the next stage for all keys and reports whether another stage remains.
func (l *Lookups) Advance() (more bool) {
	switch l.stage {
	case 0:
		l.seekKeys()
	case 1:
		l.matchKeys()
	case 2:
		l.locateValues()
	}
	l.stage++
	return l.stage < Stages
}

// seekKeys reads the indexes. It is the first stage.
func (l *Lookups) seekKeys() {
	t := l.table
	for _, i := range l.addresses[:l.numAddresses] {
		p := &l.list[i]
		t.networks[p.zone].lpm.Seek(&p.addr)
	}
	for _, i := range l.others[:l.numOthers] {
		if p := &l.list[i]; p.class == nameKey || p.class == aloneKey || p.class == accountKey && p.zone != NoZone {
			t.names.exact.Seek(&p.name)
		}
	}
}

// matchKeys finds the records of the keys and prefetches their offsets. It is the second
// stage.
func (l *Lookups) matchKeys() {
	if cap(l.matched) < len(l.list) {
		l.matched = make([]bool, cap(l.list))
	}
	l.matched, l.records = l.matched[:len(l.list)], l.records[:0]
	for _, list := range [...][]int32{l.addresses[:l.numAddresses], l.others[:l.numOthers]} {
		for _, i := range list {
			p := &l.list[i]
			ok := l.finishLookup(p)
			if l.matched[i] = ok; ok {
				l.records = l.view.appendRecords(l.records, &p.match)
			} else if p.match.several {
				l.several = true
			}
		}
	}
	l.prefetchRecords()
}

func (l *Lookups) prefetchRecords() {
	l.prefetched += l.table.records.PrefetchRecords(l.records, l.view.firstColumn, l.view.lastColumn)
}

// finishLookup sets the match of a key and reports whether there is one.
func (l *Lookups) finishLookup(p *lookup) (ok bool) {
	x, m := &l.table.keyIndex, &p.match
	switch p.class {
	case addressKey:
		n := &x.networks[p.zone]
		host, prefix := n.lpm.Find(&p.addr)
		return n.setMatch(m, p.zone, host, prefix) || x.findAddress(m, x.nextZone(p.zone), p.addr.Hi, p.addr.Lo)
	case macKey:
		return x.FindMAC(m, p.zone, p.addr.Lo, int(p.bits))
	case zonelessKey:
		return x.Find(m, NoZone, p.key)
	case accountKey:
		return l.finishAccount(p)
	case aloneKey:
		return x.names.finishAlone(p)
	}
	return x.finishName(m, &p.name, p.zone, p.key, &Machines{})
}

// AddMore adds a further key for the lookup i, unless IsFinal. It must be called after the
// second stage. The keys of a lookup are tried in the order in which they are added.
//
// Keys with the same array number are the elements of one array: of these, the first that
// matches other than by a network, a range or a suffix is tried first. The key of Add is in
// array 0. Array numbers must not decrease.
func (l *Lookups) AddMore(i int, zone ZoneID, key []byte, array uint32) {
	l.table.startLookup(l.growFurther(i, array), zone, bytestext.String(key))
}

// growFurther adds a further key for the lookup i.
func (l *Lookups) growFurther(i int, array uint32) *lookup {
	n := len(l.further)
	if n == cap(l.further) {
		l.further = append(l.further, lookup{})
	}
	l.further = l.further[:n+1]
	p := &l.further[n]
	l.list[i].more.number++
	p.target, p.more = int32(i), moreKeys{l.list[i].more.number, array}
	return p
}

// IsFinal reports whether the keys of an array, and those of later arrays, cannot change the
// result of the lookup i: it has a match, and that is of another array, or of a single
// entity. It is valid after the second stage.
func (l *Lookups) IsFinal(i int, array uint32) bool {
	return l.matched[i] && (l.list[i].more.array != array || !l.list[i].match.isWide())
}

// isWide reports whether the match is an entity that is not found under its own key, but
// around the key: a network, a range, or a domain.
func (m *Match) isWide() bool {
	return m.Step == entity.StepPrefix || m.Step == entity.StepMACRange || m.Step == entity.StepSuffix
}

// MatchMore looks up the keys that AddMore added since the last call. Of each lookup, the
// first key that matches wins, in the order that AddMore describes, and Match.Key is its
// number among the further keys of the lookup, counted from 1.
func (l *Lookups) MatchMore() {
	t := l.table
	for i := range l.further {
		switch p := &l.further[i]; p.class {
		case addressKey:
			t.networks[p.zone].lpm.Seek(&p.addr)
		case nameKey, aloneKey:
			t.names.exact.Seek(&p.name)
		case accountKey:
			if p.zone != NoZone {
				t.names.exact.Seek(&p.name)
			}
		}
	}
	l.records = l.records[:0]
	for i := range l.further {
		p := &l.further[i]
		matched := l.matched[p.target]
		if matched && l.IsFinal(int(p.target), p.more.array) {
			continue
		}
		target := &l.list[p.target]
		m := &target.match
		switch found := l.finishLookup(p); {
		case matched && (!found || p.match.isWide()):
			continue
		case !found:
			m.several = m.several || p.match.several
			l.several = l.several || m.several
			continue
		}
		l.matched[p.target] = true
		*m, target.more.array = p.match, p.more.array
		m.Key = p.more.number
		l.records = l.view.appendRecords(l.records, m)
	}
	l.further = l.further[:0]
	l.prefetchRecords()
}

// AnySeveral reports whether a form of any key leads to several assets. It is valid after the
// second stage.
func (l *Lookups) AnySeveral() bool { return l.several }

// Matched returns a slice that reports for each lookup whether it matched. It is valid
// after the second stage, until the next Reset.
func (l *Lookups) Matched() []bool { return l.matched }

// Match returns the match of the lookup i. If there is none, it has no step, and Several
// reports whether a form of one of the keys leads to several assets.
func (l *Lookups) Match(i int) *Match { return &l.list[i].match }

// locateValues finds the offsets of the values of the matches and prefetches the values. It
// is the third stage.
func (l *Lookups) locateValues() {
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

// Value returns the JSON of the filled value that the match of the lookup i has in a column
// of the view, nil if there is none. column is the index of the column in the view. Value
// may be called after the last stage.
func (l *Lookups) Value(i, column int) []byte {
	return l.table.records.Value(l.offsets[int(l.list[i].offsets)+column])
}

// AppendMembers appends the members for which the match of the lookup i has a value. It may
// be called after the last stage.
func (l *Lookups) AppendMembers(dst []byte, i int, m *Members) []byte {
	return l.table.records.AppendMembers(dst, m.list, l.offsets[l.list[i].offsets:])
}
