package snapshot

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/atomicfile"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/internal/table"
)

// sectionsOf are the prefixes of the names of the tables' sections.
var sectionsOf = [numTables]string{assetTable: "assets", identityTable: "identities"}

// entitySections returns what the names of the sections of the entities of a kind begin
// with.
func entitySections(kind entity.Kind) string { return "entities/" + kind.String() }

// WriteFile writes the tables to a file, and the merged entities, if there are any, with
// the rows that they were made of. The file is replaced as a whole and keeps its mode.
func (s *Snapshot) WriteFile(path string, merged ...*entity.Entities) error {
	var w sections.Writer
	if err := s.putTables(&w); err != nil {
		return err
	}
	for _, e := range merged {
		if e == nil || e.Kind() == 0 {
			return errors.New("entities that were not merged cannot be written")
		}
		if err := entities.Of(e).Put(&w, entitySections(e.Kind())); err != nil {
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

// putTables adds the sections of the tables to w.
func (s *Snapshot) putTables(w *sections.Writer) error {
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

// Open opens a file that WriteFile wrote. It is mapped into memory where the system can
// do that, and checked as far as it is used. Whoever needs the memory back calls
// [Snapshot.Close]; otherwise the mapping stays for the life of the process.
func Open(path string, o Options) (*Snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, mapped, err := mapFile(f)
	if err != nil {
		return nil, err
	}
	s, err := openData(data, o)
	if err != nil {
		if mapped {
			_ = unmapFile(data) // the error that is returned matters more
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if mapped {
		s.mapped = data
	}
	return s, nil
}

func openData(data []byte, o Options) (*Snapshot, error) {
	r, err := sections.Open(data)
	if err != nil {
		return nil, err
	}
	return openSections(r, o)
}

// openSections returns the snapshot that put wrote to sections. It shares the memory of r.
func openSections(r *sections.Reader, o Options) (*Snapshot, error) {
	s := &Snapshot{Fill: o.Fill, file: r}
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

// Entities returns the merged entities of a kind that the file holds beside the tables.
// It reads and checks them each time. A snapshot that was not opened from a file, or
// from a file without them, has none, which is an error.
func (s *Snapshot) Entities(kind entity.Kind) (*entity.Entities, error) {
	if s.file == nil {
		return nil, fmt.Errorf("%w: it was not opened from a file", sections.ErrFormat)
	}
	merged := new(entity.Entities)
	if err := entities.Of(merged).Open(s.file, entitySections(kind)); err != nil {
		return nil, err
	}
	return merged, nil
}

// Close releases the memory of a snapshot that was opened. Nothing that its tables
// returned may be used after that, and no Enricher may use it any more. A snapshot that
// was built has nothing to release.
func (s *Snapshot) Close() error {
	data := s.mapped
	if data == nil {
		return nil
	}
	*s = Snapshot{}
	return unmapFile(data)
}

// readFile is mapFile for files that cannot be mapped.
func readFile(f *os.File) (data []byte, mapped bool, err error) {
	data, err = io.ReadAll(f)
	return data, false, err
}
