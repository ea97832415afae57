package csvio

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// FuzzNewReadCloser checks that reading any file ends, that uncompressed bytes are returned
// unchanged, that compressed bytes are decompressed, and that an error is permanent.
func FuzzNewReadCloser(f *testing.F) {
	f.Add([]byte("ip,owner\n10.0.0.1,ann\n"))
	f.Add(compressAs(f, "gzip", []byte("a\nb\n")))
	f.Add(compressAs(f, "zstd", []byte("a\nb\n")))
	f.Add(append(compressAs(f, "gzip", []byte("a")), compressAs(f, "gzip", []byte("b"))...))
	f.Add([]byte{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd'})
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte("\x1f\x8b\x08\x1f\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 8 << 20 // do not decompress a bomb to its end
		d := NewReadCloser(bytes.NewReader(data)).(*decompressor)
		got, err := io.ReadAll(io.LimitReader(d, most))
		if d.format == "" {
			require.NoError(t, err)
			require.Equal(t, data, append([]byte{}, got...))
		}
		if err != nil {
			n, again := d.Read(make([]byte, 10))
			require.Zero(t, n)
			require.Error(t, again)
		}
		require.NoError(t, d.Close())

		for _, format := range []string{"gzip", "zstd"} {
			r := NewReadCloser(bytes.NewReader(compressAs(t, format, data)))
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, data, append([]byte{}, got...), format)
			require.NoError(t, r.Close())
		}
	})
}

func compressAs(t testing.TB, format string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if format == "zstd" {
		var err error
		w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
		require.NoError(t, err)
	}
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}
