package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
)

// listVersion is the lists as they once were, ready to enrich from.
type listVersion struct {
	config   *Config
	files    fileStates // before they were read
	snapshot *enrich.Snapshot
	losses   []*entity.RowError
}

// version loads the lists of the configuration, or the snapshot.
func (f *readFlags) version(ctx context.Context, c *Config, p *term.Progress) (*listVersion, error) {
	v := &listVersion{config: c, files: f.statesBy(c, statBeforeRead)}
	if c.file != nil {
		v.files[c.path] = c.info
	}
	if f.snapshot != "" {
		s, _, err := c.openSnapshot(f.snapshot)
		v.snapshot = withoutEmpty(s)
		return v, err
	}
	l, err := c.load(ctx, p, unhashed)
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
func (f *enrichFlags) firstLists(c *cobra.Command, config *Config, r *enrichRun) (*listVersion, error) {
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

// fileStates says of each file what tells one version from another; nil is an
// absent file.
type fileStates map[string]os.FileInfo

// states looks at the files that a version is made of.
func (f *readFlags) states(c *Config) fileStates { return f.statesBy(c, stat) }

func (f *readFlags) statesBy(c *Config, stat func(path string) os.FileInfo) fileStates {
	all := fileStates{}
	for _, path := range f.files(c) {
		all[path] = stat(path)
	}
	return all
}

// stat returns nil for a file that is not there.
func stat(path string) os.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

// clockTick is more than the steps in which file systems tell time: two
// versions of a file that were written within one of them look alike.
const clockTick = 20 * time.Millisecond

// statBeforeRead is stat for a file that is to be read. It waits until whatever
// is written to the file from then on shows in what stat says, unless that is
// written to without end.
func statBeforeRead(path string) (info os.FileInfo) {
	for range 50 {
		if info = stat(path); info == nil {
			break
		}
		age := time.Since(info.ModTime())
		if age < 0 || age >= clockTick { // its clock may be ahead of ours
			break
		}
		time.Sleep(clockTick - age)
	}
	return info
}

// files returns the configuration, and the lists or the snapshot. A list that
// is absent is among them.
func (f *readFlags) files(c *Config) []string {
	var paths []string
	if c.file != nil {
		paths = append(paths, c.path)
	}
	if f.snapshot != "" {
		return append(paths, f.snapshot)
	}
	return append(paths, c.lists()...)
}

// same reports whether nothing has changed from a to b.
func (a fileStates) same(b fileStates) bool {
	if len(a) != len(b) {
		return false
	}
	for path, was := range a {
		is, known := b[path]
		switch {
		case !known || (is == nil) != (was == nil):
			return false
		case is != nil && !(os.SameFile(is, was) && is.Size() == was.Size() && is.ModTime().Equal(was.ModTime())):
			return false
		}
	}
	return true
}

// pathOf returns the path of a source, which may be a pattern, as seen from the
// working directory.
func (c *Config) pathOf(s sourceConfig) string {
	if s.typed {
		return s.Path
	}
	return c.Beside(s.Path)
}
