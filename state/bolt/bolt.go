package bolt

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"maps"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/kithsec/kith/state"
)

// The bucket that is not a space, and its keys.
const (
	metaBucket     = "meta"
	versionKey     = "version"
	countsKey      = "counts" // the number of keys in each space
	currentVersion = 3
)

// Reader reads the state in a directory. It is a [state.Reader].
type Reader struct {
	dir     string
	copyDir string // temporary, of a copy; "" if dir itself is open
	db      *bbolt.DB
	counts  map[string]int
}

// Log reads and writes the state in a directory. It is a [state.Log].
type Log struct{ Reader }

// Open opens the state in dir, or creates an empty state there. Every error is a
// [*state.Error].
func Open(dir string) (*Log, error) {
	l := &Log{Reader{dir: dir}}
	err := recoverDamage(func() (err error) {
		if l.db, err = openDatabase(dir, false); err != nil {
			return err
		}
		if err = l.readMeta(); errors.Is(err, state.ErrEmpty) {
			err = l.createMeta()
		}
		return err
	})
	if err != nil {
		l.Close()
		return nil, &state.Error{Dir: dir, Err: err}
	}
	return l, nil
}

// createMeta writes the meta bucket of an empty state.
func (l *Log) createMeta() error {
	l.counts = map[string]int{}
	err := l.db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket([]byte(metaBucket))
		if err != nil {
			return err
		}
		return errors.Join(putJSON(meta, versionKey, currentVersion), putJSON(meta, countsKey, l.counts))
	})
	syncFolder(l.dir)
	syncFolder(filepath.Dir(l.dir))
	return err
}

// syncFolder makes the names of new files in a folder durable, if the system supports it.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync() // fails on Windows and some file systems
		dir.Close()
	}
}

// OpenReadOnly opens the state in dir for reading. If another process has it open for
// writing, OpenReadOnly reads a copy of the last commit, which it makes in the system's
// folder for temporary files. The copy takes as much space as the state. If commits are
// so frequent that every attempt to copy fails, the error is [state.ErrInUse]. Every
// error is a [*state.Error].
func OpenReadOnly(dir string) (*Reader, error) {
	r := &Reader{dir: dir}
	err := recoverDamage(func() error {
		if err := r.openOrCopy(); err != nil {
			return err
		}
		return r.readMeta()
	})
	if err != nil {
		r.Close()
		return nil, &state.Error{Dir: dir, Err: err}
	}
	return r, nil
}

// openOrCopy opens the database, or a copy if another process has it open for writing.
func (r *Reader) openOrCopy() (err error) {
	if r.db, err = openDatabase(r.dir, true); !errors.Is(err, state.ErrInUse) {
		return err
	}
	if r.copyDir, err = copyLive(r.dir); err != nil {
		if errors.Is(err, errChanged) {
			err = fmt.Errorf("%w and %v", state.ErrInUse, err)
		}
		return err
	}
	r.db, err = openDatabase(r.copyDir, true)
	// Remove the copy now, so that it does not remain if the process is killed. Systems
	// that cannot remove an open file remove it in Close.
	_ = os.RemoveAll(r.copyDir)
	return err
}

// readMeta checks the version and reads the counts. It returns ErrEmpty for a new
// database.
func (r *Reader) readMeta() error {
	return r.db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte(metaBucket))
		if meta == nil {
			return state.ErrEmpty
		}
		var version int
		if err := getJSON(meta, versionKey, &version); err != nil {
			return err
		}
		switch {
		case version > currentVersion:
			return fmt.Errorf("%w: %d, but this program reads up to %d", state.ErrVersion, version, currentVersion)
		case version < currentVersion:
			return fmt.Errorf("%w: %d, but this program reads %d", state.ErrOldVersion, version, currentVersion)
		}
		return getJSON(meta, countsKey, &r.counts)
	})
}

// Get returns the value of a key, or nil if the key does not exist. Because damage can
// hide a key, Get checks the whole space before it returns nil.
func (r *Reader) Get(space string, key []byte) (value []byte, err error) {
	err = r.readInTx(func(tx *bbolt.Tx) error {
		if b := tx.Bucket([]byte(space)); b != nil {
			if sealed := b.Get(key); sealed != nil {
				content, err := unseal(space, key, sealed)
				value = append([]byte{}, content...)
				return err
			}
		}
		return r.walkSpace(tx, space, func(_, _ []byte) bool { return true })
	})
	return value, err
}

// All yields the keys of a space with their values, in ascending order of the keys. A key
// and its value are valid until the next iteration. A value with a wrong checksum and a
// missing key are errors.
func (r *Reader) All(space string) iter.Seq2[state.Change, error] {
	return func(yield func(state.Change, error) bool) {
		stopped := false
		err := r.readInTx(func(tx *bbolt.Tx) error {
			return r.walkSpace(tx, space, func(key, value []byte) bool {
				stopped = !yield(state.Change{Space: space, Key: key, Value: value}, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(state.Change{}, err)
		}
	}
}

// walkSpace calls visit for each key of a space and its value until visit returns false.
// It checks the values and, after the last key, the number of keys.
func (r *Reader) walkSpace(tx *bbolt.Tx, space string, visit func(key, value []byte) bool) error {
	n := 0
	if b := tx.Bucket([]byte(space)); b != nil {
		c := b.Cursor()
		for key, sealed := c.First(); key != nil; key, sealed = c.Next() {
			value, err := unseal(space, key, sealed)
			if err != nil {
				return err
			}
			if n++; !visit(key, value) {
				return nil
			}
		}
	}
	if want := r.counts[space]; n != want {
		return fmt.Errorf("%w: %s has %d keys instead of %d", state.ErrDamaged, space, n, want)
	}
	return nil
}

// Len returns the number of keys in a space.
func (r *Reader) Len(space string) int { return r.counts[space] }

// readInTx runs work in a read transaction.
func (r *Reader) readInTx(work func(*bbolt.Tx) error) error {
	if err := recoverDamage(func() error { return r.db.View(work) }); err != nil {
		return &state.Error{Dir: r.dir, Err: err}
	}
	return nil
}

// Close releases the directory. Calling it again has no effect.
func (r *Reader) Close() (err error) {
	if r.db != nil {
		err = r.db.Close()
		r.db = nil
	}
	if r.copyDir != "" {
		err = errors.Join(err, os.RemoveAll(r.copyDir))
	}
	return err
}

// Commit makes changes durable, all of them or none. Every error is a [*state.Error].
func (l *Log) Commit(changes []state.Change) error {
	counts := maps.Clone(l.counts)
	err := recoverDamage(func() error {
		return l.db.Update(func(tx *bbolt.Tx) error {
			if err := applyChanges(tx, changes, counts); err != nil {
				return err
			}
			return putJSON(tx.Bucket([]byte(metaBucket)), countsKey, counts)
		})
	})
	if err != nil {
		return &state.Error{Dir: l.dir, Err: err}
	}
	l.counts = counts
	return nil
}

// applyChanges writes changes to the database and updates the counts.
func applyChanges(tx *bbolt.Tx, changes []state.Change, counts map[string]int) (err error) {
	var b *bbolt.Bucket
	for i, c := range changes {
		if i == 0 || c.Space != changes[i-1].Space {
			if b, err = tx.CreateBucketIfNotExists([]byte(c.Space)); err != nil {
				return err
			}
			if last, _ := b.Cursor().Last(); bytes.Compare(c.Key, last) > 0 {
				b.FillPercent = 0.95 // the keys are probably ascending
			}
		}
		there := b.Get(c.Key) != nil
		switch {
		case c.Value != nil:
			if !there {
				counts[c.Space]++
			}
			err = b.Put(c.Key, seal(c.Key, c.Value))
		case there:
			counts[c.Space]--
			err = b.Delete(c.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, value)
}

// seal returns a value with its checksum before it.
func seal(key, value []byte) []byte {
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, sumSize+len(value)), checksum(key, value))
	return append(sealed, value...)
}

// unseal verifies the checksum of a sealed value and returns the value.
func unseal(bucket string, key, sealed []byte) ([]byte, error) {
	if len(sealed) < sumSize || binary.BigEndian.Uint32(sealed) != checksum(key, sealed[sumSize:]) {
		return nil, fmt.Errorf("%w: wrong checksum in %s", state.ErrDamaged, bucket)
	}
	return sealed[sumSize:], nil
}

func putJSON(b *bbolt.Bucket, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return b.Put([]byte(key), seal([]byte(key), text))
}

func getJSON(b *bbolt.Bucket, key string, value any) error {
	text, err := unseal(metaBucket, []byte(key), b.Get([]byte(key)))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("%w: %s: %v", state.ErrDamaged, key, err)
	}
	return nil
}
