package csvio

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var sampleText = strings.Repeat("10.0.0.1,host-1.example.com\n", 5000)

// compress compresses a text in the format of the suffix of a name.
func compress(t *testing.T, name, text string) []byte {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".gz":
		return compressAs(t, "gzip", []byte(text))
	case ".zst":
		return compressAs(t, "zstd", []byte(text))
	}
	return []byte(text)
}

func TestOpenDecompressesByContent(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.csv", "a.csv.gz", "A.CSV.GZ", "a.csv.zst", ".gz", ".zst"} {
		for _, want := range []string{sampleText, "", "\x1f", "\x28\xb5", "ip"} {
			path := filepath.Join(dir, "odd name "+name)
			require.NoError(t, os.WriteFile(path, compress(t, name, want), 0o600))
			f, err := Open(path)
			require.NoError(t, err, name)
			require.NoError(t, iotest.TestReader(f, []byte(want)), name)
			require.NoError(t, f.Close(), name)
			_, err = f.Read(make([]byte, 1))
			require.ErrorIs(t, err, fs.ErrClosed, name)
		}
	}
}

func TestOpenReadsEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.csv.gz")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	f, err := Open(path)
	require.NoError(t, err)
	got, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NoError(t, f.Close())
}

func TestOpenReturnsPathErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir)
	require.ErrorIs(t, err, syscall.EISDIR)
	require.EqualError(t, err, "open "+dir+": is a directory")
	_, err = Open(filepath.Join(dir, "none.csv"))
	require.ErrorIs(t, err, fs.ErrNotExist)

	path := filepath.Join(dir, "cut.gz")
	data := compress(t, ".gz", sampleText)
	require.NoError(t, os.WriteFile(path, data[:len(data)/2], 0o600))
	f, err := Open(path)
	require.NoError(t, err)
	defer f.Close()
	_, err = io.ReadAll(f)
	require.EqualError(t, err, "read "+path+": gzip data is cut short: unexpected EOF")
}

func TestConcatenatedMembersAndFramesAreRead(t *testing.T) {
	for _, name := range []string{".gz", ".zst"} {
		data := append(compress(t, name, "a\n"), compress(t, name, "b\n")...)
		got, err := io.ReadAll(NewReadCloser(iotest.OneByteReader(bytes.NewReader(data))))
		require.NoError(t, err, name)
		require.Equal(t, "a\nb\n", string(got), name)
	}
}

// Files written by pzstd begin with a skippable frame.
func TestZstdMayBeginWithSkippableFrame(t *testing.T) {
	for low := range byte(16) {
		data := append([]byte{0x50 | low, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd'}, compress(t, ".zst", "a\n")...)
		got, err := io.ReadAll(NewReadCloser(bytes.NewReader(data)))
		require.NoError(t, err)
		require.Equal(t, "a\n", string(got))
	}
	got, err := io.ReadAll(NewReadCloser(strings.NewReader("P*M")))
	require.NoError(t, err)
	require.Equal(t, "P*M", string(got))
}

// Truncated compressed data is an error, wherever it ends, and never a shorter list.
func TestTruncatedDataIsAnError(t *testing.T) {
	for name, format := range map[string]string{".gz": "gzip", ".zst": "zstd"} {
		data := compress(t, name, sampleText[:3000])
		for n := 4; n < len(data); n++ {
			r := NewReadCloser(bytes.NewReader(data[:n]))
			_, err := io.ReadAll(r)
			require.EqualError(t, err, format+" data is cut short: unexpected EOF", "%d of %d bytes", n, len(data))
			require.NoError(t, r.Close())
		}
	}
}

func TestDamagedDataIsAnError(t *testing.T) {
	for name, format := range map[string]string{".gz": "gzip", ".zst": "zstd"} {
		data := compress(t, name, sampleText)
		data[len(data)-3] ^= 0x55 // in the checksum
		_, err := io.ReadAll(NewReadCloser(bytes.NewReader(data)))
		assert.ErrorContains(t, err, "decompressing "+format+": ")
	}
}

func TestWindowIsBounded(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(256<<20), zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	_, err = io.WriteString(w, sampleText)
	require.NoError(t, err)
	require.NoError(t, w.Flush()) // the frame then has no content size, so its header contains the window size
	require.NoError(t, w.Close())
	_, err = io.ReadAll(NewReadCloser(&b))
	require.ErrorContains(t, err, "zstd data needs a window of more than 128 MiB")
}

func TestReadCloserStartsNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, name := range []string{".gz", ".zst", ""} {
		r := NewReadCloser(bytes.NewReader(compress(t, name, sampleText)))
		_, err := io.ReadFull(r, make([]byte, 100))
		require.NoError(t, err)
		require.LessOrEqual(t, runtime.NumGoroutine(), before, "while open")
		require.NoError(t, r.Close())
		require.NoError(t, r.Close(), "closed twice")
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// Plain text can be read as soon as it arrives.
func TestPlainTextIsReadAsItArrives(t *testing.T) {
	r := NewReadCloser(io.MultiReader(strings.NewReader("a\n"), neverRead{t}))
	n, err := r.Read(make([]byte, 100))
	require.NoError(t, err)
	require.Equal(t, 2, n)
}
