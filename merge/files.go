package merge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// fileSet replaces files of one folder together. All are written beside the
// old ones and flushed to the disk before the first takes its name, so that
// whatever goes wrong leaves every file whole, old or new.
type fileSet struct {
	dir   string
	files []*os.File
	names []string
}

// create opens a new file that commit will call name. It has the mode of the
// file that it replaces.
func (s *fileSet) create(name string) (*os.File, error) {
	temp := filepath.Join(s.dir, fmt.Sprintf(".%s.%d.tmp", name, os.Getpid()))
	_ = os.Remove(temp) // of a process of that number that was killed
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	s.files, s.names = append(s.files, f), append(s.names, name)
	if info, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
		return f, f.Chmod(info.Mode().Perm())
	}
	return f, nil
}

// commit gives the files their names. After an error it leaves no temporary
// file behind.
func (s *fileSet) commit() error {
	defer s.abort()
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

// abort removes what was written and not committed.
func (s *fileSet) abort() {
	for _, f := range s.files {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	s.files = nil
}

// syncDir makes renames in a folder last. Windows has no such call.
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
