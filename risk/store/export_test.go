package store

import "go.etcd.io/bbolt"

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
