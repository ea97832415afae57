package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/merge"
)

// readFlags are the flags of commands that a snapshot may serve instead of
// lists.
type readFlags struct {
	loadFlags
	snapshot string
}

func (f *readFlags) register(c *cobra.Command) {
	f.loadFlags.register(c)
	c.Flags().StringVar(&f.snapshot, "snapshot", "", "read this `FILE` of kith merge --snapshot instead of lists")
}

// load is loadFlags.load, unless a snapshot is named.
func (f *readFlags) load(c *cobra.Command) (*loaded, error) {
	if err := f.checkSnapshot(c); err != nil {
		return nil, err
	}
	if f.snapshot == "" {
		return f.loadFlags.load(c)
	}
	config, err := f.open()
	if err != nil {
		return nil, err
	}
	return loadSnapshot(config, f.snapshot)
}

// checkSnapshot reports a snapshot that is named and not meant.
func (f *readFlags) checkSnapshot(c *cobra.Command) error {
	switch {
	case !c.Flags().Changed("snapshot"):
	case f.snapshot == "":
		return problem.Usagef("flag --snapshot needs a file, not an empty text")
	case len(f.assets)+len(f.identities) > 0:
		return problem.Usagef("--snapshot stands in for lists: leave out --assets and --identities")
	}
	return nil
}

// What of a snapshot file holds the entities and the rows they were made of,
// beside the tables that enrich puts there.
const (
	savedAssets     = "entities/asset"
	savedIdentities = "entities/identity"
)

// openSnapshot returns the tables of a snapshot. What else the file holds stays
// unread.
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

// loadSnapshot returns what a snapshot holds, as if its lists had been read.
func loadSnapshot(c *config.Config, path string) (*loaded, error) {
	s, r, err := openSnapshot(c, path)
	if err != nil {
		return nil, err
	}
	l := &loaded{config: c, snapshot: s}
	for name, result := range map[string]**merge.Result{savedAssets: &l.assets, savedIdentities: &l.identities} {
		merged := new(entity.Entities)
		if err := entities.Of(merged).Open(r, name); err != nil {
			return nil, badSnapshot(path, fmt.Errorf("%s: %w", path, err))
		}
		*result = &merge.Result{Entities: merged}
	}
	return l, nil
}

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

// writeSnapshot writes the tables, and the entities with their provenance.
func (l *loaded) writeSnapshot(path string) error {
	at, it, err := l.tables()
	if err != nil {
		return err
	}
	err = enrich.WriteSnapshot(path, &enrich.Snapshot{Assets: at, Identities: it},
		func(w *sections.Writer) error { return entities.Of(l.assets.Entities).Put(w, savedAssets) },
		func(w *sections.Writer) error { return entities.Of(l.identities.Entities).Put(w, savedIdentities) },
	)
	if err != nil {
		return problem.Cause(path, err)
	}
	return nil
}
