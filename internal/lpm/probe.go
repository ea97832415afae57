package lpm

import (
	"unsafe"

	"github.com/kithsec/kith/internal/prefetch"
)

// Probe is one lookup under way: an address that goes through Begin, Seek and Find
// of one table, in this order. Each step prefetches the memory that the next one
// reads, so between them should be those of other probes. The caller sets Hi and Lo
// as Lookup6 takes them. IPv6 addresses are looked up by Find alone.
type Probe struct {
	Hi, Lo uint64
	entry     uint32 // where the entry is, then what it is
	prefetched  byte   // see package prefetch
}

// Begin walks the pages up to the last, which is the one that may be far.
func (t *Table) Begin(p *Probe) {
	if is4(p.Hi, p.Lo) && len(t.v4.pages) > 0 {
		p.entry = t.v4.entryIndex(uint32(p.Lo))
		if prefetch.Able {
			p.prefetched += prefetch.Line(unsafe.Pointer(&t.v4.pages[p.entry]))
		}
	}
}

// Seek reads the entry in that page.
func (t *Table) Seek(p *Probe) {
	if !is4(p.Hi, p.Lo) {
		return
	}
	if len(t.v4.pages) == 0 {
		p.entry = emptyLeaf
		return
	}
	if p.entry = t.v4.pages[p.entry]; p.entry >= branch {
		p.prefetched += prefetch.Line(unsafe.Pointer(t.v4.nodeAt(p.entry & indexMask)))
	}
}

// Find returns the result of Lookup6 for the address.
func (t *Table) Find(p *Probe) (host, prefix uint32) {
	if is4(p.Hi, p.Lo) {
		return t.v4.resolveEntry(p.entry, uint32(p.Lo))
	}
	return t.Lookup6(p.Hi, p.Lo)
}
