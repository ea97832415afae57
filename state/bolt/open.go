package bolt

import (
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

	"github.com/kithsec/kith/state"
)

// databasePath returns the path of the database. The engine that first had a state gave
// it its name.
func databasePath(dir string) string { return filepath.Join(dir, "risk.db") }

// How long opening waits for another process to release the directory. A reader
// can read a copy instead.
const (
	lockWait     = 500 * time.Millisecond
	readLockWait = time.Millisecond
)

// mapSize is how much of the file is mapped when it is opened. When a database
// outgrows its map, bbolt copies everything that a commit holds before it maps the
// file again, which was half of a commit's cost. The map is only address space,
// except on Windows, where the file would grow to it.
func mapSize() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return 1 << 32 & math.MaxInt // none where addresses are short
}

// growthSize is how much larger than necessary the file is made when it grows.
const growthSize = 1 << 16

// openDatabase opens the database of dir. To be read only, it must exist. A
// database whose creation was interrupted holds nothing yet: it is created again,
// or treated as absent.
func openDatabase(dir string, readOnly bool) (*bbolt.DB, error) {
	if readOnly {
		if _, err := os.Stat(databasePath(dir)); errors.Is(err, os.ErrNotExist) {
			return nil, state.ErrEmpty
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := openLocked(dir, readOnly)
	// The process that creates a database holds its lock, so that a partial one that
	// is not in use was left behind.
	if errors.Is(err, state.ErrInUse) || !isCutShort(databasePath(dir)) {
		return db, err
	}
	if db != nil {
		db.Close()
	}
	if readOnly {
		return nil, state.ErrEmpty
	}
	if err := os.Remove(databasePath(dir)); err != nil {
		return nil, err
	}
	return openLocked(dir, readOnly)
}

// openLocked opens a database, or creates it, and locks it.
func openLocked(dir string, readOnly bool) (db *bbolt.DB, err error) {
	wait := lockWait
	if readOnly {
		wait = readLockWait
	}
	err = recoverDamage(func() (err error) {
		db, err = bbolt.Open(databasePath(dir), 0o600, &bbolt.Options{Timeout: wait, ReadOnly: readOnly, FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapSize()})
		return err
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, state.ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %v", state.ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	db.AllocSize = growthSize
	return db, nil
}

// initialPages is how many pages bbolt writes at once to create a database. A commit
// never makes it smaller.
const initialPages = 4

// isCutShort reports whether a file is the beginning of a database whose creation was
// interrupted, because the disk was full or the machine stopped.
func isCutShort(path string) bool {
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
	return err == nil && info.Size() < initialPages*int64(size)
}

// recoverDamage runs work on the database. bbolt trusts its pages: with a damaged one it
// panics or reads unmapped memory. guard turns both into ErrDamaged.
func recoverDamage(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", state.ErrDamaged, p)
		}
	}()
	return work()
}
