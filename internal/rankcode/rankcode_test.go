package rankcode

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/sections"
)

// lists returns lists of many lengths, with few exceptions and with many.
func lists() (all [][]uint32) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 63, 64, 65, 128, 1000, 5000} {
		for _, share := range []int{0, 3, 50, 100} {
			next := uint32(r.IntN(10))
			list := make([]uint32, n)
			for i := range list {
				if r.IntN(100) < share {
					list[i] = uint32(r.IntN(n))
				} else {
					list[i] = next
					next++
				}
			}
			all = append(all, list)
		}
	}
	return append(all, []uint32{3, 3, 4, 5, 6, 3, 7}, []uint32{5, 4, 3, 2}, []uint32{^uint32(0), 0, 1})
}

func check(t *testing.T, l List, want []uint32) {
	t.Helper()
	require.Equal(t, len(want), l.Len())
	for i, number := range want {
		require.Equal(t, number, l.At(uint32(i)), "At(%d) of %v", i, want)
	}
}

func TestAtReturnsEveryNumber(t *testing.T) {
	for _, list := range lists() {
		check(t, New(list), list)
	}
	n := 1 << 16
	ascending := make([]uint32, n)
	for i := range ascending {
		ascending[i] = uint32(i)
	}
	l := New(ascending)
	assert.Equal(t, n/4, l.Size(), "bytes of a sequential list: two bits per number")
}

func TestOpenRestoresTheList(t *testing.T) {
	for _, list := range lists() {
		var w sections.Writer
		l := New(list)
		l.Put(&w, "l")
		var buf bytes.Buffer
		_, err := w.WriteTo(&buf)
		require.NoError(t, err)
		r, err := sections.Open(buf.Bytes())
		require.NoError(t, err)
		opened, err := Open(r, "l", 1<<32)
		require.NoError(t, err)
		check(t, opened, list)
	}
}

// TestOpenRejectsInconsistentSections opens sections with valid checksums that do not fit
// together.
func TestOpenRejectsInconsistentSections(t *testing.T) {
	for _, c := range []struct {
		name       string
		shape      []uint64
		words      []uint64
		exceptions []uint32
	}{
		{"no shape", nil, nil, nil},
		{"a huge shape", []uint64{1 << 40, 0}, nil, nil},
		{"too few words", []uint64{65, 0}, []uint64{^uint64(0), 0}, nil},
		{"a wrong count", []uint64{70, 0}, []uint64{^uint64(0), 0, 63, 63}, nil},
		{"sequential numbers beyond the end", []uint64{2, 0}, []uint64{7, 0}, nil},
		{"too few exceptions", []uint64{2, 0}, []uint64{1, 0}, nil},
		{"sequential numbers beyond the limit", []uint64{2, 9}, []uint64{3, 0}, nil},
		{"an exception beyond the limit", []uint64{2, 0}, []uint64{1, 0}, []uint32{10}},
	} {
		var w sections.Writer
		sections.Put(&w, "l/shape", c.shape)
		sections.Put(&w, "l/words", c.words)
		sections.Put(&w, "l/rest", c.exceptions)
		var buf bytes.Buffer
		_, err := w.WriteTo(&buf)
		require.NoError(t, err)
		r, err := sections.Open(buf.Bytes())
		require.NoError(t, err)
		_, err = Open(r, "l", 10)
		assert.ErrorIs(t, err, sections.ErrFormat, c.name)
	}
}
