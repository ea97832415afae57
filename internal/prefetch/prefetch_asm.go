//go:build (amd64 || arm64) && !purego

package prefetch

import "unsafe"

// Able is true if this build can prefetch memory without waiting.
const Able = true

// Line prefetches the cache line that p points into.
func Line(p unsafe.Pointer) byte {
	line(p)
	return 0
}

// Lines prefetches two cache lines for each i in at: those of memory[i*scale] and
// memory[i*scale+also]. A position beyond the end of memory does no harm.
func Lines(memory []byte, at []uint32, scale, also int) byte {
	if len(at) > 0 && len(memory) > 0 {
		lines(&memory[0], &at[0], len(at), scale, also)
	}
	return 0
}

//go:noescape
func line(p unsafe.Pointer)

//go:noescape
func lines(memory *byte, at *uint32, n, scale, also int)
