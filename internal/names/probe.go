package names

import (
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/prefetch"
)

// Probe is one lookup under way: a zone and a name that go through Hash, Seek and
// Find of one table, in this order. Each step prefetches the memory that the next one
// reads, so between them should be those of other probes. It is 24 bytes and holds
// no pointer; the caller passes the same name again to Find.
type Probe struct {
	hash  uint64
	at    uint32 // of the entry, in units
	zone  uint32
	class uint8 // of the name
	odd   bool  // beyond ASCII, in a table that ignores case
	asked byte  // see package prefetch
}

// Hash begins a lookup. It reads the name and no memory of the table.
func (t *Table) Hash(p *Probe, zone uint32, name []byte) {
	t.HashString(p, zone, bytestext.String(name))
}

// HashString is Hash of a string.
func (t *Table) HashString(p *Probe, zone uint32, name string) {
	t.hash(p, zone, name)
	if c := &t.classes[p.class&(classes-1)]; prefetch.Able && c.buckets != 0 {
		p.asked += prefetch.Line(unsafe.Pointer(&t.index[c.bucket(p.hash)]))
	}
}

func (t *Table) hash(p *Probe, zone uint32, name string) {
	h, ok := t.keys.sum(zone, name, t.fold)
	n := len(name)
	if !ok {
		h, n = t.keys.sumFold(zone, name)
	}
	p.hash, p.zone, p.class, p.odd = h, zone, uint8(classOf(zone, n)), !ok
}

// Seek reads the name's bucket: a byte for every name.
func (t *Table) Seek(p *Probe) {
	if p.at = t.locate(p.hash, int(p.class)); p.at != nowhere {
		entry := t.pointer(p.at)
		last := max(int(p.class), 1)*unit - 1
		p.asked += prefetch.Line(entry) + prefetch.Line(unsafe.Add(entry, last))
	}
}

// Find ends a lookup: it compares the name, which must be the one that was
// hashed.
func (t *Table) Find(p *Probe, name []byte) (value uint32, found bool) {
	return t.find(p, bytestext.String(name))
}

// FindString is Find of a string.
func (t *Table) FindString(p *Probe, name string) (value uint32, found bool) {
	return t.find(p, name)
}

func (t *Table) find(p *Probe, name string) (value uint32, found bool) {
	if p.at == nowhere {
		return 0, false
	}
	if p.odd || p.class == 0 {
		return t.equal(p.at, p.zone, name, p.odd)
	}
	entry := t.pointer(p.at)
	head := load64(entry, 0)
	if headKey(head) != shortKey(p.zone, len(name)) || name == "" || !same(unsafe.Add(entry, header), name, t.fold) {
		return 0, false
	}
	return headValue(head), true
}

// block is how many names LookupAll has under way at once: the more the better, up
// to here (16 took 59 ns each where 32 took 50 and 64 took 47).
const block = 64

// LookupAll looks up names, all of one zone, so that the reads of distant
// memory overlap, and sets dst[i] to the value of names[i] or None. dst must be
// at least as long as names. For a table so small that it is near anyway, one
// lookup after another is as fast or faster.
func (t *Table) LookupAll(dst []uint32, zone uint32, names [][]byte) {
	var under [block]Probe
	for len(names) > 0 {
		n := min(block, len(names))
		probes := under[:n]
		for i := range probes {
			t.Hash(&probes[i], zone, names[i])
		}
		for i := range probes {
			t.Seek(&probes[i])
		}
		for i := range probes {
			value, found := t.find(&probes[i], bytestext.String(names[i]))
			if !found {
				value = None
			}
			dst[i] = value
		}
		dst, names = dst[n:], names[n:]
	}
}
