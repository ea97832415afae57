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

var text = strings.Repeat("10.0.0.1,host-1.example.com\n", 5000)

// compressed packs a text as the suffix of a name says.
func compressed(t *testing.T, name, text string) []byte {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".gz":
		return packed(t, "gzip", []byte(text))
	case ".zst":
		return packed(t, "zstd", []byte(text))
	}
	return []byte(text)
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.csv", "a.csv.gz", "A.CSV.GZ", "a.csv.zst", ".gz", ".zst"} {
		for _, want := range []string{text, "", "\x1f", "\x28\xb5", "ip"} {
			path := filepath.Join(dir, "odd name "+name)
			require.NoError(t, os.WriteFile(path, compressed(t, name, want), 0o600))
			f, err := Open(path)
			require.NoError(t, err, name)
			require.NoError(t, iotest.TestReader(f, []byte(want)), name)
			require.NoError(t, f.Close(), name)
			_, err = f.Read(make([]byte, 1))
			require.ErrorIs(t, err, fs.ErrClosed, name)
		}
	}
}

func TestOpenEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.csv.gz")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	f, err := Open(path)
	require.NoError(t, err)
	got, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NoError(t, f.Close())
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir)
	require.ErrorIs(t, err, syscall.EISDIR)
	require.EqualError(t, err, "open "+dir+": is a directory")
	_, err = Open(filepath.Join(dir, "none.csv"))
	require.ErrorIs(t, err, fs.ErrNotExist)

	path := filepath.Join(dir, "cut.gz")
	data := compressed(t, ".gz", text)
	require.NoError(t, os.WriteFile(path, data[:len(data)/2], 0o600))
	f, err := Open(path)
	require.NoError(t, err)
	defer f.Close()
	_, err = io.ReadAll(f)
	require.EqualError(t, err, "read "+path+": gzip data is cut short: unexpected EOF")
}

func TestConcatenated(t *testing.T) {
	for _, name := range []string{".gz", ".zst"} {
		data := append(compressed(t, name, "a\n"), compressed(t, name, "b\n")...)
		got, err := io.ReadAll(NewReadCloser(iotest.OneByteReader(bytes.NewReader(data))))
		require.NoError(t, err, name)
		require.Equal(t, "a\nb\n", string(got), name)
	}
}

// pzstd begins its files with a skippable frame.
func TestSkippableFrame(t *testing.T) {
	for low := range byte(16) {
		data := append([]byte{0x50 | low, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd'}, compressed(t, ".zst", "a\n")...)
		got, err := io.ReadAll(NewReadCloser(bytes.NewReader(data)))
		require.NoError(t, err)
		require.Equal(t, "a\n", string(got))
	}
	got, err := io.ReadAll(NewReadCloser(strings.NewReader("P*M")))
	require.NoError(t, err)
	require.Equal(t, "P*M", string(got))
}

// Compressed data that is cut anywhere is an error, never a shorter list; once
// it is too short to be known for what it is, it is not read as cells either.
func TestCutShort(t *testing.T) {
	for name, format := range map[string]string{".gz": "gzip", ".zst": "zstd"} {
		data := compressed(t, name, text[:3000])
		for n := 4; n < len(data); n++ {
			r := NewReadCloser(bytes.NewReader(data[:n]))
			_, err := io.ReadAll(r)
			require.EqualError(t, err, format+" data is cut short: unexpected EOF", "%d of %d bytes", n, len(data))
			require.NoError(t, r.Close())
		}
	}
}

func TestDamaged(t *testing.T) {
	for name, format := range map[string]string{".gz": "gzip", ".zst": "zstd"} {
		data := compressed(t, name, text)
		data[len(data)-3] ^= 0x55 // in the checksum
		_, err := io.ReadAll(NewReadCloser(bytes.NewReader(data)))
		assert.ErrorContains(t, err, "decompressing "+format+": ")
	}
}

func TestWindowIsBounded(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(256<<20), zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Flush()) // the size is not known at the start, so the window stands
	require.NoError(t, w.Close())
	_, err = io.ReadAll(NewReadCloser(&b))
	require.ErrorContains(t, err, "zstd data needs a window of more than 128 MiB")
}

func TestNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, name := range []string{".gz", ".zst", ""} {
		r := NewReadCloser(bytes.NewReader(compressed(t, name, text)))
		_, err := io.ReadFull(r, make([]byte, 100))
		require.NoError(t, err)
		require.LessOrEqual(t, runtime.NumGoroutine(), before, "while open")
		require.NoError(t, r.Close())
		require.NoError(t, r.Close(), "closed twice")
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// Plain text comes as it arrives.
func TestPlainDoesNotWait(t *testing.T) {
	r := NewReadCloser(io.MultiReader(strings.NewReader("a\n"), never{t}))
	n, err := r.Read(make([]byte, 100))
	require.NoError(t, err)
	require.Equal(t, 2, n)
}
