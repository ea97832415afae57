//go:build amd64 && !purego

package jsonedit

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// allPass reports whether the kernel lets all keys pass the sieve.
var allPass = !hasVectors

var hasVectors = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ

// sift fills out from the whole blocks from event[from] on, the last of which
// counts only where last has a bit.
func sift(event []byte, from int, out []block, last uint64, st *sifting, v *sieve) {
	if hasVectors {
		siftVectors(event, from, out, last, st, v)
	} else {
		siftWords(event, from, out, last, st, v)
	}
}

// siftVectors is the kernel for processors with AVX2.
func siftVectors(event []byte, from int, out []block, last uint64, st *sifting, v *sieve) {
	if len(out) > 0 {
		_ = event[from+len(out)*blockSize-1]
		siftAVX2(&event[from], &out[0], len(out), last, st, v, from == 0)
	}
}

// mayReadOn reports whether siftOn may be called for size bytes: all of them lie
// in pages of memory that the event has bytes in. What is there besides the
// event may be anything, and may change.
func mayReadOn(event []byte, size int) bool {
	const page = 1 << 12 // the least there is
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(event)))
	return hasVectors && len(event) > 0 && (begin+uintptr(len(event))-1)/page == (begin+uintptr(size)-1)/page
}

// siftOn is sift for all of an event, whose last block is read whole.
func siftOn(event []byte, out []block, last uint64, st *sifting, v *sieve) {
	siftAVX2(&event[0], &out[0], len(out), last, st, v, true)
}

// siftAVX2 sifts n blocks of 64 bytes, n > 0. Unless event is the first byte, it
// reads five bytes before it, too.
//
//go:noescape
func siftAVX2(event *byte, out *block, n int, last uint64, st *sifting, v *sieve, first bool)
