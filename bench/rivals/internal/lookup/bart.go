package lookup

import (
	"net/netip"

	"github.com/gaissmai/bart"
)

// bartTable is bart.Table, with popcount-compressed sparse arrays.
type bartTable struct{ table bart.Table[uint32] }

func (b *bartTable) Name() string { return "bart.Table" }

func (b *bartTable) Build(t *Table) error {
	for i, p := range t.All() {
		b.table.Insert(p, i)
	}
	return nil
}

func (b *bartTable) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		if v, found := b.table.Lookup(a); found {
			dst[i] = v
		}
	}
}

// bartFast is bart.Fast, which uses more memory for faster lookups.
type bartFast struct{ table bart.Fast[uint32] }

func (b *bartFast) Name() string { return "bart.Fast" }

func (b *bartFast) Build(t *Table) error {
	for i, p := range t.All() {
		b.table.Insert(p, i)
	}
	return nil
}

func (b *bartFast) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		if v, found := b.table.Lookup(a); found {
			dst[i] = v
		}
	}
}

// bartLite is bart.Lite, which only reports whether any prefix contains the address, and
// stops at the first prefix that does.
type bartLite struct{ table bart.Lite }

func (b *bartLite) Name() string { return "bart.Lite (yes or no only)" }

func (b *bartLite) Build(t *Table) error {
	for _, p := range t.All() {
		b.table.Insert(p)
	}
	return nil
}

func (b *bartLite) Lookup(dst []uint32, keys []netip.Addr) {
	for i, a := range keys {
		dst[i] = none
		if b.table.Contains(a) {
			dst[i] = 0
		}
	}
}

func (b *bartLite) Agrees(got, want uint32) bool { return (got == none) == (want == none) }
