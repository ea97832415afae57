package enrich

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/atomicfile"
	"github.com/kithsec/kith/internal/sections"
)

// SnapshotOptions says how the tables of an opened snapshot are asked; what
// their hashes need is stored with them.
type SnapshotOptions struct {
	Assets     assets.Options
	Identities identities.Options
	Fill       assets.Fill
}

// Put adds the snapshot's sections to w, "assets/…" and "identities/…".
func (s *Snapshot) Put(w *sections.Writer) error {
	if s.Assets != nil {
		if err := s.Assets.Put(w, "assets"); err != nil {
			return err
		}
	}
	if s.Identities != nil {
		return s.Identities.Put(w, "identities")
	}
	return nil
}

// NewSnapshot returns the snapshot whose sections Put wrote. It shares the
// memory of r.
func NewSnapshot(r *sections.Reader, o SnapshotOptions) (*Snapshot, error) {
	s := &Snapshot{Fill: o.Fill}
	var err error
	if r.Has("assets/head") {
		if s.Assets, err = assets.Open(r, "assets", o.Assets); err != nil {
			return nil, err
		}
	}
	if r.Has("identities/head") {
		if s.Identities, err = identities.Open(r, "identities", o.Identities); err != nil {
			return nil, err
		}
	}
	if s.Assets == nil && s.Identities == nil {
		return nil, fmt.Errorf("%w: it holds no table", sections.ErrFormat)
	}
	return s, nil
}

// WriteSnapshot writes the snapshot, and what more adds, to a file, which is replaced
// as a whole and keeps its mode. Such a file is read on any machine; OpenSnapshot is
// ready in a fraction of a second.
func WriteSnapshot(path string, s *Snapshot, more ...func(*sections.Writer) error) error {
	var w sections.Writer
	for _, put := range append([]func(*sections.Writer) error{s.Put}, more...) {
		if err := put(&w); err != nil {
			return err
		}
	}
	files := atomicfile.New(filepath.Dir(path), 0o644)
	defer files.Abort()
	f, err := files.Create(filepath.Base(path))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	if _, err := w.WriteTo(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return files.Commit()
}

// OpenSnapshot opens a file that WriteSnapshot wrote: it is mapped into memory
// where the system can do that, and checked as far as it is used. The mapping
// stays for the life of the process, because values that lookups returned may
// point into it; a file is replaced by renaming another over it, never written
// in place.
func OpenSnapshot(path string, o SnapshotOptions) (*Snapshot, error) {
	s, _, err := OpenSnapshotFile(path, o)
	return s, err
}

// OpenSnapshotFile is OpenSnapshot for those who look for what else the file
// holds.
func OpenSnapshotFile(path string, o SnapshotOptions) (*Snapshot, *sections.Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := mapFile(f)
	if err != nil {
		return nil, nil, err
	}
	r, err := sections.Open(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	s, err := NewSnapshot(r, o)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, r, nil
}

// readFile is mapFile where files cannot be mapped.
func readFile(f *os.File) ([]byte, error) { return io.ReadAll(f) }
