// Package remote fetches lists from where they live: from HTTP servers, SQL databases and
// LDAP directories. It is separate from package lists so that programs that read only files
// need no drivers.
//
// A list is written whole into a file, which is checked before it replaces the last good
// copy: a response that is an error, empty, cut short, an HTML page, or that has no key column
// replaces nothing. Copies are kept in the folder that the configuration names, so that a
// list can be read while its server fails, or else in a temporary folder until the Fetcher is
// closed.
//
// Secrets are read when a list is fetched. They are sent only over TLS or to this machine,
// and are neither in copies and their names nor in errors.
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/webclient"
	"github.com/kithsec/kith/lists"
)

// Options control a Fetcher. The zero Options are the defaults.
type Options struct {
	UserAgent string           // of HTTP requests, such as kith/v0.1.0; default kith
	Now       func() time.Time // the current time; default time.Now
	Stdin     io.Reader        // standard input, for a list with the path -; nil is empty
}

// Fetcher fetches lists that are not files. It implements [lists.Fetcher]. Its methods may
// be called concurrently.
type Fetcher struct {
	o       Options
	open    context.Context // done when the Fetcher is closed
	close   context.CancelFunc
	fetches sync.WaitGroup // in progress

	mu     sync.Mutex // guards the fields below
	temp   string     // the folder of copies without a cache; "" before it is made
	closed bool
	states map[string]*state // by the path of the meta file of the list
}

// state is the state of a list in a Fetcher.
type state struct {
	busy       sync.Mutex    // held while the list is fetched
	err        error         // of the last fetch; guarded by Fetcher.mu
	retryAfter time.Duration // as the server requested with err; guarded by Fetcher.mu
}

var _ lists.Fetcher = (*Fetcher)(nil)

// New returns a Fetcher. It must be closed once the lists are not read any more.
func New(o Options) *Fetcher {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.UserAgent == "" {
		o.UserAgent = "kith"
	}
	f := &Fetcher{o: o, states: map[string]*state{}}
	f.open, f.close = context.WithCancel(context.Background())
	return f
}

// Close ends fetches that are in progress, and removes the copies that are not in a cache.
func (f *Fetcher) Close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.close()
	f.fetches.Wait()
	if f.temp == "" {
		return nil
	}
	return os.RemoveAll(f.temp)
}

// Fetch fetches a list and returns the copy of it that was made. A new copy replaces the
// last good one only if check accepts its path. If the list cannot be fetched, Fetch returns
// the last good copy with the reason in Copy.Err, or the reason as its error if there is
// none. It always returns an error if a secret, the file of ca or the cache cannot be used,
// because that is a mistake in the configuration, and if ctx is done.
func (f *Fetcher) Fetch(ctx context.Context, kind entity.Kind, s config.Source, check func(path string) error) (lists.Copy, error) {
	if !f.begin() {
		return lists.Copy{}, errClosed
	}
	defer f.fetches.Done()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(f.open, stop)()
	st, err := f.openStore(kind, &s)
	if err != nil {
		return lists.Copy{}, err
	}
	known := f.stateOf(st)
	known.busy.Lock()
	defer known.busy.Unlock()
	secrets, err := readSecrets(&s)
	if err == nil && s.CA != "" {
		_, err = certPool(s.CA)
	}
	if err != nil {
		return lists.Copy{}, problem.Usage(err)
	}
	err = secrets.remove(f.fetchNew(ctx, &s, secrets, st, check))
	if ctx.Err() != nil {
		return lists.Copy{}, ctx.Err()
	}
	f.mu.Lock()
	known.err, known.retryAfter = err, 0
	var status *webclient.StatusError
	if errors.As(err, &status) {
		known.retryAfter = status.RetryAfter
	}
	f.mu.Unlock()
	last, found := f.Last(kind, s)
	switch {
	case found:
		return last, nil
	case err == nil:
		err = errors.New("the copy of the list was removed while it was stored")
	}
	return lists.Copy{RetryAfter: known.retryAfter}, err
}

// begin counts a fetch that is in progress and reports whether the Fetcher is open.
func (f *Fetcher) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.fetches.Add(1)
	}
	return !f.closed
}

var errClosed = errors.New("the Fetcher is closed")

// Last returns the last good copy of a list and reports whether there is one. Copy.Err is
// that of the last Fetch.
func (f *Fetcher) Last(kind entity.Kind, s config.Source) (lists.Copy, bool) {
	st, err := f.openStore(kind, &s)
	if err != nil {
		return lists.Copy{}, false
	}
	m, found := st.read()
	if !found {
		return lists.Copy{}, false
	}
	known := f.stateOf(st)
	f.mu.Lock()
	defer f.mu.Unlock()
	return lists.Copy{
		Path: st.path(m.File), Version: m.SHA256, Notes: m.Notes, Fetched: m.Fetched, Age: f.o.Now().Sub(m.Fetched),
		Err: known.err, RetryAfter: known.retryAfter,
	}, true
}

// openStore returns the store of the copies of a list.
func (f *Fetcher) openStore(kind entity.Kind, s *config.Source) (*store, error) {
	if s.Cache != "" {
		st, err := newStore(s.Cache, kind, s)
		return st, problem.Usage(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errClosed
	}
	if f.temp == "" {
		temp, err := os.MkdirTemp("", "kith-lists-")
		if err != nil {
			return nil, err
		}
		f.temp = temp
	}
	return newStore(f.temp, kind, s)
}

// stateOf returns the state of the list with a store.
func (f *Fetcher) stateOf(st *store) *state {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := st.path("")
	if f.states[path] == nil {
		f.states[path] = &state{}
	}
	return f.states[path]
}

// fetchNew fetches a list and stores it.
func (f *Fetcher) fetchNew(ctx context.Context, s *config.Source, secrets *secrets, st *store, check func(path string) error) error {
	l := startLimits(ctx, s)
	defer l.stop()
	out, err := st.create()
	if err != nil {
		return err
	}
	defer out.abort()
	maxSize := int64(s.MaxSize)
	if maxSize == 0 {
		maxSize = listform.DefaultMaxSize
	}
	w := &sizeWriter{to: out, limits: l, left: maxSize, most: maxSize}
	m := &meta{Source: s.Shown(), Fetched: f.o.Now().UTC()}
	last, _ := st.read()
	unchanged := false
	switch {
	case s.SQL != nil:
		err = readSQL(l.ctx, sqlQuery{driver: s.SQL.Driver, dsn: secrets.dsn, query: s.SQL.Query, ca: s.CA, received: l.touch}, w)
	case s.LDAP != nil:
		search := ldapSearch{LDAP: *s.LDAP, dn: secrets.user, password: secrets.password, ca: s.CA, received: l.touch}
		m.Notes, err = readLDAP(l.ctx, search, w)
	case s.IsStandard():
		unchanged, err = f.readStdin(l, last, w)
	default:
		unchanged, err = f.readHTTP(l, s, secrets, last, m, w)
	}
	switch err = l.explain(err); {
	case err != nil:
		return err
	case unchanged:
		return st.confirm(last, m)
	case w.left == maxSize:
		return errEmpty
	}
	if err := out.flush(); err != nil {
		return err
	}
	if err := check(out.file.Name()); err != nil {
		return err
	}
	return out.commit(last, m)
}

var errEmpty = errors.New("the list is empty")

// readStdin writes standard input to w. If it did so before, it writes nothing and reports that
// the list is unchanged.
func (f *Fetcher) readStdin(l *limits, last *meta, w io.Writer) (unchanged bool, err error) {
	if last.File != "" || f.o.Stdin == nil {
		return last.File != "", nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(w, onlyReader{f.o.Stdin})
		done <- err
	}()
	select {
	case err = <-done:
		return false, err
	case <-l.ctx.Done(): // the goroutine ends at the next read
		return false, l.ctx.Err()
	}
}

// limits bound the time of a fetch.
type limits struct {
	ctx       context.Context
	cancel    context.CancelCauseFunc
	stopTimer context.CancelFunc // of the time in all
	idle      time.Duration      // the longest time without a byte
	timer     *time.Timer        // of that time; nil for standard input
}

// The default limits of a fetch.
const (
	defaultTimeout = 10 * time.Minute
	defaultIdle    = time.Minute
)

// startLimits begins to fetch a list. Standard input may take any time.
func startLimits(ctx context.Context, s *config.Source) *limits {
	timeout := cmp.Or(s.Timeout, defaultTimeout)
	l := &limits{idle: min(timeout, max(defaultIdle, timeout/10))}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	if s.IsStandard() {
		return l
	}
	// The context has the deadline so that it is also passed to databases and directories.
	l.ctx, l.stopTimer = context.WithTimeoutCause(l.ctx, timeout, fmt.Errorf("the list was not complete after %v: raise timeout if its server is that slow", timeout))
	l.timer = time.AfterFunc(l.idle, func() {
		l.cancel(fmt.Errorf("the server sent nothing for %v: raise timeout, of which that is a tenth or more, if its server is that slow", l.idle))
	})
	return l
}

// touch restarts the idle time, because the server has sent something. It may be called
// concurrently.
func (l *limits) touch() {
	if l.timer != nil {
		l.timer.Reset(l.idle)
	}
}

func (l *limits) stop() {
	if l.timer != nil {
		l.timer.Stop()
		l.stopTimer()
	}
	l.cancel(nil)
}

// explain returns err, or the limit that ended the fetch if err only follows from that.
func (l *limits) explain(err error) error {
	if err != nil && l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	return err
}

// sizeWriter writes at most a number of bytes.
type sizeWriter struct {
	to         io.Writer
	limits     *limits
	left, most int64
}

// Write returns an error for the byte that is one too many.
func (w *sizeWriter) Write(p []byte) (int, error) {
	w.limits.touch()
	if int64(len(p)) > w.left {
		return 0, fmt.Errorf("the list is longer than %d bytes: raise max_size if that is intended", w.most)
	}
	n, err := w.to.Write(p)
	w.left -= int64(n)
	return n, err
}
