package main

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

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/filestate"
)

// reloading is a reloader whose clock is turned by the test, and what it says.
type reloading struct {
	*reloader
	t        *testing.T
	dir      string
	enricher *enrich.Enricher
	hup      chan os.Signal
	tick     chan time.Time
	looked   chan struct{}
	waits    chan time.Duration
	watched  [][]string

	mu   sync.Mutex
	said bytes.Buffer
}

// Write is how the reloader tells.
func (r *reloading) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.Write(p)
}

// startReloading writes files into a folder and starts a reloader for the
// configuration kith.yaml among them.
func startReloading(t *testing.T, files map[string]string) *reloading {
	t.Helper()
	r := &reloading{
		t: t, dir: t.TempDir(), hup: make(chan os.Signal), tick: make(chan time.Time),
		looked: make(chan struct{}, 1), waits: make(chan time.Duration, 1),
	}
	for name, text := range files {
		r.put(name, text)
	}
	f := &readFlags{}
	f.config = filepath.Join(r.dir, "kith.yaml")
	config, err := f.open()
	require.NoError(t, err)
	first, err := f.version(t.Context(), config, nil)
	require.NoError(t, err)
	r.enricher, err = enrich.New(first.snapshot, enrich.Options{Fields: []string{"owner"}})
	require.NoError(t, err)
	r.reloader = newReloader(f, first, r.enricher.Swap, term.NewMessages(r, nil))
	r.asked, r.written = r.hup, writtenBlocksOf(config)
	r.after = func(d time.Duration) <-chan time.Time { r.waits <- d; return r.tick }
	r.tried = func() { r.looked <- struct{}{} }
	r.watch = func(files []string) { r.watched = append(r.watched, files) }
	go r.run(t.Context())
	return r
}

// put replaces a file by renaming another over it.
func (r *reloading) put(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	require.NoError(r.t, os.WriteFile(path+".new", []byte(text), 0o666))
	require.NoError(r.t, os.Rename(path+".new", path))
}

// hangUp sends SIGHUP and returns what was said to it.
func (r *reloading) hangUp() string {
	r.hup <- syscall.SIGHUP
	<-r.looked
	return r.heard()
}

func (r *reloading) heard() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.said.Reset()
	return strings.ReplaceAll(r.said.String(), r.dir+string(filepath.Separator), "")
}

// owner is the owner of 10.0.0.1 as events have it.
func (r *reloading) owner() string {
	out, err := r.enricher.AppendJSON(nil, []byte(`{"src":"10.0.0.1"}`))
	require.NoError(r.t, err)
	_, owner, _ := strings.Cut(string(out), `"src_owner":"`)
	owner, _, _ = strings.Cut(owner, `"`)
	return owner
}

const oneList = "assets: {sources: [{path: hosts.csv}]}\n"

func hosts(owners ...string) string {
	var b strings.Builder
	b.WriteString("ip,owner\n")
	for i, owner := range owners {
		b.WriteString("10.0.0." + string(rune('1'+i)) + "," + owner + "\n")
	}
	return b.String()
}

func TestReloadOnHangup(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hosts("ann", "x")})
	assert.Equal(t, "ann", r.owner())
	assert.Equal(t, "kith: nothing has changed in the lists\n", r.hangUp())

	r.put("hosts.csv", hosts("bob", "x"))
	assert.Regexp(t, `^kith: reloaded 2 assets and 0 identities in \d+m?s\n$`, r.hangUp())
	assert.Equal(t, "bob", r.owner())
	assert.EqualValues(t, 1, r.reloads.Load())
}

// TestReloadRefuses keeps what is in use, says why a version is bad, and takes
// the next that is good.
func TestReloadRefuses(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hosts("ann", "x", "y")})
	const stays = "kith: the new lists are not used: those of before stay\n"

	r.put("hosts.csv", "owner\nbob\n")
	assert.Equal(t, "kith: hosts.csv:1:1: no key column: the header needs ip, mac, nt_host or dns; rename one with columns: {hostname: nt_host}\n"+stays, r.hangUp())
	assert.Equal(t, "ann", r.owner())

	r.put("hosts.csv", hosts("bob"))
	assert.Equal(t, "kith: 2 of 3 assets are gone, more than the share of 0.5 that a new version may lose\n"+
		"kith: hint: if that is right, start again, or raise max_loss in the block reload of the configuration\n"+stays, r.hangUp())
	assert.Equal(t, "ann", r.owner())

	require.NoError(t, os.Remove(filepath.Join(r.dir, "hosts.csv")))
	assert.Equal(t, "kith: kith.yaml:1:27: hosts.csv: no such file or directory\n"+
		"kith: hint: correct the path, or let the list be absent: optional: true\n"+stays, r.hangUp())

	r.put("kith.yaml", oneList+"relaod: {}\n")
	assert.Equal(t, "kith: kith.yaml:2:1: unknown key \"relaod\" (did you mean \"reload\"?)\n"+stays, r.hangUp())
	assert.Zero(t, r.reloads.Load())

	r.put("kith.yaml", oneList+"reload: {max_loss: 0.9}\n")
	r.put("hosts.csv", hosts("bob"))
	assert.Contains(t, r.hangUp(), "kith: reloaded 1 asset and ")
	assert.Equal(t, "bob", r.owner())

	r.swap = func(*enrich.Snapshot) error { return errors.New("no") }
	r.put("hosts.csv", hosts("eve"))
	assert.Equal(t, "kith: no\n"+stays, r.hangUp())
	assert.Equal(t, "kith: no\n"+stays, r.hangUp(), "what was refused is tried again")
}

// TestReloadLosesOthers counts the entities that are gone, whatever came in
// their place; one that was only given another key is not gone.
func TestReloadLosesOthers(t *testing.T) {
	const list = "ip,nt_host,dns\n10.0.0.1,ws1,%s\n10.0.0.2,,%s\n10.0.1.0/24,,%s\n"
	named := fmt.Sprintf(list, "ws1.corp", "ws2.corp", "net.corp")
	r := startReloading(t, map[string]string{
		"kith.yaml": oneList + "identities: {sources: [{path: people.csv}]}\n",
		"hosts.csv": fmt.Sprintf(list, "", "", ""), "people.csv": "identity\na|b\nc|d\n",
	})

	r.put("hosts.csv", named)
	assert.Contains(t, r.hangUp(), "kith: reloaded 3 assets and 2 identities", "every one has another id")

	r.put("hosts.csv", strings.NewReplacer("ws", "pc", "net", "lan", "10.0.", "10.9.").Replace(named))
	assert.Contains(t, r.hangUp(), "kith: 3 of 3 assets are gone, more than the share of 0.5")

	r.put("hosts.csv", named)
	r.put("people.csv", "identity\nx|a\ny|z\n")
	assert.Contains(t, r.hangUp(), "kith: reloaded 3 assets and 2 identities", "half of them are")
	r.put("people.csv", "identity\nv\nw\n")
	assert.Contains(t, r.hangUp(), "kith: 2 of 2 identities are gone")
}

// TestReloadConfiguration reads the lists of a new configuration, and leaves
// alone how events are enriched.
func TestReloadConfiguration(t *testing.T) {
	r := startReloading(t, map[string]string{
		"kith.yaml": oneList, "hosts.csv": hosts("ann"), "best.csv": hosts("bob"), "people.csv": "identity\njdoe\n",
	})
	r.put("kith.yaml", "assets: {sources: [{path: best.csv}, {path: hosts.csv}]}\nidentities: {sources: [{path: people.csv}]}\n")
	assert.Contains(t, r.hangUp(), "kith: reloaded 1 asset and 1 identity in ")
	assert.Equal(t, "bob", r.owner())
	require.Len(t, r.watched, 1)
	assert.Len(t, r.watched[0], 4)

	r.put("kith.yaml", oneList+"enrich: {fields: [priority]}\n")
	said := r.hangUp()
	assert.Contains(t, said, "kith: kith.yaml: the blocks enrich and zones have changed: that counts from the next start on\n")
	assert.Contains(t, said, "more than the share of 0.5", "the identities are gone")
	assert.NotContains(t, r.hangUp(), "the blocks enrich and zones", "is said once")
}

// TestReloadSettles reads files when they have stayed as they are for a while.
func TestReloadSettles(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hosts("ann")})
	wait := func() { assert.Equal(t, settle, <-r.waits) }

	r.hint()
	wait()
	r.tick <- time.Time{}
	<-r.looked
	assert.Empty(t, r.heard(), "somebody else's file")

	r.put("hosts.csv", hosts("bob"))
	r.hint()
	wait()
	r.tick <- time.Time{}
	wait()
	r.put("hosts.csv", hosts("carol"))
	r.tick <- time.Time{}
	wait()
	assert.Equal(t, "ann", r.owner())
	r.tick <- time.Time{}
	<-r.looked
	assert.Equal(t, "carol", r.owner())
	assert.Contains(t, r.heard(), "kith: reloaded 1 asset and ")
	assert.EqualValues(t, 1, r.reloads.Load())
}

// TestReloadChangesMeanwhile looks again when a file changes while it is read.
func TestReloadChangesMeanwhile(t *testing.T) {
	r := startReloading(t, map[string]string{"kith.yaml": oneList, "hosts.csv": hosts("ann")})
	r.swap = func(s *enrich.Snapshot) error {
		r.put("hosts.csv", hosts("carol"))
		r.swap = r.enricher.Swap
		return r.enricher.Swap(s)
	}
	r.put("hosts.csv", hosts("bob"))
	r.hup <- syscall.SIGHUP
	<-r.looked
	assert.Equal(t, "bob", r.owner())
	for range 2 {
		<-r.waits
		r.tick <- time.Time{}
	}
	<-r.looked
	assert.Equal(t, "carol", r.owner())
}

// A configuration that is replaced right after it was read shows as changed, and
// so do files that are replaced twice within a tick of the file system's clock,
// when one may have the place of the other and look like it.
func TestFileStatesMissNothing(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}
	put("kith.yaml", "assets: {sources: [{path: hosts.csv, set: {version: v1}}]}\n")
	put("hosts.csv", "ip\n10.0.0.1\n")
	f := &readFlags{}
	f.config = filepath.Join(dir, "kith.yaml")
	for range 5 {
		c, err := f.open()
		require.NoError(t, err)
		for i := range 2 {
			put("kith.yaml", fmt.Sprintf("assets: {sources: [{path: hosts.csv, set: {version: v%d}}]}\n", i))
		}
		v, err := f.version(t.Context(), c, nil)
		require.NoError(t, err)
		assert.False(t, v.files.Same(f.states(c)), "the configuration")
		v.files = filestate.BeforeRead(f.files(c))
		for i := range 2 {
			put("hosts.csv", fmt.Sprintf("ip\n10.0.0.%d\n", i))
		}
		assert.False(t, v.files.Same(f.states(c)), "a list")
	}
}

func TestFileStates(t *testing.T) {
	dir := t.TempDir()
	f := &readFlags{}
	path := filepath.Join(dir, "a.csv")
	c := config.Default()
	c.Assets.Sources = []config.Source{{Path: path, Typed: true, Optional: true}, {Path: filepath.Join(dir, "b-*.csv"), Typed: true, Optional: true}}
	look := func() filestate.States { return f.states(c) }
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	absent := look()
	assert.True(t, absent.Same(look()))
	write("a.csv", "ip\n")
	there := look()
	assert.False(t, absent.Same(there))
	assert.False(t, there.Same(absent))
	write("a.csv", "ip\n1.2.3.4\n")
	written := look()
	assert.False(t, there.Same(written), "another size")
	when := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(path, when, when))
	touched := look()
	assert.False(t, written.Same(touched), "another time")
	write("b-1.csv", "ip\n")
	assert.False(t, touched.Same(look()), "a pattern matches more")
	require.NoError(t, os.Remove(filepath.Join(dir, "b-1.csv")))
	assert.True(t, touched.Same(look()))
}

func TestFoldersOf(t *testing.T) {
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

func TestTellerIsSilenced(t *testing.T) {
	var b bytes.Buffer
	told := term.NewMessages(&b, nil)
	told.Printf("a %s", "\x1b[31m")
	told.Mute()
	told.Printf("b")
	assert.Equal(t, "kith: a \\x1b[31m\n", b.String())
}
