package names

import (
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
)

// None is the value that LookupAll writes for names that are not in the table. A Builder
// rejects it.
const None = 1<<32 - 1

// Table is an immutable table of names. It is safe for concurrent use. The zero Table is
// empty.
type Table struct {
	keys    hashKeys
	fold    uint64 // highs, or 0 if case-sensitive
	classes [classes]class
	index   []uint32 // buckets
	arena   []byte   // entries, then slack
	long    []byte   // long names
	seed    uint64
	count   int
	dots    dotRange // of the names
	longest int      // length in bytes of the longest name
}

// dotRange holds the least and the greatest number of dots in a name.
type dotRange struct{ least, most uint32 }

// Len returns the number of names.
func (t *Table) Len() int { return t.count }

// Size returns the memory of the table in bytes, names included.
func (t *Table) Size() int {
	return int(unsafe.Sizeof(*t)) + 4*cap(t.index) + cap(t.arena) + cap(t.long)
}

// Lookup returns the value of a name in a zone, or false if there is none.
func (t *Table) Lookup(zone uint32, name string) (value uint32, found bool) {
	if n := len(name); n > 16 && n <= 32 && zone <= shortZone {
		p := unsafe.Pointer(unsafe.StringData(name))
		x, y, a, b := load64(p, 0), load64(p, 8), load64(p, n-16), load64(p, n-8)
		if (x|y|a|b)&t.fold == 0 {
			return t.lookup32(zone, n, fold.LowerWord(x, t.fold), fold.LowerWord(y, t.fold), fold.LowerWord(a, t.fold), fold.LowerWord(b, t.fold))
		}
	}
	var p Probe
	t.hashProbe(&p, zone, name)
	p.at = t.entryAt(p.hash, int(p.class))
	return t.Find(&p, name)
}

// lookup32 looks up an ASCII name of 17 to 32 bytes; x and y are its first words and a and
// b its last, folded. Most names have a length in this range. Folding them once saves
// instructions, so that more lookups fit into the processor's reorder window while it waits
// for memory.
func (t *Table) lookup32(zone uint32, n int, x, y, a, b uint64) (value uint32, found bool) {
	h := t.keys.finish(t.keys.addBlock(t.keys.begin(zone), x, y), a, b, n)
	at := t.entryAt(h, classOf(zone, n))
	if at == notFound {
		return 0, false
	}
	e := t.pointer(at)
	head := load64(e, 0)
	e = unsafe.Add(e, headerSize)
	differ := (headKey(head) ^ shortKey(zone, n)) |
		(load64(e, 0) ^ x) | (load64(e, 8) ^ y) | (load64(e, n-16) ^ a) | (load64(e, n-8) ^ b)
	if differ != 0 {
		return 0, false
	}
	return headValue(head), true
}

// notFound is the position of names that are not in the table.
const notFound = 1<<32 - 1

// entryAt returns the position, in units, of the only entry that can have the hash, or
// notFound if there is none.
func (t *Table) entryAt(h uint64, number int) uint32 {
	c := &t.classes[number&(classes-1)]
	if c.buckets == 0 {
		return notFound
	}
	b := t.index[c.bucket(h)]
	if b&filterBit(h) == 0 {
		return notFound
	}
	return uint32(c.unitOf(c.slot(h, pilotOf(b))))
}

// pointer returns the address of a unit of the arena.
func (t *Table) pointer(at uint32) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(t.arena)), uint64(at)*unit)
}

// equalSlow compares a name with the entry of the same hash. It handles long names and, if
// nonASCII is true, names that are not ASCII.
func (t *Table) equalSlow(at, zone uint32, name string, nonASCII bool) (value uint32, found bool) {
	e, ok := t.entry(at)
	switch {
	case !ok || e.zone != zone:
		return 0, false
	case nonASCII:
		ok = equalFold(bytestext.String(e.name), name)
	default:
		ok = len(e.name) == len(name) && equalBytes(unsafe.Pointer(unsafe.SliceData(e.name)), name, t.fold)
	}
	if !ok {
		return 0, false
	}
	return e.value, true
}

// equalBytes reports whether the len(name) bytes at stored equal name. If mask is highs, it
// folds name, which must then be ASCII.
func equalBytes(stored unsafe.Pointer, name string, mask uint64) bool {
	p, n := unsafe.Pointer(unsafe.StringData(name)), len(name)
	var differ uint64
	for i := 0; n-i > 16; i += 16 {
		differ |= fold.LowerWord(load64(p, i), mask) ^ load64(stored, i)
		differ |= fold.LowerWord(load64(p, i+8), mask) ^ load64(stored, i+8)
	}
	a, b := lastWords(p, n)
	x, y := lastWords(stored, n)
	return differ|(fold.LowerWord(a, mask)^x)|(fold.LowerWord(b, mask)^y) == 0
}
