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
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/snapshot"
)

// settleTime is how long files must stay as they are before they are read, because
// whoever writes them may not have finished.
const settleTime = 200 * time.Millisecond

// ReloadOptions control a Reloader. Only Swap is required.
type ReloadOptions struct {
	// Swap takes the snapshot of a new version into use. If it fails, the version is
	// refused.
	Swap func(*snapshot.Snapshot) error
	// Open reads the configuration anew. The default opens the file of the version in
	// use; a version without a file keeps its configuration.
	Open func() (*config.Config, error)
	// Requests makes [Reloader.Run] reload at once, as [Reloader.Reload] does.
	Requests <-chan os.Signal

	// Reloaded is called when a new version is in use, Refused with the reason when
	// the version in use stays, and Unchanged when a reload was requested and no file
	// has changed.
	Reloaded  func(v *Version, took time.Duration)
	Refused   func(error)
	Unchanged func()
	// BlocksChanged is called when the blocks enrich and zones of the configuration
	// have changed, which does not affect how events are enriched.
	BlocksChanged func(path string)
	// Unwatched is called when a folder cannot be watched and is looked at only every
	// interval.
	Unwatched func(err error, interval time.Duration)
}

// Reloader keeps the lists in use up to date. Its methods may be called concurrently.
type Reloader struct {
	o          ReloadOptions
	changes    chan struct{}  // that something may have changed
	watch      func([]string) // watches the folders of files from now on
	after      func(time.Duration) <-chan time.Time
	afterCheck func() // called after every look at the files
	reloads    atomic.Int64

	reloadMu    sync.Mutex // held while a version is tried
	inUse       *Version
	lastTried   *Version // that was tried
	lastRefused bool     // whether last was refused

	lossesMu sync.Mutex
	losses   []*entity.RowError
}

// NewReloader returns the Reloader of a version that is in use.
func NewReloader(inUse *Version, o ReloadOptions) (*Reloader, error) {
	if inUse == nil || o.Swap == nil {
		return nil, errors.New("a reloader needs a version in use and the function Swap")
	}
	if o.Open == nil {
		o.Open = func() (*config.Config, error) { return config.Open(inUse.Config.File.Path()) }
	}
	return &Reloader{
		o: o, inUse: inUse, lastTried: inUse, losses: inUse.Losses,
		changes: make(chan struct{}, 1), after: time.After,
		watch: func([]string) {}, afterCheck: func() {},
	}, nil
}

// Run reloads on request, and when files that may have changed have settled (see
// [Reloader.Watch]), until ctx is done.
func (r *Reloader) Run(ctx context.Context) {
	var timer <-chan time.Time
	var seen filestate.States
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.o.Requests:
			_ = r.Reload(ctx) // Refused got the error
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

// notifyChange reports that something may have changed. It never blocks.
func (r *Reloader) notifyChange() {
	select {
	case r.changes <- struct{}{}:
	default:
	}
}

// Reload tries a new version if any file has changed since the last version was read,
// or if that was refused. It returns why the new version is refused.
func (r *Reloader) Reload(ctx context.Context) error {
	r.reloadMu.Lock()
	defer r.reloadMu.Unlock()
	if !r.lastRefused && r.lastTried.currentStates().Same(r.lastTried.filesBefore) {
		if r.o.Unchanged != nil {
			r.o.Unchanged()
		}
		return nil
	}
	return r.tryVersion(ctx)
}

// reloadSettled tries a new version if files have changed and are still as they were
// seen the last time. If they are not, it returns how they are now.
func (r *Reloader) reloadSettled(ctx context.Context, seen filestate.States) filestate.States {
	r.reloadMu.Lock()
	defer r.reloadMu.Unlock()
	switch now := r.lastTried.currentStates(); {
	case now.Same(r.lastTried.filesBefore):
	case !now.Same(seen):
		return now
	default:
		_ = r.tryVersion(ctx) // Refused got the error
	}
	return nil
}

// tryVersion loads a new version and takes it into use, or refuses it.
func (r *Reloader) tryVersion(ctx context.Context) error {
	began := time.Now()
	v, err := r.loadVersion(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.lastTried = v
	r.watch(v.paths())
	defer func() {
		if !v.filesBefore.Same(v.currentStates()) {
			r.notifyChange() // changed again while it was read
		}
	}()
	if err == nil {
		err = checkLoss(v, r.inUse)
	}
	if err == nil {
		err = r.o.Swap(v.Snapshot)
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

// loadVersion reads configuration and lists anew. How events are enriched stays as it
// is. If the configuration cannot be used, the files of the last one are
// watched further.
func (r *Reloader) loadVersion(ctx context.Context) (*Version, error) {
	before := r.lastTried
	c := before.Config
	if c.File != nil {
		files := before.currentStates()
		next, err := r.o.Open()
		if err != nil {
			return &Version{Config: c, snapshotPath: before.snapshotPath, filesBefore: files}, err
		}
		if next.KeepEventBlocks(c) && r.o.BlocksChanged != nil {
			r.o.BlocksChanged(next.File.Path())
		}
		c = next
	}
	return LoadVersion(ctx, c, before.snapshotPath, Options{})
}

// Reloads returns how many new versions were taken into use.
func (r *Reloader) Reloads() int64 { return r.reloads.Load() }

// Losses returns what was lost of the lists in use, or of the latest earlier version
// that lost anything.
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
