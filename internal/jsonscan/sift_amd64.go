//go:build amd64 && !purego

package jsonscan

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The best kernel that the processor has is used. That of AVX-512 wants VBMI2:
// processors that lack it slow down for such wide registers.
var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasPCLMULQDQ
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI && cpu.X86.HasAVX512VBMI2
)

// allPass reports whether the kernel lets all keys pass the sieve.
var allPass = !hasAVX2

// sift fills out from the whole blocks from event[from] on, the last of which
// counts only where last has a bit. It is for events that mayReadOn refuses.
func sift(event []byte, from int, out []block, last uint64, st *sifting, v *sieve) {
	if hasAVX2 {
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

// mayReadOn reports whether siftOn may be called for an event that is not whole
// blocks, which have size bytes: the kernel does not read beyond the event, or
// all of them lie in pages of memory that the event has bytes in. What is there
// besides the event may be anything, and may change.
func mayReadOn(event []byte, size int) bool {
	const page = 1 << 12 // the least there is
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(event)))
	return hasAVX512 || hasAVX2 && (begin+uintptr(len(event))-1)/page == (begin+uintptr(size)-1)/page
}

// siftOn is sift for all of an event, which has a byte at least.
func siftOn(event []byte, out []block, last uint64, st *sifting, v *sieve) {
	if hasAVX512 {
		siftAVX512(&event[0], &out[0], len(out), last, st, v)
	} else {
		siftAVX2(&event[0], &out[0], len(out), last, st, v, true)
	}
}

// siftAVX2 sifts n blocks of 64 bytes, n > 0. It reads all of them and, unless
// event is the first byte, five bytes before it.
//
//go:noescape
func siftAVX2(event *byte, out *block, n int, last uint64, st *sifting, v *sieve, first bool)

// siftAVX512 sifts n blocks of 64 bytes, n > 0, from the first byte of an event. Of
// the last it reads those that count.
//
//go:noescape
func siftAVX512(event *byte, out *block, n int, last uint64, st *sifting, v *sieve)
