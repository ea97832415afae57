package lpm

import (
	"net/netip"
	"sort"
)

// table6 holds the IPv6 hosts and prefixes. A group is a /64 network that contains hosts,
// is a prefix, or contains longer prefixes. The tree covers all other addresses.
type table6 struct {
	tree btree // prefixes shorter than /64

	groups     []uint64  // groupWords each, ascending; one more group marks the end of the last
	groupIndex hashIndex // of the networks in groups

	lows      []uint64  // the last halves of the hosts' addresses, in order of rank
	hostIndex hashIndex // of the hosts' addresses

	firstRuns []uint32 // the first run of each group, and the end of the last; empty without runs
	runStarts []uint64 // of the runs of prefixes longer than /64
	runIDs    []uint32 // the longest prefix of each run
}

// The words of a group.
const (
	groupWords = 2
	groupHigh  = 0 // first half of the address
	groupInfo  = 1 // low half: rank of the first host; high half: longest prefix up to /64
)

func (t *table6) numHosts() uint32 { return uint32(len(t.lows)) }

func (t *table6) lookup(hi, lo uint64) (host, prefix uint32) {
	g, found := t.findGroup(hi)
	if !found {
		return None, t.tree.lookup(hi)
	}
	w := (*[2 * groupWords]uint64)(t.groups[g*groupWords:])
	prefix = uint32(w[groupInfo] >> 32)
	host = t.lookupHost(hi, lo, uint32(w[groupInfo]), uint32(w[groupWords+groupInfo]))
	if len(t.firstRuns) > 0 {
		if from, to := t.firstRuns[g], t.firstRuns[g+1]; from < to {
			prefix = t.prefixInRuns(from, to, lo)
		}
	}
	return host, prefix
}

// findGroup returns the number of the group of a /64 network, given its first half.
func (t *table6) findGroup(hi uint64) (g uint32, found bool) {
	if len(t.groupIndex.slots) == 0 {
		return 0, false
	}
	h := t.groupIndex.hashKey(hi, 0)
	for at := t.groupIndex.homeSlot(h); ; {
		g, at, found = t.groupIndex.nextCandidate(h, at)
		if !found || t.groups[g*groupWords+groupHigh] == hi {
			return g, found
		}
	}
}

// lookupHost returns the rank of a host, or None. first and end bound the ranks of the
// hosts in its group.
func (t *table6) lookupHost(hi, lo uint64, first, end uint32) uint32 {
	if first >= end {
		return None
	}
	h := t.hostIndex.hashKey(hi, lo)
	for at := t.hostIndex.homeSlot(h); ; {
		rank, next, found := t.hostIndex.nextCandidate(h, at)
		if !found {
			return None
		}
		if t.lows[rank] == lo && rank-first < end-first {
			return rank
		}
		at = next
	}
}

// prefixInRuns returns the prefix of the last run, of those numbered from up to but not
// including to, that starts at or before lo.
func (t *table6) prefixInRuns(from, to uint32, lo uint64) uint32 {
	for to-from > 1 {
		if mid := from + (to-from)/2; t.runStarts[mid] <= lo {
			from = mid
		} else {
			to = mid
		}
	}
	return t.runIDs[from]
}

// numGroups returns the number of groups.
func (t *table6) numGroups() int { return max(len(t.groups)/groupWords-1, 0) }

// firstRank returns the number of hosts before group g, which is the rank of its first host
// if it has any.
func (t *table6) firstRank(g int) uint32 { return uint32(t.groups[g*groupWords+groupInfo]) }

// hostAt returns the address of the host of a rank, and the zero Addr if rank is not below
// numHosts.
func (t *table6) hostAt(rank uint32) netip.Addr {
	g := sort.Search(t.numGroups(), func(g int) bool { return t.firstRank(g) > rank }) - 1
	if g < 0 || uint64(rank) >= uint64(len(t.lows)) {
		return netip.Addr{}
	}
	return addrFrom6(addr128{t.groups[g*groupWords+groupHigh], t.lows[rank]})
}

// rankOf returns the number of hosts below an address.
func (t *table6) rankOf(a addr128) uint32 {
	n := t.numGroups()
	g := sort.Search(n, func(g int) bool { return t.groups[g*groupWords+groupHigh] >= a.hi })
	if g == n {
		return t.numHosts()
	}
	first := t.firstRank(g)
	if t.groups[g*groupWords+groupHigh] != a.hi {
		return first
	}
	lows := t.lows[first:t.firstRank(g+1)]
	return first + uint32(sort.Search(len(lows), func(i int) bool { return lows[i] >= a.lo }))
}
