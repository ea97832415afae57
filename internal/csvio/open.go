package csvio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow is the largest window of a zstd frame that is decompressed. It bounds the
// memory that decompression takes, and is also the default limit of the zstd command.
const maxZstdWindow = 128 << 20

// The magic numbers of compressed formats.
var (
	magicGzip = []byte("\x1f\x8b")
	magicZstd = []byte("\x28\xb5\x2f\xfd")
	// A skippable zstd frame, with which pzstd files begin. The low half of the first byte
	// varies.
	magicSkip = []byte("\x50\x2a\x4d\x18")
)

// Open opens the file at path for reading, and decompresses it if its contents are gzip or
// zstd, whatever its name. Errors of Open and Read are *fs.PathErrors. Opening a directory
// is an error; opening an empty file is not.
func Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &file{NewReadCloser(f), f}, nil
}

// file reads a file through its decompressor and adds its name to errors.
type file struct {
	io.ReadCloser
	f *os.File
}

func (f *file) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if _, named := errors.AsType[*fs.PathError](err); !named {
		err = &fs.PathError{Op: "read", Path: f.f.Name(), Err: err}
	}
	return n, err
}

func (f *file) Close() error {
	return errors.Join(f.ReadCloser.Close(), f.f.Close())
}

// NewReadCloser returns a reader of the contents of r, which are decompressed if they
// begin like gzip (with one or more members) or zstd (with one or more frames). It does not
// read from r before its first Read, and of plain text it then reads no more than it needs.
// Close releases the decompressor but does not close r.
func NewReadCloser(r io.Reader) io.ReadCloser {
	return &decompressor{in: bufio.NewReaderSize(r, 64<<10)}
}

type decompressor struct {
	in     *bufio.Reader
	format string // "gzip", "zstd" or, for plain text, ""
	out    io.Reader
	free   func() // releases out; may be nil
	err    error  // returned by every further Read
}

func (d *decompressor) Read(p []byte) (int, error) {
	if d.out == nil && d.err == nil {
		d.err = d.wrapError(d.openFormat())
	}
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.out.Read(p)
	if err != nil && err != io.EOF {
		// Decompressors may continue after an error. Here errors are permanent.
		d.err = d.wrapError(err)
	}
	return n, d.wrapError(err)
}

// openFormat detects the format from the first bytes and opens out. It reads one byte at a
// time until the format is certain, so that it does not wait for more than it needs.
func (d *decompressor) openFormat() error {
	for n := 1; ; n++ {
		head, err := d.in.Peek(n)
		if err != nil && err != io.EOF {
			return err
		}
		var decided bool
		if d.format, decided = detectCompression(head); decided || err == io.EOF {
			break
		}
	}
	switch d.format {
	case "gzip":
		z, err := gzip.NewReader(d.in)
		if err != nil {
			return cutShort(err)
		}
		d.out = z
	case "zstd":
		z, err := zstd.NewReader(d.in, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return cutShort(err)
		}
		d.out, d.free = z, z.Close
	default:
		d.out = d.in
	}
	return nil
}

// detectCompression returns the compression format of an input that begins with head, or
// "" for plain text. It returns false if head is too short to decide.
func detectCompression(head []byte) (format string, decided bool) {
	first := bytes.Clone(head)
	if len(first) > 0 && first[0]&0xf0 == magicSkip[0] {
		first[0] = magicSkip[0]
	}
	switch {
	case bytes.HasPrefix(head, magicGzip):
		return "gzip", true
	case bytes.HasPrefix(head, magicZstd), bytes.HasPrefix(first, magicSkip):
		return "zstd", true
	}
	return "", !isPartialMark(head, magicGzip) && !isPartialMark(head, magicZstd) && !isPartialMark(first, magicSkip)
}

// IsCompressed reports whether an input that begins with head is gzip or zstd.
func IsCompressed(head []byte) bool {
	format, _ := detectCompression(head)
	return format != ""
}

// cutShort converts an io.EOF inside a header to io.ErrUnexpectedEOF, because the caller
// would take io.EOF for the end of the input.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// wrapError adds the format to an error of the decompressor.
func (d *decompressor) wrapError(err error) error {
	switch {
	case err == nil || err == io.EOF || d.format == "":
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s data is cut short: %w", d.format, err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fmt.Errorf("%s data needs a window of more than %s: %w", d.format, formatSize(maxZstdWindow), err)
	}
	return fmt.Errorf("decompressing %s: %w", d.format, err)
}

// Close releases the decompressor. Later calls to Read return fs.ErrClosed.
func (d *decompressor) Close() error {
	if d.free != nil {
		d.free()
		d.free = nil
	}
	d.err = fs.ErrClosed
	return nil
}
