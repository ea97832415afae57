package names

import (
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
)

// None is the value of no name: LookupAll writes it for a name that is not
// there, and a builder refuses it.
const None = 1<<32 - 1

// Table is an immutable table of names. It is safe for concurrent use. The
// zero Table holds nothing.
type Table struct {
	keys    secret
	fold    uint64 // highs, or 0 if case-sensitive
	classes [classes]class
	index   []uint32 // buckets
	arena   []byte   // entries, then slack
	long    []byte   // long names
	seed    uint64
	count   int
	dots    span // in a name
	most    int  // bytes in a name
}

// span is the least and the most of something.
type span struct{ least, most uint32 }

// Len returns the number of names.
func (t *Table) Len() int { return t.count }

// Size returns the bytes of memory that the table takes, names included.
func (t *Table) Size() int {
	return int(unsafe.Sizeof(*t)) + 4*cap(t.index) + cap(t.arena) + cap(t.long)
}

// Lookup returns the value of name in zone.
func (t *Table) Lookup(zone uint32, name []byte) (value uint32, found bool) {
	return t.LookupString(zone, bytestext.String(name))
}

// LookupString is Lookup of a string.
func (t *Table) LookupString(zone uint32, name string) (value uint32, found bool) {
	if n := len(name); n > 16 && n <= 32 && zone <= shortZone {
		p := unsafe.Pointer(unsafe.StringData(name))
		x, y, a, b := load64(p, 0), load64(p, 8), load64(p, n-16), load64(p, n-8)
		if (x|y|a|b)&t.fold == 0 {
			return t.lookup32(zone, n, lower(x, t.fold), lower(y, t.fold), lower(a, t.fold), lower(b, t.fold))
		}
	}
	var p Probe
	t.hash(&p, zone, name)
	p.at = t.locate(p.hash, int(p.class))
	return t.find(&p, name)
}

// lookup32 looks up a name of n bytes, 17 to 32, all ASCII, of which x and y
// are the first and a and b the last, lowered. Most names are such, and it
// saves folding them twice: what decides is how many lookups fit into the
// processor's window while it waits for memory.
func (t *Table) lookup32(zone uint32, n int, x, y, a, b uint64) (value uint32, found bool) {
	h := t.keys.finish(t.keys.block(t.keys.start(zone), x, y), a, b, n)
	at := t.locate(h, classOf(zone, n))
	if at == nowhere {
		return 0, false
	}
	e := t.pointer(at)
	head := load64(e, 0)
	e = unsafe.Add(e, header)
	differ := (headKey(head) ^ shortKey(zone, n)) |
		(load64(e, 0) ^ x) | (load64(e, 8) ^ y) | (load64(e, n-16) ^ a) | (load64(e, n-8) ^ b)
	if differ != 0 {
		return 0, false
	}
	return headValue(head), true
}

// nowhere is where a name is that is not in the table.
const nowhere = 1<<32 - 1

// locate returns where the entry of that hash is, if there is one.
func (t *Table) locate(h uint64, number int) uint32 {
	c := &t.classes[number&(classes-1)]
	if c.buckets == 0 {
		return nowhere
	}
	b := t.index[c.bucket(h)]
	if b&filterBit(h) == 0 {
		return nowhere
	}
	return uint32(c.at(c.slot(h, pilotOf(b))))
}

// pointer returns where a unit of the arena is in memory.
func (t *Table) pointer(at uint32) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(t.arena)), uint64(at)*unit)
}

// equal compares a name with the entry of the same hash the slow way: long
// names and, if beyond is true, names beyond ASCII.
func (t *Table) equal(at, zone uint32, name string, beyond bool) (value uint32, found bool) {
	e, ok := t.entry(at)
	switch {
	case !ok || e.zone != zone:
		return 0, false
	case beyond:
		ok = equalFold(e.name, name)
	default:
		ok = len(e.name) == len(name) && same(unsafe.Pointer(unsafe.SliceData(e.name)), name, t.fold)
	}
	if !ok {
		return 0, false
	}
	return e.value, true
}

// same reports whether the bytes at stored are name, lowered where fold says
// so; name is then ASCII. It reads len(name) bytes at stored.
func same(stored unsafe.Pointer, name string, fold uint64) bool {
	p, n := unsafe.Pointer(unsafe.StringData(name)), len(name)
	var differ uint64
	for i := 0; n-i > 16; i += 16 {
		differ |= lower(load64(p, i), fold) ^ load64(stored, i)
		differ |= lower(load64(p, i+8), fold) ^ load64(stored, i+8)
	}
	a, b := ends(p, n)
	x, y := ends(stored, n)
	return differ|(lower(a, fold)^x)|(lower(b, fold)^y) == 0
}
