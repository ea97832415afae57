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

// sectionsOf has the prefixes of the names of the tables' sections.
var sectionsOf = [numTables]string{assetTable: "assets", identityTable: "identities"}

// entitySections returns the prefix of the names of the sections with the entities of a
// kind.
func entitySections(kind entity.Kind) string { return "entities/" + kind.String() }

// WriteFile writes the tables to a file, together with the merged entities, if any, and
// the rows from which they were merged. The file is replaced atomically and keeps its
// mode.
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

// putTables puts the sections of the tables into w.
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

// Open opens a file that WriteFile wrote. It maps the file into memory if the system can
// do that, and verifies those parts that it uses. The mapping stays for the life of the
// process unless [Snapshot.Close] is called.
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
			_ = unmapFile(data) // the first error is returned instead
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

// openSections returns the Snapshot whose sections putTables wrote. It shares the memory
// of r.
func openSections(r *sections.Reader, o Options) (*Snapshot, error) {
	s := &Snapshot{Fill: o.Fill, file: r}
	if name := sectionsOf[assetTable]; table.Has(r, name) {
		t, err := table.Open(entity.Asset, r, name, table.Options{
			DefaultZone: o.Assets.DefaultZone, Fallback: o.Assets.Fallback, MachineForms: table.MachineForms(o.Assets.Forms), Domains: o.Assets.Domains,
		})
		if err != nil {
			return nil, err
		}
		s.Assets = new(assets.Table)
		t.StoreIn(s.Assets)
	}
	if name := sectionsOf[identityTable]; table.Has(r, name) {
		t, err := table.Open(entity.Identity, r, name, table.Options{
			DefaultZone: o.Identities.DefaultZone, Fallback: o.Identities.Fallback, Forms: table.Forms(o.Identities.Forms),
		})
		if err != nil {
			return nil, err
		}
		s.Identities = new(identities.Table)
		t.StoreIn(s.Identities)
	}
	if s.Assets == nil && s.Identities == nil {
		return nil, fmt.Errorf("%w: it has no table", sections.ErrFormat)
	}
	s.linkTables()
	return s, nil
}

// Entities returns the merged entities of a kind that WriteFile stored with the tables.
// Each call reads and verifies them. It returns an error if s was not opened from a file,
// or if the file has no entities of that kind.
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

// Close releases the memory of a Snapshot that was opened, and leaves it empty.
// Afterwards, results of its tables must not be used, and no Enricher may use the
// Snapshot. For a Snapshot that was built, or whose file is not mapped, Close does
// nothing.
func (s *Snapshot) Close() error {
	data := s.mapped
	if data == nil {
		return nil
	}
	*s = Snapshot{}
	return unmapFile(data)
}

// readFile reads a file that cannot be mapped, so the result mapped is always false.
func readFile(f *os.File) (data []byte, mapped bool, err error) {
	data, err = io.ReadAll(f)
	return data, false, err
}
