//go:build amd64 && !purego

package jsonscan

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// hasAVX2 reports whether the processor can run the vector kernel. A variable, so
// that tests can run both kernels.
var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ

// filtersNoKeys reports whether the kernel lets all keys pass the filter.
var filtersNoKeys = !hasAVX2

// classify fills out from the whole blocks from event[from] on. Of the last block only
// the bytes with a bit in last count. It is for events that mayReadPast rejects.
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

// mayReadPast reports whether classifyPast may be called for an event that does not
// fill its last block: whether the size bytes of its blocks lie in pages of memory
// that the event itself has bytes in. The bytes after the event may have any value,
// and may change meanwhile.
func mayReadPast(event []byte, size int) bool {
	const page = 1 << 12 // the smallest that a system has
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(event)))
	return hasAVX2 && (begin+uintptr(len(event))-1)/page == (begin+uintptr(size)-1)/page
}

// classifyPast is classify for a whole event, of at least one byte. It reads to the
// end of the last block.
func classifyPast(event []byte, out []block, last uint64, c *carry, f *keyFilter) {
	classifyAVX2(&event[0], &out[0], len(out), last, c, f, true)
}

// classifyAVX2 classifies n blocks of 64 bytes, n > 0. It reads all of them and, unless
// event is the first byte, four bytes before it.
//
//go:noescape
func classifyAVX2(event *byte, out *block, n int, last uint64, c *carry, f *keyFilter, first bool)
