package lists

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/filestate"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/snapshot"
)

// testReloader is a Reloader whose clock the test controls and whose reports are recorded.
type testReloader struct {
	*Reloader
	t        *testing.T
	dir      string
	enricher *enrich.Enricher
	requests chan os.Signal
	tick     chan time.Time
	checked  chan struct{}
	waits    chan time.Duration
	watched  [][]string

	reportedMu sync.Mutex
	reported   bytes.Buffer
}

// printf records a report.
func (r *testReloader) printf(format string, args ...any) {
	r.reportedMu.Lock()
	defer r.reportedMu.Unlock()
	fmt.Fprintf(&r.reported, format+"\n", args...)
}

func (r *testReloader) options() ReloadOptions {
	return ReloadOptions{
		Swap:     r.enricher.Swap,
		Requests: r.requests,
		Refused: func(err error) {
			for _, e := range problem.Joined(err) {
				r.printf("%v", e)
			}
			if hint, ok := problem.Hint(err); ok {
				r.printf("hint: %s", hint)
			}
			r.printf("refused")
		},
		Unchanged:     func() { r.printf("unchanged") },
		FetchFailed:   func(err error) { r.printf("%v", err) },
		BlocksChanged: func(path string) { r.printf("%s: blocks changed", path) },
		Reloaded: func(v *Version, _ time.Duration) {
			assets, identities := v.Count()
			r.printf("reloaded %d assets and %d identities", assets, identities)
			for _, c := range v.Changes {
				r.printf("changed %v", c)
			}
		},
	}
}

// startReloading writes files into a directory and starts a Reloader for the configuration
// kith.yaml among them.
func startReloading(t *testing.T, files map[string]string) *testReloader {
	t.Helper()
	return startFetching(t, nil, files)
}

// startFetching is startReloading with a Fetcher.
func startFetching(t *testing.T, fetcher Fetcher, files map[string]string) *testReloader {
	t.Helper()
	r := &testReloader{
		t: t, dir: t.TempDir(), requests: make(chan os.Signal), tick: make(chan time.Time),
		checked: make(chan struct{}, 1), waits: make(chan time.Duration, 1),
	}
	for name, text := range files {
		r.replaceFile(name, text)
	}
	c, err := config.Open(filepath.Join(r.dir, "kith.yaml"))
	require.NoError(t, err)
	first, err := LoadVersion(t.Context(), c, "", Options{Fetcher: fetcher})
	require.NoError(t, err)
	r.enricher, err = enrich.New(first.Snapshot, enrich.Options{Fields: []string{"owner"}})
	require.NoError(t, err)
	r.Reloader, err = NewReloader(first, r.options())
	require.NoError(t, err)
	r.after = func(d time.Duration) <-chan time.Time { r.waits <- d; return r.tick }
	r.afterCheck = func() { r.checked <- struct{}{} }
	r.watch = func(files []string) { r.watched = append(r.watched, files) }
	go r.Run(t.Context())
	return r
}

// replaceFile replaces a file by renaming another file over it.
func (r *testReloader) replaceFile(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	require.NoError(r.t, os.WriteFile(path+".new", []byte(text), 0o666))
	require.NoError(r.t, os.Rename(path+".new", path))
}

// requestReload sends SIGHUP and returns the reports that follow.
func (r *testReloader) requestReload() string {
	r.requests <- syscall.SIGHUP
	<-r.checked
	return r.takeReports()
}

func (r *testReloader) takeReports() string {
	r.reportedMu.Lock()
	defer r.reportedMu.Unlock()
	defer r.reported.Reset()
	return strings.ReplaceAll(r.reported.String(), r.dir+string(filepath.Separator), "")
}

// owner returns the owner of 10.0.0.1 with which events are enriched.
func (r *testReloader) owner() string {
	out, _, err := r.enricher.AppendJSON(nil, []byte(`{"src":"10.0.0.1"}`))
	require.NoError(r.t, err)
	_, owner, _ := strings.Cut(string(out), `"src_owner":"`)
	owner, _, _ = strings.Cut(owner, `"`)
	return owner
}

const oneList = "assets: {sources: [{path: hosts.csv}]}\n"

func hostList(owners ...string) string {
	var b strings.Builder
	b.WriteString("ip,owner\n")
	for i, owner := range owners {
		b.WriteString("10.0.0." + string(rune('1'+i)) + "," + owner + "\n")
	}
	return b.String()
}

func TestReloadOnRequest(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hostList("ann", "x")})
	assert.Equal(t, "ann", r.owner())
	assert.Equal(t, "unchanged\n", r.requestReload())

	r.replaceFile("hosts.csv", hostList("bob", "x"))
	assert.Equal(t, "reloaded 2 assets and 0 identities\n", r.requestReload())
	assert.Equal(t, "bob", r.owner())
	assert.EqualValues(t, 1, r.Reloads())
}

// TestReloadRefusesBadVersions checks that a bad version is refused with the reason, that the
// version in use is kept, and that the next good version is put into use.
func TestReloadRefusesBadVersions(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hostList("ann", "x", "y")})
	const refused = "refused\n"

	r.replaceFile("hosts.csv", "owner\nbob\n")
	assert.Equal(t, "hosts.csv:1:1: no key column: the header needs ip, mac, nt_host or dns; rename one with columns: {hostname: nt_host}\n"+refused, r.requestReload())
	assert.Equal(t, "ann", r.owner())

	r.replaceFile("hosts.csv", hostList("bob"))
	assert.Equal(t, "2 of 3 assets are missing from the new lists, more than the allowed share of 0.5\n"+
		"hosts: 3 → 1 row, 3 → 1 asset: more than the allowed share of 0.5 is missing\n"+
		"hint: if this is intended, restart, or raise reload.max_loss in the configuration\n"+refused, r.requestReload())
	assert.Equal(t, "ann", r.owner())

	require.NoError(t, os.Remove(filepath.Join(r.dir, "hosts.csv")))
	assert.Equal(t, "kith.yaml:1:27: hosts.csv: no such file or directory\n"+
		"hint: correct the path, or add optional: true to a source whose file may be absent\n"+refused, r.requestReload())

	r.replaceFile("kith.yaml", oneList+"relaod: {}\n")
	assert.Equal(t, "kith.yaml:2:1: unknown key \"relaod\" (did you mean \"reload\"?)\n"+refused, r.requestReload())
	assert.Zero(t, r.Reloads())

	r.replaceFile("kith.yaml", oneList+"reload: {max_loss: 0.9}\n")
	r.replaceFile("hosts.csv", hostList("bob"))
	assert.Contains(t, r.requestReload(), "reloaded 1 assets and ")
	assert.Equal(t, "bob", r.owner())

	r.o.Swap = func(*snapshot.Snapshot) error { return errors.New("no") }
	r.replaceFile("hosts.csv", hostList("eve"))
	assert.Equal(t, "no\n"+refused, r.requestReload())
	assert.Equal(t, "no\n"+refused, r.requestReload(), "a refused version is tried again")
}

// TestReloadRefusesToLoseManyEntities checks that missing entities are counted, even
// if others have replaced them. An entity that only got another key is not missing.
func TestReloadRefusesToLoseManyEntities(t *testing.T) {
	const list = "ip,nt_host,dns\n10.0.0.1,ws1,%s\n10.0.0.2,,%s\n10.0.1.0/24,,%s\n"
	named := fmt.Sprintf(list, "ws1.corp", "ws2.corp", "net.corp")
	r := startReloading(t, map[string]string{
		"kith.yaml": oneList + "identities: {sources: [{path: people.csv}]}\n",
		"hosts.csv": fmt.Sprintf(list, "", "", ""), "people.csv": "identity\na|b\nc|d\n",
	})

	r.replaceFile("hosts.csv", named)
	assert.Contains(t, r.requestReload(), "reloaded 3 assets and 2 identities", "every entity has another id")

	r.replaceFile("hosts.csv", strings.NewReplacer("ws", "pc", "net", "lan", "10.0.", "10.9.").Replace(named))
	assert.Contains(t, r.requestReload(), "3 of 3 assets are missing from the new lists, more than the allowed share of 0.5")

	r.replaceFile("hosts.csv", named)
	r.replaceFile("people.csv", "identity\nx|a\ny|z\n")
	assert.Contains(t, r.requestReload(), "reloaded 3 assets and 2 identities", "half of them are missing")
	r.replaceFile("people.csv", "identity\nv\nw\n")
	assert.Contains(t, r.requestReload(), "2 of 2 identities are missing")
}

// TestReloadReadsNewConfiguration checks that the lists of a new configuration are
// read, and that changes of its blocks for events are ignored.
func TestReloadReadsNewConfiguration(t *testing.T) {
	r := startReloading(t, map[string]string{
		"kith.yaml": oneList, "hosts.csv": hostList("ann"), "best.csv": hostList("bob"), "people.csv": "identity\njdoe\n",
	})
	r.replaceFile("kith.yaml", "assets: {sources: [{path: best.csv}, {path: hosts.csv}]}\nidentities: {sources: [{path: people.csv}]}\n")
	assert.Contains(t, r.requestReload(), "reloaded 1 assets and 1 identities")
	assert.Equal(t, "bob", r.owner())
	require.Len(t, r.watched, 1)
	assert.Len(t, r.watched[0], 4)

	r.replaceFile("kith.yaml", oneList+"enrich: {fields: [priority]}\n")
	reports := r.requestReload()
	assert.Contains(t, reports, "kith.yaml: blocks changed\n")
	assert.Contains(t, reports, "more than the allowed share of 0.5", "the identities are missing")
	assert.NotContains(t, r.requestReload(), "blocks changed", "the change is reported once")
}

// TestReloadWaitsUntilFilesSettle checks that files are only read after they have stayed
// unchanged for a while.
func TestReloadWaitsUntilFilesSettle(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hostList("ann")})
	wait := func() { assert.Equal(t, settleTime, <-r.waits) }

	r.notifyChange()
	wait()
	r.tick <- time.Time{}
	<-r.checked
	assert.Empty(t, r.takeReports(), "another file in the directory has changed")

	r.replaceFile("hosts.csv", hostList("bob"))
	r.notifyChange()
	wait()
	r.tick <- time.Time{}
	wait()
	r.replaceFile("hosts.csv", hostList("carol"))
	r.tick <- time.Time{}
	wait()
	assert.Equal(t, "ann", r.owner())
	r.tick <- time.Time{}
	<-r.checked
	assert.Equal(t, "carol", r.owner())
	assert.Contains(t, r.takeReports(), "reloaded 1 assets and ")
	assert.EqualValues(t, 1, r.Reloads())
}

// TestReloadRepeatsIfFilesChangeMeanwhile checks that files are checked again if
// one changes while it is read.
func TestReloadRepeatsIfFilesChangeMeanwhile(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hostList("ann")})
	r.o.Swap = func(s *snapshot.Snapshot) error {
		r.replaceFile("hosts.csv", hostList("carol"))
		r.o.Swap = r.enricher.Swap
		return r.enricher.Swap(s)
	}
	r.replaceFile("hosts.csv", hostList("bob"))
	r.requests <- syscall.SIGHUP
	<-r.checked
	assert.Equal(t, "bob", r.owner())
	for range 2 {
		<-r.waits
		r.tick <- time.Time{}
	}
	<-r.checked
	assert.Equal(t, "carol", r.owner())
}

// A change is detected even if a configuration is replaced right after it was read, and if
// a file is replaced twice within the resolution of the file system's clock. In that time
// the second file may get the inode of the first.
func TestVersionStatesDetectQuickChanges(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}
	put("kith.yaml", "assets: {sources: [{path: hosts.csv, set: {version: v1}}]}\n")
	put("hosts.csv", "ip\n10.0.0.1\n")
	for range 5 {
		c, err := config.Open(filepath.Join(dir, "kith.yaml"))
		require.NoError(t, err)
		for i := range 2 {
			put("kith.yaml", fmt.Sprintf("assets: {sources: [{path: hosts.csv, set: {version: v%d}}]}\n", i))
		}
		v, err := LoadVersion(t.Context(), c, "", Options{})
		require.NoError(t, err)
		assert.False(t, v.before.same(v.currentStates()), "the configuration")
		v.before.files = filestate.BeforeRead(v.paths())
		for i := range 2 {
			put("hosts.csv", fmt.Sprintf("ip\n10.0.0.%d\n", i))
		}
		assert.False(t, v.before.same(v.currentStates()), "a list")
	}
}

func TestVersionStatesDetectChanges(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	c := config.Default()
	c.Assets.Sources = []config.Source{{Path: path, Typed: true, Optional: true}, {Path: filepath.Join(dir, "b-*.csv"), Typed: true, Optional: true}}
	v := &Version{Config: c}
	states := v.currentStates
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	absent := states()
	assert.True(t, absent.same(states()))
	write("a.csv", "ip\n")
	there := states()
	assert.False(t, absent.same(there))
	assert.False(t, there.same(absent))
	write("a.csv", "ip\n1.2.3.4\n")
	written := states()
	assert.False(t, there.same(written), "another size")
	when := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(path, when, when))
	touched := states()
	assert.False(t, written.same(touched), "another time")
	write("b-1.csv", "ip\n")
	assert.False(t, touched.same(states()), "a pattern matches more")
	require.NoError(t, os.Remove(filepath.Join(dir, "b-1.csv")))
	assert.True(t, touched.same(states()))
}

func TestFoldersOfFollowsLinksAndPatterns(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.MkdirAll("lists/a", 0o777))
	require.NoError(t, os.MkdirAll("lists/b", 0o777))
	require.NoError(t, os.MkdirAll("real", 0o777))
	require.NoError(t, os.WriteFile("real/x.csv", nil, 0o666))
	if err := os.Symlink(filepath.Join("..", "real", "x.csv"), "lists/link.csv"); err != nil {
		t.Skip(err)
	}
	assert.Equal(t, []string{".", "lists/a", "lists/b", "lists", "real"},
		foldersOf([]string{"kith.yaml", "lists/*/x.csv", "lists/*.csv", "lists/link.csv"}))
}
