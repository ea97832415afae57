package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

// loadFlags are the flags of every command that loads lists.
type loadFlags struct {
	listFlags
	strict bool
	quiet  bool
}

func (f *loadFlags) register(c *cobra.Command) {
	f.listFlags.register(c)
	c.Flags().BoolVar(&f.strict, "strict", false, "exit 3 if anything was lost")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "tell no progress and no losses")
}

// loaded is what the lists became: the merged entities of each kind. A kind of
// which there is no list has no entities.
type loaded struct {
	config     *config.Config
	assets     *merge.Result
	identities *merge.Result
	snapshot   *enrich.Snapshot // nil if the lists were read
}

// load reads and merges the lists that flags and configuration name, both kinds
// at once, and tells of losses.
func (f *loadFlags) load(c *cobra.Command) (*loaded, error) {
	config, err := f.open()
	if err != nil {
		return nil, err
	}
	return f.loadFrom(c, config, unhashed)
}

// loadFrom is load for a configuration that was opened.
func (f *loadFlags) loadFrom(c *cobra.Command, config *config.Config, h hashing) (*loaded, error) {
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	l, err := load(c.Context(), config, p, h)
	p.End()
	if err != nil {
		return nil, err
	}
	if !f.quiet {
		tellLosses(c.ErrOrStderr(), l.losses())
	}
	return l, nil
}

// errInterrupted says that a signal came before there was anything to write.
var errInterrupted = errors.New("interrupted; nothing was written")

// hashing says whether the files of lists are hashed, which only reports tell.
type hashing bool

const (
	hashed   hashing = true
	unhashed hashing = false
)

// load reads and merges the lists of the configuration.
func load(ctx context.Context, c *config.Config, p *term.Progress, h hashing) (*loaded, error) {
	assetLists, err := c.Expand(entity.Asset)
	identityLists, err2 := c.Expand(entity.Identity)
	if err := errors.Join(err, err2); err != nil {
		return nil, c.HintAbsent(err)
	}
	if len(c.Assets.Sources)+len(c.Identities.Sources) == 0 {
		return nil, noLists(c)
	}
	p.Begin("reading and merging lists", "rows", sizeOf(assetLists, identityLists))
	l := &loaded{config: c}
	var failed [2]error
	var both sync.WaitGroup
	both.Go(func() { l.assets, failed[0] = mergeKind(ctx, c, p, h, entity.Asset, assetLists) })
	both.Go(func() { l.identities, failed[1] = mergeKind(ctx, c, p, h, entity.Identity, identityLists) })
	both.Wait()
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	return l, errors.Join(failed[0], failed[1])
}

func noLists(c *config.Config) error {
	return problem.WithHint(c.File.Errorf("", "there are no lists to look in"), "name one with --assets FILE or --identities FILE, or in kith.yaml")
}

// mergeKind merges the lists of one kind; its errors stand where the user can
// change something.
func mergeKind(ctx context.Context, c *config.Config, p *term.Progress, h hashing, kind entity.Kind, lists []config.Source) (*merge.Result, error) {
	o, err := c.MergeOptions(kind)
	if err != nil {
		return nil, err
	}
	o.SkipHash = h == unhashed
	read := map[string]int{}
	o.Progress = func(source string, rows int) {
		p.Add(rows-read[source], 0)
		read[source] = rows
	}
	sources := make([]merge.Source, len(lists))
	for i, s := range lists {
		sources[i] = sourceOf(ctx, s, p)
	}
	r, err := merge.Merge(kind, sources, o)
	return r, c.Place(kind, err)
}

// sourceOf is the list as merge reads it.
func sourceOf(ctx context.Context, s config.Source, p *term.Progress) merge.Source {
	src := merge.File(s.Name, s.Path)
	src.Zone, src.Columns, src.Map, src.Set, src.Only, src.Except = s.Zone, s.Columns, s.Map, s.Set, s.Only, s.Except
	open := src.Open
	src.Open = func() (io.ReadCloser, error) {
		f, err := open()
		if err != nil {
			return nil, err
		}
		return &toldReader{ReadCloser: f, ctx: ctx, progress: p}, nil
	}
	return src
}

// toldReader tells the progress what is read, and ends with the context.
type toldReader struct {
	io.ReadCloser
	ctx      context.Context
	progress *term.Progress
}

func (r *toldReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(b)
	r.progress.Add(0, n)
	return n, err
}

// sizeOf returns how many bytes will be read, or 0 if nobody knows because some
// are compressed.
func sizeOf(lists ...[]config.Source) int64 {
	var size int64
	for _, list := range lists {
		for _, s := range list {
			info, err := os.Stat(s.Path)
			if err != nil || isCompressed(s.Path) {
				return 0
			}
			size += info.Size()
		}
	}
	return size
}

func isCompressed(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".gz" || ext == ".zst"
}

// results returns the merged kinds of which there are lists. A kind that could
// not be merged is nil in the findings of kith check.
func (l *loaded) results() []*merge.Result {
	var all []*merge.Result
	for _, r := range []*merge.Result{l.assets, l.identities} {
		if r != nil && len(entities.Of(r.Entities).List.Sources) > 0 {
			all = append(all, r)
		}
	}
	return all
}

// losses returns what was lost of both kinds, notes not included.
func (l *loaded) losses() []*entity.RowError {
	var all []*entity.RowError
	for _, r := range l.results() {
		for _, e := range r.Losses {
			if e.Loss != entity.Note {
				all = append(all, e)
			}
		}
	}
	return all
}

// tables returns the tables that answer keys, building them if they are not
// those of a snapshot.
func (l *loaded) tables() (*assets.Table, *identities.Table, error) {
	if l.snapshot != nil {
		return l.snapshot.Assets, l.snapshot.Identities, nil
	}
	o, err := l.config.SnapshotOptions()
	if err != nil {
		return nil, nil, err
	}
	// Most of the memory is what merging needed. Collected now, the tables are built
	// in it and not beside it, which takes a third less memory and time.
	runtime.GC()
	var at *assets.Table
	var it *identities.Table
	var failed [2]error
	var both sync.WaitGroup
	both.Go(func() { at, failed[0] = assets.NewTable(l.assets.Entities, o.Assets) })
	both.Go(func() { it, failed[1] = identities.NewTable(l.identities.Entities, o.Identities) })
	both.Wait()
	return at, it, errors.Join(failed[0], failed[1])
}

// enrichSnapshot returns what events are enriched from. A kind of which there
// are no lists has no table: its roles add nothing.
func (l *loaded) enrichSnapshot() (*enrich.Snapshot, error) {
	o, err := l.config.SnapshotOptions()
	if err != nil {
		return nil, err
	}
	s := &enrich.Snapshot{Fill: o.Fill}
	if s.Assets, s.Identities, err = l.tables(); err != nil {
		return nil, err
	}
	if len(entities.Of(l.assets.Entities).List.Sources) == 0 {
		s.Assets = nil
	}
	if len(entities.Of(l.identities.Entities).List.Sources) == 0 {
		s.Identities = nil
	}
	return s, nil
}
