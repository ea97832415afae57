// Package atomicfile replaces files atomically: at any time, each file is complete, with
// either its old or its new contents.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Set replaces several files of one directory. All files are written under temporary
// names and flushed to disk before the first one is renamed. A failure before that point
// leaves all files unchanged, and after any failure each file is complete.
type Set struct {
	dir   string
	perm  fs.FileMode
	files []*os.File
	names []string
}

// New returns an empty Set for the directory dir. Files that replace no other get the
// mode perm, before umask.
func New(dir string, perm fs.FileMode) *Set { return &Set{dir: dir, perm: perm} }

// NotReplaceableError is the error for a path that names something other than a regular file.
// The rename of Commit would remove it: a link would no longer point to its target, and a
// device such as /dev/null would become a regular file.
type NotReplaceableError struct {
	Path string
	Mode fs.FileMode // the type bits of what the path names
}

func (e *NotReplaceableError) Error() string {
	return fmt.Sprintf("%s is %s, not a regular file", e.Path, TypeName(e.Mode))
}

// TypeName names a type of file with its article, such as "a symbolic link".
func TypeName(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode.IsRegular():
		return "a regular file"
	}
	return "a special file"
}

// CheckReplaceable returns an [NotReplaceableError] if path exists but is not a regular file.
// It does not follow a symbolic link.
func CheckReplaceable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &NotReplaceableError{path, info.Mode().Type()}
	}
	return nil
}

// Create opens a temporary file for writing, which Commit renames to name and closes. The
// file gets the mode of the file it replaces. It returns an error if name exists but cannot
// be replaced (see [CheckReplaceable]).
func (s *Set) Create(name string) (*os.File, error) {
	if err := CheckReplaceable(filepath.Join(s.dir, name)); err != nil {
		return nil, err
	}
	temp := filepath.Join(s.dir, fmt.Sprintf(".%s.%d.tmp", name, os.Getpid()))
	_ = os.Remove(temp) // may be left over from a killed process with the same ID
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

// Commit flushes, closes and renames all files. After an error it removes the temporary
// files that it did not rename.
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

// Abort removes the temporary files. After Commit it has no effect.
func (s *Set) Abort() {
	for _, f := range s.files {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	s.files = nil
}

// syncDir makes renames in a directory durable. Windows has no call for that.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, fs.ErrInvalid) { // the file system does not support it
		err = nil
	}
	return errors.Join(err, d.Close())
}
