package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// The buckets of the database.
const (
	metaBucket     = "meta"
	blockBucket    = "blocks"
	objectBucket   = "objects"
	notableBucket  = "notables"
	unsaidBucket   = "unsaid"
	versionKey     = "version"
	stateKey       = "state"
	currentVersion = 3
)

func buckets() []string {
	return []string{metaBucket, blockBucket, objectBucket, notableBucket, unsaidBucket}
}

var (
	// ErrInUse says that another process uses the directory.
	ErrInUse = errors.New("is used by another process")
	// ErrVersion says that the directory was written by a newer program.
	ErrVersion = errors.New("is of a newer version")
	// ErrOldVersion says that the directory was written by an older program, in
	// a form that this one does not read.
	ErrOldVersion = errors.New("is of an older version")
	// ErrDamaged says that what is in the directory is not what was written.
	ErrDamaged = errors.New("is damaged")
	// ErrEmpty says that a directory that is to be read holds no state.
	ErrEmpty = errors.New("holds no risk state")
)

// Error is what is wrong with a state directory.
type Error struct {
	Dir string
	Err error
}

// Error formats e as "state directory DIR is damaged: …".
func (e *Error) Error() string { return fmt.Sprintf("state directory %s %v", e.Dir, e.Err) }

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

const sumSize = 4

func checksum(key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, table, key), table, value)
}

// put stores a value behind its checksum.
func put(b *bbolt.Bucket, key, value []byte) error {
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, sumSize+len(value)), checksum(key, value))
	return b.Put(key, append(sealed, value...))
}

// open checks a stored value and returns its content.
func open(bucket string, key, sealed []byte) ([]byte, error) {
	if len(sealed) < sumSize || binary.BigEndian.Uint32(sealed) != checksum(key, sealed[sumSize:]) {
		return nil, fmt.Errorf("%w: a checksum in %s does not hold", ErrDamaged, bucket)
	}
	return sealed[sumSize:], nil
}

func sequence(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// each calls visit for every record of a bucket and returns how many there
// are.
func each(tx *bbolt.Tx, bucket string, visit func(key, value []byte) error) (n int, err error) {
	b := tx.Bucket([]byte(bucket))
	if b == nil {
		return 0, fmt.Errorf("%w: %s is missing", ErrDamaged, bucket)
	}
	err = b.ForEach(func(key, sealed []byte) error {
		value, err := open(bucket, key, sealed)
		if err != nil {
			return err
		}
		n++
		return visit(key, value)
	})
	return n, err
}

func putJSON(b *bbolt.Bucket, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return put(b, []byte(key), text)
}

func getJSON(b *bbolt.Bucket, key string, value any) error {
	text, err := open(metaBucket, []byte(key), b.Get([]byte(key)))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("%w: %s: %v", ErrDamaged, key, err)
	}
	return nil
}
