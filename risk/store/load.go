package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/kithsec/kith/risk"
)

// state is the record that every commit replaces.
type state struct {
	Engine   risk.State       `json:"engine"`
	Config   json.RawMessage  `json:"config"`
	Inputs   map[string]input `json:"inputs"`
	Outputs  map[string]int64 `json:"outputs"`
	Blocks   int              `json:"blocks"`
	Next     uint64           `json:"next"` // key of the next block or unsaid notable
	Objects  int              `json:"objects"`
	Notables int              `json:"notables"`
	Unsaid   int              `json:"unsaid"`
}

// input is how far a file was read.
type input struct {
	Offset int64  `json:"offset"`
	Head   int    `json:"head"` // how many of its first bytes are known
	Sum    string `json:"sum"`  // their digest
}

func database(dir string) string { return filepath.Join(dir, "risk.db") }

// How long opening waits for another process to go; who only reads can read a
// copy instead.
const (
	lockWait     = 500 * time.Millisecond
	readLockWait = time.Millisecond
)

// mapSize is how much is mapped from the beginning. When a database outgrows its
// map, all that a commit holds is copied before it is mapped anew, which was
// half of a commit's cost. The map is address space only, but on Windows, where
// the file would grow to it.
func mapSize() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return 1 << 32 & math.MaxInt // none where addresses are short
}

// growth is by how much more than it needs the file grows.
const growth = 1 << 16

// openDatabase opens the database of dir; to read only, it must be there. One
// whose making was cut short holds nothing yet: it is made anew, or not there.
func openDatabase(dir string, readOnly bool) (*bbolt.DB, error) {
	if readOnly {
		if _, err := os.Stat(database(dir)); errors.Is(err, os.ErrNotExist) {
			return nil, ErrEmpty
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := openLocked(dir, readOnly)
	// Whoever makes a database holds its lock, and whoever finds a part of one
	// fails: nobody is making it now.
	if errors.Is(err, ErrInUse) || !cutShort(database(dir)) {
		return db, err
	}
	if db != nil {
		db.Close()
	}
	if readOnly {
		return nil, ErrEmpty
	}
	if err := os.Remove(database(dir)); err != nil {
		return nil, err
	}
	return openLocked(dir, readOnly)
}

// openLocked opens what is there, or makes a database, and holds its lock.
func openLocked(dir string, readOnly bool) (db *bbolt.DB, err error) {
	wait := lockWait
	if readOnly {
		wait = readLockWait
	}
	err = guarded(func() (err error) {
		db, err = bbolt.Open(database(dir), 0o600, &bbolt.Options{Timeout: wait, ReadOnly: readOnly, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapSize()})
		return err
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	db.AllocSize = growth
	return db, nil
}

// firstPages is how many pages bbolt writes at once to make a database. No commit
// makes it smaller.
const firstPages = 4

// cutShort reports whether a file is the beginning of a database that was being
// made when the disk was full or the machine stopped.
func cutShort(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	size, err := pageSize(f)
	return err == nil && info.Size() < firstPages*int64(size)
}

// guarded runs work on the database. bbolt trusts its pages: what it does with
// a damaged one is to panic, or to read where nothing is mapped. Both become
// errors here.
func guarded(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return work()
}

// readState reads version and state; found is false in a new database.
func readState(tx *bbolt.Tx) (st state, found bool, err error) {
	meta := tx.Bucket([]byte(metaBucket))
	if meta == nil {
		return state{}, false, nil
	}
	var version int
	if err := getJSON(meta, versionKey, &version); err != nil {
		return state{}, false, err
	}
	switch {
	case version > currentVersion:
		return state{}, false, fmt.Errorf("%w: %d, and this program reads up to %d", ErrVersion, version, currentVersion)
	case version < currentVersion:
		return state{}, false, fmt.Errorf("%w: %d, and this program reads %d", ErrOldVersion, version, currentVersion)
	}
	return st, true, getJSON(meta, stateKey, &st)
}

// block is a block in the database.
type block struct {
	key    uint64
	latest int64
}

// restore brings the engine to the state and returns the blocks there are.
func restore(tx *bbolt.Tx, st state, engine *risk.Engine) ([]block, error) {
	restoring := engine.Restore(st.Engine)
	var blocks []block
	n, err := each(tx, blockBucket, func(key, value []byte) error {
		if len(key) != 8 || len(value) < 8 {
			return fmt.Errorf("%w: a block is too short", ErrDamaged)
		}
		blocks = append(blocks, block{binary.BigEndian.Uint64(key), int64(binary.BigEndian.Uint64(value))})
		return restoring.Block(value[8:])
	})
	if err := counted(blockBucket, n, st.Blocks, err); err != nil {
		return nil, err
	}
	n, err = each(tx, objectBucket, func(key, value []byte) error { return restoring.Object(string(key), value) })
	if err := counted(objectBucket, n, st.Objects, err); err != nil {
		return nil, err
	}
	restoring.Done()
	return blocks, nil
}

// counted checks that no record is missing.
func counted(bucket string, n, want int, err error) error {
	if errors.Is(err, risk.ErrDamaged) {
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if err == nil && n != want {
		err = fmt.Errorf("%w: %s holds %d records, not %d", ErrDamaged, bucket, n, want)
	}
	return err
}
