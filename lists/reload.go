package lists

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/snapshot"
)

// settleTime is how long files must stay unchanged before they are read, because their
// writer may not have finished.
const settleTime = 200 * time.Millisecond

// ReloadOptions control a Reloader. Only Swap or SwapVersion is required.
type ReloadOptions struct {
	// Swap puts the snapshot of a new version into use. If it fails, the version is
	// refused.
	Swap func(*snapshot.Snapshot) error
	// SwapVersion, if not nil, is called in place of Swap, for a program that also uses the
	// rules of the configuration.
	SwapVersion func(*Version) error
	// Open reads the configuration again. The default opens the configuration file of
	// the version in use. It is not called if that version has no configuration file.
	Open func() (*config.Config, error)
	// A value received from Requests makes [Reloader.Run] call [Reloader.Reload].
	Requests <-chan os.Signal

	// Reloaded is called when a new version is in use, with the time it took. Refused is
	// called when a new version is refused, with the reason. Unchanged is called when a
	// reload was requested and no file has changed.
	Reloaded  func(v *Version, took time.Duration)
	Refused   func(error)
	Unchanged func()
	// BlocksChanged is called with the path of the configuration file when its blocks
	// enrich or zones have changed. These changes have no effect until a restart.
	BlocksChanged func(path string)
	// RiskChanged is like BlocksChanged for the block risk, except for the rules and the rule
	// files. It is called only if the version in use was loaded with Options.RuleFiles.
	RiskChanged func(path string)
	// FetchFailed is called when a list that is not a file cannot be fetched. The error is a
	// *StaleError if an earlier copy of the list is in use.
	FetchFailed func(error)
	// Unwatched is called when a directory cannot be watched and is only polled every
	// interval.
	Unwatched func(err error, interval time.Duration)
}

// swap puts a new version into use.
func (o *ReloadOptions) swap(v *Version) error {
	if o.SwapVersion != nil {
		return o.SwapVersion(v)
	}
	return o.Swap(v.Snapshot)
}

// Reloader keeps the lists in use up to date. Its methods may be called concurrently.
type Reloader struct {
	o          ReloadOptions
	changes    chan struct{}  // receives a value when a file may have changed
	watch      func([]string) // starts watching the directories of files
	poll       func(*Version) // starts fetching lists that are not files regularly
	after      func(time.Duration) <-chan time.Time
	afterPoll  func(time.Duration) <-chan time.Time
	afterCheck func() // called after every check of the files; for tests
	reloads    atomic.Int64

	reloadMu    sync.Mutex // held while a version is tried; guards the three fields below
	inUse       *Version
	lastTried   *Version
	lastRefused bool // whether lastTried was refused

	lossesMu sync.Mutex
	losses   []*entity.RowError
}

// NewReloader returns a Reloader for the version in use. It returns an error if inUse, or both
// ReloadOptions.Swap and ReloadOptions.SwapVersion, are nil.
func NewReloader(inUse *Version, o ReloadOptions) (*Reloader, error) {
	if inUse == nil || o.Swap == nil && o.SwapVersion == nil {
		return nil, errors.New("a Reloader needs a version in use and a Swap function")
	}
	if o.Open == nil {
		o.Open = func() (*config.Config, error) { return config.Open(inUse.Config.File.Path()) }
	}
	return &Reloader{
		o: o, inUse: inUse, lastTried: inUse, losses: inUse.Losses,
		changes: make(chan struct{}, 1), after: time.After, afterPoll: time.After,
		watch: func([]string) {}, poll: func(*Version) {}, afterCheck: func() {},
	}, nil
}

// Run reloads the lists until ctx is done: on request, and, if [Reloader.Watch] was
// called, when changed files have settled.
func (r *Reloader) Run(ctx context.Context) {
	var timer <-chan time.Time
	var seen *states
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.o.Requests:
			_ = r.Reload(ctx) // the error was passed to Refused
		case <-r.changes:
			if timer == nil {
				timer, seen = r.after(settleTime), nil
			}
			continue
		case <-timer:
			timer = nil
			if seen = r.reloadSettled(ctx, seen); seen != nil {
				timer = r.after(settleTime)
				continue
			}
		}
		r.afterCheck()
	}
}

// notifyChange makes Run check the files. It never blocks.
func (r *Reloader) notifyChange() {
	select {
	case r.changes <- struct{}{}:
	default:
	}
}

// Reload fetches the lists that are not files. Then it tries a new version if a list or a
// file has changed since the last version was read, or if the last version was refused. It
// returns an error if the new version is refused.
func (r *Reloader) Reload(ctx context.Context) error {
	r.fetchAgain(ctx)
	r.reloadMu.Lock()
	defer r.reloadMu.Unlock()
	if !r.lastRefused && r.lastTried.currentStates().same(&r.lastTried.before) {
		if r.o.Unchanged != nil {
			r.o.Unchanged()
		}
		return nil
	}
	return r.tryVersion(ctx)
}

// reloadSettled tries a new version if files have changed since the last version and are
// in the states seen at the last check. If they have changed since that check, it returns
// their current states, for the next check; otherwise it returns nil.
func (r *Reloader) reloadSettled(ctx context.Context, seen *states) *states {
	r.reloadMu.Lock()
	defer r.reloadMu.Unlock()
	switch now := r.lastTried.currentStates(); {
	case now.same(&r.lastTried.before):
	case seen == nil || !now.same(seen):
		return now
	default:
		_ = r.tryVersion(ctx) // the error was passed to Refused
	}
	return nil
}

// tryVersion loads a new version and puts it into use, or refuses it.
func (r *Reloader) tryVersion(ctx context.Context) error {
	began := time.Now()
	v, err := r.loadVersion(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.lastTried = v
	r.watch(v.paths())
	r.poll(v)
	defer func() {
		if !v.before.same(v.currentStates()) {
			r.notifyChange() // the files changed again while they were read
		}
	}()
	if err == nil {
		err = checkLoss(v, r.inUse)
		v.Changes = changesOf(v, r.inUse)
	}
	if err == nil {
		err = r.o.swap(v)
	}
	if r.lastRefused = err != nil; r.lastRefused {
		if r.o.Refused != nil {
			r.o.Refused(err)
		}
		return err
	}
	r.inUse = v
	r.keepLosses(v.Losses)
	r.reloads.Add(1)
	if r.o.Reloaded != nil {
		r.o.Reloaded(v, time.Since(began))
	}
	return nil
}

// loadVersion reads the configuration and the lists again. It keeps the blocks of the
// configuration that control how events are enriched. If the configuration is invalid,
// the files of the last version stay watched.
func (r *Reloader) loadVersion(ctx context.Context) (*Version, error) {
	before := r.lastTried
	c := before.Config
	if c.File != nil {
		now := before.currentStates()
		next, err := r.o.Open()
		if err != nil {
			v := *before
			v.Config, v.Snapshot, v.before = c, nil, *now
			return &v, err
		}
		if next.KeepEventBlocks(c) && r.o.BlocksChanged != nil {
			r.o.BlocksChanged(next.File.Path())
		}
		if before.ruleFiles {
			if next.File.ChangesRisk(c.File) && r.o.RiskChanged != nil {
				r.o.RiskChanged(next.File.Path())
			}
			next.Risk = c.Risk.WithRules(next.Risk)
		}
		c = next
	}
	return LoadVersion(ctx, c, before.snapshotPath, Options{
		NoGuess: before.noGuess, Fetcher: before.fetcher, RuleFiles: before.ruleFiles, Optional: before.optional, reuse: true,
	})
}

// Reloads returns the number of new versions that were put into use.
func (r *Reloader) Reloads() int64 { return r.reloads.Load() }

// Losses returns the losses of the version in use, or if it has none, those of the latest
// earlier version that has any.
func (r *Reloader) Losses() []*entity.RowError {
	r.lossesMu.Lock()
	defer r.lossesMu.Unlock()
	return r.losses
}

func (r *Reloader) keepLosses(losses []*entity.RowError) {
	r.lossesMu.Lock()
	defer r.lossesMu.Unlock()
	if len(losses) > 0 {
		r.losses = losses
	}
}
