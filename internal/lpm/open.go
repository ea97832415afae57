package lpm

import (
	"cmp"
	"fmt"
	"math/bits"

	"github.com/kithsec/kith/internal/sections"
)

// section is a slice of the table and the name of the section that stores it.
type section[T sections.Int] struct {
	name string
	data *[]T
}

func (t *Table) uint8Sections() []section[uint8] {
	return []section[uint8]{{"bits", &t.prefixes.bits}}
}

func (t *Table) uint32Sections() []section[uint32] {
	return []section[uint32]{
		{"pages", &t.v4.pages},
		{"nets", &t.v4.nodeNets},
		{"spill", &t.v4.spill},
		{"sparse-index", &t.v4.sparseIndex.slots},
		{"tree-ids", &t.v6.tree.ids},
		{"groups-index", &t.v6.groupIndex.slots},
		{"lows-index", &t.v6.hostIndex.slots},
		{"runs-at", &t.v6.firstRuns},
		{"runs-ids", &t.v6.runIDs},
		{"prefixes4", &t.prefixes.addrs4},
		{"parents", &t.prefixes.parents},
	}
}

func (t *Table) uint64Sections() []section[uint64] {
	return []section[uint64]{
		{"nodes", &t.v4.nodes},
		{"sparse", &t.v4.sparse},
		{"tree", &t.v6.tree.keys},
		{"groups", &t.v6.groups},
		{"lows", &t.v6.lows},
		{"runs", &t.v6.runStarts},
		{"prefixes6", &t.prefixes.addrs6},
	}
}

// Size returns the number of bytes that the table occupies.
func (t *Table) Size() int {
	return sectionBytes(t.uint8Sections(), 1) + sectionBytes(t.uint32Sections(), 4) + sectionBytes(t.uint64Sections(), 8)
}

func sectionBytes[T sections.Int](list []section[T], elementSize int) (n int) {
	for _, s := range list {
		n += len(*s.data) * elementSize
	}
	return n
}

// Put adds the table to w as sections whose names begin with name and a slash.
// The table must stay reachable until w has been written.
func (t *Table) Put(w *sections.Writer, name string) {
	sections.Put(w, name+"/head", []uint64{uint64(t.v4.numHosts), t.v4.sparseIndex.seed, t.v6.groupIndex.seed, t.v6.hostIndex.seed})
	putSections(w, name, t.uint8Sections())
	putSections(w, name, t.uint32Sections())
	putSections(w, name, t.uint64Sections())
}

func putSections[T sections.Int](w *sections.Writer, name string, list []section[T]) {
	for _, s := range list {
		sections.Put(w, name+"/"+s.name, *s.data)
	}
}

// Open returns the table that Put stored under name. The table shares the memory of r.
// Open checks everything that lookups rely on, in time linear in the size of the table.
// Lookups in a maliciously crafted table can give wrong results, but every result is
// None, a rank below NumHosts or an index below NumPrefixes. An error wraps
// sections.ErrFormat or sections.ErrChecksum.
func Open(r *sections.Reader, name string) (*Table, error) {
	t := new(Table)
	if err := t.readSections(r, name); err != nil {
		return nil, fmt.Errorf("section %q: %w", name, err)
	}
	return t, nil
}

func (t *Table) readSections(r *sections.Reader, name string) error {
	head, err := sections.Get[uint64](r, name+"/head")
	if err != nil {
		return err
	}
	if err := cmp.Or(getSections(r, name, t.uint8Sections()), getSections(r, name, t.uint32Sections()), getSections(r, name, t.uint64Sections())); err != nil {
		return err
	}
	if len(head) != 4 || head[0] > MaxEntries {
		return fmt.Errorf("%w: head", sections.ErrFormat)
	}
	t.v4.numHosts = uint32(head[0])
	t.v6.tree.levels = btreeLevels(len(t.v6.tree.ids))
	t.v4.sparseIndex.restoreShape(head[1], len(t.v4.sparse))
	t.v6.groupIndex.restoreShape(head[2], t.v6.numGroups())
	t.v6.hostIndex.restoreShape(head[3], len(t.v6.lows))
	if err := t.check(); err != nil {
		return fmt.Errorf("%w: %w", sections.ErrFormat, err)
	}
	return nil
}

func getSections[T sections.Int](r *sections.Reader, name string, list []section[T]) (err error) {
	for _, s := range list {
		if *s.data, err = sections.Get[T](r, name+"/"+s.name); err != nil {
			return err
		}
	}
	return nil
}

// restoreShape sets what is not stored in the section of an index.
func (x *hashIndex) restoreShape(seed uint64, n int) {
	x.seed, x.width = seed, uint8(bits.Len(uint(n)))
}
