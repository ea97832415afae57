package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/filestate"
)

// listVersion is the lists as they once were, ready to enrich from.
type listVersion struct {
	config   *config.Config
	files    filestate.States // before they were read
	snapshot *enrich.Snapshot
	losses   []*entity.RowError
}

// version loads the lists of the configuration, or the snapshot.
func (f *readFlags) version(ctx context.Context, c *config.Config, p *term.Progress) (*listVersion, error) {
	v := &listVersion{config: c, files: filestate.BeforeRead(f.files(c))}
	if c.File != nil {
		v.files[c.File.Path()] = c.File.State()
	}
	if f.snapshot != "" {
		s, _, err := openSnapshot(c, f.snapshot)
		v.snapshot = withoutEmpty(s)
		return v, err
	}
	l, err := load(ctx, c, p, unhashed)
	if err != nil {
		return v, err
	}
	v.losses = l.losses()
	v.snapshot, err = l.enrichSnapshot()
	return v, err
}

// withoutEmpty drops the tables of kinds of which there was no list: nothing is
// to be written for their roles.
func withoutEmpty(s *enrich.Snapshot) *enrich.Snapshot {
	if s == nil {
		return nil
	}
	if s.Assets.Len() == 0 {
		s.Assets = nil
	}
	if s.Identities.Len() == 0 {
		s.Identities = nil
	}
	return s
}

// firstLists loads the lists that a run begins with.
func (f *enrichFlags) firstLists(c *cobra.Command, config *config.Config, r *enrichRun) (*listVersion, error) {
	v, err := f.version(c.Context(), config, r.progress)
	r.progress.End()
	if err == nil && !f.quiet {
		tellLosses(r.told, v.losses)
	}
	return v, err
}

// entities counts what a version knows.
func (v *listVersion) entities() (assets, identities int) {
	if t := v.snapshot.Assets; t != nil {
		assets = t.Len()
	}
	if t := v.snapshot.Identities; t != nil {
		identities = t.Len()
	}
	return assets, identities
}

// states returns the states of the files that a version is made of.
func (f *readFlags) states(c *config.Config) filestate.States { return filestate.Of(f.files(c)) }

// files returns the configuration, and the lists or the snapshot. A list that
// is absent is among them.
func (f *readFlags) files(c *config.Config) []string {
	var paths []string
	if c.File != nil {
		paths = append(paths, c.File.Path())
	}
	if f.snapshot != "" {
		return append(paths, f.snapshot)
	}
	return append(paths, c.ListFiles()...)
}
