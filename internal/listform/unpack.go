package listform

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/xlsx"
)

// DefaultMaxSize is the default largest size of an unpacked list, in bytes.
const DefaultMaxSize = 4 << 30

// Unpack opens the list at path. If its contents are gzip, zstd, or a ZIP archive with one
// file, whatever its name, one layer of it is unpacked. An Excel workbook, which is a ZIP
// archive, too, is returned as it is. Reading fails once the unpacked list is longer than
// maxSize bytes (0 means DefaultMaxSize).
func Unpack(path string, maxSize int64) (io.ReadCloser, error) {
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
	return &limited{in, newBudget(maxSize)}, nil
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
	switch {
	case string(head) == magicZIP || string(head) == magicEmptyZIP:
		return "zip", nil
	case csvio.IsCompressed(head):
		return "compressed", nil
	}
	return "", nil
}

// budget is what is left of the bytes that a list may have when it is unpacked.
type budget struct{ left, most int64 }

func newBudget(maxSize int64) budget {
	if maxSize <= 0 {
		maxSize = DefaultMaxSize
	}
	return budget{maxSize, maxSize}
}

// spend takes bytes from the budget.
func (b *budget) spend(bytes int) error {
	if b.left -= int64(bytes); b.left < 0 {
		return fmt.Errorf("the list is longer than %d bytes when it is unpacked: raise max_size if that is intended", b.most)
	}
	return nil
}

// limited fails once its budget is spent.
type limited struct {
	io.ReadCloser
	budget
}

// Read reads no further than one byte beyond the limit.
func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, l.spend(0)
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

// unpackZIP opens the only file in a ZIP archive, or the archive itself if it is a
// workbook. The folder __MACOSX is not counted.
func unpackZIP(path string, maxSize int64) (io.ReadCloser, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, wrapZIP(err)
	}
	var in io.ReadCloser
	if xlsx.IsWorkbook(&archive.Reader) {
		in, err = os.Open(path)
	} else {
		in, err = openOnlyFile(archive.File)
	}
	if err != nil {
		return nil, errors.Join(err, archive.Close())
	}
	return &limited{&zipFile{in, archive}, newBudget(maxSize)}, nil
}

func openOnlyFile(files []*zip.File) (io.ReadCloser, error) {
	if err := otherSpreadsheet(files); err != nil {
		return nil, err
	}
	var names []string
	var only *zip.File
	for _, f := range files {
		if f.Mode().Type()&fs.ModeDir == 0 && !strings.HasPrefix(f.Name, "__MACOSX/") {
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

// otherSpreadsheet returns an error if an archive is a spreadsheet in a form that is not
// read.
func otherSpreadsheet(files []*zip.File) error {
	names := map[string]bool{}
	for _, f := range files {
		names[fold.Lower(f.Name)] = true
	}
	switch {
	case names["xl/workbook.bin"]:
		return errors.New("the list is a binary Excel workbook (.xlsb): save it as .xlsx, or as CSV")
	case names["mimetype"] && names["content.xml"]:
		return errors.New("the list is an OpenDocument spreadsheet (.ods): save it as .xlsx, or as CSV")
	}
	return nil
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
	return fmt.Errorf("the ZIP archive or Excel workbook is damaged or cut short (%w): export it again", err)
}

// errPacked is the error of a list that is still packed after one layer.
var errPacked = errors.New("the list is packed twice: unpack it once")
