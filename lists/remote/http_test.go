package remote

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/snapshot"
)

// hosts is a good list.
const hosts = "ip,owner\n10.0.0.1,ann\n"

// site is an HTTPS server whose answer a test can change.
type site struct {
	*httptest.Server
	ca     string // the path of its certificate
	answer http.HandlerFunc

	mu      sync.Mutex
	request *http.Request // the last one
	count   int           // of requests
}

// newSite starts a server that answers with hosts.
func newSite(t *testing.T, http1 ...bool) *site {
	t.Helper()
	s := &site{answer: sends(hosts)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.request = r
		s.count++
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = len(http1) == 0 || !http1[0]
	s.StartTLS()
	t.Cleanup(s.Close)
	s.ca = caFile(t, s.Server)
	return s
}

// set sets what the server sends from now on.
func (s *site) set(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// caFile writes the certificate of a server into a file.
func caFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// source returns the list at a path of the server.
func (s *site) source(path string) config.Source {
	return config.Source{Name: "hosts", Path: s.URL + path, CA: s.ca}
}

// sends returns a handler that sends a text.
func sends(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

// load loads a list as the only asset list of a configuration.
func load(t *testing.T, f *Fetcher, s config.Source) (*lists.Loaded, error) {
	t.Helper()
	c := config.Default()
	c.Assets.Sources = []config.Source{s}
	return lists.Load(t.Context(), c, lists.Options{Fetcher: f})
}

// newFetcher returns a Fetcher that is closed at the end of the test.
func newFetcher(t *testing.T) *Fetcher {
	t.Helper()
	f := New(Options{UserAgent: "kith/test"})
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	return f
}

// lastText returns the contents of the last good copy.
func lastText(t *testing.T, f *Fetcher, s config.Source) string {
	t.Helper()
	last, found := f.Last(entity.Asset, s)
	if !found {
		return ""
	}
	text, err := os.ReadFile(last.Path)
	require.NoError(t, err)
	return string(text)
}

// hijack returns a handler that sends bytes and closes the connection.
func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = conn.Write([]byte(text))
			_ = conn.Close()
		}
	}
}

// gzipped returns a text compressed.
func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// TestFailuresReplaceNothing lists answers that are refused, each with one line that states
// why. Without an earlier copy the list cannot be loaded; with one it is used.
func TestFailuresReplaceNothing(t *testing.T) {
	plain := httptest.NewServer(sends(hosts))
	defer plain.Close()
	other := httptest.NewTLSServer(sends(hosts))
	defer other.Close()
	redirects := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		change func(*config.Source)
		want   string
		hint   string
		http1  bool
		wrong  bool // the configuration is, so that no copy is used
	}{
		{name: "not found", answer: http.NotFound, want: "404 Not Found"},
		{name: "server error", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, want: "500 Internal Server Error"},
		{name: "unauthorized", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, want: "401 Unauthorized", hint: "check basic, bearer or headers"},
		{name: "no content", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, want: "204 No Content"},
		{name: "unasked not modified", answer: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write([]byte(hosts))
		}, want: "206 Partial Content"},
		{name: "HTML", answer: sends("<!DOCTYPE html>\n<title>Login</title>"), want: "the list is an HTML page"},
		{name: "empty", answer: sends(""), want: "the list is empty"},
		{name: "header without rows", answer: sends("ip,owner\n"), want: "the list has no rows"},
		{name: "no key column", answer: sends(`{"error":"quota"}`), want: "no key column"},
		{name: "torn", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(hosts))
		}, want: "the response is cut short"},
		{name: "torn in HTTP/1.1", http1: true, answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(hosts))
		}, want: "the response is cut short"},
		{name: "torn chunks", http1: true, answer: hijack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nip\n1.2.3.\r\n"), want: "the response is cut short"},
		{name: "no response", http1: true, answer: hijack(""), want: "the server closed the connection without a response"},
		{name: "no HTTP", http1: true, answer: hijack("220 mail.example ESMTP\r\n"), want: "malformed HTTP"},
		{name: "another encoding", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte(hosts))
		}, want: `the response has the encoding "br", but only gzip was accepted`},
		{name: "torn JSON", answer: sends(`[{"ip":"10.0.0.1"},{"ip":`), want: "the JSON value that begins here is cut short"},
		{name: "torn gzip transfer", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			text := gzipped(strings.Repeat(hosts, 100))
			_, _ = w.Write([]byte(text[:len(text)-9]))
		}, want: "the response is cut short"},
		{name: "torn gzip file", answer: func(w http.ResponseWriter, _ *http.Request) {
			text := gzipped(strings.Repeat(hosts, 100))
			_, _ = w.Write([]byte(text[:len(text)-9]))
		}, want: "unexpected EOF"},
		{
			name: "silent", answer: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			change: func(s *config.Source) { s.Timeout = 30 * time.Millisecond }, want: "30ms",
		},
		{
			name: "trickling", answer: func(w http.ResponseWriter, r *http.Request) {
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-r.Context().Done():
						return
					case <-tick.C:
						_, _ = w.Write([]byte("#\n"))
						_ = http.NewResponseController(w).Flush()
					}
				}
			},
			change: func(s *config.Source) { s.Timeout = 50 * time.Millisecond }, want: "50ms",
		},
		{
			name: "too long", answer: sends("ip,owner\n" + strings.Repeat("10.0.0.1,ann\n", 1000)),
			change: func(s *config.Source) { s.MaxSize = 500 }, want: "the list is longer than 500 bytes: raise max_size",
		},
		{
			name: "too long once it is unpacked", answer: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write([]byte(gzipped("ip,owner\n" + strings.Repeat("10.0.0.1,ann\n", 100_000))))
			},
			change: func(s *config.Source) { s.MaxSize = 5000 }, want: "the list is longer than 5000 bytes: raise max_size",
		},
		{name: "redirect in a circle", answer: redirects("/again?key=hunter22"), want: "the server redirects more than 5 times"},
		{name: "redirect to http", answer: redirects(plain.URL + "?key=hunter22"), want: "the server redirects from https:// to http://, which is not followed"},
		{name: "redirect to a file", answer: redirects("file:///etc/passwd"), want: "the server redirects from https:// to file://, which is not followed"},
		{name: "wrong certificate", answer: redirects(other.URL), change: func(s *config.Source) { s.CA = "" }, want: "certificate signed by unknown authority", hint: "name its certificate with ca: FILE"},
		{
			name: "pages in a circle", answer: sends(`{"next":"?key=hunter22","results":[{"ip":"10.0.0.1"}]}`),
			change: func(s *config.Source) { s.Pages = "next" }, want: "page 3 is a page that was read before",
		},
		{
			name: "next page elsewhere", answer: sends(`{"next":"` + other.URL + `/?key=hunter22","results":[{"ip":"10.0.0.1"}]}`),
			change: func(s *config.Source) { s.Pages = "next" }, want: "page 1: its next page is on https://127.0.0.1",
		},
		{name: "absent ca", wrong: true, change: func(s *config.Source) { s.CA = "testdata/absent" }, answer: sends(hosts), want: "testdata/absent: no such file"},
		{name: "bad ca", wrong: true, change: func(s *config.Source) { s.CA = "http_test.go" }, answer: sends(hosts), want: "http_test.go: no certificate in the form PEM"},
		{name: "unset secret", wrong: true, change: func(s *config.Source) { s.Bearer = &config.Secret{Env: "KITH_TEST_UNSET"} }, answer: sends(hosts), want: "the environment variable KITH_TEST_UNSET is not set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, test.http1)
			failing := s.source("/list")
			if test.change != nil {
				test.change(&failing)
			}
			for _, cached := range []bool{false, true} {
				f := newFetcher(t)
				s.set(test.answer)
				if cached {
					putCopy(t, f, failing)
				}
				l, err := load(t, f, failing)
				if cached && !test.wrong {
					require.NoError(t, err)
					require.Len(t, l.Stale, 1)
					assert.Contains(t, l.Stale[0].Error(), ": using the copy of ")
					assert.Equal(t, hosts, lastText(t, f, failing), "the copy is the old one")
					err = l.Stale[0]
					require.Len(t, l.Assets.Losses, 1, "the report has a note")
					assert.Equal(t, entity.Note, l.Assets.Losses[0].Loss)
				}
				require.ErrorContains(t, err, test.want)
				assert.Equal(t, test.wrong, problem.IsUsage(err))
				assert.Contains(t, err.Error(), s.URL+"/list", "the error names the list")
				assert.NotContains(t, err.Error(), "\n", "one line")
				assert.NotContains(t, err.Error(), "hunter22")
				assert.NotContains(t, err.Error(), os.TempDir(), "the copy is not named")
				if hint, _ := problem.Hint(err); !cached {
					assert.Contains(t, hint, test.hint)
				}
			}
		})
	}
}

// putCopy stores hosts as the last good copy of a list.
func putCopy(t *testing.T, f *Fetcher, s config.Source) {
	t.Helper()
	st, err := f.openStore(entity.Asset, &s)
	require.NoError(t, err)
	c, err := st.create()
	require.NoError(t, err)
	_, err = c.Write([]byte(hosts))
	require.NoError(t, err)
	require.NoError(t, c.flush())
	require.NoError(t, c.commit(&meta{}, &meta{Fetched: time.Now()}))
}

func TestUnchangedListsAreNotSentAgain(t *testing.T) {
	s := newSite(t)
	version := `"v1"`
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", version)
		w.Header().Set("Last-Modified", "Tue, 01 Dec 2026 12:00:00 GMT")
		if r.Header.Get("If-None-Match") == version {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(hosts))
	}
	list := s.source("/hosts.csv")
	list.Cache = filepath.Join(t.TempDir(), "cache")
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	f := New(Options{Now: func() time.Time { return now }})
	defer f.Close()
	fetch := func() lists.Copy {
		one, err := f.Fetch(t.Context(), entity.Asset, list, func(string) error { return nil })
		require.NoError(t, err)
		require.NoError(t, one.Err)
		return one
	}
	first := fetch()
	assert.Empty(t, s.request.Header.Get("If-None-Match"))
	now = now.Add(time.Hour)
	second := fetch()
	assert.Equal(t, `"v1"`, s.request.Header.Get("If-None-Match"))
	assert.Equal(t, "Tue, 01 Dec 2026 12:00:00 GMT", s.request.Header.Get("If-Modified-Since"))
	assert.Equal(t, first.Version, second.Version)
	assert.Equal(t, now, second.Fetched, "the copy was confirmed")
	f = New(Options{Now: func() time.Time { return now }})
	defer f.Close()
	assert.Equal(t, first.Path, fetch().Path, "the validators are kept in the cache")
	assert.Equal(t, 3, s.count)
	version = `"v2"`
	assert.Equal(t, first.Version, fetch().Version, "the same contents are the same version")
	require.NoError(t, os.Truncate(first.Path, 3))
	fetch()
	assert.Empty(t, s.request.Header.Get("If-None-Match"), "a damaged copy is fetched again")
}

func TestCopiesAreForTheirOwnerAlone(t *testing.T) {
	s := newSite(t)
	list := s.source("/hosts.csv")
	list.Cache = filepath.Join(t.TempDir(), "a", "cache")
	f := newFetcher(t)
	for i := range 5 { // the copies before the last two are removed
		s.answer = sends(hosts + strconv.Itoa(i) + ".0.0.1,bob\n")
		_, err := load(t, f, list)
		require.NoError(t, err)
	}
	info, err := os.Stat(list.Cache)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	files, err := os.ReadDir(list.Cache)
	require.NoError(t, err)
	assert.Len(t, files, 3, "two copies and what is known about the last")
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file.Name())
	}
	require.NoError(t, os.Chmod(list.Cache, 0o755))
	_, err = load(t, f, list)
	require.NoError(t, err)
	info, err = os.Stat(list.Cache)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "a folder of copies alone gets the mode")
	require.NoError(t, os.WriteFile(filepath.Join(list.Cache, "notes.txt"), nil, 0o600))
	require.NoError(t, os.Chmod(list.Cache, 0o755))
	_, err = load(t, f, list)
	require.ErrorContains(t, err, "other users may use the folder (mode 0755): run chmod 700")
}

func TestCopiesWithoutACacheAreRemovedAtTheEnd(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newSite(t)
	f := New(Options{})
	_, err := load(t, f, s.source("/hosts.csv"))
	require.NoError(t, err)
	left, _ := os.ReadDir(os.TempDir())
	assert.Len(t, left, 1)
	require.NoError(t, f.Close())
	left, _ = os.ReadDir(os.TempDir())
	assert.Empty(t, left)
}

// TestSecretsStayWithTheirOrigin checks which server is sent which headers.
func TestSecretsStayWithTheirOrigin(t *testing.T) {
	t.Setenv("KITH_TEST_TOKEN", "hunter22")
	secret := &config.Secret{Env: "KITH_TEST_TOKEN"}
	first, second := newSite(t), newSite(t)
	both := filepath.Join(t.TempDir(), "both.pem")
	var text []byte
	for _, ca := range []string{first.ca, second.ca} {
		one, err := os.ReadFile(ca)
		require.NoError(t, err)
		text = append(text, one...)
	}
	require.NoError(t, os.WriteFile(both, text, 0o600))
	for _, test := range []struct {
		name   string
		list   config.Source
		header string
		want   string
	}{
		{"basic", config.Source{Basic: &config.Basic{User: config.TextOrSecret{Text: "kith"}, Password: *secret}}, "Authorization", "Basic a2l0aDpodW50ZXIyMg=="},
		{"bearer", config.Source{Bearer: secret}, "Authorization", "Bearer hunter22"},
		{"header", config.Source{Headers: map[string]config.TextOrSecret{"X-Api-Key": {Secret: secret}}}, "X-Api-Key", "hunter22"},
	} {
		list := test.list
		list.Name, list.Path, list.CA = "hosts", first.URL+"/hosts.csv", both
		if list.Headers == nil {
			list.Headers = map[string]config.TextOrSecret{}
		}
		list.Headers["Accept"] = config.TextOrSecret{Text: "text/csv"}
		first.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/hosts.csv" {
				http.Redirect(w, r, "/moved.csv", http.StatusTemporaryRedirect)
				return
			}
			http.Redirect(w, r, second.URL+"/hosts.csv", http.StatusFound)
		}
		_, err := load(t, newFetcher(t), list)
		require.NoError(t, err, test.name)
		assert.Equal(t, "/moved.csv", first.request.URL.Path)
		assert.Equal(t, test.want, first.request.Header.Get(test.header), "%s: the same origin", test.name)
		assert.Empty(t, second.request.Header.Get(test.header), "%s: another origin", test.name)
		for _, r := range []*http.Request{first.request, second.request} {
			assert.Equal(t, "text/csv", r.Header.Get("Accept"))
			assert.Equal(t, "kith/test", r.Header.Get("User-Agent"))
		}
	}
}

func TestSecretsAreRemovedFromErrors(t *testing.T) {
	t.Setenv("KITH_TEST_DSN", "postgres://kith:hunt%2Fer22@db/cmdb?sslpassword=other33")
	for _, repeated := range []string{"hunt%2Fer22", "hunt/er22", "other33", os.Getenv("KITH_TEST_DSN")} {
		k, err := readSecrets(&config.Source{SQL: &config.SQL{DSN: config.TextOrSecret{Secret: &config.Secret{Env: "KITH_TEST_DSN"}}}})
		require.NoError(t, err)
		assert.EqualError(t, k.remove(fmt.Errorf("cannot connect with %s", repeated)), "cannot connect with ***")
	}
	k := &secrets{}
	k.hide("ab")
	k.hide("abcd")
	assert.EqualError(t, k.remove(errors.New("abcd ab")), "*** ***", "a longer secret first")
}

// TestWatchedListsAreFetchedAgain lets a Reloader watch a list on a server. An unchanged list
// costs no reload, and while the server fails the old list stays.
func TestWatchedListsAreFetchedAgain(t *testing.T) {
	s := newSite(t)
	var mu sync.Mutex // guards the three
	text, status, unmodified := hosts, http.StatusOK, 0
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		etag := strconv.Quote(strconv.Itoa(len(text)))
		w.Header().Set("ETag", etag)
		switch {
		case status != http.StatusOK:
			w.WriteHeader(status)
		case r.Header.Get("If-None-Match") == etag:
			unmodified++
			w.WriteHeader(http.StatusNotModified)
		default:
			_, _ = w.Write([]byte(text))
		}
	}
	list := s.source("/hosts.csv")
	list.Every = 10 * time.Millisecond // less than a file could have
	c := config.Default()
	c.Assets.Sources = []config.Source{list}
	f := newFetcher(t)
	first, err := lists.LoadVersion(t.Context(), c, "", lists.Options{Fetcher: f})
	require.NoError(t, err)
	reloaded, failed := make(chan int, 100), make(chan error, 100)
	r, err := lists.NewReloader(first, lists.ReloadOptions{
		Swap: func(*snapshot.Snapshot) error { return nil },
		Reloaded: func(v *lists.Version, _ time.Duration) {
			assets, _ := v.Count()
			reloaded <- assets
		},
		Refused:     func(err error) { failed <- err },
		FetchFailed: func(err error) { failed <- err },
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	require.NoError(t, r.Watch(ctx))
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	change := func(newText string, newStatus int) {
		mu.Lock()
		defer mu.Unlock()
		text, status = newText, newStatus
	}
	change(hosts+"10.0.0.2,bob\n", http.StatusOK)
	assert.Equal(t, 2, <-reloaded)
	change("", http.StatusBadGateway)
	var stale *lists.StaleError
	require.ErrorAs(t, <-failed, &stale)
	assert.ErrorContains(t, stale, "502 Bad Gateway: using the copy of ")
	change(hosts+"10.0.0.2,bob\n10.0.0.3,eve\n", http.StatusOK)
	assert.Equal(t, 3, <-reloaded)
	stop()
	<-ended
	assert.EqualValues(t, 2, r.Reloads(), "%d times the list was unchanged", unmodified)
}
