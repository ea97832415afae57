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
	idBits  = 30
	idMask  = 1<<idBits - 1
)

// leafID returns the prefix that a leaf names. All bits set is None: the sign
// is extended over the flags.
func leafID(e uint32) uint32 { return uint32(int32(e<<(32-idBits)) >> (32 - idBits)) }

// The words of a node. The first four are the bitmap of its hosts.
const (
	nodeWords = 8
	wordCount = 4 // rank of the first host; above it, for words 0 to 3, how many hosts the words before hold
	wordRuns  = 5 // start of the runs 1 to 4, a byte each; above them the prefix of run 0
	wordIDs   = 6 // prefixes of the runs 1 and 2; the next word has those of 3 and 4
	nodeRuns  = 5 // runs beyond this are spilled: then wordIDs is the chunk
)

// table4 answers for IPv4. Without hosts and prefixes it has no pages.
type table4 struct {
	pages []uint32 // 256 entries each; the first is the root
	nodes []uint64 // nodeWords each, in address order
	nets  []uint32 // the /24 of each node, as its first 24 bits
	spill []uint32 // chunks of 256: the prefix for each last byte

	sparse []uint64 // hosts outside nodes: address above, rank below; ascending
	lookOf index    // of the addresses in sparse
	count  uint32   // hosts
}

func (t *table4) hosts() uint32 { return t.count }

func (t *table4) lookup(a uint32) (host, prefix uint32) {
	if len(t.pages) == 0 {
		return None, None
	}
	e := t.pages[a>>24]
	if e >= branch {
		e = t.pages[e&idMask<<8|a>>16&0xff]
		if e >= branch {
			e = t.pages[e&idMask<<8|a>>8&0xff]
			if e >= branch {
				return t.inNode(e, a&0xff)
			}
		}
	}
	host, prefix = None, leafID(e)
	if e&special != 0 {
		host = t.inHash(a)
	}
	return host, prefix
}

// inNode answers for the last byte b of an address below the entry e.
func (t *table4) inNode(e, b uint32) (host, prefix uint32) {
	n := (*[nodeWords]uint64)(t.nodes[e&idMask*nodeWords:])
	host = None
	w := n[b>>6&3]
	if w>>(b&63)&1 != 0 {
		c := n[wordCount]
		host = uint32(c) + uint32(c>>32>>(b>>3&0x18))&0xff + uint32(bits.OnesCount64(w&(1<<(b&63)-1)))
	}
	if e&special != 0 {
		return host, t.spill[uint32(n[wordIDs])<<8|b]
	}
	// Which of the first bytes are not above b? All four are compared at once,
	// each in its byte of a word.
	const high = 0x80808080
	s, x := uint32(n[wordRuns]), b*0x01010101
	ge := (x | high) - s&^high
	ge = (x&^s | ^(x^s)&ge) & high
	k := uint32(bits.OnesCount32(ge)) + 1
	return host, uint32(n[(wordRuns+k>>1)&7] >> (k & 1 << 5))
}

// inHash returns the rank of a, or None, from the hosts outside nodes.
func (t *table4) inHash(a uint32) uint32 {
	h := t.lookOf.hash(0, uint64(a))
	for at := t.lookOf.home(h); ; {
		i, next, ok := t.lookOf.candidate(h, at)
		if !ok {
			return None
		}
		if s := t.sparse[i]; uint32(s>>32) == a {
			return uint32(s)
		}
		at = next
	}
}

// node returns the /24 of node i, the rank of its first host and the number of
// its hosts.
func (t *table4) node(i int) (bitmap []uint64, first, count uint32) {
	n := t.nodes[i*nodeWords : (i+1)*nodeWords]
	for _, w := range n[:4] {
		count += uint32(bits.OnesCount64(w))
	}
	return n[:4], uint32(n[wordCount]), count
}

// host returns the address of a rank below count.
func (t *table4) host(rank uint32) netip.Addr {
	if rank >= t.count {
		return netip.Addr{}
	}
	// The last node that begins at or before the rank has the host, or none.
	i := sort.Search(len(t.nets), func(i int) bool { return uint32(t.nodes[i*nodeWords+wordCount]) > rank }) - 1
	if i >= 0 {
		if bitmap, first, count := t.node(i); rank-first < count {
			return addrFrom4(t.nets[i]<<8 | selectBit(bitmap, rank-first))
		}
	}
	j := sort.Search(len(t.sparse), func(j int) bool { return uint32(t.sparse[j]) >= rank })
	if j == len(t.sparse) {
		return netip.Addr{}
	}
	return addrFrom4(uint32(t.sparse[j] >> 32))
}

// selectBit returns the position of the set bit before which k others are set.
func selectBit(bitmap []uint64, k uint32) uint32 {
	for i, w := range bitmap {
		n := uint32(bits.OnesCount64(w))
		if k >= n {
			k -= n
			continue
		}
		for range k {
			w &= w - 1
		}
		return uint32(i*64 + bits.TrailingZeros64(w))
	}
	return 0
}

// rank returns how many hosts are below the address a, which may be one past
// the last address.
func (t *table4) rank(a uint64) uint32 {
	if a >= 1<<32 {
		return t.count
	}
	rank := uint32(0)
	// The hosts in the hash below a, and all before the last of them.
	if j := sort.Search(len(t.sparse), func(j int) bool { return t.sparse[j]>>32 >= a }); j > 0 {
		rank = uint32(t.sparse[j-1]) + 1
	}
	// The hosts in the last node that begins at or before a.
	i := sort.Search(len(t.nets), func(i int) bool { return uint64(t.nets[i])<<8 > a }) - 1
	if i < 0 {
		return rank
	}
	bitmap, first, count := t.node(i)
	if uint64(t.nets[i]) == a>>8 {
		count = below(bitmap, uint32(a&0xff))
	}
	return max(rank, first+count)
}

// below returns how many bits are set before position b.
func below(bitmap []uint64, b uint32) (count uint32) {
	for i, w := range bitmap {
		if n := b - uint32(i)*64; int32(n) <= 0 {
			break
		} else if n < 64 {
			w &= 1<<n - 1
		}
		count += uint32(bits.OnesCount64(w))
	}
	return count
}
