package listform

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/problem"
)

// DefaultMaxSize is the default largest size of an unpacked list, in bytes.
const DefaultMaxSize = 4 << 30

// Unpack opens the list at path. If its contents are gzip, zstd, or a ZIP archive with one
// file, whatever its name, one layer of it is unpacked. Reading fails once the unpacked
// list is longer than maxSize bytes (0 means DefaultMaxSize).
func Unpack(path string, maxSize int64) (io.ReadCloser, error) {
	if maxSize <= 0 {
		maxSize = DefaultMaxSize
	}
	packed, err := packing(path)
	switch {
	case err != nil:
		return nil, err
	case packed == "zip":
		return unpackZIP(path, maxSize)
	}
	in, err := csvio.Open(path)
	if err != nil || packed == "" {
		return in, err
	}
	return &limited{ReadCloser: in, left: maxSize, most: maxSize}, nil
}

// packing returns how a file is packed, by its first bytes: "zip", "compressed", or "" for
// a plain file and for one that cannot be read like a plain file.
func packing(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", nil // opening it reports the error
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	head = head[:n]
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06"} {
		if string(head) == magic {
			return "zip", nil
		}
	}
	if csvio.IsCompressed(head) {
		return "compressed", nil
	}
	return "", nil
}

// limited fails once more than a number of bytes has been read.
type limited struct {
	io.ReadCloser
	left, most int64
}

// Read reads no further than one byte beyond the limit.
func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, fmt.Errorf("the list is longer than %d bytes when it is unpacked: raise max_size if that is intended", l.most)
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		n, err = n-1, nil
	}
	return n, err
}

// unpackZIP opens the only file in a ZIP archive. The folder __MACOSX is not counted.
func unpackZIP(path string, maxSize int64) (io.ReadCloser, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, wrapZIP(err)
	}
	in, err := openOnlyFile(archive.File)
	if err != nil {
		return nil, errors.Join(err, archive.Close())
	}
	return &limited{ReadCloser: &zipFile{in, archive}, left: maxSize, most: maxSize}, nil
}

func openOnlyFile(files []*zip.File) (io.ReadCloser, error) {
	var names []string
	var only *zip.File
	for _, f := range files {
		switch {
		case strings.EqualFold(f.Name, "xl/workbook.xml"):
			return nil, errors.New("the list is an Excel workbook: save the sheet as CSV")
		case f.Mode().Type()&fs.ModeDir != 0 || strings.HasPrefix(f.Name, "__MACOSX/"):
		default:
			names, only = append(names, problem.Quote(f.Name)), f
		}
	}
	switch {
	case only == nil:
		return nil, errors.New("the ZIP archive has no file in it")
	case len(names) > 1:
		shown := names[:min(len(names), 3)]
		return nil, fmt.Errorf("the ZIP archive has %d files (%s …), but a list is one file: unpack it and name the files", len(names), strings.Join(shown, ", "))
	case only.Flags&1 != 0:
		return nil, errors.New("the ZIP archive is encrypted: unpack it with its password")
	}
	in, err := only.Open()
	return in, wrapZIP(err)
}

// zipFile is a file in an archive, which is closed with it.
type zipFile struct {
	io.ReadCloser
	archive io.Closer
}

// Read reads the file.
func (f *zipFile) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if err != io.EOF {
		err = wrapZIP(err)
	}
	return n, err
}

// Close closes the file and the archive.
func (f *zipFile) Close() error { return errors.Join(f.ReadCloser.Close(), f.archive.Close()) }

func wrapZIP(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the ZIP archive is damaged or cut short: %w", err)
}

// errPacked is the error of a list that is still packed after one layer.
var errPacked = errors.New("the list is packed twice: unpack it once")

// isPacked reports whether an unpacked list begins like an archive.
func isPacked(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || csvio.IsCompressed(head[:min(len(head), 4)])
}
