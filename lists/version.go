package lists

import (
	"context"
	"maps"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/snapshot"
)

// Version holds the lists as they were at one time, ready to enrich events from.
type Version struct {
	Config   *config.Config
	Snapshot *snapshot.Snapshot // nil without lists, which Options.Optional allows
	Losses   []*entity.RowError // without notes
	Notices  []*entity.RowError // see [Loaded.Notices]
	Stale    []*StaleError      // the lists of which an earlier copy is used, because they could not be fetched
	// Changes states what a [Reloader] changed by putting the version into use, for each list
	// of which the number of rows or entities changed.
	Changes []SourceChange

	sources      []sourceState
	noGuess      bool    // lists with guessed columns are rejected
	ruleFiles    bool    // see Options.RuleFiles
	optional     bool    // see Options.Optional
	snapshotPath string  // path of the snapshot file used instead of lists, or ""
	fetcher      Fetcher // of the lists that are not files; may be nil
	before       states  // states of the files before they were read, and of the copies that were read
}

// states are the states of what a version is read from.
type states struct {
	files  filestate.States
	copies map[copyKey]string // the versions of the copies of lists that are not files
}

// same reports whether a and b have the same files and copies in the same states.
func (a *states) same(b *states) bool {
	return a.files.Same(b.files) && maps.Equal(a.copies, b.copies)
}

// LoadVersion loads the lists of a configuration, or the snapshot file at path if path is
// not empty. If loading fails, it returns the error together with a Version that has no
// snapshot but from which a [Reloader] can detect that the files have changed.
func LoadVersion(ctx context.Context, c *config.Config, path string, o Options) (*Version, error) {
	if c == nil {
		return nil, errNoConfig
	}
	v := &Version{Config: c, noGuess: o.NoGuess, ruleFiles: o.RuleFiles, optional: o.Optional, snapshotPath: path, fetcher: o.Fetcher}
	v.before.files = filestate.BeforeRead(v.paths())
	if c.File != nil {
		v.before.files[c.File.Path()] = c.File.State()
	}
	if path != "" {
		s, err := OpenSnapshot(c, path)
		if err == nil {
			v.Snapshot = withoutEmpty(s)
		}
		return v, err
	}
	if o.Optional && !c.NamesLists() {
		return v, nil
	}
	fetched := new(copies)
	l, err := loadLists(ctx, c, o, fetched)
	v.before.copies = fetched.versions()
	if err != nil {
		return v, err
	}
	v.Losses, v.Notices, v.Stale, v.sources = l.Losses(), l.Notices(), l.Stale, sourcesOf(l)
	v.Snapshot, err = l.Snapshot()
	return v, err
}

// withoutEmpty removes the tables that contain no entities.
func withoutEmpty(s *snapshot.Snapshot) *snapshot.Snapshot {
	if s.Assets.Len() == 0 {
		s.Assets = nil
	}
	if s.Identities.Len() == 0 {
		s.Identities = nil
	}
	return s
}

// Count returns the number of assets and identities of a version.
func (v *Version) Count() (assets, identities int) {
	if v.Snapshot == nil {
		return 0, 0
	}
	if t := v.Snapshot.Assets; t != nil {
		assets = t.Len()
	}
	if t := v.Snapshot.Identities; t != nil {
		identities = t.Len()
	}
	return assets, identities
}

// paths returns the files of a version: the configuration, and the lists or the snapshot
// file. It includes absent files.
func (v *Version) paths() []string {
	var paths []string
	if v.Config.File != nil {
		paths = append(paths, v.Config.File.Path())
	}
	if v.ruleFiles {
		paths = append(paths, v.Config.File.RuleFiles(&v.Config.Risk)...)
	}
	if v.snapshotPath != "" {
		return append(paths, v.snapshotPath)
	}
	return append(paths, v.Config.ListFiles()...)
}

// currentStates returns the current states of the files of a version, and of the copies of
// its lists that are not files.
func (v *Version) currentStates() *states {
	now := &states{files: filestate.Of(v.paths()), copies: map[copyKey]string{}}
	for key, s := range v.remoteSources() {
		if last, found := v.fetcher.Last(key.kind, s); found {
			now.copies[key] = last.Version
		}
	}
	return now
}

// remoteSources returns the lists of a version that are not files and that can be fetched.
func (v *Version) remoteSources() map[copyKey]config.Source {
	all := map[copyKey]config.Source{}
	if v.fetcher == nil || v.snapshotPath != "" {
		return all
	}
	for _, kind := range []entity.Kind{entity.Asset, entity.Identity} {
		_, list := v.Config.Lists(kind)
		for _, s := range list.Sources {
			if !s.IsRemote() {
				continue
			}
			if found, err := v.Config.Files(s); err == nil {
				all[copyKey{kind, s.Name}] = found[0]
			}
		}
	}
	return all
}
