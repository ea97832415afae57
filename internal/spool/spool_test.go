package spool

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBytesAreReadAsTheyWereWritten(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, blockSize, blockSize + 1, inMemory - 1, inMemory, inMemory + 1, inMemory + 3*blockSize, 2 * inMemory} {
		want := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{byte(size)}).Read(want) // never fails
		var s Spool
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 1+random.IntN(3*blockSize))
			_, err := s.Write(rest[:n])
			require.NoError(t, err)
			rest = rest[n:]
		}
		require.EqualValues(t, size, s.Size())
		got, err := io.ReadAll(s.Reader())
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "size %d", size)
		for range 200 {
			from := random.IntN(size + 1)
			p := make([]byte, random.IntN(3*blockSize))
			n, err := s.ReadAt(p, int64(from))
			require.True(t, bytes.Equal(want[from:from+n], p[:n]))
			if n < len(p) {
				require.Equal(t, io.EOF, err)
				require.Equal(t, size, from+n)
			}
		}
		require.NoError(t, s.Close())
		assert.Zero(t, s.Size())
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestLongSpoolTakesLittleMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var s Spool
	text := make([]byte, 1<<20)
	for range 8 * inMemory >> 20 {
		_, err := s.Write(text)
		require.NoError(t, err)
	}
	n, err := io.Copy(io.Discard, s.Reader())
	require.NoError(t, err)
	assert.EqualValues(t, 8*inMemory, n)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(inMemory+numCached*blockSize+4<<20))
	require.NoError(t, s.Close())
}

func TestMissingTemporaryDirectoryIsAnErrorWithACure(t *testing.T) {
	t.Setenv("TMPDIR", "/does/not/exist")
	var s Spool
	_, err := s.Write(make([]byte, inMemory+1))
	assert.ErrorContains(t, err, "a large list needs a temporary file: ")
	assert.ErrorContains(t, err, "set TMPDIR to a directory with room for the list")
	require.NoError(t, s.Close())
}
