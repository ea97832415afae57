//go:build !windows

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// process is kith enrich at work, fed and heard line by line.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	pipe io.Closer // of out
	out  *bufio.Reader
	errs *bufio.Reader
}

// startProcess starts kith in a folder with files. It is ended after a while,
// whatever it does.
func startProcess(t *testing.T, files map[string]string, args ...string) (*process, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), self)}
	p.cmd.Args, p.cmd.Dir = append([]string{"kith"}, args...), dir
	p.in, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	errs, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	p.pipe = out
	p.out, p.errs = bufio.NewReader(out), bufio.NewReader(errs)
	require.NoError(t, p.cmd.Start())
	over := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	t.Cleanup(func() { over.Stop() })
	return p, dir
}

// feed writes one event and returns what becomes of it: nothing is held back
// while the input pauses.
func (p *process) feed(event string) string {
	p.t.Helper()
	_, err := io.WriteString(p.in, event+"\n")
	require.NoError(p.t, err)
	line, err := p.out.ReadString('\n')
	require.NoError(p.t, err)
	return strings.TrimSuffix(line, "\n")
}

// hears waits for a line on standard error. What is said before it, because a
// list was read while it was being written, is passed over.
func (p *process) hears(want string) {
	p.t.Helper()
	for {
		line, err := p.errs.ReadString('\n')
		require.NoError(p.t, err, "waiting for %q", want)
		if strings.Contains(line, want) {
			return
		}
	}
}

// ends waits for the end and returns the exit code and what else was said.
func (p *process) ends() (int, string) {
	p.t.Helper()
	said, err := io.ReadAll(p.errs)
	require.NoError(p.t, err)
	_ = p.cmd.Wait() // the exit code says it
	return p.cmd.ProcessState.ExitCode(), string(said)
}

// TestSignals takes SIGHUP for a reload, and finishes for SIGINT and SIGTERM
// while the input is still open.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, end := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p, dir := startProcess(t, map[string]string{"hosts.csv": hosts("ann")}, "enrich", "--assets", "hosts.csv", "--fields", "owner")
		assert.Equal(t, `{"src":"10.0.0.1","src_owner":"ann"}`, p.feed(`{"src":"10.0.0.1"}`))
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		p.hears("kith: the lists have not changed")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "hosts.csv"), []byte(hosts("barbara")), 0o666))
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		p.hears("kith: reloaded 1 asset and 0 identities")
		assert.Equal(t, `{"src":"10.0.0.1","src_owner":"barbara"}`, p.feed(`{"src":"10.0.0.1"}`))
		require.NoError(t, p.cmd.Process.Signal(end))
		code, said := p.ends()
		assert.Equal(t, exitDone, code)
		assert.Regexp(t, `^kith: 2 events in .*\n  matched +src +2\n  unmatched +0\n  reloads +1\n$`, said)
	}
}

// TestWatch loads lists anew when they are replaced by renaming, written in
// place, or appear, and keeps them when the new ones are bad.
func TestWatch(t *testing.T) {
	t.Parallel()
	p, dir := startProcess(t, map[string]string{
		"kith.yaml":  "assets: {sources: [{path: 'more-*.csv', optional: true}, {path: hosts.csv}]}\n",
		"hosts.csv":  hosts("ann"),
		"out.ndjson": "",
	}, "enrich", "--watch", "--fields", "owner", "--summary", "json")
	const event = `{"src":"10.0.0.1"}`
	owned := func(owner string) {
		t.Helper()
		assert.Equal(t, `{"src":"10.0.0.1","src_owner":"`+owner+`"}`, p.feed(event))
	}
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	owned("ann")
	write("new", hosts("bob"))
	require.NoError(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "hosts.csv")))
	p.hears("kith: reloaded 1 asset and")
	owned("bob")

	write("hosts.csv", hosts("barbara"))
	p.hears("kith: reloaded 1 asset and")
	owned("barbara")

	write("hosts.csv", "owner\nmallory\n")
	p.hears("kith: hosts.csv:1:1: no key column")
	p.hears("kith: the new lists are not used; keeping the current lists")
	owned("barbara")

	write("more-1.csv", hosts("carol"))
	write("hosts.csv", hosts("barbara"))
	p.hears("kith: reloaded 1 asset and")
	owned("carol")

	require.NoError(t, p.in.Close())
	code, said := p.ends()
	assert.Equal(t, exitDone, code)
	assert.Contains(t, said, `"events":5,`)
	assert.Contains(t, said, `"reloads":3}`)
}

// TestClosedOutput ends quietly when nobody reads on.
func TestClosedOutput(t *testing.T) {
	t.Parallel()
	p, _ := startProcess(t, map[string]string{"hosts.csv": hosts("ann")}, "enrich", "--assets", "hosts.csv")
	p.feed(`{"src":"10.0.0.1"}`)
	require.NoError(t, p.pipe.Close())
	_, err := io.WriteString(p.in, `{"src":"10.0.0.1"}`+"\n")
	require.NoError(t, err)
	code, said := p.ends()
	assert.Equal(t, exitDone, code)
	assert.Empty(t, said)
}
