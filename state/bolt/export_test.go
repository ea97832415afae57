package bolt

import (
	"errors"
	"io"
	"os"
	"unsafe"

	"go.etcd.io/bbolt"
)

// CopyMeanwhile copies the database of dir into a folder and calls meanwhile
// after the first bytes. It reports whether that was noticed.
func CopyMeanwhile(folder, dir string, meanwhile func() error) (noticed bool, err error) {
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

// WriteTo is hidden, so that Read is called.
func (f *interrupted) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{f})
}

// SetVersion makes the directory one of another version.
func SetVersion(l *Log, version int) error {
	return l.db.Update(func(tx *bbolt.Tx) error { return putJSON(tx.Bucket([]byte(metaBucket)), versionKey, version) })
}

// Span is where something lies in the database file.
type Span struct{ Offset, Len int }

// Records returns where the keys and values lie that opening the directory reads.
func Records(dir string) ([]Span, error) {
	db, err := openDatabase(dir, true)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var spans []Span
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if string(name) == "risk/notables" {
				return nil
			}
			return b.ForEach(func(key, value []byte) error {
				if string(key) == "config" {
					return nil // only who looks at a directory reads it
				}
				for _, text := range [][]byte{key, value} {
					at := uintptr(unsafe.Pointer(unsafe.SliceData(text))) - db.Info().Data
					if at < uintptr(tx.Size()) {
						spans = append(spans, Span{int(at), len(text)})
					}
				}
				return nil
			})
		})
	})
	return spans, err
}
