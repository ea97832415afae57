package enrich

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/atomicfile"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
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
	for i, t := range s.tables() {
		if t == nil {
			continue
		}
		if err := t.Put(w, sectionsOf[i]); err != nil {
			return err
		}
	}
	return nil
}

// sectionsOf is what the names of the sections of the tables begin with.
var sectionsOf = [tables]string{assetTable: "assets", identityTable: "identities"}

// NewSnapshot returns the snapshot whose sections Put wrote. It shares the
// memory of r.
func NewSnapshot(r *sections.Reader, o SnapshotOptions) (*Snapshot, error) {
	s := &Snapshot{Fill: o.Fill}
	if name := sectionsOf[assetTable]; table.Has(r, name) {
		t, err := table.Open(entity.Asset, r, name, table.Options{DefaultZone: o.Assets.DefaultZone, Fallback: o.Assets.Fallback})
		if err != nil {
			return nil, err
		}
		s.Assets = new(assets.Table)
		t.Set(s.Assets)
	}
	if name := sectionsOf[identityTable]; table.Has(r, name) {
		t, err := table.Open(entity.Identity, r, name, table.Options{
			DefaultZone: o.Identities.DefaultZone, Fallback: o.Identities.Fallback, Forms: table.Forms(o.Identities.Forms),
		})
		if err != nil {
			return nil, err
		}
		s.Identities = new(identities.Table)
		t.Set(s.Identities)
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
