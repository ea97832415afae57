package lpm

import (
	"math"
	"math/bits"
)

// Fewer hosts than these are stored as sparse hosts, in a hash index, unless a prefix
// needs a page or a node there anyway. A node takes 64 bytes and a sparse host 16. A
// page takes 1024 bytes, but lookups through it are faster.
const (
	nodeHosts = 4  // hosts in a /24 that justify a node
	pageHosts = 32 // hosts in nodes below a page that justify the page
)

// newTable4 compiles hosts and prefixes, both ascending.
func newTable4(hosts []uint32, intervals []interval) table4 {
	if len(hosts) == 0 && len(intervals) == 0 {
		return table4{}
	}
	runs := sweepIntervals(intervals, None) // the last run may start one past the last address
	b := builder4{hosts: hosts, t: table4{numHosts: uint32(len(hosts))}}
	b.appendPage(subtree4{hosts: hosts, runs: runs, bits: 32})
	t := b.t
	t.sparseIndex = newHashIndex(len(t.sparse), func(i int) (hi, lo uint64) { return 0, t.sparse[i] >> 32 })
	return t
}

type builder4 struct {
	t     table4
	hosts []uint32
	rank  uint32 // of the next host to be stored
}

// subtree4 is the part of the address space below an entry: 2^bits addresses.
type subtree4 struct {
	first uint32   // the first address
	bits  uint     // 32 for the whole address space, 8 for a /24
	id    uint32   // the longest prefix at the first address
	runs  []run    // the runs that start inside, after the first address
	hosts []uint32 // the hosts inside
}

// appendPage appends a page for a subtree and everything below it.
func (b *builder4) appendPage(sub subtree4) (number uint32) {
	number = uint32(len(b.t.pages) >> 8)
	b.t.pages = append(b.t.pages, make([]uint32, 256)...)
	rest := sub
	for i := range uint32(256) {
		child := subtree4{first: sub.first + i<<(sub.bits-8), bits: sub.bits - 8}
		end := uint64(child.first) + 1<<child.bits
		child.id, rest.runs = takeFirstRun(rest, child.first)
		rest.id = child.id
		child.runs, rest.runs = runsBefore(rest.runs, end)
		if n := len(child.runs); n > 0 {
			rest.id = child.runs[n-1].id
		}
		child.hosts, rest.hosts = hostsBefore(rest.hosts, end)
		b.t.pages[number<<8+i] = b.buildEntry(child)
	}
	return number
}

// takeFirstRun returns the longest prefix at the first address of a child, and the runs
// that start after that address.
func takeFirstRun(rest subtree4, first uint32) (id uint32, runs []run) {
	if len(rest.runs) > 0 && rest.runs[0].start == uint64(first) {
		return rest.runs[0].id, rest.runs[1:]
	}
	return rest.id, rest.runs
}

func runsBefore(runs []run, end uint64) (before, after []run) {
	n := 0
	for n < len(runs) && runs[n].start < end {
		n++
	}
	return runs[:n], runs[n:]
}

func hostsBefore(hosts []uint32, end uint64) (before, after []uint32) {
	n := 0
	for n < len(hosts) && uint64(hosts[n]) < end {
		n++
	}
	return hosts[:n], hosts[n:]
}

// buildEntry returns the entry of a subtree, and appends the page or the node that it
// needs.
func (b *builder4) buildEntry(sub subtree4) uint32 {
	switch {
	case sub.bits == 8 && (len(sub.runs) > 0 || len(sub.hosts) >= nodeHosts):
		return b.appendNode(sub)
	case sub.bits > 8 && (len(sub.runs) > 0 || countNodeHosts(sub.hosts) >= pageHosts):
		return branch | b.appendPage(sub)
	}
	e := sub.id & indexMask
	if len(sub.hosts) > 0 {
		e |= sparseFlag
	}
	for _, a := range sub.hosts {
		b.t.sparse = append(b.t.sparse, uint64(a)<<32|uint64(b.rank))
		b.rank++
	}
	return e
}

// countNodeHosts counts the hosts that would be stored in nodes.
func countNodeHosts(hosts []uint32) (count int) {
	for i := 0; i < len(hosts); {
		j := i + 1
		for j < len(hosts) && hosts[j]>>8 == hosts[i]>>8 {
			j++
		}
		if j-i >= nodeHosts {
			count += j - i
		}
		i = j
	}
	return count
}

// appendNode appends a node for the subtree of a /24 and returns its entry.
func (b *builder4) appendNode(sub subtree4) uint32 {
	e := branch | uint32(len(b.t.nodeNets))
	var n node
	for _, a := range sub.hosts {
		n[a>>6&3] |= 1 << (a & 63)
	}
	n[wordStarts] = n.runningCounts()
	n[wordRank] = uint64(b.rank)
	b.rank += uint32(len(sub.hosts))
	if len(sub.runs) < nodeRuns {
		n.setRuns(sub)
	} else {
		e |= spillFlag
		n[wordIDs] = uint64(b.appendSpill(sub))
	}
	b.t.nodes = append(b.t.nodes, n[:]...)
	b.t.nodeNets = append(b.t.nodeNets, sub.first>>8)
	return e
}

// runningCounts returns three bytes: the numbers of hosts before the second, the third
// and the fourth word of the bitmap.
func (n *node) runningCounts() (packed uint64) {
	sum := 0
	for i, w := range n[:3] {
		sum += bits.OnesCount64(w)
		packed |= uint64(sum) << (8 * i)
	}
	return packed
}

// setRuns stores the runs of a subtree in its node. Lanes without a run get the prefix
// None, because prefix 0 need not exist.
func (n *node) setRuns(sub subtree4) {
	n[wordRank] |= uint64(sub.id) << 32
	n[wordIDs], n[wordIDs+1] = ^uint64(0), ^uint64(0)
	for i, r := range sub.runs {
		n[wordStarts] |= (256 - r.start&0xff) << (laneShift + laneBits*i)
		shift := 32 * (i % 2)
		n[wordIDs+i/2] = n[wordIDs+i/2]&^(math.MaxUint32<<shift) | uint64(r.id)<<shift
	}
}

// appendSpill appends a chunk with the longest prefix of each address of a subtree, and
// returns its number.
func (b *builder4) appendSpill(sub subtree4) uint32 {
	number := len(b.t.spill) >> 8
	id := sub.id
	for i := range uint64(256) {
		if len(sub.runs) > 0 && sub.runs[0].start&0xff == i {
			id, sub.runs = sub.runs[0].id, sub.runs[1:]
		}
		b.t.spill = append(b.t.spill, id)
	}
	return uint32(number)
}
