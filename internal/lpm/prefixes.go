package lpm

import (
	"net/netip"
	"sort"
)

// prefixList is the sorted list of prefixes, IPv4 before IPv6, with the parent of each.
type prefixList struct {
	addrs4  []uint32 // one word for each IPv4 prefix
	addrs6  []uint64 // two words for each IPv6 prefix
	bits    []uint8
	parents []uint32 // index of the longest shorter prefix that covers it, or None
}

func (n *prefixList) len() int { return len(n.bits) }

func (n *prefixList) prefixAt(i uint32) netip.Prefix {
	if uint64(i) >= uint64(len(n.bits)) {
		return netip.Prefix{}
	}
	if int(i) < len(n.addrs4) {
		return netip.PrefixFrom(addrFrom4(n.addrs4[i]), int(n.bits[i]))
	}
	return netip.PrefixFrom(addrFrom6(n.addr6At(int(i))), int(n.bits[i]))
}

// addr6At returns the address of the IPv6 prefix i.
func (n *prefixList) addr6At(i int) addr128 {
	at := 2 * (i - len(n.addrs4))
	return addr128{n.addrs6[at], n.addrs6[at+1]}
}

func (n *prefixList) coveredBy(p netip.Prefix) (lo, hi uint32) {
	if !p.IsValid() {
		return 0, 0
	}
	first, last := prefixBounds(p)
	// The list is sorted by address, then by length. The prefixes that p covers begin
	// after the shorter prefixes with the same address, and end at the last address of p.
	from, to, addr := 0, len(n.addrs4), func(i int) addr128 { return addr128{lo: uint64(n.addrs4[i])} }
	if !p.Addr().Is4() {
		from, to, addr = len(n.addrs4), len(n.bits), n.addr6At
	}
	start := from + sort.Search(to-from, func(i int) bool {
		a := addr(from + i)
		return first.less(a) || a == first && int(n.bits[from+i]) >= p.Bits()
	})
	end := start + sort.Search(to-start, func(i int) bool { return last.less(addr(start + i)) })
	return uint32(start), uint32(end)
}

// newPrefixList returns the list of prefixes that checkPrefixes has accepted.
func newPrefixList(list []netip.Prefix) prefixList {
	n := prefixList{
		bits:    make([]uint8, len(list)),
		parents: make([]uint32, len(list)),
	}
	for i, p := range list {
		n.bits[i] = uint8(p.Bits())
		n.parents[i] = n.parentOf(list, i)
		if p.Addr().Is4() {
			n.addrs4 = append(n.addrs4, addrWord4(p.Addr()))
			continue
		}
		hi, lo := addrWords(p.Addr())
		n.addrs6 = append(n.addrs6, hi, lo)
	}
	return n
}

// parentOf returns the parent of the prefix i, or None. In sorted order, every prefix that
// covers i is the predecessor of i or covers the predecessor, so parentOf follows the
// parents of the predecessor. A prefix that does not cover i is never visited again, and
// so building the whole list takes linear time.
func (n *prefixList) parentOf(list []netip.Prefix, i int) uint32 {
	if i == 0 {
		return None
	}
	p := uint32(i - 1)
	for p != None && !covers(list[p], list[i]) {
		p = n.parents[p]
	}
	return p
}

// covers reports whether outer covers inner. outer must sort before inner.
func covers(outer, inner netip.Prefix) bool {
	if outer.Addr().Is4() != inner.Addr().Is4() {
		return false
	}
	_, last := prefixBounds(outer)
	first, _ := prefixBounds(inner)
	return !last.less(first)
}
