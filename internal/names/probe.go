package names

import (
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/prefetch"
)

// Probe is a lookup in flight. The caller passes it to Hash, Seek and Find of one table, in
// this order. Each of these stages prefetches the memory that the next one reads, so the
// caller should advance other probes between two stages. A Probe takes 24 bytes and
// contains no pointers, which is why Find needs the name again.
type Probe struct {
	hash     uint64
	at       uint32 // position of the entry, in units
	zone     uint32
	class    uint8 // of the name
	nonASCII bool  // the name is not ASCII, and the table ignores case
	sink     byte  // see package prefetch
}

// Hash begins a lookup. It reads the name, but no memory of the table.
func (t *Table) Hash(p *Probe, zone uint32, name string) {
	t.hashProbe(p, zone, name)
	if c := &t.classes[p.class&(classes-1)]; prefetch.Able && c.buckets != 0 {
		p.sink += prefetch.Line(unsafe.Pointer(&t.index[c.bucket(p.hash)]))
	}
}

func (t *Table) hashProbe(p *Probe, zone uint32, name string) {
	h, ok := t.keys.hashName(zone, name, t.fold)
	n := len(name)
	if !ok {
		h, n = t.keys.hashFolded(zone, name)
	}
	p.hash, p.zone, p.class, p.nonASCII = h, zone, uint8(classOf(zone, n)), !ok
}

// Seek reads the bucket of the name, which is mostly in the cache: the buckets take about a
// byte per name.
func (t *Table) Seek(p *Probe) {
	if p.at = t.entryAt(p.hash, int(p.class)); p.at != notFound {
		entry := t.pointer(p.at)
		last := max(int(p.class), 1)*unit - 1
		p.sink += prefetch.Line(entry) + prefetch.Line(unsafe.Add(entry, last))
	}
}

// Find ends a lookup: it compares the name, which must be the one passed to Hash, with the
// entry.
func (t *Table) Find(p *Probe, name string) (value uint32, found bool) {
	if p.at == notFound {
		return 0, false
	}
	if p.nonASCII || p.class == 0 {
		return t.equalSlow(p.at, p.zone, name, p.nonASCII)
	}
	entry := t.pointer(p.at)
	head := load64(entry, 0)
	if headKey(head) != shortKey(p.zone, len(name)) || name == "" || !equalBytes(unsafe.Add(entry, headerSize), name, t.fold) {
		return 0, false
	}
	return headValue(head), true
}

// batchSize is the number of lookups that LookupAll has in flight. A lookup took 59 ns with
// 16, 50 ns with 32 and 47 ns with 64. A larger number did not help.
const batchSize = 64

// LookupAll looks up names of one zone, so that their cache misses overlap, and sets dst[i]
// to the value of names[i] or None. dst must be at least as long as names. If the table
// fits into the cache, calling Lookup for each name is at least as fast.
func (t *Table) LookupAll(dst []uint32, zone uint32, names [][]byte) {
	var inFlight [batchSize]Probe
	for len(names) > 0 {
		n := min(batchSize, len(names))
		probes := inFlight[:n]
		for i := range probes {
			t.Hash(&probes[i], zone, bytestext.String(names[i]))
		}
		for i := range probes {
			t.Seek(&probes[i])
		}
		for i := range probes {
			value, found := t.Find(&probes[i], bytestext.String(names[i]))
			if !found {
				value = None
			}
			dst[i] = value
		}
		dst, names = dst[n:], names[n:]
	}
}
