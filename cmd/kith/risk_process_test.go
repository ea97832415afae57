package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kithCommand returns a process of the real command: the test binary is kith if it is
// called by that name.
func kithCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &exec.Cmd{Path: self, Args: append([]string{"kith"}, args...), Dir: dir}
}

const processConfig = `risk:
  windows: [30m]
  lateness: 5m
  incident_rules:
    - {name: risk_threshold_24h, window: 20m, when: score > 60, refire: severity, severity: [{at_least: 100, is: high}]}
    - {name: quiet, window: 10m, when: capped_score < 8, dedup: source, suppress: 3m}
`

// processLines returns an hour of modifiers, some of which are late, duplicates,
// malformed or negative.
func processLines(n int) []byte {
	rng := rand.New(rand.NewPCG(11, 7))
	var b bytes.Buffer
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(i)*time.Hour/time.Duration(n) - time.Duration(rng.IntN(2)*rng.IntN(400))*time.Second)
		line := fmt.Sprintf(`{"_time":"%s","risk_object":"u%d","risk_object_type":"user","risk_score":%d,"source":"s%d","n":%d}`,
			at.Format(time.RFC3339), rng.IntN(40), rng.IntN(25)-6, rng.IntN(4), i/2*2+rng.IntN(2))
		if rng.IntN(50) == 0 {
			line = "oops"
		}
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// processFolder returns a folder with the configuration and the lines, and the notables
// of an uninterrupted run.
func processFolder(t *testing.T, lines []byte) (dir, want string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "kith.yaml"), []byte(processConfig), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lines.ndjson"), lines, 0o600))
	out, err := kithCommand(t, dir, "risk", "lines.ndjson", "-q").Output()
	require.NoError(t, err)
	require.Greater(t, bytes.Count(out, []byte("\n")), 100)
	return dir, string(out)
}

// riskKiller runs kith risk and kills it, repeatedly.
type riskKiller struct {
	t          *testing.T
	dir        string
	rng        *rand.Rand
	kills      int
	maxRunTime time.Duration // of a process before it is killed
	lastKill   time.Time     // the time of the last kill
}

// runAndKill starts the command and kills it after a random time, unless it has ended
// before. It returns what the command wrote, and whether it ended by itself.
func (k *riskKiller) runAndKill(c *exec.Cmd) (stdout []byte, ended bool) {
	k.t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	require.NoError(k.t, c.Start())
	var alarm *time.Timer
	if k.kills > 0 && time.Now().Before(k.lastKill) {
		alarm = time.AfterFunc(time.Duration(k.rng.Int64N(int64(k.maxRunTime))), func() { _ = c.Process.Kill() })
	}
	err := c.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		if alarm != nil {
			alarm.Stop()
		}
		return out.Bytes(), true
	case alarm != nil && errors.As(err, &exit) && !exit.Exited():
		k.kills--
		return out.Bytes(), false
	}
	require.NoError(k.t, err, errs.String())
	return nil, false
}

// TestCrash kills the process at random times and runs the same command again, until it
// ends by itself. The notables must be those of an uninterrupted run.
func TestCrash(t *testing.T) {
	kills, timeLimit := crashBudget(t)
	lines := processLines(20000)
	dir, want := processFolder(t, lines)
	k := &riskKiller{t: t, dir: dir, rng: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)), kills: kills}
	began := time.Now()
	_, ended := k.undisturbed(kithCommand(t, dir, "risk", "lines.ndjson", "-q", "--state", "first", "--commit-every", "1ms"))
	require.True(t, ended)
	k.maxRunTime, k.lastKill = time.Since(began)*5/4, time.Now().Add(timeLimit)
	for round := 0; k.kills > 0 && time.Now().Before(k.lastKill); round++ {
		state := fmt.Sprintf("state%d", round)
		switch round % 4 {
		case 0:
			k.fileToFile(state, want)
		case 1:
			k.fileToStream(state, want)
		case 2:
			k.streamToFile(state, lines, want, true)
		case 3:
			k.streamToFile(state, lines, want, false)
		}
		require.NoError(t, os.RemoveAll(filepath.Join(dir, state)))
	}
	t.Logf("%d kills", kills-k.kills)
	assert.Positive(t, kills-k.kills)
}

func (k *riskKiller) undisturbed(c *exec.Cmd) ([]byte, bool) {
	kills := k.kills
	k.kills = 0
	defer func() { k.kills = kills }()
	return k.runAndKill(c)
}

// fileToFile runs the command from file to file until it ends by itself. The output must
// equal that of an uninterrupted run.
func (k *riskKiller) fileToFile(state, want string) {
	for ended := false; !ended; {
		_, ended = k.runAndKill(kithCommand(k.t, k.dir, "risk", "lines.ndjson", "-q", "--state", state, "-o", state+".out", "--commit-every", "1ms"))
	}
	require.Equal(k.t, want, readText(k.t, filepath.Join(k.dir, state+".out")), "FILE to -o FILE")
}

// fileToStream collects the notables that all runs wrote to standard output. None may be
// missing, and a repeated one must have the same bytes.
func (k *riskKiller) fileToStream(state, want string) {
	written := map[string]bool{}
	for ended := false; !ended; {
		var out []byte
		out, ended = k.runAndKill(kithCommand(k.t, k.dir, "risk", "lines.ndjson", "-q", "--state", state, "--commit-every", "1ms"))
		for line := range bytes.Lines(out) {
			if bytes.HasSuffix(line, []byte("\n")) { // a line that the kill cut does not count
				written[string(line)] = true
			}
		}
	}
	all := slices.Collect(strings.Lines(want))
	require.Len(k.t, written, len(all), "FILE to standard output")
	for _, line := range all {
		require.True(k.t, written[line], "lost: %s", line)
	}
}

// streamToFile sends standard input again, from the first line that was not acknowledged
// or from the beginning.
func (k *riskKiller) streamToFile(state string, lines []byte, want string, acknowledged bool) {
	fed := 0
	for ended := false; !ended; {
		acks := filepath.Join(k.dir, state+".acks")
		require.NoError(k.t, os.RemoveAll(acks))
		c := kithCommand(k.t, k.dir, "risk", "-q", "--state", state, "-o", state+".out", "--ack", acks, "--commit-every", "1ms")
		c.Stdin = bytes.NewReader(lines[fed:])
		_, ended = k.runAndKill(c)
		if acknowledged {
			fed += lastAck(k.t, acks)
		}
	}
	require.Equal(k.t, want, readText(k.t, filepath.Join(k.dir, state+".out")), "standard input to -o FILE, from the last acknowledgement: %v", acknowledged)
}

// lastAck returns the number of bytes that the last complete line of a file
// acknowledges.
func lastAck(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	require.NoError(t, err)
	var ack struct{ Lines, Bytes int }
	for line := range bytes.Lines(text) {
		if bytes.HasSuffix(line, []byte("\n")) {
			require.NoError(t, json.Unmarshal(line, &ack))
		}
	}
	return ack.Bytes
}

// liveRisk is a running kith risk that waits for more input.
type liveRisk struct {
	*exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

// startLive starts kith risk and waits for the notable of a first line.
func startLive(t *testing.T, dir string, args ...string) *liveRisk {
	t.Helper()
	l := &liveRisk{Cmd: kithCommand(t, dir, append([]string{"risk"}, args...)...)}
	var err error
	l.in, err = l.StdinPipe()
	require.NoError(t, err)
	out, err := l.StdoutPipe()
	require.NoError(t, err)
	l.out, l.Stderr = bufio.NewReader(out), &l.stderr
	require.NoError(t, l.Start())
	t.Cleanup(func() { _ = l.Process.Kill() })
	l.writeLine(t, `{"_time":"2026-03-01T10:00:00Z","risk_object":"jdoe","risk_score":101,"source":"a"}`)
	return l
}

// writeLine writes a line and waits for its notable, which must be written although the
// input goes on.
func (l *liveRisk) writeLine(t *testing.T, line string) {
	t.Helper()
	_, err := io.WriteString(l.in, line+"\n")
	require.NoError(t, err)
	notable, err := l.out.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, notable, `"rule":"risk_threshold_24h"`)
}

// TestNotablesAreWrittenWhenInputPauses also checks that SIGTERM and SIGINT finish what
// was read, and that a second process may read the state but not write it.
func TestNotablesAreWrittenWhenInputPauses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals")
	}
	for _, stop := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		for _, args := range [][]string{{"--summary", "json"}, {"--summary", "json", "--state", "state", "--ack", "acks"}} {
			dir := t.TempDir()
			l := startLive(t, dir, args...)
			if len(args) > 2 {
				out, err := kithCommand(t, dir, "risk", "--state", "state").CombinedOutput()
				require.Error(t, err)
				require.Equal(t, "kith: state directory state is used by another process\nkith: hint: wait until it has ended, or use another directory\n", string(out))
				out, err = kithCommand(t, dir, "risk", "top", "--state", "state").CombinedOutput()
				require.NoError(t, err)
				require.Regexp(t, `(?m)^jdoe +other +101 `, string(out))
			}
			_, err := io.WriteString(l.in, `{"_time":"2026-03-01T10:01:00Z","risk_object":"half a li`)
			require.NoError(t, err)
			require.NoError(t, l.Process.Signal(stop))
			rest, err := io.ReadAll(l.out)
			require.NoError(t, err)
			require.NoError(t, l.Wait(), l.stderr.String())
			assert.Empty(t, rest)
			assert.Equal(t, `{"lines":1,"counted":1,"duplicates":0,"late":0,"bad":0,"unmatched":0,"rule_errors":0,"notables":1}`+"\n", l.stderr.String())
			if len(args) > 2 {
				assert.Equal(t, `{"lines":1,"bytes":84}`+"\n", readText(t, filepath.Join(dir, "acks")))
			}
		}
	}
}

// TestNotablesOfClosedPipeAreWrittenAgain closes the reader of the notables. The run must
// end quietly. With --state, the next run must write the notables.
func TestNotablesOfClosedPipeAreWrittenAgain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes are closed otherwise")
	}
	dir := t.TempDir()
	for _, args := range [][]string{{"-q"}, {"-q", "--state", "state"}} {
		c := kithCommand(t, dir, append([]string{"risk"}, args...)...)
		var errs bytes.Buffer
		c.Stdin, c.Stderr = strings.NewReader(`{"_time":"2026-03-01T10:00:00Z","risk_object":"jdoe","risk_score":101}`), &errs
		read, write, err := os.Pipe()
		require.NoError(t, err)
		c.Stdout = write
		require.NoError(t, read.Close())
		require.NoError(t, c.Run(), errs.String())
		require.NoError(t, write.Close())
		assert.Empty(t, errs.String())
	}
	out, err := kithCommand(t, dir, "risk", "-q", "--state", "state").Output()
	require.NoError(t, err)
	assert.Equal(t, 1, bytes.Count(out, []byte("\n")), "written again")
	out, err = kithCommand(t, dir, "risk", "-q", "--state", "state").Output()
	require.NoError(t, err)
	assert.Empty(t, out, "written only once")
}

// TestUnwrittenBadLineIsNotAcknowledged lets the dead-letter file be a full disk. The
// next run with enough space must read the line again and report it.
func TestUnwrittenBadLineIsNotAcknowledged(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("no /dev/full")
	}
	dir := t.TempDir()
	lines := `{"_time":"2026-03-01T10:00:00Z","risk_object":"jdoe","risk_score":101}` + "\noops\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lines.ndjson"), []byte(lines), 0o600))
	run := func(letters string) (stdout, stderr string, err error) {
		c := kithCommand(t, dir, "risk", "-q", "--state", "state", "--ack", "acks", "--dead-letter", letters, "lines.ndjson")
		var out, errs bytes.Buffer
		c.Stdout, c.Stderr = &out, &errs
		err = c.Run()
		return out.String(), errs.String(), err
	}
	out, errs, err := run("/dev/full")
	require.Error(t, err)
	assert.Equal(t, "kith: write /dev/full: no space left on device\n", errs)
	assert.Empty(t, out)
	assert.Empty(t, readText(t, filepath.Join(dir, "acks")))

	out, errs, err = run("letters.ndjson")
	require.NoError(t, err, errs)
	assert.Equal(t, 1, strings.Count(out, "\n"))
	assert.Contains(t, readText(t, filepath.Join(dir, "letters.ndjson")), `"line":2`)
	assert.Equal(t, fmt.Sprintf("{\"lines\":2,\"bytes\":%d}\n", len(lines)), readText(t, filepath.Join(dir, "acks")))
}
