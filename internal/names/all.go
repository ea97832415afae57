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

// All yields every name, by zone and then by the bytes of the name. It sorts
// before it yields, which takes four bytes of memory for every name and, for a
// million names, a few seconds.
func (t *Table) All() iter.Seq[Name] {
	return func(yield func(Name) bool) {
		for _, at := range t.sorted() {
			e, _ := t.entry(at)
			if !yield(Name{Zone: e.zone, Text: bytestext.String(e.name), Value: e.value}) {
				return
			}
		}
	}
}

// sorted returns the position of every entry.
func (t *Table) sorted() []uint32 {
	order := make([]uint32, 0, t.count)
	for i := range t.classes {
		c := &t.classes[i]
		for slot := range uint64(c.slots) {
			at := uint32(c.at(slot))
			if _, ok := t.entry(at); ok {
				order = append(order, at)
			}
		}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, _ := t.entry(a)
		y, _ := t.entry(b)
		return cmp.Or(cmp.Compare(x.zone, y.zone), bytes.Compare(x.name, y.name))
	})
	return order
}
