package prefetch

import (
	"testing"
	"unsafe"
)

// A read beyond the end of memory would panic in builds without the instruction.
func TestPositionsBeyondTheEndAreHarmless(t *testing.T) {
	memory := make([]byte, 100)
	Lines(memory, []uint32{0, 99, 100, 1 << 31, 1<<32 - 1}, 1, 0)
	Lines(memory, []uint32{0, 1, 1<<32 - 1}, 80, 40)
	Lines(memory, nil, 1, 0)
	Lines(nil, []uint32{1}, 1, 0)
	Line(unsafe.Pointer(&memory[99]))
}
