// Package outputs writes the output files of commands that may run for a long time, so that
// other programs can rotate them meanwhile.
//
// Every write goes to the end of the file, even if another program has truncated it
// (logrotate's copytruncate). After another program has renamed the file, [File.Reopen]
// continues in a new one. This package never renames or replaces a file. FIFOs and devices are
// written as they are.
package outputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/internal/problem"
)

// File is an output file. It is for one goroutine.
type File struct {
	path    string
	file    *os.File
	regular bool
}

// Create opens the file at path, and creates it if it does not exist. A regular file is
// emptied.
func Create(path string) (*File, error) { return open(path, os.O_TRUNC) }

// Append opens the file at path, and creates it if it does not exist. Its content is kept.
func Append(path string) (*File, error) { return open(path, 0) }

func open(path string, mode int) (*File, error) {
	f := &File{path: path}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		mode = 0
	}
	var err error
	if f.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|mode, 0o644); err != nil {
		return nil, problem.Cause(path, err)
	}
	info, err := f.file.Stat()
	if err != nil {
		return nil, problem.Cause(path, errors.Join(err, f.file.Close()))
	}
	f.regular = info.Mode().IsRegular()
	return f, nil
}

// Path returns the path of the file.
func (f *File) Path() string { return f.path }

// IsRegular reports whether the file is a regular file. Others are not truncated, synced or
// reopened.
func (f *File) IsRegular() bool { return f.regular }

// Write appends p to the file. An error is a *fs.PathError.
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// Size returns the size of a regular file, and 0 for others.
func (f *File) Size() (int64, error) {
	info, err := f.file.Stat()
	if err != nil {
		return 0, problem.Cause(f.path, err)
	}
	if !f.regular {
		return 0, nil
	}
	return info.Size(), nil
}

// EndLine ends the last line of a regular file that another process left unfinished, as after
// a crash, so that the next line is not added to it. It does nothing if the file is empty,
// ends with a line feed, or may not be read.
func (f *File) EndLine() error {
	size, err := f.Size()
	if err != nil || size == 0 {
		return err
	}
	written, err := os.Open(f.path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil
	case err != nil:
		return problem.Cause(f.path, err)
	}
	defer written.Close()
	var last [1]byte
	if _, err := written.ReadAt(last[:], size-1); err != nil {
		return problem.Cause(f.path, err)
	}
	if last[0] == '\n' {
		return nil
	}
	if _, err := f.Write([]byte{'\n'}); err != nil {
		return problem.Cause(f.path, err)
	}
	return nil
}

// Sync makes what was written to a regular file durable, and returns the size of the file.
func (f *File) Sync() (size int64, err error) {
	if !f.regular {
		return 0, nil
	}
	if err := f.file.Sync(); err != nil {
		return 0, problem.Cause(f.path, err)
	}
	return f.Size()
}

// Resume truncates a regular file to length, the number of bytes that an earlier process has
// committed, and returns the size of the file. clean reports whether that process had
// committed everything that it wrote: then an empty file is accepted, because it was rotated
// since. Any other file that is shorter than length is an error.
func (f *File) Resume(length int64, clean bool) (size int64, err error) {
	size, err = f.Size()
	switch {
	case err != nil, !f.regular:
		return 0, err
	case size == 0 && clean:
		return 0, nil
	case size < length:
		return 0, fmt.Errorf("%s: has %d bytes, but %d were committed to it: restore it or name another file", f.path, size, length)
	}
	if err := f.file.Truncate(length); err != nil {
		return 0, problem.Cause(f.path, err)
	}
	if length == 0 {
		syncFolder(filepath.Dir(f.path))
	}
	return length, nil
}

// syncFolder makes the names of new files in a folder durable, if the system supports it.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync() // fails on Windows and some file systems
		dir.Close()
	}
}

// Reopen closes a regular file and opens the file that is at its path now, or creates it. It
// does nothing for other files. If the file cannot be opened, the old one stays open.
func (f *File) Reopen() error {
	if !f.regular {
		return nil
	}
	next, err := Append(f.path)
	if err != nil {
		return err
	}
	if err := f.file.Close(); err != nil {
		return problem.Cause(f.path, errors.Join(err, next.Close()))
	}
	syncFolder(filepath.Dir(f.path))
	*f = *next
	return nil
}

// Close closes the file.
func (f *File) Close() error {
	if err := f.file.Close(); err != nil {
		return problem.Cause(f.path, err)
	}
	return nil
}
