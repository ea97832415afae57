package lists

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/merge"
)

// The sections of a snapshot file that hold the entities and the rows they were made
// of, beside the tables.
const (
	savedAssets     = "entities/asset"
	savedIdentities = "entities/identity"
)

// WriteSnapshot writes a file with the tables and the entities with their provenance,
// which stands in for the lists.
func (l *Loaded) WriteSnapshot(path string) error {
	at, it, err := l.Tables()
	if err != nil {
		return err
	}
	err = enrich.WriteSnapshot(path, &enrich.Snapshot{Assets: at, Identities: it},
		func(w *sections.Writer) error { return entities.Of(l.Assets.Entities).Put(w, savedAssets) },
		func(w *sections.Writer) error { return entities.Of(l.Identities.Entities).Put(w, savedIdentities) },
	)
	if err != nil {
		return problem.Cause(path, err)
	}
	return nil
}

// OpenSnapshot returns the tables of a snapshot file. The configuration decides how
// they look up keys. Everything else in the file stays unread.
func OpenSnapshot(c *config.Config, path string) (*enrich.Snapshot, error) {
	s, _, err := openSnapshot(c, path)
	return s, err
}

func openSnapshot(c *config.Config, path string) (*enrich.Snapshot, *sections.Reader, error) {
	o, err := c.SnapshotOptions()
	if err != nil {
		return nil, nil, err
	}
	s, r, err := enrich.OpenSnapshotFile(path, o)
	if err != nil {
		return nil, nil, badSnapshot(path, err)
	}
	if s.Assets == nil || s.Identities == nil {
		return nil, nil, badSnapshot(path, fmt.Errorf("%s: %w", path, sections.ErrFormat))
	}
	return s, r, nil
}

// LoadSnapshot returns what a snapshot file holds, as if its lists had been read.
func LoadSnapshot(c *config.Config, path string) (*Loaded, error) {
	s, r, err := openSnapshot(c, path)
	if err != nil {
		return nil, err
	}
	l := &Loaded{Config: c, snapshot: s}
	for name, result := range map[string]**merge.Result{savedAssets: &l.Assets, savedIdentities: &l.Identities} {
		merged := new(entity.Entities)
		if err := entities.Of(merged).Open(r, name); err != nil {
			return nil, badSnapshot(path, fmt.Errorf("%s: %w", path, err))
		}
		*result = &merge.Result{Entities: merged}
	}
	return l, nil
}

// badSnapshot adds to an error of a snapshot file what to do about it.
func badSnapshot(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return problem.Cause(path, err)
	}
	if errors.Is(err, sections.ErrFormat) {
		return problem.WithHint(err, "a list goes to --assets or --identities; a snapshot is what kith merge --snapshot wrote")
	}
	return problem.WithHint(err, "write it again with kith merge --snapshot %s", path)
}
