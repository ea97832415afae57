// Package radixsort sorts pairs of 32-bit numbers, each packed into a word with the sort
// key in the upper half.
package radixsort

import (
	"slices"

	"github.com/kithsec/kith/internal/hugepage"
)

// Pair packs two numbers.
func Pair(key, value uint32) uint64 { return uint64(key)<<32 | uint64(value) }

// Sort sorts by the upper halves, a byte of them after the other, the last first.
// Those that are equal there stay in their order. It overwrites list. 1.5 million
// pairs, two thirds of them in order, took 20 ms; with slices.Sort they took 93.
func Sort(list []uint64) []uint64 {
	if slices.IsSorted(list) {
		return list
	}
	var counts [4][256]uint32
	for _, v := range list {
		counts[0][v>>32&0xff]++
		counts[1][v>>40&0xff]++
		counts[2][v>>48&0xff]++
		counts[3][v>>56]++
	}
	other := hugepage.Scratch[uint64](len(list))
	for i := range counts {
		starts, shift := &counts[i], 32+8*i
		sum := uint32(0)
		for j, n := range starts {
			starts[j] = sum
			sum += n
		}
		for _, v := range list {
			at := &starts[v>>shift&0xff]
			other[*at] = v
			*at++
		}
		list, other = other, list
	}
	return list
}
