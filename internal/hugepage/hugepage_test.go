package hugepage

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMakeAndScratchReturnZeroedSlices(t *testing.T) {
	for _, n := range []int{0, 1, page / 4, page, 3*page + 5} {
		s := Make[uint32](n)
		require.Len(t, s, n)
		assert.False(t, slices.ContainsFunc(s, func(v uint32) bool { return v != 0 }))
		for i := range s {
			s[i] = uint32(i)
		}
		assert.True(t, slices.Equal(s, Clone(s)))
		assert.True(t, slices.Equal(make([]uint32, n), Scratch[uint32](n)))
	}
}

func TestGrowDoublesTheCapacity(t *testing.T) {
	var s []uint32
	for i := range uint32(3 * page / 4) {
		before := cap(s)
		s = append(Grow(s, 1), i)
		require.True(t, cap(s) == before || cap(s) >= 2*before, "from %d to %d", before, cap(s))
	}
	for i, v := range s {
		require.EqualValues(t, i, v)
	}
	assert.Equal(t, []uint32{1, 2}, Grow([]uint32{1, 2}, 100))
	assert.GreaterOrEqual(t, cap(Grow([]uint32{1, 2}, 100)), 102)
}

// TestWholePagesAreInsideTheSlice checks that advice never affects memory outside the
// slice.
func TestWholePagesAreInsideTheSlice(t *testing.T) {
	b := make([]byte, 5*page)
	for _, from := range []int{0, 1, 4096, page - 1, page, page + 1} {
		for _, n := range []int{0, 1, page, 2*page - 1, 3 * page} {
			w := wholePages(b[from : from+n])
			assert.Zero(t, len(w)%page)
			if len(w) == 0 {
				continue
			}
			at := uintptr(unsafe.Pointer(&w[0]))
			assert.Zero(t, at%page)
			assert.GreaterOrEqual(t, at, uintptr(unsafe.Pointer(&b[from])))
			assert.LessOrEqual(t, at+uintptr(len(w)), uintptr(unsafe.Pointer(&b[from]))+uintptr(n))
		}
	}
}
