package lpm

import (
	"net/netip"
	"slices"
)

// Answer is what Lookup returns: the rank of a host and the index of a prefix,
// or None.
type Answer struct{ Host, Prefix uint32 }

// blockSize is how many addresses are in the same phase at a time.
const blockSize = 32

// AppendLookups appends the answers for addrs, in their order, to dst. The IPv4
// addresses of a block first all walk the pages and then all read the nodes to
// which they have come, so that the reads of one do not wait for another's.
// Over large tables that is a third faster than as many Lookups.
func (t *Table) AppendLookups(dst []Answer, addrs []netip.Addr) []Answer {
	n := len(dst)
	dst = slices.Grow(dst, len(addrs))[:n+len(addrs)]
	for answers := dst[n:]; len(addrs) > 0; {
		size := min(len(addrs), blockSize)
		t.lookupBlock(answers[:size], addrs[:size])
		answers, addrs = answers[size:], addrs[size:]
	}
	return dst
}

// lookupBlock sets as many answers as there are addresses, blockSize at most.
func (t *Table) lookupBlock(answers []Answer, addrs []netip.Addr) {
	var entries, words [blockSize]uint32
	for i, a := range addrs {
		if a.Is4() {
			words[i&(blockSize-1)] = word4(a)
			entries[i&(blockSize-1)] = t.v4.entry(word4(a))
		}
	}
	for i := range answers {
		answer := &answers[i]
		if addrs[i].Is4() {
			answer.Host, answer.Prefix = t.v4.below(entries[i&(blockSize-1)], words[i&(blockSize-1)])
		} else {
			answer.Host, answer.Prefix = t.Lookup(addrs[i])
		}
	}
}
