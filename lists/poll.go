package lists

import (
	"context"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/kithsec/kith/config"
)

// polling fetches the lists that are not files at intervals. After each fetch, the Reloader
// checks whether its version is still current.
type polling struct {
	reloader *Reloader
	ctx      context.Context // of Watch
	every    map[copyKey]poll
}

// poll is a goroutine that fetches one list.
type poll struct {
	source config.Source
	stop   context.CancelFunc
}

// follow fetches the lists of a version from now on, and no others. It must not be called
// concurrently.
func (p *polling) follow(v *Version) {
	wanted := v.remoteSources()
	for key, one := range p.every {
		if !reflect.DeepEqual(one.source, wanted[key]) {
			one.stop()
			delete(p.every, key)
		}
	}
	for key, s := range wanted {
		if _, runs := p.every[key]; runs || s.Every <= 0 {
			continue
		}
		ctx, stop := context.WithCancel(p.ctx)
		p.every[key] = poll{source: s, stop: stop}
		go p.reloader.fetchEvery(ctx, key, s)
	}
}

// fetchEvery fetches a list after each wait, until ctx is done.
func (r *Reloader) fetchEvery(ctx context.Context, key copyKey, s config.Source) {
	failures := 0
	var retryAfter time.Duration
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.afterPoll(fetchWait(s.Every, failures, retryAfter, rand.Float64())):
		}
		one, err := r.fetch(ctx, key, s)
		if ctx.Err() != nil {
			return
		}
		if retryAfter = one.RetryAfter; err == nil && one.Err == nil {
			failures = 0
			r.notifyChange()
			continue
		}
		failures++
	}
}

// maxBackoff is the longest wait after failures, unless the server or the configuration
// has a longer one.
const maxBackoff = time.Hour

// fetchWait returns how long to wait before a list is fetched again: every, and after
// failures up to 16 times as long, but no longer than maxBackoff. The jitter, from 0 to 1,
// changes the wait by up to a tenth, so that programs do not all fetch at the same time. The
// wait is at least retryAfter.
func fetchWait(every time.Duration, failures int, retryAfter time.Duration, jitter float64) time.Duration {
	wait := every
	if failures > 0 {
		wait = max(every, min(every<<min(failures, 4), maxBackoff))
	}
	wait += time.Duration((jitter - 0.5) / 5 * float64(wait))
	return max(wait, retryAfter)
}

// fetchAgain fetches the lists of the last version that are not files.
func (r *Reloader) fetchAgain(ctx context.Context) {
	r.reloadMu.Lock()
	sources := r.lastTried.remoteSources()
	r.reloadMu.Unlock()
	done := make(chan struct{})
	slots := make(chan struct{}, maxFetches)
	for key, s := range sources {
		go func() {
			slots <- struct{}{}
			_, _ = r.fetch(ctx, key, s) // the error was passed to FetchFailed
			<-slots
			done <- struct{}{}
		}()
	}
	for range sources {
		<-done
	}
}

// fetch fetches a list, and passes an error, or the reason for an old copy, to FetchFailed.
func (r *Reloader) fetch(ctx context.Context, key copyKey, s config.Source) (Copy, error) {
	r.reloadMu.Lock()
	v := r.lastTried
	r.reloadMu.Unlock()
	one, err := v.fetcher.Fetch(ctx, key.kind, s, func(path string) error { return checkCopy(ctx, v.Config, key.kind, s, path, v.noGuess) })
	if ctx.Err() != nil || r.o.FetchFailed == nil {
		return one, err
	}
	switch {
	case err != nil:
		r.o.FetchFailed(v.Config.Place(key.kind, fetchError(s, err)))
	case one.Err != nil:
		r.o.FetchFailed(staleError(s, one))
	}
	return one, err
}
