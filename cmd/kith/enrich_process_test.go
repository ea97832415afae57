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

// enrichProcess is a running kith enrich, whose input, output and messages are handled
// line by line.
type enrichProcess struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	pipe io.Closer // of out
	out  *bufio.Reader
	errs *bufio.Reader
}

// startProcess starts kith enrich in a folder with files. The process is killed if it
// runs for too long.
func startProcess(t *testing.T, files map[string]string, args ...string) (*enrichProcess, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	self, err := os.Executable()
	require.NoError(t, err)
	p := &enrichProcess{t: t, cmd: exec.CommandContext(t.Context(), self)}
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

// enrichEvent writes an event and returns the enriched event, which must be written
// although the input goes on.
func (p *enrichProcess) enrichEvent(event string) string {
	p.t.Helper()
	_, err := io.WriteString(p.in, event+"\n")
	require.NoError(p.t, err)
	line, err := p.out.ReadString('\n')
	require.NoError(p.t, err)
	return strings.TrimSuffix(line, "\n")
}

// awaitMessage waits for a line on standard error. It skips other lines: a list may be
// read while it is being written.
func (p *enrichProcess) awaitMessage(want string) {
	p.t.Helper()
	for {
		line, err := p.errs.ReadString('\n')
		require.NoError(p.t, err, "waiting for %q", want)
		if strings.Contains(line, want) {
			return
		}
	}
}

// waitForExit waits for the end of the process and returns its exit code and the
// remaining messages.
func (p *enrichProcess) waitForExit() (int, string) {
	p.t.Helper()
	messages, err := io.ReadAll(p.errs)
	require.NoError(p.t, err)
	_ = p.cmd.Wait() // the exit code is checked below
	return p.cmd.ProcessState.ExitCode(), string(messages)
}

// TestSignalsReloadAndFinish sends SIGHUP for a reload, then SIGINT or SIGTERM while the
// input is still open.
func TestSignalsReloadAndFinish(t *testing.T) {
	t.Parallel()
	for _, end := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p, dir := startProcess(t, map[string]string{"hosts.csv": hosts("ann")}, "enrich", "--assets", "hosts.csv", "--fields", "owner")
		assert.Equal(t, `{"src":"10.0.0.1","src_owner":"ann"}`, p.enrichEvent(`{"src":"10.0.0.1"}`))
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		p.awaitMessage("kith: the lists have not changed")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "hosts.csv"), []byte(hosts("barbara")), 0o666))
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		p.awaitMessage("kith: reloaded 1 asset and 0 identities")
		assert.Equal(t, `{"src":"10.0.0.1","src_owner":"barbara"}`, p.enrichEvent(`{"src":"10.0.0.1"}`))
		require.NoError(t, p.cmd.Process.Signal(end))
		code, messages := p.waitForExit()
		assert.Equal(t, exitDone, code)
		assert.Regexp(t, `^kith: 2 events in .*\n  matched +src +2\n  unmatched +0\n  reloads +1\n$`, messages)
	}
}

// TestWatchReloadsChangedLists replaces a list by renaming, writes one in place, adds
// one, and breaks one, which must leave the current lists in use.
func TestWatchReloadsChangedLists(t *testing.T) {
	t.Parallel()
	p, dir := startProcess(t, map[string]string{
		"kith.yaml":  "assets: {sources: [{path: 'more-*.csv', optional: true}, {path: hosts.csv}]}\n",
		"hosts.csv":  hosts("ann"),
		"out.ndjson": "",
	}, "enrich", "--watch", "--fields", "owner", "--summary", "json")
	const event = `{"src":"10.0.0.1"}`
	owned := func(owner string) {
		t.Helper()
		assert.Equal(t, `{"src":"10.0.0.1","src_owner":"`+owner+`"}`, p.enrichEvent(event))
	}
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	owned("ann")
	write("new", hosts("bob"))
	require.NoError(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "hosts.csv")))
	p.awaitMessage("kith: reloaded 1 asset and")
	owned("bob")

	write("hosts.csv", hosts("barbara"))
	p.awaitMessage("kith: reloaded 1 asset and")
	owned("barbara")

	write("hosts.csv", "owner\nmallory\n")
	p.awaitMessage("kith: hosts.csv:1:1: no key column")
	p.awaitMessage("kith: the new lists are not used; keeping the current lists")
	owned("barbara")

	write("more-1.csv", hosts("carol"))
	write("hosts.csv", hosts("barbara"))
	p.awaitMessage("kith: reloaded 1 asset and")
	owned("carol")

	require.NoError(t, p.in.Close())
	code, messages := p.waitForExit()
	assert.Equal(t, exitDone, code)
	assert.Contains(t, messages, `"events":5,`)
	assert.Contains(t, messages, `"reloads":3}`)
}

func TestClosedOutputEndsQuietly(t *testing.T) {
	t.Parallel()
	p, _ := startProcess(t, map[string]string{"hosts.csv": hosts("ann")}, "enrich", "--assets", "hosts.csv")
	p.enrichEvent(`{"src":"10.0.0.1"}`)
	require.NoError(t, p.pipe.Close())
	_, err := io.WriteString(p.in, `{"src":"10.0.0.1"}`+"\n")
	require.NoError(t, err)
	code, messages := p.waitForExit()
	assert.Equal(t, exitDone, code)
	assert.Empty(t, messages)
}
