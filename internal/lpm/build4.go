package lpm

import (
	"math"
	"math/bits"
)

// Below these numbers hosts go to the hash, if no prefix makes a page or a
// node there anyway. A node is 64 bytes and a host in the hash 16. A page is
// 1024 bytes, but also the faster way.
const (
	nodeHosts = 4  // in a /24
	pageHosts = 32 // in the nodes below a page
)

// newTable4 compiles hosts and prefixes, both ascending.
func newTable4(hosts []uint32, spans []interval) table4 {
	if len(hosts) == 0 && len(spans) == 0 {
		return table4{}
	}
	runs := sweepIntervals(spans, None) // the last may start one past the last address
	b := builder4{hosts: hosts, t: table4{numHosts: uint32(len(hosts))}}
	b.appendPage(subtree4{hosts: hosts, runs: runs, bits: 32})
	t := b.t
	t.sparseIndex = newHashIndex(len(t.sparse), func(i int) (hi, lo uint64) { return 0, t.sparse[i] >> 32 })
	return t
}

type builder4 struct {
	t     table4
	hosts []uint32
	rank  uint32 // of the next host to be placed
}

// subtree4 is the part of the address space below an entry: 2^bits addresses.
type subtree4 struct {
	first uint32
	bits  uint
	id    uint32   // longest prefix at the first address
	runs  []run    // that start inside, beyond the first address
	hosts []uint32 // inside
}

// appendPage appends a page for a block and everything below it.
func (b *builder4) appendPage(block subtree4) (number uint32) {
	number = uint32(len(b.t.pages) >> 8)
	b.t.pages = append(b.t.pages, make([]uint32, 256)...)
	rest := block
	for i := range uint32(256) {
		child := subtree4{first: block.first + i<<(block.bits-8), bits: block.bits - 8}
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

// takeFirstRun returns the prefix at the first address of a child and the runs that
// start beyond it.
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

func (b *builder4) buildEntry(block subtree4) uint32 {
	switch {
	case block.bits == 8 && (len(block.runs) > 0 || len(block.hosts) >= nodeHosts):
		return b.appendNode(block)
	case block.bits > 8 && (len(block.runs) > 0 || countNodeHosts(block.hosts) >= pageHosts):
		return branch | b.appendPage(block)
	}
	e := block.id & indexMask
	if len(block.hosts) > 0 {
		e |= special
	}
	for _, a := range block.hosts {
		b.t.sparse = append(b.t.sparse, uint64(a)<<32|uint64(b.rank))
		b.rank++
	}
	return e
}

// countNodeHosts counts the hosts that would be in nodes.
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

// appendNode appends a node for the block of a /24 and returns its entry.
func (b *builder4) appendNode(block subtree4) uint32 {
	e := branch | uint32(len(b.t.nodeNets))
	var n node
	for _, a := range block.hosts {
		n[a>>6&3] |= 1 << (a & 63)
	}
	n[wordStarts] = n.runningCounts()
	n[wordRank] = uint64(b.rank)
	b.rank += uint32(len(block.hosts))
	if len(block.runs) < nodeRuns {
		n.setRuns(block)
	} else {
		e |= special
		n[wordIDs] = uint64(b.appendSpill(block))
	}
	b.t.nodes = append(b.t.nodes, n[:]...)
	b.t.nodeNets = append(b.t.nodeNets, block.first>>8)
	return e
}

// runningCounts returns, in a byte each, how many hosts the words before the second,
// third and fourth hold.
func (n *node) runningCounts() (packed uint64) {
	sum := 0
	for i, w := range n[:3] {
		sum += bits.OnesCount64(w)
		packed |= uint64(sum) << (8 * i)
	}
	return packed
}

// setRuns puts the runs of a block into its node. Lanes without a run name None:
// there may be no prefix that they could name.
func (n *node) setRuns(block subtree4) {
	n[wordRank] |= uint64(block.id) << 32
	n[wordIDs], n[wordIDs+1] = ^uint64(0), ^uint64(0)
	for i, r := range block.runs {
		n[wordStarts] |= (256 - r.start&0xff) << (laneShift + laneBits*i)
		shift := 32 * (i % 2)
		n[wordIDs+i/2] = n[wordIDs+i/2]&^(math.MaxUint32<<shift) | uint64(r.id)<<shift
	}
}

// appendSpill appends a chunk with the prefix of each address of a block.
func (b *builder4) appendSpill(block subtree4) uint32 {
	number := len(b.t.spill) >> 8
	id := block.id
	for i := range uint64(256) {
		if len(block.runs) > 0 && block.runs[0].start&0xff == i {
			id, block.runs = block.runs[0].id, block.runs[1:]
		}
		b.t.spill = append(b.t.spill, id)
	}
	return uint32(number)
}
