package lpm

import (
	"errors"
	"math/bits"
	"slices"
)

// hashIndex is a hash from a key to its position in a sorted array that the owner
// keeps. A slot is one word: the position plus one in the low bits, and above
// them as much of the hash as fits, so that nearly every slot that does not
// hold the key is passed over without looking at the array. Probing is linear
// and half of the slots are free.
//
// Lists can be made by people who wish us ill. A seed is taken only if no row
// of used slots is longer than maxRow, so no key, stored or not, costs more,
// and the same lists give the same table.
type hashIndex struct {
	slots []uint32
	seed  uint64
	width uint8 // bits of a position
}

const maxCluster = 256

var errCluster = errors.New("hash rows are too long")

// hashKey mixes a key of two words. A multiplication folded onto itself lets every
// bit of both words reach the high bits, which choose the slot, and the low
// bits, which the slot keeps.
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

// newHashIndex indexes n keys.
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

// nextCandidate returns the next position at or after slot at that may hold the
// key of hash h, and the slot to go on from; ok is false when there is none.
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

// checkClusters reports an error if a row of used slots is longer than maxRow or
// has no end; a row can run over the end of the slots.
func (x *hashIndex) checkClusters() error {
	if len(x.slots) > 0 && !slices.Contains(x.slots, 0) {
		return errCluster
	}
	row := 0
	for range 2 {
		for _, s := range x.slots {
			if row++; s == 0 {
				row = 0
			}
			if row > maxCluster {
				return errCluster
			}
		}
	}
	return nil
}

// check reports whether the index is safe to search: every position is below
// n, and every search ends.
func (x *hashIndex) check(n int) error {
	if x.width > 31 || n > 0 && len(x.slots) == 0 {
		return errors.New("hash does not fit its keys")
	}
	mask := uint32(1)<<(x.width&31) - 1
	for _, s := range x.slots {
		if s != 0 && s&mask-1 >= uint32(n) {
			return errors.New("hash names a key that is not there")
		}
	}
	return x.checkClusters()
}
