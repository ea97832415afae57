// Package lpm looks up an IPv4 or IPv6 address among many hosts, and the longest of
// many prefixes that covers it (longest-prefix match).
//
// A Table is compiled once from two sorted lists and never changes. It stores no
// values: the result for a host is its rank, which is its position in the list of
// hosts, and the result for a prefix is its position in the list of prefixes. A caller
// keeps its records in these orders. Hosts are single addresses; prefixes are shorter
// than /32 or /128. Both are looked up together, because the fields of a host are
// filled from the networks around it. Parent returns the next shorter prefix that
// covers a prefix, so that walking all covering prefixes costs one read per step and
// no allocation.
//
// A 4-in-6 address is its IPv4 address, and scope zones are ignored. Therefore ::/0
// and other IPv6 prefixes do not cover IPv4 addresses, not even those written
// ::ffff:192.0.2.1.
//
// # Memory layout
//
// All data is in slices of integers without pointers. The garbage collector has nothing
// to scan, and the slices are stored as the sections of a snapshot file without
// conversion.
//
// IPv4 is a multibit trie. A lookup walks at most three pages of 256 entries, one for each
// of the first three bytes of the address. An entry is a leaf, which contains the index
// of the longest prefix, or a branch to a lower level. Below the third page is a node, one
// cache line for the 256 addresses of a /24: a bitmap of the hosts with running counts,
// the rank of the first host, and the runs of addresses with the same longest prefix. The
// rank of a host is the rank of the first host plus the number of bits set before its own.
// Where hosts are so few that pages and nodes would be mostly empty, the hosts are sparse:
// they are stored in a hash table, and a flag in their leaf marks this. Addresses below
// other leaves never probe the hash table.
//
// An IPv6 address is looked up by its /64 network, in a hash table of the networks that
// contain hosts, are a prefix, or contain longer prefixes. The entry of a network has its
// longest prefix up to /64, its hosts (in a second hash table, by address) and the runs of
// the prefixes longer than /64. Addresses in other networks are looked up in a static
// B-tree of the runs of the prefixes shorter than /64.
package lpm

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"github.com/kithsec/kith/internal/prefetch"
)

// None is the result of a lookup that finds no host or no prefix.
const None = ^uint32(0)

// MaxEntries is the maximum number of hosts, and of prefixes, in a Table.
const MaxEntries = 1 << 29

// Table is a compiled set of hosts and prefixes. It is immutable and safe for
// concurrent use. The zero Table is empty.
type Table struct {
	v4       table4
	v6       table6
	prefixes prefixList
}

// Lookup returns the rank of the host addr and the index of the longest prefix that covers
// addr. Either is None if there is no such host or prefix. Both are None for the zero Addr.
// A 4-in-6 address is looked up as IPv4, and a scope zone is ignored.
func (t *Table) Lookup(addr netip.Addr) (host, prefix uint32) {
	if addr.Is4() {
		a := addr.As4()
		return t.v4.lookup(binary.BigEndian.Uint32(a[:]))
	}
	if !addr.IsValid() {
		return None, None
	}
	return t.Lookup6(addrWords(addr))
}

// Lookup4 is Lookup for the IPv4 address whose first byte is the most significant byte of
// a.
func (t *Table) Lookup4(a uint32) (host, prefix uint32) { return t.v4.lookup(a) }

// Lookup6 is Lookup for the IPv6 address whose first 8 bytes are hi and whose last 8
// bytes are lo.
func (t *Table) Lookup6(hi, lo uint64) (host, prefix uint32) {
	if is4(hi, lo) {
		return t.v4.lookup(uint32(lo))
	}
	host, prefix = t.v6.lookup(hi, lo)
	if host != None {
		host += t.v4.numHosts
	}
	return host, prefix
}

// NumHosts returns the number of hosts.
func (t *Table) NumHosts() int { return int(t.v4.numHosts + t.v6.numHosts()) }

// NumPrefixes returns the number of prefixes.
func (t *Table) NumPrefixes() int { return t.prefixes.len() }

// Host returns the host with the given rank, and the zero Addr if rank is not below
// NumHosts.
func (t *Table) Host(rank uint32) netip.Addr {
	if n := t.v4.numHosts; rank >= n {
		return t.v6.hostAt(rank - n)
	}
	return t.v4.hostAt(rank)
}

// Prefix returns the prefix with the given index, and the zero Prefix if index is not
// below NumPrefixes.
func (t *Table) Prefix(index uint32) netip.Prefix { return t.prefixes.prefixAt(index) }

// Parent returns the index of the longest prefix that covers the given one and is shorter,
// or None. The index of a parent is less than that of its children.
func (t *Table) Parent(prefix uint32) uint32 {
	if uint64(prefix) >= uint64(len(t.prefixes.parents)) {
		return None
	}
	return t.prefixes.parents[prefix]
}

// HostsIn returns the range of ranks of the hosts inside p, from lo up to but not including
// hi. Host bits in p are ignored. The range is empty if p is invalid.
func (t *Table) HostsIn(p netip.Prefix) (lo, hi uint32) {
	if !p.IsValid() {
		return 0, 0
	}
	first, last := prefixBounds(p)
	if p.Addr().Is4() {
		return t.v4.rankOf(first.lo), t.v4.rankOf(last.lo + 1)
	}
	n := t.v4.numHosts
	lo, hi = n+t.v6.rankOf(first), n+t.v6.numHosts()
	if next, ok := last.next(); ok {
		hi = n + t.v6.rankOf(next)
	}
	return lo, hi
}

// CoveredBy returns the range of indexes of the prefixes that are p or lie inside it, from
// lo up to but not including hi. Host bits in p are ignored. The range is empty if p is
// invalid.
func (t *Table) CoveredBy(p netip.Prefix) (lo, hi uint32) { return t.prefixes.coveredBy(p) }

// Probe is one lookup in flight. It passes through the stages Begin, Seek and Find of one
// table, in this order. Each stage prefetches the memory that the next one reads, so a
// caller should advance other probes between two stages of the same probe. The caller
// sets Hi and Lo as for Lookup6. For IPv6 addresses only Find does any work.
type Probe struct {
	Hi, Lo     uint64
	entry      uint32 // after Begin the index of the entry, after Seek the entry
	prefetched byte   // see package prefetch
}

// Begin walks the pages to the last one and prefetches its entry. The last page is the one
// that may not be in the cache.
func (t *Table) Begin(p *Probe) {
	if is4(p.Hi, p.Lo) && len(t.v4.pages) > 0 {
		p.entry = t.v4.entryIndex(uint32(p.Lo))
		if prefetch.Able {
			p.prefetched += prefetch.Line(unsafe.Pointer(&t.v4.pages[p.entry]))
		}
	}
}

// Seek reads the entry and prefetches the node that it leads to.
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
