// Package atomicfile replaces files so that they are whole at any time.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Set replaces files of one folder together. All are written beside the old ones
// and flushed to the disk before the first is renamed, so that after any failure every
// file is whole, old or new.
type Set struct {
	dir   string
	perm  fs.FileMode
	files []*os.File
	names []string
}

// New returns the set of files in a folder. New files get the mode perm.
func New(dir string, perm fs.FileMode) *Set { return &Set{dir: dir, perm: perm} }

// Create opens a temporary file that Commit renames to name. It has the mode of the
// file that it replaces.
func (s *Set) Create(name string) (*os.File, error) {
	temp := filepath.Join(s.dir, fmt.Sprintf(".%s.%d.tmp", name, os.Getpid()))
	_ = os.Remove(temp) // of a process of that number that was killed
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, s.perm)
	if err != nil {
		return nil, err
	}
	s.files, s.names = append(s.files, f), append(s.names, name)
	if info, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
		return f, f.Chmod(info.Mode().Perm())
	}
	return f, nil
}

// Commit renames the files. After an error it leaves no temporary file behind.
func (s *Set) Commit() error {
	defer s.Abort()
	for _, f := range s.files {
		if err := f.Sync(); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	for len(s.files) > 0 {
		if err := os.Rename(s.files[0].Name(), filepath.Join(s.dir, s.names[0])); err != nil {
			return err
		}
		s.files, s.names = s.files[1:], s.names[1:]
	}
	return syncDir(s.dir)
}

// Abort removes the temporary files, if Commit was not called.
func (s *Set) Abort() {
	for _, f := range s.files {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	s.files = nil
}

// syncDir makes renames in a folder durable. Windows has no call for it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, fs.ErrInvalid) { // a file system that cannot
		err = nil
	}
	return errors.Join(err, d.Close())
}
