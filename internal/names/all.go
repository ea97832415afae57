package names

import (
	"bytes"
	"cmp"
	"iter"
	"slices"

	"github.com/kithsec/kith/internal/bytestext"
)

// Name is a stored name: lower case, unless the table is case-sensitive. Text
// shares the memory of the table.
type Name struct {
	Zone  uint32
	Text  string
	Value uint32
}

// All returns an iterator over every name, ordered by zone and then by the bytes of the
// name. It sorts them first, which takes four bytes of memory for every name and a few
// seconds for a million names.
func (t *Table) All() iter.Seq[Name] {
	return func(yield func(Name) bool) {
		for _, at := range t.sortedEntries() {
			e, _ := t.entry(at)
			if !yield(Name{Zone: e.zone, Text: bytestext.String(e.name), Value: e.value}) {
				return
			}
		}
	}
}

// Unordered returns an iterator over every name, in the order in which they are stored. It
// needs no memory.
func (t *Table) Unordered() iter.Seq[Name] {
	return func(yield func(Name) bool) {
		for _, e := range t.entries() {
			if !yield(Name{Zone: e.zone, Text: bytestext.String(e.name), Value: e.value}) {
				return
			}
		}
	}
}

// entries returns an iterator over the positions of all entries, and the entries.
func (t *Table) entries() iter.Seq2[uint32, entry] {
	return func(yield func(uint32, entry) bool) {
		for i := range t.classes {
			c := &t.classes[i]
			for slot := range uint64(c.slots) {
				at := uint32(c.unitOf(slot))
				if e, ok := t.entry(at); ok && !yield(at, e) {
					return
				}
			}
		}
	}
}

// sortedEntries returns the positions of all entries in the order of All.
func (t *Table) sortedEntries() []uint32 {
	order := make([]uint32, 0, t.count)
	for at := range t.entries() {
		order = append(order, at)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, _ := t.entry(a)
		y, _ := t.entry(b)
		return cmp.Or(cmp.Compare(x.zone, y.zone), bytes.Compare(x.name, y.name))
	})
	return order
}
