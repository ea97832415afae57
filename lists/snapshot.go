package lists

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// WriteSnapshot writes a snapshot file, which can be loaded instead of the lists. It
// contains the tables, and the entities with their provenance.
func (l *Loaded) WriteSnapshot(path string) error {
	s, err := l.Tables()
	if err != nil {
		return err
	}
	if err := s.WriteFile(path, l.Assets.Entities, l.Identities.Entities); err != nil {
		return problem.Cause(path, err)
	}
	return nil
}

// OpenSnapshot opens a snapshot file. The configuration controls how keys are looked up
// in its tables.
func OpenSnapshot(c *config.Config, path string) (*snapshot.Snapshot, error) {
	if c == nil {
		return nil, errNoConfig
	}
	o, err := c.SnapshotOptions()
	if err != nil {
		return nil, err
	}
	s, err := snapshot.Open(path, o)
	if err == nil && (s.Assets == nil || s.Identities == nil) {
		err = errors.Join(fmt.Errorf("%s: %w", path, sections.ErrFormat), s.Close())
	}
	if err != nil {
		return nil, badSnapshot(path, err)
	}
	return s, nil
}

// LoadSnapshot returns the contents of a snapshot file as if its lists had been read, but
// without losses and reports.
func LoadSnapshot(c *config.Config, path string) (*Loaded, error) {
	s, err := OpenSnapshot(c, path)
	if err != nil {
		return nil, err
	}
	l := &Loaded{Config: c, snapshot: s}
	for kind, result := range map[entity.Kind]**merge.Result{entity.Asset: &l.Assets, entity.Identity: &l.Identities} {
		merged, err := s.Entities(kind)
		if err != nil {
			return nil, badSnapshot(path, fmt.Errorf("%s: %w", path, err))
		}
		*result = &merge.Result{Entities: merged}
	}
	return l, nil
}

// badSnapshot adds a hint to an error of a snapshot file.
func badSnapshot(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return problem.Cause(path, err)
	}
	if errors.Is(err, sections.ErrFormat) {
		return problem.WithHint(err, "pass a list with --assets or --identities; a snapshot is a file written by kith merge --snapshot")
	}
	return problem.WithHint(err, "write it again with kith merge --snapshot %s", path)
}
