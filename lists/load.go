// Package lists loads the lists that a configuration names, checks them, and keeps
// them up to date while they are in use.
//
// A list is a delimited text, JSON, or a sheet of an Excel workbook, plain or compressed. It
// is inspected before it is read: its form, its encoding, its delimiter and the line of its
// header need not be configured. The lists of a kind are merged in rank order into one set
// of entities, and the entities of both kinds make up the snapshot that events are enriched
// from. A snapshot file can be used instead of lists.
//
// A list that is not a file, such as that of a server, is fetched into a file first. That
// needs a [Fetcher], which package lists/remote has.
//
// While a snapshot is in use, a [Reloader] loads lists that have changed and then
// replaces the snapshot with the new version. It refuses a version that cannot be
// loaded, that lacks more entities than the configuration allows, over all lists or of one
// list, or in which a list has lost a column that matters, because a truncated or wrong list
// is more often a mistake than intended. The version in use is then kept.
//
// Errors name the place in the configuration or the list where they can be corrected.
package lists

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// Options control how lists are loaded. The zero Options are the defaults.
type Options struct {
	// Start, if not nil, is called before lists are read, with their total size in
	// bytes, or 0 if the size is unknown because some lists are compressed.
	Start func(bytes int64)
	// Progress, if not nil, is called with the number of rows and bytes read since the
	// last call. It is called from several goroutines.
	Progress func(rows, bytes int)
	// NoGuess rejects a list whose key columns can only be guessed, as guess: never does.
	NoGuess bool
	// Hash adds the SHA-256 of each list to the reports of the merges.
	Hash bool
	// Fetcher fetches the lists that are not files. If it is nil, such a list is an error.
	Fetcher Fetcher

	// RuleFiles makes the rule files that the configuration names, and its block risk, parts
	// of the version that LoadVersion loads, so that a Reloader notices their changes.
	RuleFiles bool
	// Optional lets LoadVersion return a version without a snapshot if the configuration
	// names no lists. Otherwise that is an error.
	Optional bool

	reuse bool // use the last good copies of lists that are not files, if there are any
}

func (o *Options) reportStart(bytes int64) {
	if o.Start != nil {
		o.Start(bytes)
	}
}

func (o *Options) reportProgress(rows, bytes int) {
	if o.Progress != nil {
		o.Progress(rows, bytes)
	}
}

// Loaded holds the merged lists of both kinds. A kind without lists has no entities.
type Loaded struct {
	Config     *config.Config
	Assets     *merge.Result
	Identities *merge.Result
	Read       []Read // how each list was read: those of assets first, in rank order
	// Stale has an error for each list that could not be fetched, of which an earlier copy is
	// in use, assets first, in rank order. They are also notes in the losses of the merges.
	Stale []*StaleError

	snapshot *snapshot.Snapshot // of a snapshot file; nil if lists were read
}

// Load fetches the lists of a configuration that are not files, and reads and merges all
// lists, both kinds concurrently. If ctx is done before the end, it returns the error of ctx.
func Load(ctx context.Context, c *config.Config, o Options) (*Loaded, error) {
	if c == nil {
		return nil, errNoConfig
	}
	return loadLists(ctx, c, o, new(copies))
}

// loadLists is Load. It puts the copies of the lists that are not files into fetched.
func loadLists(ctx context.Context, c *config.Config, o Options, fetched *copies) (*Loaded, error) {
	assetLists, err := c.Expand(entity.Asset)
	identityLists, err2 := c.Expand(entity.Identity)
	if err := errors.Join(err, err2); err != nil {
		return nil, c.HintAbsent(err)
	}
	if !c.NamesLists() {
		return nil, noLists(c)
	}
	if _, err := c.ReadsStandardInput(); err != nil {
		return nil, err
	}
	if err := fetched.fetchAll(ctx, c, o, assetLists, identityLists); err != nil {
		return nil, err
	}
	assets, identities := fetched.formsOf(entity.Asset, assetLists), fetched.formsOf(entity.Identity, identityLists)
	o.reportStart(sizeOf(assets, identities))
	l := &Loaded{Config: c, Stale: fetched.stale(c)}
	var failed [2]error
	var read [2][]Read
	var both sync.WaitGroup
	both.Go(func() { l.Assets, read[0], failed[0] = mergeKind(ctx, c, entity.Asset, assets, o) })
	both.Go(func() { l.Identities, read[1], failed[1] = mergeKind(ctx, c, entity.Identity, identities, o) })
	both.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	l.Read = slices.Concat(read[0], read[1])
	return l, errors.Join(failed[0], failed[1])
}

var errNoConfig = errors.New("no configuration given")

func noLists(c *config.Config) error {
	return problem.WithHint(c.File.Errorf("", "no lists given"), "name one with --assets FILE or --identities FILE, or in kith.yaml")
}

// mergeKind merges the lists of one kind, and returns how each was read.
func mergeKind(ctx context.Context, c *config.Config, kind entity.Kind, forms []*form, o Options) (*merge.Result, []Read, error) {
	mo, err := c.MergeOptions(kind)
	if err != nil {
		return nil, nil, err
	}
	mo.SkipHash = !o.Hash
	read := map[string]int{}
	mo.Progress = func(source string, rows int) {
		o.reportProgress(rows-read[source], 0)
		read[source] = rows
	}
	ko, err := kindOptionsOf(c, kind, mo, o.NoGuess)
	if err != nil {
		return nil, nil, c.Place(kind, err)
	}
	sources := make([]merge.Source, len(forms))
	for i, f := range forms {
		sources[i] = f.mergeSource(ctx, ko, o)
	}
	r, err := merge.Merge(kind, sources, mo)
	if err != nil {
		return nil, nil, c.Place(kind, err)
	}
	return r, readOf(kind, forms, r), nil
}

// progressReader reports the number of bytes read through it, and fails when its context
// is done.
type progressReader struct {
	io.ReadCloser
	form     *form
	ctx      context.Context
	progress func(rows, bytes int)
}

func (r *progressReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(b)
	r.progress(0, n)
	if err != nil && err != io.EOF {
		err = r.form.withoutPath(err)
	}
	return n, err
}

// sizeOf returns the total size of the lists in bytes, or 0 if it is unknown because some
// lists are compressed or absent.
func sizeOf(lists ...[]*form) int64 {
	var size int64
	for _, list := range lists {
		for _, f := range list {
			info, err := os.Stat(f.path)
			ext := strings.ToLower(filepath.Ext(f.path))
			if err != nil || ext == ".gz" || ext == ".zst" || ext == ".zip" {
				return 0
			}
			size += info.Size()
		}
	}
	return size
}

// Results returns the results of the kinds that have lists, assets first. A kind that
// could not be merged (see [Check]) is left out.
func (l *Loaded) Results() []*merge.Result {
	var all []*merge.Result
	for _, r := range []*merge.Result{l.Assets, l.Identities} {
		if r != nil && hasLists(r) {
			all = append(all, r)
		}
	}
	return all
}

// Losses returns the lost values, cells and rows of both kinds. Notes are left out.
func (l *Loaded) Losses() []*entity.RowError {
	return l.findings(func(e *entity.RowError) bool { return e.Loss != entity.Note })
}

// Notices returns the notes of both kinds that say how a whole list was read: that it has no
// rows, or that its columns were guessed.
func (l *Loaded) Notices() []*entity.RowError {
	return l.findings(func(e *entity.RowError) bool {
		return e.Loss == entity.Note && (e.Reason == merge.NoRows || e.Reason == listform.GuessReason)
	})
}

// findings returns the losses and notes of both kinds that are wanted.
func (l *Loaded) findings(isWanted func(*entity.RowError) bool) []*entity.RowError {
	var all []*entity.RowError
	for _, r := range l.Results() {
		for _, e := range r.Losses {
			if isWanted(e) {
				all = append(all, e)
			}
		}
	}
	return all
}

// Tables returns the tables of both kinds; that of a kind without lists is empty. It
// builds them on each call, unless they come from a snapshot file.
func (l *Loaded) Tables() (*snapshot.Snapshot, error) {
	if l.snapshot != nil {
		return l.snapshot, nil
	}
	o, err := l.Config.SnapshotOptions()
	if err != nil {
		return nil, err
	}
	// Most of the memory in use is garbage from merging. Collecting it now lets the
	// tables reuse it, which takes a third less memory and time.
	runtime.GC()
	return snapshot.Build(l.Assets.Entities, l.Identities.Entities, o)
}

// Snapshot returns the snapshot that events are enriched from. A kind without lists has
// no table in it, so that no fields are written for its roles.
func (l *Loaded) Snapshot() (*snapshot.Snapshot, error) {
	s, err := l.Tables()
	if err != nil {
		return nil, err
	}
	some := &snapshot.Snapshot{Fill: s.Fill}
	if hasLists(l.Assets) {
		some.Assets = s.Assets
	}
	if hasLists(l.Identities) {
		some.Identities = s.Identities
	}
	return some, nil
}

// hasLists reports whether r was merged from at least one list.
func hasLists(r *merge.Result) bool { return len(entities.Of(r.Entities).List.Sources) > 0 }
