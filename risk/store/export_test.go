package store

import (
	"unsafe"

	"go.etcd.io/bbolt"
)

// Abandon leaves the directory as a killed process would.
func Abandon(s *Store) {
	if s.file != nil {
		s.writer.Flush() // it may have got to the file
	}
	s.Abandon()
	s.Close()
}

// Blocks returns how many blocks there are.
func Blocks(s *Store) int { return len(s.blocks) }

// SetVersion makes the directory one of another version.
func SetVersion(s *Store, version int) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return putJSON(tx.Bucket([]byte(metaBucket)), versionKey, version) })
}

// Span is where something lies in the database file.
type Span struct{ Offset, Len int }

// Records returns where the values lie that opening the directory reads.
func Records(dir string) ([]Span, error) {
	db, err := openDatabase(dir, true)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var spans []Span
	err = db.View(func(tx *bbolt.Tx) error {
		for _, name := range []string{metaBucket, blockBucket, objectBucket, unsaidBucket} {
			err := tx.Bucket([]byte(name)).ForEach(func(_, value []byte) error {
				at := uintptr(unsafe.Pointer(unsafe.SliceData(value))) - db.Info().Data
				if at < uintptr(tx.Size()) {
					spans = append(spans, Span{int(at), len(value)})
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return spans, err
}
