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
// # How it is laid out
//
// Everything lies in slices of integers without pointers: the collector has
// nothing to scan, and the slices are the sections of a snapshot file.
//
// An IPv4 address walks at most three pages of 256 entries, one for each of its
// first three bytes. An entry is a leaf that names the longest prefix, or leads
// on. Below the third page lies a node, one cache line for the 256 addresses of
// a /24: a bitmap of the hosts with running counts, the rank of the first, and
// the runs of equal longest prefixes. A host's rank is the first rank plus the
// bits set before its own. Where hosts are so few that pages and nodes would be
// mostly empty, they are in a hash table, and a flag in their leaf marks this;
// other addresses never probe the hash table.
//
// An IPv6 address is looked up by its /64 network in a hash of the networks
// that hold hosts, are a prefix, or hold longer ones. The entry of a
// network has its longest prefix up to /64, its hosts (in a second hash, by address)
// and the runs of the prefixes longer than /64. Other addresses are looked up in a
// search tree over the runs of the prefixes shorter than /64.
package lpm

import (
	"encoding/binary"
	"net/netip"
)

// None is the result if there is no host or no prefix.
const None = ^uint32(0)

// MaxEntries is how many hosts, and how many prefixes, a Table holds at most.
const MaxEntries = 1 << 29

// Table is a compiled set of hosts and prefixes. It is immutable and safe for
// concurrent use. The zero Table is empty.
type Table struct {
	v4   table4
	v6   table6
	prefixes prefixList
}

// Lookup returns the rank of the host that is addr and the index of the longest
// prefix that covers it, or None for either. A 4-in-6 address is looked up as
// IPv4, a scope zone is ignored, and the zero Addr finds nothing.
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

// Lookup4 is Lookup for an IPv4 address, its first byte the most significant.
func (t *Table) Lookup4(a uint32) (host, prefix uint32) { return t.v4.lookup(a) }

// Lookup6 is Lookup for the IPv6 address whose first 8 bytes are hi and whose
// last are lo.
func (t *Table) Lookup6(hi, lo uint64) (host, prefix uint32) {
	if is4(hi, lo) {
		return t.v4.lookup(uint32(lo))
	}
	host, prefix = t.v6.lookup(hi, lo)
	if host != None {
		host += t.v4.hosts()
	}
	return host, prefix
}

// NumHosts returns the number of hosts.
func (t *Table) NumHosts() int { return int(t.v4.hosts() + t.v6.hosts()) }

// NumPrefixes returns the number of prefixes.
func (t *Table) NumPrefixes() int { return t.prefixes.len() }

// Host returns the host of a rank below NumHosts, and the zero Addr for others.
func (t *Table) Host(rank uint32) netip.Addr {
	if n := t.v4.hosts(); rank >= n {
		return t.v6.hostAt(rank - n)
	}
	return t.v4.hostAt(rank)
}

// Prefix returns the prefix of an index below NumPrefixes, and the zero Prefix
// for others.
func (t *Table) Prefix(index uint32) netip.Prefix { return t.prefixes.prefixAt(index) }

// Parent returns the index of the next shorter prefix that covers the given
// one, or None. A parent's index is less than its child's.
func (t *Table) Parent(prefix uint32) uint32 {
	if uint64(prefix) >= uint64(len(t.prefixes.parents)) {
		return None
	}
	return t.prefixes.parents[prefix]
}

// HostsIn returns the ranks of the hosts inside p: lo and those after it up to,
// but not including, hi. Host bits in p are ignored, and an invalid p holds
// nothing.
func (t *Table) HostsIn(p netip.Prefix) (lo, hi uint32) {
	if !p.IsValid() {
		return 0, 0
	}
	first, last := prefixBounds(p)
	if p.Addr().Is4() {
		return t.v4.rankOf(first.lo), t.v4.rankOf(last.lo + 1)
	}
	n := t.v4.hosts()
	lo, hi = n+t.v6.rankOf(first), n+t.v6.hosts()
	if next, ok := last.next(); ok {
		hi = n + t.v6.rankOf(next)
	}
	return lo, hi
}

// CoveredBy returns the indexes of the prefixes that are p or lie inside it: lo
// and those after it up to, but not including, hi. Host bits in p are ignored,
// and an invalid p covers nothing.
func (t *Table) CoveredBy(p netip.Prefix) (lo, hi uint32) { return t.prefixes.coveredBy(p) }
