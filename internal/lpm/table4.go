package lpm

import (
	"math/bits"
	"net/netip"
	"sort"
)

// An entry of a page is a leaf, whose low bits name the longest prefix, or a
// branch, whose low bits name the page below or, in a page of the third level,
// the node.
const (
	branch  = 1 << 31 // not a leaf
	special = 1 << 30 // leaf: some hosts below are in the hash; node: its runs are spilled
	indexBits  = 30
	indexMask  = 1<<indexBits - 1
	emptyLeaf = indexMask // leaf without a prefix
)

// leafPrefix returns the prefix that a leaf names. All bits set is None: the sign
// is extended over the flags.
func leafPrefix(e uint32) uint32 { return uint32(int32(e<<(32-indexBits)) >> (32 - indexBits)) }

// node holds the hosts and prefixes of a /24 in one cache line. The first four
// words are the bitmap of its hosts.
type node [nodeWords]uint64

const (
	nodeWords = 8
	nodeRuns  = 5 // runs of equal longest prefixes; more are spilled

	// In the lowest three bytes how many hosts the words before the second,
	// third and fourth of the bitmap hold; above them a lane for each run but
	// the first, with 256 less the byte at which it starts, or 0 without it.
	wordStarts = 4
	// The rank of the first host; above it, and in the two words that follow,
	// the longest prefixes of the runs.
	wordRank = 5
	wordIDs  = 6 // spilled: the chunk

	// A lane is wider than a byte, so adding a byte to each of four lanes sets
	// its ninth bit where the run has started.
	laneShift = 24
	laneBits  = 10
	lanes     = 1 | 1<<laneBits | 1<<(2*laneBits) | 1<<(3*laneBits)
)

// hostRank returns the rank of the host whose last byte is b, or None. A miss is
// as likely as a hit, so nothing here branches.
func (n *node) hostRank(b uint32) uint32 {
	w := n[b>>6&3]
	before := uint32(n[wordStarts]) << 8 >> (b >> 3 & 0x18) & 0xff
	rank := uint32(n[wordRank]) + before + uint32(bits.OnesCount64(w&(1<<(b&63)-1)))
	return rank | (uint32(w>>(b&63)&1) - 1)
}

// prefixFor returns the longest prefix for the last byte b, unless it is spilled.
func (n *node) prefixFor(b uint32) uint32 {
	started := (uint64(b)*lanes + n[wordStarts]>>laneShift) >> 8 & lanes
	k := started * lanes >> (3 * laneBits) & 7 // the sum of the lanes
	return uint32(n[(wordRank+(k+1)>>1)&7] >> ((k + 1) & 1 * 32))
}

// table4 holds the IPv4 hosts and prefixes. Without any it has no pages.
type table4 struct {
	pages []uint32 // 256 entries each; the first is the root
	nodes []uint64 // nodeWords each, in address order
	nodeNets  []uint32 // the /24 of each node, as its first 24 bits
	spill []uint32 // chunks of 256: the prefix for each last byte

	sparse []uint64 // hosts outside nodes: address above, rank below; ascending
	sparseIndex hashIndex    // of the addresses in sparse
	numHosts  uint32   // hosts
}

func (t *table4) hosts() uint32 { return t.numHosts }

func (t *table4) lookup(a uint32) (host, prefix uint32) { return t.resolveEntry(t.findEntry(a), a) }

// resolveEntry returns the host and the prefix of a, given its entry.
func (t *table4) resolveEntry(e, a uint32) (host, prefix uint32) {
	if e < branch {
		host, prefix = None, leafPrefix(e)
		if e&special != 0 {
			host = t.lookupSparse(a)
		}
		return host, prefix
	}
	n, b := t.nodeAt(e&indexMask), a&0xff
	if e&special != 0 {
		prefix = t.spill[uint32(n[wordIDs])<<8|b]
	} else {
		prefix = n.prefixFor(b)
	}
	return n.hostRank(b), prefix
}

// findEntry walks the pages to the entry of a.
func (t *table4) findEntry(a uint32) uint32 {
	if len(t.pages) == 0 {
		return emptyLeaf
	}
	return t.pages[t.entryIndex(a)]
}

// entryIndex walks the pages, which must not be empty, and returns the index of the entry
// of a. It reads two pages; if they lead to a third, it does not read that.
func (t *table4) entryIndex(a uint32) uint32 {
	at := a >> 24
	if e := t.pages[at]; e >= branch {
		at = e&indexMask<<8 | a>>16&0xff
		if e = t.pages[at]; e >= branch {
			at = e&indexMask<<8 | a>>8&0xff
		}
	}
	return at
}

func (t *table4) nodeAt(i uint32) *node {
	at := int(i) * nodeWords
	return (*node)(t.nodes[at : at+nodeWords : at+nodeWords])
}

// lookupSparse returns the rank of a, or None, from the hosts outside nodes.
func (t *table4) lookupSparse(a uint32) uint32 {
	h := t.sparseIndex.hashKey(0, uint64(a))
	for at := t.sparseIndex.homeSlot(h); ; {
		i, next, ok := t.sparseIndex.nextCandidate(h, at)
		if !ok {
			return None
		}
		if s := t.sparse[i]; uint32(s>>32) == a {
			return uint32(s)
		}
		at = next
	}
}

// firstRank returns the rank of the first host of node i.
func (t *table4) firstRank(i int) uint32 { return uint32(t.nodes[i*nodeWords+wordRank]) }

// countHosts returns the number of hosts of a node.
func (n *node) countHosts() (count uint32) {
	for _, w := range n[:4] {
		count += uint32(bits.OnesCount64(w))
	}
	return count
}

// hostAt returns the address of a rank below count.
func (t *table4) hostAt(rank uint32) netip.Addr {
	if rank >= t.numHosts {
		return netip.Addr{}
	}
	// The last node that begins at or before the rank has the host, or none.
	i := sort.Search(len(t.nodeNets), func(i int) bool { return t.firstRank(i) > rank }) - 1
	if i >= 0 {
		if n, k := t.nodeAt(uint32(i)), rank-t.firstRank(i); k < n.countHosts() {
			return addrFrom4(t.nodeNets[i]<<8 | n.nthHost(k))
		}
	}
	j := sort.Search(len(t.sparse), func(j int) bool { return uint32(t.sparse[j]) >= rank })
	if j == len(t.sparse) {
		return netip.Addr{}
	}
	return addrFrom4(uint32(t.sparse[j] >> 32))
}

// nthHost returns the last byte of the host of a node before which k others are.
func (n *node) nthHost(k uint32) uint32 {
	for i, w := range n[:4] {
		count := uint32(bits.OnesCount64(w))
		if k >= count {
			k -= count
			continue
		}
		for range k {
			w &= w - 1
		}
		return uint32(i*64 + bits.TrailingZeros64(w))
	}
	return 0
}

// rankOf returns how many hosts are below the address a, which may be one past
// the last address.
func (t *table4) rankOf(a uint64) uint32 {
	if a >= 1<<32 {
		return t.numHosts
	}
	rank := uint32(0)
	// The hosts in the hash below a, and all before the last of them.
	if j := sort.Search(len(t.sparse), func(j int) bool { return t.sparse[j]>>32 >= a }); j > 0 {
		rank = uint32(t.sparse[j-1]) + 1
	}
	// The hosts in the last node that begins at or before a.
	i := sort.Search(len(t.nodeNets), func(i int) bool { return uint64(t.nodeNets[i])<<8 > a }) - 1
	if i < 0 {
		return rank
	}
	n := t.nodeAt(uint32(i))
	count := n.countHosts()
	if uint64(t.nodeNets[i]) == a>>8 {
		count = n.countBelow(uint32(a & 0xff))
	}
	return max(rank, t.firstRank(i)+count)
}

// countBelow returns how many hosts of a node come before the last byte b.
func (n *node) countBelow(b uint32) (count uint32) {
	for _, w := range n[:b>>6] {
		count += uint32(bits.OnesCount64(w))
	}
	return count + uint32(bits.OnesCount64(n[b>>6&3]&(1<<(b&63)-1)))
}
