package lists

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/merge"
)

// Fetcher fetches lists that are not files: those of servers, databases and directories
// (see [config.Source.IsRemote]). Package lists/remote has one. Its methods are called
// concurrently.
type Fetcher interface {
	// Fetch fetches a list and returns the copy of it that was made. A new copy replaces the
	// last good one only if check accepts its path. If the list cannot be fetched, Fetch
	// returns the last good copy with the reason in Copy.Err, or the reason as its error if
	// there is none, or if the configuration is wrong.
	Fetch(ctx context.Context, kind entity.Kind, s config.Source, check func(path string) error) (Copy, error)
	// Last returns the last good copy of a list and reports whether there is one. Copy.Err
	// is that of the last Fetch.
	Last(kind entity.Kind, s config.Source) (Copy, bool)
}

// Copy is a copy of a list that is not a file.
type Copy struct {
	Path       string        // the file that holds the copy
	Notes      []string      // what fetching the copy left out
	Version    string        // differs between copies with different contents
	Fetched    time.Time     // when the server sent the copy, or stated that it is current
	Age        time.Duration // since Fetched
	Err        error         // why a newer copy could not be fetched; nil if this one is current
	RetryAfter time.Duration // how long to wait after a failure, as the server requests; 0 if it does not
}

// StaleError reports that a list could not be fetched, so that an earlier copy of it is in
// use.
type StaleError struct {
	Source  string        // the name of the list
	Fetched time.Time     // when the copy was fetched
	Age     time.Duration // since then
	Err     error         // what failed, with the name of the list
}

// Error returns what failed, and how old the copy is.
func (e *StaleError) Error() string {
	return fmt.Sprintf("%v: %s", e.Err, (&Copy{Fetched: e.Fetched, Age: e.Age}).age())
}

// Unwrap returns what failed.
func (e *StaleError) Unwrap() error { return e.Err }

// age returns how old a copy is that is in use because a newer one cannot be fetched.
func (c *Copy) age() string {
	return fmt.Sprintf("using the copy of %s, which is %s old", c.Fetched.UTC().Format(time.RFC3339), roundAge(c.Age))
}

// staleError returns the error of a list of which an old copy is in use.
func staleError(s config.Source, one Copy) *StaleError {
	return &StaleError{Source: s.Name, Fetched: one.Fetched, Age: one.Age, Err: fetchError(s, one.Err)}
}

// roundAge returns a time to about two digits.
func roundAge(age time.Duration) string {
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if age >= 2*unit {
			return eventtime.FormatDuration(age.Truncate(unit))
		}
	}
	return eventtime.FormatDuration(max(age, 0).Truncate(time.Second))
}

// errNoFetcher is the error of a list that is not a file, for programs that read only files.
var errNoFetcher = errors.New("the list is not a file, and this program has no Fetcher for it (Options.Fetcher)")

// maxFetches is how many lists of a kind are fetched at the same time.
const maxFetches = 4

// copies are the copies of the lists of one version that are not files.
type copies struct {
	mu  sync.Mutex
	all map[copyKey]Copy
}

// copyKey identifies a list of a configuration.
type copyKey struct {
	kind entity.Kind
	name string
}

// of returns the copy of a list. It is the zero Copy for a file.
func (c *copies) of(kind entity.Kind, s config.Source) Copy {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[copyKey{kind, s.Name}]
}

func (c *copies) put(kind entity.Kind, s config.Source, one Copy) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[copyKey]Copy{}
	}
	c.all[copyKey{kind, s.Name}] = one
}

// versions returns the version of each copy.
func (c *copies) versions() map[copyKey]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[copyKey]string, len(c.all))
	for key, one := range c.all {
		all[key] = one.Version
	}
	return all
}

// fetchAll fetches the lists of both kinds that are not files. The error joins those of all
// lists.
func (c *copies) fetchAll(ctx context.Context, cfg *config.Config, o Options, assets, identities []config.Source) error {
	var failed [2]error
	var both sync.WaitGroup
	both.Go(func() { _, failed[0] = c.fetchLists(ctx, cfg, entity.Asset, assets, o) })
	both.Go(func() { _, failed[1] = c.fetchLists(ctx, cfg, entity.Identity, identities, o) })
	both.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(failed[:]...)
}

// formsOf returns the lists of a kind with the files to read them from.
func (c *copies) formsOf(kind entity.Kind, lists []config.Source) []*form {
	forms := make([]*form, len(lists))
	for i, s := range lists {
		forms[i] = &form{source: s, path: s.Path}
		if s.IsRemote() {
			forms[i].copy = c.of(kind, s)
			forms[i].path = forms[i].copy.Path
		}
	}
	return forms
}

// fetchLists fetches the lists of a kind that are not files into c. It returns all lists but
// those that could not be fetched, and the errors of those.
func (c *copies) fetchLists(ctx context.Context, cfg *config.Config, kind entity.Kind, lists []config.Source, o Options) ([]config.Source, error) {
	failed := make([]error, len(lists))
	var all sync.WaitGroup
	slots := make(chan struct{}, maxFetches)
	for i, s := range lists {
		if s.IsRemote() {
			all.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				failed[i] = cfg.Place(kind, c.fetchList(ctx, cfg, kind, s, o))
			})
		}
	}
	all.Wait()
	var readable []config.Source
	for i, s := range lists {
		if failed[i] == nil {
			readable = append(readable, s)
		}
	}
	return readable, errors.Join(failed...)
}

// fetchList fetches one list, unless an earlier copy will do.
func (c *copies) fetchList(ctx context.Context, cfg *config.Config, kind entity.Kind, s config.Source, o Options) error {
	if o.Fetcher == nil {
		return fetchError(s, errNoFetcher)
	}
	if o.reuse {
		if last, found := o.Fetcher.Last(kind, s); found {
			c.put(kind, s, last)
			return nil
		}
	}
	one, err := o.Fetcher.Fetch(ctx, kind, s, func(path string) error { return checkCopy(ctx, cfg, kind, s, path, o.NoGuess) })
	if err != nil {
		return fetchError(s, err)
	}
	c.put(kind, s, one)
	return nil
}

// fetchError adds the name of the list to an error of fetching it.
func fetchError(s config.Source, err error) error {
	var named *merge.SourceError
	if errors.As(err, &named) {
		return err
	}
	return &merge.SourceError{Source: s.Name, Path: s.Shown(), Err: err}
}

// withoutName returns an error of fetching a list without the name of the list.
func withoutName(err error) error {
	var named *merge.SourceError
	if errors.As(err, &named) && named.Line == 0 {
		return named.Err
	}
	return err
}

// errNoRows is the error of a response that would replace the rows of a list with none.
var errNoRows = errors.New("the list has no rows")

// checkCopy returns an error if a copy of a list cannot be read to its end, or has no rows.
func checkCopy(ctx context.Context, c *config.Config, kind entity.Kind, s config.Source, path string, noGuess bool) error {
	mo, err := c.MergeOptions(kind)
	if err != nil {
		return err
	}
	ko, err := kindOptionsOf(c, kind, mo, noGuess)
	if err != nil {
		return err
	}
	f := &form{source: s, path: path}
	rows, err := merge.CountRows(kind, f.mergeSource(ctx, ko, Options{}), mo)
	if err == nil && rows+f.list.LeftOut == 0 {
		err = errNoRows
	}
	return err
}

// stale returns an error for each list that could not be fetched, of which an earlier copy
// is in use, assets first, in rank order.
func (c *copies) stale(cfg *config.Config) []*StaleError {
	var all []*StaleError
	for _, kind := range []entity.Kind{entity.Asset, entity.Identity} {
		_, list := cfg.Lists(kind)
		for _, s := range list.Sources {
			if one := c.of(kind, s); one.Err != nil {
				all = append(all, staleError(s, one))
			}
		}
	}
	return all
}
