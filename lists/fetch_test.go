package lists

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
)

// fakeFetcher fetches lists from a map. It stores the last good copies like other Fetchers.
type fakeFetcher struct {
	dir string

	mu     sync.Mutex
	texts  map[string]string // by URL
	failed map[string]error  // by URL
	last   map[string]Copy   // by URL
	count  int
}

func newFakeFetcher(t *testing.T) *fakeFetcher {
	return &fakeFetcher{dir: t.TempDir(), texts: map[string]string{}, failed: map[string]error{}, last: map[string]Copy{}}
}

// set sets what a URL sends from now on.
func (f *fakeFetcher) set(url, text string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts[url], f.failed[url] = text, err
}

// fetches returns the number of calls of Fetch.
func (f *fakeFetcher) fetches() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *fakeFetcher) Fetch(_ context.Context, _ entity.Kind, s config.Source, check func(string) error) (Copy, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	last, found := f.last[s.Path]
	err := f.failed[s.Path]
	if text := f.texts[s.Path]; err == nil && text != last.Version {
		path := filepath.Join(f.dir, fmt.Sprint(f.count))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return Copy{}, err
		}
		if err = check(path); err == nil {
			last = Copy{Path: path, Version: text, Fetched: time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), Age: 90 * time.Minute}
			found = true
		}
	}
	if last.Err, last.RetryAfter = err, 0; err != nil {
		last.RetryAfter = 5 * time.Hour
	}
	if !found {
		return Copy{RetryAfter: last.RetryAfter}, err
	}
	f.last[s.Path] = last
	return last, nil
}

func (f *fakeFetcher) Last(_ entity.Kind, s config.Source) (Copy, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	last, found := f.last[s.Path]
	return last, found
}

// pollReloader is a testReloader whose polls the test controls.
type pollReloader struct {
	*testReloader
	polls chan time.Duration // the waits before polls
	due   chan time.Time     // ends a wait
}

// startPolling starts a Reloader that watches its lists.
func startPolling(t *testing.T, fetcher Fetcher, files map[string]string) *pollReloader {
	r := &pollReloader{testReloader: startFetching(t, fetcher, files), polls: make(chan time.Duration), due: make(chan time.Time)}
	r.afterPoll = func(d time.Duration) <-chan time.Time { r.polls <- d; return r.due }
	p := &polling{reloader: r.Reloader, ctx: t.Context(), every: map[copyKey]poll{}}
	r.poll = p.follow
	r.poll(r.inUse)
	return r
}

// pollNow lets the next poll happen, waits until it is over, and returns the wait before the
// poll after it.
func (r *pollReloader) pollNow() time.Duration {
	r.due <- time.Time{}
	return <-r.polls
}

func TestListsFromServersNeedAFetcher(t *testing.T) {
	c := config.Default()
	c.Assets.Replace([]string{"https://h.example/hosts.csv?key=hunter22"})
	_, err := Load(t.Context(), c, Options{})
	assert.EqualError(t, err, "https://h.example/hosts.csv: the list is not a file, and this program has no Fetcher for it (Options.Fetcher)")
}

func TestCheckReportsListsThatCannotBeFetched(t *testing.T) {
	f := newFakeFetcher(t)
	f.set("https://h.example/a.csv", "", errors.New("503 Service Unavailable"))
	f.set("https://h.example/b.csv", "ip\n10.0.0.1\n", nil)
	f.set("https://h.example/c.csv", "host\nws-1\n", nil)
	c := config.Default()
	c.Assets.Replace([]string{"https://h.example/a.csv", "https://h.example/b.csv", "https://h.example/c.csv"})
	found := Check(t.Context(), c, nil, Options{Fetcher: f})
	assert.ErrorContains(t, found.Err, "https://h.example/a.csv: 503 Service Unavailable\nhttps://h.example/c.csv:1:1: no key column")
	require.Len(t, found.Read, 1, "the other list is read")
	assert.Equal(t, "https://h.example/b.csv", found.Read[0].Path)
}

func TestReloadFetchesLists(t *testing.T) {
	f := newFakeFetcher(t)
	const url = "https://h.example/hosts.csv"
	f.set(url, "ip,owner\n10.0.0.1,ann\n", nil)
	r := startFetching(t, f, map[string]string{"kith.yaml": "assets: {sources: [{path: '" + url + "'}]}\n"})
	assert.Equal(t, "ann", r.owner())
	assert.Equal(t, "unchanged\n", r.requestReload())
	f.set(url, "ip,owner\n10.0.0.1,bob\n", nil)
	assert.Equal(t, "reloaded 1 assets and 0 identities\n", r.requestReload())
	assert.Equal(t, "bob", r.owner())
	for _, test := range []struct {
		text string
		err  error
		want string
	}{
		{"", errors.New("503 Service Unavailable"), "https://h.example/hosts.csv: 503 Service Unavailable: using the copy of 2026-12-01T12:00:00Z, which is 1h30m old\nunchanged\n"},
		{"<html>", nil, "https://h.example/hosts.csv: the list is an HTML page, often that of a login or an error: export it as CSV: using the copy of 2026-12-01T12:00:00Z, which is 1h30m old\nunchanged\n"},
	} {
		f.set(url, test.text, test.err)
		assert.Equal(t, test.want, r.requestReload())
		assert.Equal(t, "bob", r.owner(), "the old list stays")
	}
}

func TestChangedFilesAreReadWithTheLastCopies(t *testing.T) {
	f := newFakeFetcher(t)
	f.set("https://h.example/a.csv", "ip,owner\n10.0.0.1,ann\n", nil)
	f.set("https://h.example/b.csv", "", errors.New("503 Service Unavailable"))
	r := startFetching(t, f, map[string]string{
		"kith.yaml": "assets: {sources: [{path: hosts.csv}, {path: 'https://h.example/a.csv'}]}\n",
		"hosts.csv": "ip\n10.0.0.9\n",
	})
	r.replaceFile("hosts.csv", "ip\n10.0.0.1\n10.0.0.9\n")
	f.set("https://h.example/a.csv", "", errors.New("503 Service Unavailable"))
	r.notifyChange()
	r.settle()
	assert.Equal(t, "reloaded 2 assets and 0 identities\nchanged hosts: 1 → 2 rows, 1 → 2 assets\n", r.takeReports())
	assert.Equal(t, 1, f.fetches(), "a changed file fetches nothing")
	r.replaceFile("kith.yaml", "assets: {sources: [{path: 'https://h.example/b.csv'}]}\n")
	r.notifyChange()
	r.settle()
	assert.Equal(t, "https://h.example/b.csv: 503 Service Unavailable\nrefused\n", r.takeReports(), "a new list is fetched")
	assert.Equal(t, "ann", r.owner())
}

func TestPollsReloadOnlyWhatHasChanged(t *testing.T) {
	f := newFakeFetcher(t)
	const url = "https://h.example/hosts.csv"
	f.set(url, "ip,owner\n10.0.0.1,ann\n", nil)
	r := startPolling(t, f, map[string]string{"kith.yaml": "assets: {sources: [{path: '" + url + "', every: 10m}]}\n"})
	between := func(low, high, wait time.Duration) {
		t.Helper()
		assert.GreaterOrEqual(t, wait, low)
		assert.LessOrEqual(t, wait, high)
	}
	between(9*time.Minute, 11*time.Minute, <-r.polls)
	between(9*time.Minute, 11*time.Minute, r.pollNow())
	r.settle()
	assert.Empty(t, r.takeReports(), "an unchanged list is not reloaded")
	assert.Zero(t, r.Reloads())

	f.set(url, "ip,owner\n10.0.0.1,bob\n", nil)
	between(9*time.Minute, 11*time.Minute, r.pollNow())
	r.settle()
	assert.Equal(t, "reloaded 1 assets and 0 identities\n", r.takeReports())
	assert.Equal(t, "bob", r.owner())

	f.set(url, "", errors.New("503 Service Unavailable"))
	between(5*time.Hour, 5*time.Hour, r.pollNow())
	assert.Equal(t, "https://h.example/hosts.csv: 503 Service Unavailable: using the copy of 2026-12-01T12:00:00Z, which is 1h30m old\n", r.takeReports())
	assert.Equal(t, "bob", r.owner(), "the old list stays")
	f.set(url, "ip,owner\n10.0.0.1,bob\n", nil)
	between(9*time.Minute, 11*time.Minute, r.pollNow())

	r.settle()
	r.replaceFile("kith.yaml", "assets: {sources: [{path: '"+url+"', every: 1h}]}\n")
	r.notifyChange()
	r.settle()
	between(54*time.Minute, 66*time.Minute, <-r.polls)
}

// settle lets the Reloader check the files after a change.
func (r *testReloader) settle() {
	r.t.Helper()
	for {
		select {
		case wait := <-r.waits:
			assert.Equal(r.t, settleTime, wait)
			r.tick <- time.Time{}
		case <-r.checked:
			return
		}
	}
}

func TestWaitsBetweenPolls(t *testing.T) {
	for _, test := range []struct {
		every      time.Duration
		failures   int
		retryAfter time.Duration
		jitter     float64
		want       time.Duration
	}{
		{every: 10 * time.Minute, jitter: 0.5, want: 10 * time.Minute},
		{every: 10 * time.Minute, jitter: 0, want: 9 * time.Minute},
		{every: 10 * time.Minute, jitter: 1, want: 11 * time.Minute},
		{every: 10 * time.Minute, failures: 1, jitter: 0.5, want: 20 * time.Minute},
		{every: 10 * time.Minute, failures: 2, jitter: 0.5, want: 40 * time.Minute},
		{every: 10 * time.Minute, failures: 3, jitter: 0.5, want: time.Hour},
		{every: time.Second, failures: 100, jitter: 0.5, want: 16 * time.Second},
		{every: 24 * time.Hour, failures: 3, jitter: 0.5, want: 24 * time.Hour},
		{every: 10 * time.Minute, failures: 1, retryAfter: 2 * time.Hour, jitter: 0, want: 2 * time.Hour},
		{every: 10 * time.Minute, failures: 1, retryAfter: time.Second, jitter: 0.5, want: 20 * time.Minute},
	} {
		assert.Equal(t, test.want, fetchWait(test.every, test.failures, test.retryAfter, test.jitter), "%+v", test)
	}
}

func TestAgesAreRounded(t *testing.T) {
	for age, want := range map[time.Duration]string{
		-time.Second: "0s", 90*time.Second + time.Millisecond: "1m30s", 35*time.Minute + 12*time.Second: "35m",
		119 * time.Minute: "1h59m", 14*time.Hour + 30*time.Minute: "14h", 47 * time.Hour: "47h", 75 * time.Hour: "3d",
	} {
		assert.Equal(t, want, roundAge(age))
	}
}
