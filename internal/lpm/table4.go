package lpm

import (
	"math/bits"
	"net/netip"
	"sort"
)

// An entry of a page is either a leaf or a branch. The low bits of a leaf are the index of
// the longest prefix. The low bits of a branch are the number of the page below or, in a
// page of the third level, the number of the node.
const (
	branch     = 1 << 31 // the entry is a branch
	sparseFlag = 1 << 30 // of a leaf: some hosts below it are sparse
	spillFlag  = 1 << 30 // of a node: its runs are spilled
	indexBits  = 30
	indexMask  = 1<<indexBits - 1
	emptyLeaf  = indexMask // leaf without a prefix
)

// leafPrefix returns the prefix index of a leaf. It extends the sign of the index over the
// flags, so that the index of all ones becomes None.
func leafPrefix(e uint32) uint32 { return uint32(int32(e<<(32-indexBits)) >> (32 - indexBits)) }

// node holds the hosts and prefixes of a /24 in one cache line. Its first four words are
// the bitmap of the hosts.
type node [nodeWords]uint64

const (
	nodeWords = 8
	nodeRuns  = 5 // runs of equal longest prefixes; more are spilled

	// The lowest three bytes are the numbers of hosts before the second, the third and
	// the fourth word of the bitmap. Above them is a lane for every run but the first: 256
	// minus the last byte of the address at which the run starts, or 0 for no run.
	wordStarts = 4
	// The low half is the rank of the first host. The high half, and the two words that
	// follow, are the longest prefixes of the runs.
	wordRank = 5
	wordIDs  = 6 // of a node with spilled runs: the number of the chunk

	// A lane is wider than a byte, so that adding a byte to each of the four lanes sets
	// the ninth bit of every lane whose run starts at or before that byte.
	laneShift = 24
	laneBits  = 10
	lanes     = 1 | 1<<laneBits | 1<<(2*laneBits) | 1<<(3*laneBits)
)

// hostRank returns the rank of the host whose last byte is b, or None. It is branch-free,
// because a miss is as likely as a hit.
func (n *node) hostRank(b uint32) uint32 {
	w := n[b>>6&3]
	before := uint32(n[wordStarts]) << 8 >> (b >> 3 & 0x18) & 0xff
	rank := uint32(n[wordRank]) + before + uint32(bits.OnesCount64(w&(1<<(b&63)-1)))
	return rank | (uint32(w>>(b&63)&1) - 1)
}

// prefixFor returns the longest prefix for the last byte b. The runs must not be spilled.
func (n *node) prefixFor(b uint32) uint32 {
	started := (uint64(b)*lanes + n[wordStarts]>>laneShift) >> 8 & lanes
	k := started * lanes >> (3 * laneBits) & 7 // the sum of the lanes
	return uint32(n[(wordRank+(k+1)>>1)&7] >> ((k + 1) & 1 * 32))
}

// table4 holds the IPv4 hosts and prefixes. It has no pages if there are none.
type table4 struct {
	pages    []uint32 // 256 entries each; the first page is the root
	nodes    []uint64 // nodeWords each, in address order
	nodeNets []uint32 // the /24 of each node, as its first 24 bits
	spill    []uint32 // chunks of 256: the longest prefix for each last byte

	sparse      []uint64  // hosts outside nodes, ascending: address in the high half, rank in the low half
	sparseIndex hashIndex // of the addresses in sparse
	numHosts    uint32
}

func (t *table4) lookup(a uint32) (host, prefix uint32) { return t.resolveEntry(t.findEntry(a), a) }

// resolveEntry returns the host and the prefix of the address a, whose entry is e.
func (t *table4) resolveEntry(e, a uint32) (host, prefix uint32) {
	if e < branch {
		host, prefix = None, leafPrefix(e)
		if e&sparseFlag != 0 {
			host = t.lookupSparse(a)
		}
		return host, prefix
	}
	n, b := t.nodeAt(e&indexMask), a&0xff
	if e&spillFlag != 0 {
		prefix = t.spill[uint32(n[wordIDs])<<8|b]
	} else {
		prefix = n.prefixFor(b)
	}
	return n.hostRank(b), prefix
}

// findEntry walks the pages to the entry of the address a.
func (t *table4) findEntry(a uint32) uint32 {
	if len(t.pages) == 0 {
		return emptyLeaf
	}
	return t.pages[t.entryIndex(a)]
}

// entryIndex walks the pages, which must not be empty, and returns the index of the entry
// of the address a. It reads at most two pages: it does not read an entry in a third one.
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

// lookupSparse returns the rank of the sparse host a, or None.
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

// firstRank returns the number of hosts before node i, which is the rank of its first host
// if it has any.
func (t *table4) firstRank(i int) uint32 { return uint32(t.nodes[i*nodeWords+wordRank]) }

// countHosts returns the number of hosts of a node.
func (n *node) countHosts() (count uint32) {
	for _, w := range n[:4] {
		count += uint32(bits.OnesCount64(w))
	}
	return count
}

// hostAt returns the address of the host of a rank, and the zero Addr if rank is not below
// numHosts.
func (t *table4) hostAt(rank uint32) netip.Addr {
	if rank >= t.numHosts {
		return netip.Addr{}
	}
	// If the host is in a node, it is in the last node whose first rank is not greater.
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

// nthHost returns the last byte of the host number k of a node, counted from 0.
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

// rankOf returns the number of hosts below the address a, which may be one past the last
// address.
func (t *table4) rankOf(a uint64) uint32 {
	if a >= 1<<32 {
		return t.numHosts
	}
	rank := uint32(0)
	// The last sparse host below a, and all hosts before it.
	if j := sort.Search(len(t.sparse), func(j int) bool { return t.sparse[j]>>32 >= a }); j > 0 {
		rank = uint32(t.sparse[j-1]) + 1
	}
	// The last node that begins at or before a, and all hosts before it.
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

// countBelow returns the number of hosts of a node whose last byte is below b.
func (n *node) countBelow(b uint32) (count uint32) {
	for _, w := range n[:b>>6] {
		count += uint32(bits.OnesCount64(w))
	}
	return count + uint32(bits.OnesCount64(n[b>>6&3]&(1<<(b&63)-1)))
}
