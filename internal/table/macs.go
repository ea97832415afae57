package table

import (
	"cmp"
	"slices"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/hugepage"
)

// macs holds the MACs of one zone: exact ones in a hash table, ranges as the
// pieces into which they cut the space, the narrowest range owning each piece.
type macs struct {
	exact  [2]macTable  // EUI-48, EUI-64
	ranges [2]macPieces // EUI-48, EUI-64
}

// macWidth returns the index of a MAC's width: 48 → 0, 64 → 1.
func macWidth(bits int) int { return bits/16 - 3 }

func (m *macs) len() int {
	return m.exact[0].n + m.exact[1].n + len(m.ranges[0].from) + len(m.ranges[1].from)
}

func (m *macs) size() int {
	n := 0
	for i := range m.exact {
		n += 8*len(m.exact[i].keys) + 4*len(m.exact[i].records) + 12*len(m.ranges[i].from)
	}
	return n
}

// macTable is an open-addressing hash from a MAC to a record.
type macTable struct {
	keys    []uint64
	records []uint32 // noRecord where the slot is free
	seed    uint64
	n       int
}

const noRecord = ^uint32(0)

func newMACTable(list macList, seed uint64) macTable {
	n := len(list.macs)
	if n == 0 {
		return macTable{}
	}
	size := 2
	for size*3 < n*4 {
		size *= 2
	}
	t := macTable{seed: seed, keys: hugepage.Make[uint64](size), records: hugepage.Make[uint32](size), n: n}
	for i := range t.records {
		t.records[i] = noRecord
	}
	for j, mac := range list.macs {
		i := t.slot(mac)
		for t.records[i] != noRecord {
			i = (i + 1) & (len(t.keys) - 1)
		}
		t.keys[i], t.records[i] = mac, list.records[j]
	}
	return t
}

func (t *macTable) slot(mac uint64) int {
	h := (mac ^ t.seed) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	return int(h>>32) & (len(t.keys) - 1)
}

func (t *macTable) lookup(mac uint64) (record uint32, found bool) {
	if t.n == 0 {
		return 0, false
	}
	for i := t.slot(mac); t.records[i] != noRecord; i = (i + 1) & (len(t.keys) - 1) {
		if t.keys[i] == mac {
			return t.records[i], true
		}
	}
	return 0, false
}

// macPieces divides the space of MACs: from[i] to the next from belongs to
// records[i], which may be noRecord.
type macPieces struct {
	from    []uint64
	records []uint32
}

func (p *macPieces) lookup(mac uint64) (record uint32, found bool) {
	i, exact := slices.BinarySearch(p.from, mac)
	if !exact {
		i--
	}
	if i < 0 || p.records[i] == noRecord {
		return 0, false
	}
	return p.records[i], true
}

type macRange struct {
	from, to uint64
	record   uint32
}

// newMACPieces cuts the space. The narrowest range owns a piece, then the one of
// the lower record, which is the higher-ranked.
func newMACPieces(ranges []macRange) macPieces {
	type event struct {
		at   uint64
		open bool
		r    int
	}
	var events []event
	for i, r := range ranges {
		events = append(events, event{r.from, true, i})
		if r.to != ^uint64(0) {
			events = append(events, event{r.to + 1, false, i})
		}
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	var p macPieces
	var open []int // ranges around the place, best first
	better := func(a, b int) int {
		return cmp.Or(cmp.Compare(ranges[a].to-ranges[a].from, ranges[b].to-ranges[b].from),
			cmp.Compare(ranges[a].record, ranges[b].record), cmp.Compare(a, b))
	}
	for i, e := range events {
		at, found := slices.BinarySearchFunc(open, e.r, better)
		if e.open {
			open = slices.Insert(open, at, e.r)
		} else if found {
			open = slices.Delete(open, at, at+1)
		}
		if i+1 < len(events) && events[i+1].at == e.at {
			continue
		}
		record := noRecord
		if len(open) > 0 {
			record = ranges[open[0]].record
		}
		p.from, p.records = append(p.from, e.at), append(p.records, record)
	}
	return p
}

// macsBuilder collects the MACs of one zone.
type macsBuilder struct {
	exact  [2]macList
	ranges [2][]macRange
}

// macList is MACs and their records.
type macList struct {
	macs    []uint64
	records []uint32
}

func (b *macsBuilder) add(mac uint64, bits int, record uint32) {
	list := &b.exact[macWidth(bits)]
	list.macs = append(hugepage.Grow(list.macs, 1), mac)
	list.records = append(hugepage.Grow(list.records, 1), record)
}

func (b *macsBuilder) addRange(from, to string, record uint32) {
	lo, bits, ok := addr.ParseMAC(from)
	hi, _, ok2 := addr.ParseMAC(to)
	if ok && ok2 {
		w := macWidth(bits)
		b.ranges[w] = append(b.ranges[w], macRange{lo, hi, record})
	}
}

func (b *macsBuilder) build(seed uint64) macs {
	var m macs
	for w := range b.exact {
		m.exact[w] = newMACTable(b.exact[w], seed)
		m.ranges[w] = newMACPieces(b.ranges[w])
	}
	return m
}
