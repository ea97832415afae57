package main

import (
	"context"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/internal/problem"
)

// settle is how long files must stay as they are before they are read: what
// writes them may not be done.
const settle = 200 * time.Millisecond

// reloader keeps an Enricher up to date with its lists. What has changed is
// loaded beside what is in use and swapped in one step; what cannot be used is
// told, and the version in use stays.
type reloader struct {
	flags *readFlags
	swap  func(*enrich.Snapshot) error
	told  *term.Messages
	asked <-chan os.Signal // to reload now
	hints chan struct{}    // that something may have changed
	watch func([]string)   // watches the folders of files from now on
	after func(time.Duration) <-chan time.Time
	tried func() // called after every look at the files

	written writtenBlocks
	reloads atomic.Int64
	mu      sync.Mutex
	inUse   *listVersion
	last    *listVersion // that was tried
	failed  bool         // whether it was refused
}

// newReloader returns the reloader of lists that are in use.
func newReloader(f *readFlags, inUse *listVersion, swap func(*enrich.Snapshot) error, told *term.Messages) *reloader {
	return &reloader{
		flags: f, swap: swap, told: told, inUse: inUse, last: inUse,
		hints: make(chan struct{}, 1), after: time.After,
		watch: func([]string) {}, tried: func() {},
	}
}

// hint says that something may have changed. It never waits.
func (r *reloader) hint() {
	select {
	case r.hints <- struct{}{}:
	default:
	}
}

// run reloads when it is asked to, and when files that were hinted at have
// settled, until ctx is done.
func (r *reloader) run(ctx context.Context) {
	var timer <-chan time.Time
	var seen filestate.States
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.asked:
			r.reloadNow(ctx)
		case <-r.hints:
			if timer == nil {
				timer, seen = r.after(settle), nil
			}
			continue
		case <-timer:
			timer = nil
			switch now := r.flags.states(r.last.config); {
			case now.Same(r.last.files):
			case !now.Same(seen):
				timer, seen = r.after(settle), now
				continue
			default:
				r.reload(ctx)
			}
		}
		r.tried()
	}
}

// reloadNow reloads if anything has changed since the last version was read, or
// that was refused.
func (r *reloader) reloadNow(ctx context.Context) {
	if !r.failed && r.flags.states(r.last.config).Same(r.last.files) {
		r.tell("nothing has changed in the lists")
		return
	}
	r.reload(ctx)
}

// reload tries a new version.
func (r *reloader) reload(ctx context.Context) {
	began := time.Now()
	v, err := r.load(ctx)
	if ctx.Err() != nil {
		return
	}
	r.last = v
	r.watch(r.flags.files(v.config))
	defer func() {
		if !v.files.Same(r.flags.states(v.config)) {
			r.hint() // changed again while it was read
		}
	}()
	if err == nil {
		err = v.lostTooMany(r.inUse)
	}
	if err == nil {
		err = r.swap(v.snapshot)
	}
	if r.failed = err != nil; r.failed {
		report(r.told, err)
		r.told.Printf("the new lists are not used: those of before stay")
		return
	}
	if !r.flags.quiet {
		tellLosses(r.told, v.losses)
	}
	r.use(v)
	r.reloads.Add(1)
	assets, identities := v.entities()
	r.tell("reloaded %s and %s in %s", problem.Plural(assets, "asset"), problem.Plural(identities, "identity"), rounded(time.Since(began)))
}

// load reads configuration and lists anew. Of a configuration that cannot be
// used, the files of the last one are looked at further.
func (r *reloader) load(ctx context.Context) (*listVersion, error) {
	before := r.last.config
	files := r.flags.states(before)
	config, err := r.reopen(before)
	if err != nil {
		return &listVersion{config: before, files: files}, err
	}
	return r.flags.version(ctx, config, nil)
}

// reopen reads the configuration anew, if there is one. How events are enriched
// stays as it was when the run began.
func (r *reloader) reopen(before *config.Config) (*config.Config, error) {
	if before.File == nil {
		return before, nil
	}
	config, err := r.flags.open()
	if err != nil {
		return nil, err
	}
	if now := writtenBlocksOf(config); !reflect.DeepEqual(now, r.written) {
		r.tell("%s: the blocks enrich and zones have changed: that counts from the next start on", config.File.Path())
		r.written = now
	}
	config.KeepEventBlocks(before)
	return config, nil
}

// writtenBlocks are the blocks of the configuration that a reload leaves alone,
// as they are written.
type writtenBlocks struct {
	enrich config.Enrich
	zones  config.Zones
}

func writtenBlocksOf(c *config.Config) writtenBlocks { return writtenBlocks{c.Enrich, c.Zones} }

func (r *reloader) tell(format string, args ...any) {
	if !r.flags.quiet {
		r.told.Printf(format, args...)
	}
}

func (r *reloader) use(v *listVersion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(v.losses) == 0 {
		v.losses = r.inUse.losses
	}
	r.inUse = v
}

// losses returns what was lost of the lists in use, or if they lost nothing of
// earlier ones.
func (r *reloader) losses() []*entity.RowError {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inUse.losses
}
