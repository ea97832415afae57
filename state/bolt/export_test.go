package bolt

import (
	"errors"
	"io"
	"os"
	"unsafe"

	"go.etcd.io/bbolt"
)

// CopyMeanwhile copies the database of dir into a folder and calls meanwhile after the
// first bytes. It reports whether the copy was rejected because the database changed.
func CopyMeanwhile(folder, dir string, meanwhile func() error) (rejected bool, err error) {
	f, err := os.Open(databasePath(dir))
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = copyIfUnchanged(databasePath(folder), &interrupted{f, meanwhile})
	return errors.Is(err, errChanged), err
}

type interrupted struct {
	*os.File
	meanwhile func() error
}

func (f *interrupted) Read(p []byte) (int, error) {
	n, err := f.File.Read(p[:min(len(p), 1<<14)])
	if f.meanwhile != nil && err == nil {
		err = f.meanwhile()
		f.meanwhile = nil
	}
	return n, err
}

// WriteTo hides the method of os.File, so that io.Copy calls Read.
func (f *interrupted) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{f})
}

// SetVersion changes the version of the directory.
func SetVersion(l *Log, version int) error {
	return l.db.Update(func(tx *bbolt.Tx) error { return putJSON(tx.Bucket([]byte(metaBucket)), versionKey, version) })
}

// FileRange is a range of bytes in the database file.
type FileRange struct{ Offset, Len int }

// Records returns where the keys and values are stored that opening the directory reads.
func Records(dir string) ([]FileRange, error) {
	db, err := openDatabase(dir, true)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var ranges []FileRange
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if string(name) == "risk/notables" {
				return nil
			}
			return b.ForEach(func(key, value []byte) error {
				if string(key) == "config" {
					return nil // only read-only commands read it
				}
				for _, text := range [][]byte{key, value} {
					at := uintptr(unsafe.Pointer(unsafe.SliceData(text))) - db.Info().Data
					if at < uintptr(tx.Size()) {
						ranges = append(ranges, FileRange{int(at), len(text)})
					}
				}
				return nil
			})
		})
	})
	return ranges, err
}
