package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/kithsec/kith/state"
)

// copyTries is the number of attempts to copy a database that another process writes. An
// attempt fails if a commit ends meanwhile, and the next one begins right after that
// commit. Commits are a second apart, unless input arrives fast.
const copyTries = 10

// errChanged reports that a commit ended while the database was being copied.
var errChanged = errors.New("changes faster than it can be copied")

// copyLive copies the database of dir, which another process may be writing, into a
// temporary folder, and returns the folder. The copy is the state of one commit.
//
// bbolt never overwrites a page that the last commit refers to: a transaction writes to
// free pages, and pages that it frees are reused by the following transaction at the
// earliest. A commit ends by writing its meta page, one of the first two pages. Therefore
// a copy is consistent if these two pages were the same before and after it: then at most
// one transaction, the next one, was in progress.
func copyLive(dir string) (folder string, err error) {
	from, err := os.Open(databasePath(dir))
	if err != nil {
		return "", err
	}
	defer from.Close()
	if folder, err = os.MkdirTemp("", "kith-risk-"); err != nil {
		return "", err
	}
	for range copyTries {
		if err = copyIfUnchanged(databasePath(folder), from); !errors.Is(err, errChanged) {
			break
		}
	}
	if err != nil {
		os.RemoveAll(folder)
		return "", err
	}
	return folder, nil
}

// copySource is the database file that is copied.
type copySource interface {
	io.ReadSeeker
	io.ReaderAt
}

// copyIfUnchanged copies a database to a file. It returns errChanged if a commit ended
// meanwhile.
func copyIfUnchanged(path string, from copySource) error {
	before, err := metaPages(from)
	if err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = from.Seek(0, io.SeekStart); err == nil {
		_, err = io.Copy(to, from)
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return err
	}
	after, err := metaPages(from)
	if err == nil && !bytes.Equal(before, after) {
		err = errChanged
	}
	return err
}

// metaPages reads the first two pages of a database.
func metaPages(db io.ReaderAt) ([]byte, error) {
	size, err := pageSize(db)
	if err != nil {
		return nil, err
	}
	pages := make([]byte, 2*size)
	if _, err := db.ReadAt(pages, 0); err != nil {
		return nil, fmt.Errorf("%w: %v", state.ErrDamaged, err)
	}
	return pages, nil
}

// The offsets of the magic number and of the page size in a meta page, and the magic
// number.
const (
	metaMagicAt = 16
	metaSizeAt  = 24
	metaMagic   = 0xed0cdaed
)

// pageSize returns the page size of a database, from its first page.
func pageSize(db io.ReaderAt) (uint32, error) {
	var head [metaSizeAt + 4]byte
	if _, err := db.ReadAt(head[:], 0); err != nil {
		return 0, fmt.Errorf("%w: %v", state.ErrDamaged, err)
	}
	size := binary.NativeEndian.Uint32(head[metaSizeAt:])
	if binary.NativeEndian.Uint32(head[metaMagicAt:]) != metaMagic || size > 1<<24 {
		return 0, fmt.Errorf("%w: its first page is not a meta page", state.ErrDamaged)
	}
	return size, nil
}
