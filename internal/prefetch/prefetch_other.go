//go:build !(amd64 || arm64) || purego

package prefetch

import "unsafe"

// Able is true if this build can prefetch memory without waiting.
const Able = false

// Line reads the byte that p points to.
func Line(p unsafe.Pointer) byte { return *(*byte)(p) }

// Lines reads two bytes for each i in at: memory[i*scale] and memory[i*scale+also]. It
// ignores every i for which one of them is beyond the end of memory.
func Lines(memory []byte, at []uint32, scale, also int) (sum byte) {
	for _, i := range at {
		if first, end := uint64(i)*uint64(scale), uint64(len(memory)); first+uint64(also) < end {
			sum += memory[first] + memory[first+uint64(also)]
		}
	}
	return sum
}
