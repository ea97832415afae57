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

// databasePath returns the path of the database. Its name is that of the first engine
// that had a state.
func databasePath(dir string) string { return filepath.Join(dir, "risk.db") }

// How long opening a directory waits for another process to release it. Readers do not
// wait long, because they can read a copy.
const (
	lockWait     = 500 * time.Millisecond
	readLockWait = time.Millisecond
)

// mapSize returns how much of the file bbolt maps when it opens it. When a database
// outgrows its mapping, bbolt copies all data of the current transaction before it maps
// the file again, which was half of the cost of a commit. A large mapping only uses
// address space, except on Windows, where the file would grow to that size.
func mapSize() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return 1 << 32 & math.MaxInt // 0, the default, with 32-bit addresses
}

// growthSize is the number of bytes by which the file grows beyond what is necessary.
const growthSize = 1 << 16

// openDatabase opens the database of dir. If readOnly is true, the database must exist,
// or the error is ErrEmpty. A database whose creation was interrupted is empty: it is
// created again, or treated as absent if readOnly is true.
func openDatabase(dir string, readOnly bool) (*bbolt.DB, error) {
	if readOnly {
		if _, err := os.Stat(databasePath(dir)); errors.Is(err, os.ErrNotExist) {
			return nil, state.ErrEmpty
		}
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := openLocked(dir, readOnly)
	// A process that creates a database holds its lock. So the creation of a partial
	// database that is not locked was interrupted.
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

// openLocked opens or creates the database of dir and locks it.
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

// initialPages is the number of pages that bbolt writes to create a database. Commits
// never make it smaller.
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

// recoverDamage calls work, which uses the database. bbolt does not validate its pages: a
// damaged page makes it panic or read unmapped memory. recoverDamage returns ErrDamaged
// in both cases.
func recoverDamage(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", state.ErrDamaged, p)
		}
	}()
	return work()
}
