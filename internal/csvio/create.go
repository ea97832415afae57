package csvio

import (
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// NewWriteCloser returns a writer to w that compresses as name asks, a file
// name or only its suffix in any case: .gz with gzip, .zst with zstd, any
// other not at all. Close ends the compressed data and leaves w open. No
// goroutines run behind it.
func NewWriteCloser(w io.Writer, name string) (io.WriteCloser, error) {
	switch name = strings.ToLower(name); {
	case strings.HasSuffix(name, ".gz"):
		return gzip.NewWriter(w), nil
	case strings.HasSuffix(name, ".zst"):
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return plain{w}, nil
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }
