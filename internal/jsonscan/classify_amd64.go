//go:build amd64 && !purego

package jsonscan

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// hasAVX2 reports whether the processor can run the vector kernel. Tests change it to run
// both kernels.
var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ

// filtersNoKeys reports whether the kernel lets all keys pass the filter.
var filtersNoKeys = !hasAVX2

// classify fills out from the whole blocks from event[from] on. Bytes of the last block
// without a bit in last are ignored. It is for events that mayReadPast rejects.
func classify(event []byte, from int, out []block, last uint64, c *carry, f *keyFilter) {
	if hasAVX2 {
		classifyVectors(event, from, out, last, c, f)
	} else {
		classifyWords(event, from, out, last, c, f)
	}
}

// classifyVectors is the kernel for processors with AVX2.
func classifyVectors(event []byte, from int, out []block, last uint64, c *carry, f *keyFilter) {
	if len(out) > 0 {
		_ = event[from+len(out)*blockSize-1]
		classifyAVX2(&event[from], &out[0], len(out), last, c, f, from == 0)
	}
}

// mayReadPast reports whether classifyPast may be called for an event that does not fill
// its last block. That is so if the size bytes of its blocks end in the same page of memory
// as the event itself. The bytes after the event may have any value, and may change during
// the call.
func mayReadPast(event []byte, size int) bool {
	const page = 1 << 12 // the smallest page size of any system
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(event)))
	return hasAVX2 && (begin+uintptr(len(event))-1)/page == (begin+uintptr(size)-1)/page
}

// classifyPast is classify for a whole event of at least one byte. It reads up to the end
// of the last block, beyond the end of the event.
func classifyPast(event []byte, out []block, last uint64, c *carry, f *keyFilter) {
	classifyAVX2(&event[0], &out[0], len(out), last, c, f, true)
}

// classifyAVX2 classifies n blocks of 64 bytes, n > 0. It reads all of them and, unless
// first is true, the four bytes before event.
//
//go:noescape
func classifyAVX2(event *byte, out *block, n int, last uint64, c *carry, f *keyFilter, first bool)

// findDots fills out with the masks of the dots of the blocks of event.
func findDots(event []byte, out []uint64) {
	switch {
	case len(out) == 0:
	case hasAVX2:
		_ = event[len(out)*blockSize-1]
		findDotsAVX2(&event[0], &out[0], len(out))
	default:
		findDotsInWords(event, out)
	}
}

// findDotsAVX2 finds the dots of n blocks of 64 bytes, n > 0.
//
//go:noescape
func findDotsAVX2(event *byte, out *uint64, n int)
