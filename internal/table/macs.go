package table

import (
	"cmp"
	"slices"

	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/hugepage"
)

// macs holds the MACs of one zone. Single MACs are in hash tables. Ranges are stored as the
// disjoint intervals into which they cut the number space; each interval belongs to the
// narrowest range around it.
type macs struct {
	exact  [2]macTable     // EUI-48, EUI-64
	ranges [2]macIntervals // EUI-48, EUI-64
}

// widthIndex returns the index of the width of a MAC: 0 for 48 bits, 1 for 64 bits.
func widthIndex(bits int) int { return bits/16 - 3 }

func (m *macs) len() int {
	return m.exact[0].len + m.exact[1].len + len(m.ranges[0].from) + len(m.ranges[1].from)
}

func (m *macs) size() int {
	n := 0
	for i := range m.exact {
		n += 8*len(m.exact[i].keys) + 4*len(m.exact[i].records) + 12*len(m.ranges[i].from)
	}
	return n
}

// macTable is an open-addressing hash table from a MAC to a record.
type macTable struct {
	keys    []uint64
	records []uint32 // noRecord where the slot is free
	seed    uint64
	len     int
}

// noRecord marks free slots of a macTable and unowned intervals of macIntervals.
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
	t := macTable{seed: seed, keys: hugepage.Make[uint64](size), records: hugepage.Make[uint32](size), len: n}
	for i := range t.records {
		t.records[i] = noRecord
	}
	for j, mac := range list.macs {
		i := t.homeSlot(mac)
		for t.records[i] != noRecord {
			i = (i + 1) & (len(t.keys) - 1)
		}
		t.keys[i], t.records[i] = mac, list.records[j]
	}
	return t
}

func (t *macTable) homeSlot(mac uint64) int {
	h := (mac ^ t.seed) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	return int(h>>32) & (len(t.keys) - 1)
}

func (t *macTable) lookup(mac uint64) (record uint32, found bool) {
	if t.len == 0 {
		return 0, false
	}
	for i := t.homeSlot(mac); t.records[i] != noRecord; i = (i + 1) & (len(t.keys) - 1) {
		if t.keys[i] == mac {
			return t.records[i], true
		}
	}
	return 0, false
}

// macIntervals divides the number space of MACs into intervals. The interval that begins at
// from[i] and ends before from[i+1] belongs to records[i], which may be noRecord.
type macIntervals struct {
	from    []uint64
	records []uint32
}

func (p *macIntervals) lookup(mac uint64) (record uint32, found bool) {
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

// newMACIntervals cuts the number space at the ends of the ranges. An interval belongs to
// the narrowest range around it; of ranges of the same width, to the one whose record has
// the lower number.
func newMACIntervals(ranges []macRange) macIntervals {
	type edge struct {
		at   uint64
		open bool
		r    int
	}
	var edges []edge
	for i, r := range ranges {
		edges = append(edges, edge{r.from, true, i})
		if r.to != ^uint64(0) {
			edges = append(edges, edge{r.to + 1, false, i})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	var p macIntervals
	var open []int // the ranges around the current edge, best first
	better := func(a, b int) int {
		return cmp.Or(cmp.Compare(ranges[a].to-ranges[a].from, ranges[b].to-ranges[b].from),
			cmp.Compare(ranges[a].record, ranges[b].record), cmp.Compare(a, b))
	}
	for i, e := range edges {
		at, found := slices.BinarySearchFunc(open, e.r, better)
		if e.open {
			open = slices.Insert(open, at, e.r)
		} else if found {
			open = slices.Delete(open, at, at+1)
		}
		if i+1 < len(edges) && edges[i+1].at == e.at {
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

// macList is a list of MACs and their records.
type macList struct {
	macs    []uint64
	records []uint32
}

func (b *macsBuilder) addMAC(mac uint64, bits int, record uint32) {
	list := &b.exact[widthIndex(bits)]
	list.macs = append(hugepage.Grow(list.macs, 1), mac)
	list.records = append(hugepage.Grow(list.records, 1), record)
}

func (b *macsBuilder) addRange(from, to string, record uint32) {
	lo, bits, ok := addr.ParseMAC(from)
	hi, _, ok2 := addr.ParseMAC(to)
	if ok && ok2 {
		w := widthIndex(bits)
		b.ranges[w] = append(b.ranges[w], macRange{lo, hi, record})
	}
}

func (b *macsBuilder) buildMACs(seed uint64) macs {
	var m macs
	for w := range b.exact {
		m.exact[w] = newMACTable(b.exact[w], seed)
		m.ranges[w] = newMACIntervals(b.ranges[w])
	}
	return m
}
