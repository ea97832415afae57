package lpm

import (
	"errors"
	"math/bits"
	"slices"
)

// hashIndex is a hash table from a key to its position in a sorted array that the owner
// of the index keeps. A slot is one word: the position plus one in the low bits, and as
// much of the hash as fits in the bits above, so that nearly all slots of other keys are
// skipped without a read of the array. Probing is linear, and half of the slots are free.
//
// Lists can come from an attacker. newHashIndex therefore accepts a seed only if no
// cluster of used slots is longer than maxCluster, which bounds the cost of every lookup,
// whether the key is stored or not. It tries seeds in a fixed order, so that the same
// lists give the same table.
type hashIndex struct {
	slots []uint32
	seed  uint64
	width uint8 // bits of a position
}

const maxCluster = 256

var errCluster = errors.New("hash clusters are too long")

// hashKey mixes a key of two words. XORing the halves of a 128-bit product lets every bit
// of both words reach the high bits, which choose the slot, and the low bits, which the
// slot stores.
func (x *hashIndex) hashKey(hi, lo uint64) uint64 {
	h, l := bits.Mul64(hi^x.seed^0x9e3779b97f4a7c15, lo^bits.RotateLeft64(x.seed, 32)^0xd1342543de82ef95)
	h ^= l
	h, l = bits.Mul64(h, 0xa0761d6478bd642f)
	return h ^ l
}

// homeSlot returns the slot at which the search for a hash begins.
func (x *hashIndex) homeSlot(h uint64) int {
	i, _ := bits.Mul64(h, uint64(len(x.slots)))
	return int(i)
}

// newHashIndex returns an index of n keys, of which key(i) is at position i.
func newHashIndex(n int, key func(int) (hi, lo uint64)) hashIndex {
	x := hashIndex{width: uint8(bits.Len(uint(n)))}
	if n == 0 {
		return x
	}
	x.slots = make([]uint32, 2*n+1)
	for ; ; x.seed++ {
		x.insertKeys(n, key)
		if x.checkClusters() == nil {
			return x
		}
		clear(x.slots)
	}
}

func (x *hashIndex) insertKeys(n int, key func(int) (hi, lo uint64)) {
	for i := range n {
		h := x.hashKey(key(i))
		at := x.homeSlot(h)
		for x.slots[at] != 0 {
			at = x.nextSlot(at)
		}
		x.slots[at] = uint32(h)<<(x.width&31) | uint32(i+1)
	}
}

func (x *hashIndex) nextSlot(at int) int {
	if at++; at == len(x.slots) {
		return 0
	}
	return at
}

// nextCandidate returns the position in the first slot, at or after slot at, that may
// belong to the key with hash h, and the slot after it, from which the search continues.
// It returns false if there is no such slot.
func (x *hashIndex) nextCandidate(h uint64, at int) (position uint32, next int, ok bool) {
	mask := uint32(1)<<(x.width&31) - 1
	for {
		s := x.slots[at]
		if s == 0 {
			return 0, 0, false
		}
		at = x.nextSlot(at)
		if (s^uint32(h)<<(x.width&31))&^mask == 0 {
			return s&mask - 1, at, true
		}
	}
}

// checkClusters returns an error if a cluster of used slots is longer than maxCluster or
// fills the table. A cluster can wrap around the end of the slots.
func (x *hashIndex) checkClusters() error {
	if len(x.slots) > 0 && !slices.Contains(x.slots, 0) {
		return errCluster
	}
	used := 0 // length of the current cluster
	for range 2 {
		for _, s := range x.slots {
			if used++; s == 0 {
				used = 0
			}
			if used > maxCluster {
				return errCluster
			}
		}
	}
	return nil
}

// check returns an error unless the index is safe to search: every position is below n,
// and every search ends.
func (x *hashIndex) check(n int) error {
	if x.width > 31 || n > 0 && len(x.slots) == 0 {
		return errors.New("hash index does not fit its keys")
	}
	mask := uint32(1)<<(x.width&31) - 1
	for _, s := range x.slots {
		if s != 0 && s&mask-1 >= uint32(n) {
			return errors.New("hash index refers to a key that does not exist")
		}
	}
	return x.checkClusters()
}
