package lists

import (
	"context"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/snapshot"
)

// Version holds the lists as they were at one time, ready to enrich events from.
type Version struct {
	Config   *config.Config
	Snapshot *snapshot.Snapshot
	Losses   []*entity.RowError // without notes
	Empty    []*entity.RowError // the notes on lists without rows

	snapshotPath string           // path of the snapshot file used instead of lists, or ""
	filesBefore  filestate.States // states of the files before they were read
}

// LoadVersion loads the lists of a configuration, or the snapshot file at path if path is
// not empty. If loading fails, it returns the error together with a Version that has no
// snapshot but from which a [Reloader] can detect that the files have changed.
func LoadVersion(ctx context.Context, c *config.Config, path string, o Options) (*Version, error) {
	if c == nil {
		return nil, errNoConfig
	}
	v := &Version{Config: c, snapshotPath: path}
	v.filesBefore = filestate.BeforeRead(v.paths())
	if c.File != nil {
		v.filesBefore[c.File.Path()] = c.File.State()
	}
	if path != "" {
		s, err := OpenSnapshot(c, path)
		if err == nil {
			v.Snapshot = withoutEmpty(s)
		}
		return v, err
	}
	l, err := Load(ctx, c, o)
	if err != nil {
		return v, err
	}
	v.Losses, v.Empty = l.Losses(), l.Empty()
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
	if v.snapshotPath != "" {
		return append(paths, v.snapshotPath)
	}
	return append(paths, v.Config.ListFiles()...)
}

// currentStates returns the current states of the files of a version.
func (v *Version) currentStates() filestate.States { return filestate.Of(v.paths()) }
