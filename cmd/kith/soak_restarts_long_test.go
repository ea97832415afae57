//go:build long && linux

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// restartTest processes the same lines again and again. Whatever stops a process, the
// next one continues as the documentation says, and all outputs together must equal that
// of an uninterrupted run.
type restartTest struct {
	soakFolder
	page      *soakReport
	rng       *rand.Rand
	input     soakLines
	events    [][]byte // input.lines enriched
	notables  [][]byte // of an uninterrupted run
	took      time.Duration
	disk      string // a small file system; "" if it could not be mounted
	enriched  eventCounts
	counted   eventCounts
	recounted int // lines that were counted a second time
	accounts  soakCounts
	passes    int
	ofEnrich  shuffledDeck // of faults
	ofRisk    shuffledDeck
}

func newRestarts(t *testing.T, page *soakReport, rng *rand.Rand) *restartTest {
	r := &restartTest{soakFolder: soakFolder{t, t.TempDir()}, page: page, rng: rng, input: newSoakLines(rng), ofEnrich: shuffledDeck{n: 8, rng: rng}, ofRisk: shuffledDeck{n: 8, rng: rng}}
	r.replaceFile("hosts.csv", soakHosts(0, 200, "good"))
	r.replaceFile("people.csv", soakPeople(60, "good"))
	r.replaceFile("kith.yaml", soakRisk)
	r.replaceFile("lines.ndjson", string(bytes.Join(r.input.lines, nil)))
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, r.path("kith"))) // the test binary is kith if it is called by that name
	r.mountDisk()
	r.runUninterrupted()
	return r
}

// mountDisk mounts a small file system if the process has the right to.
func (r *restartTest) mountDisk() {
	disk := r.path("disk")
	require.NoError(r.t, os.Mkdir(disk, 0o700))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		r.page.setNote("full disk", fmt.Sprintf(" (/dev/full and limits of a file; no small file system, mount failed: %v)", err))
		return
	}
	r.t.Cleanup(func() { require.NoError(r.t, syscall.Unmount(disk, syscall.MNT_DETACH)) })
	r.disk = disk
	r.page.setNote("full disk", " (/dev/full, limits of a file, a file system of 64 MiB)")
}

// runUninterrupted runs both commands once without faults, and compares their counts
// with those that the lines were generated for.
func (r *restartTest) runUninterrupted() {
	began := time.Now()
	events, err := kithCommand(r.t, r.dir, "enrich", "-q", "lines.ndjson").Output()
	require.NoError(r.t, err)
	r.took = time.Since(began)
	r.events = bytes.SplitAfter(events, []byte("\n"))
	r.events = r.events[:len(r.events)-1]
	require.Len(r.t, r.events, len(r.input.lines))

	risk := kithCommand(r.t, r.dir, "risk", "-q", "--summary", "json")
	var errs bytes.Buffer
	risk.Stdin, risk.Stderr = bytes.NewReader(events), &errs
	notables, err := risk.Output()
	require.NoError(r.t, err)
	r.notables = bytes.SplitAfter(notables, []byte("\n"))
	r.notables = r.notables[:len(r.notables)-1]
	require.Greater(r.t, len(r.notables), 100)
	require.NoError(r.t, json.Unmarshal(errs.Bytes(), &r.accounts))
	require.Equal(r.t, r.input.counts, r.accounts, "counts of risk, compared with those of the generator")
}

// runPasses makes passes until the time end.
func (r *restartTest) runPasses(end time.Time) {
	for time.Now().Before(end) {
		r.passEnrich()
		r.passRisk()
		r.passes++
		r.page.addCount("clock step", 2*r.input.clockSteps)
	}
}

// randomDelay returns a random delay, within which an uninterrupted run ends in most
// cases.
func (r *restartTest) randomDelay() time.Duration {
	return time.Duration(r.rng.Int64N(int64(r.took) * 5 / 4))
}

// newCommand returns a kith command, every third time with a low memory limit.
func (r *restartTest) newCommand(args ...string) *exec.Cmd {
	r.page.addCount("process", 1)
	c := kithCommand(r.t, r.dir, args...)
	c.Env = os.Environ()
	if r.rng.IntN(3) == 0 {
		r.page.addCount("GOMEMLIMIT=20MiB", 1)
		c.Env = append(c.Env, "GOMEMLIMIT=20MiB")
	}
	return c
}

// newLimitedCommand returns a kith command whose files are limited to a number of KiB.
// It replaces a full disk where no file system can be mounted.
func (r *restartTest) newLimitedCommand(kib int, args ...string) *exec.Cmd {
	c := r.newCommand(args...)
	c.Path = "/bin/sh"
	c.Args = append([]string{"sh", "-c", `ulimit -f "$0" && exec ./kith "$@"`, strconv.Itoa(2 * kib)}, args...)
	return c
}

// processEnd is the result of a process.
type processEnd struct {
	code int // -1: by a signal
	out  []byte
	errs string
}

// runWithSignal runs a command, and sends it a signal after a while unless it has ended.
func (r *restartTest) runWithSignal(c *exec.Cmd, after time.Duration, s os.Signal) processEnd {
	var out, errs bytes.Buffer
	if c.Stdout == nil {
		c.Stdout = &out
	}
	c.Stderr = &errs
	require.NoError(r.t, c.Start())
	if s != nil {
		alarm := time.AfterFunc(after, func() { _ = c.Process.Signal(s) })
		defer alarm.Stop()
	}
	err := c.Wait()
	r.page.notePeakMemory(c.ProcessState)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(r.t, err)
	}
	return processEnd{c.ProcessState.ExitCode(), out.Bytes(), errs.String()}
}

// passEnrich passes all lines through kith enrich, in as many runs as the faults
// require.
func (r *restartTest) passEnrich() {
	o := &orderChecker{report: r.t.Logf, matches: func(i int, line []byte) bool { return i < len(r.events) && bytes.Equal(line, r.events[i]) }}
	faults := []func(from int) []byte{r.stopBySIGTERM, r.stopBySIGKILL, r.closePipe, r.writeToFullDevice, r.exceedFileLimit, r.fillDisk, r.readTruncatedFile, r.readFailingFile}
	for o.next < len(r.events) && !r.t.Failed() {
		o.checkLines(faults[r.ofEnrich.next()](o.next))
	}
	o.in = len(r.events)
	r.enriched.addCounts(o.eventCounts)
	r.page.addCount("pass of enrich", 1)
}

// addCounts adds o to t.
func (t *eventCounts) addCounts(o eventCounts) {
	t.in, t.out, t.lost, t.doubled, t.mixed, t.wrong = t.in+o.in, t.out+o.out, t.lost+o.lost, t.doubled+o.doubled, t.mixed+o.mixed, t.wrong+o.wrong
}

// openLinesFrom opens the input at a line, where the next process continues.
func (r *restartTest) openLinesFrom(line int) *os.File {
	f, err := os.Open(r.path("lines.ndjson"))
	require.NoError(r.t, err)
	_, err = f.Seek(int64(len(bytes.Join(r.input.lines[:line], nil))), 0)
	require.NoError(r.t, err)
	return f
}

// stopBySIGTERM ends the process by SIGTERM. The events that were read must be written,
// and the summary must state their number of bytes.
func (r *restartTest) stopBySIGTERM(from int) []byte {
	c := r.newCommand("enrich", "-q", "--summary", "json")
	in := r.openLinesFrom(from)
	defer in.Close()
	c.Stdin = in
	r.page.addCount("SIGTERM", 1)
	e := r.runWithSignal(c, r.randomDelay(), syscall.SIGTERM)
	if e.code != exitDone { // before anything was written, or before the handler was installed
		assert.Empty(r.t, e.out)
		assert.True(r.t, e.code == -1 || e.errs == "kith: interrupted; nothing was written\n", "exit %d, %s", e.code, e.errs)
		return nil
	}
	var summary struct {
		Events  int
		BytesIn int `json:"bytes_in"`
	}
	require.NoError(r.t, json.Unmarshal([]byte(e.errs), &summary), e.errs)
	n := bytes.Count(e.out, []byte("\n"))
	assert.Equal(r.t, n, summary.Events)
	assert.Equal(r.t, len(bytes.Join(r.input.lines[from:from+n], nil)), summary.BytesIn, "bytes of the lines that were written")
	return e.out
}

// stopBySIGKILL ends the process by SIGKILL. The last line may be incomplete.
func (r *restartTest) stopBySIGKILL(from int) []byte {
	c := r.newCommand("enrich", "-q")
	in := r.openLinesFrom(from)
	defer in.Close()
	c.Stdin = in
	r.page.addCount("SIGKILL", 1)
	e := r.runWithSignal(c, r.randomDelay(), os.Kill)
	if e.code != -1 {
		assert.Equal(r.t, exitDone, e.code, e.errs)
	}
	return e.out
}

// closePipe closes the reader of the output. The process must end quietly.
func (r *restartTest) closePipe(from int) []byte {
	c := r.newCommand("enrich", "-q")
	in := r.openLinesFrom(from)
	defer in.Close()
	head := exec.Command("head", "-n", strconv.Itoa(r.rng.IntN(len(r.events))))
	var out bytes.Buffer
	c.Stdin, head.Stdout = in, &out
	wait := r.connectCommands(c, head)
	e := r.runWithSignal(c, 0, nil)
	wait()
	r.page.addCount("closed pipe", 1)
	assert.Equal(r.t, exitDone, e.code)
	assert.Empty(r.t, e.errs)
	return out.Bytes()
}

// connectCommands connects the output of writer to the input of reader, and starts
// reader. The caller must then start writer. wait returns when reader has ended.
func (r *restartTest) connectCommands(writer, reader *exec.Cmd) (wait func()) {
	read, write, err := os.Pipe()
	require.NoError(r.t, err)
	writer.Stdout, reader.Stdin = write, read
	require.NoError(r.t, reader.Start())
	require.NoError(r.t, read.Close())
	return func() {
		require.NoError(r.t, write.Close())
		_ = reader.Wait() // its ProcessState has the result
	}
}

// writeToFullDevice writes to a full device.
func (r *restartTest) writeToFullDevice(from int) []byte {
	in := r.openLinesFrom(from)
	defer in.Close()
	c := r.newCommand("enrich", "-q", "-o", "/dev/full")
	if r.rng.IntN(2) == 0 {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		require.NoError(r.t, err)
		defer full.Close()
		c = r.newCommand("enrich", "-q")
		c.Stdout = full
	}
	c.Stdin = in
	r.page.addCount("full disk", 1)
	e := r.runWithSignal(c, 0, nil)
	assert.Equal(r.t, exitFailed, e.code)
	assert.Regexp(r.t, `^kith: (/dev/full|standard output): no space left on device\n$`, e.errs)
	return nil
}

// exceedFileLimit writes to a file whose size is limited.
func (r *restartTest) exceedFileLimit(from int) []byte {
	size := len(bytes.Join(r.events, nil)) >> 10
	return r.enrichToFile(from, r.newLimitedCommand(1+r.rng.IntN(size*5/4), "enrich", "-q", "-o", "piece.ndjson"), "piece.ndjson", "file too large")
}

// fillDisk writes to a file system with too little space.
func (r *restartTest) fillDisk(from int) []byte {
	if r.disk == "" {
		return nil
	}
	defer r.fillDiskUpTo(r.rng.IntN(len(bytes.Join(r.events, nil)) * 5 / 4))()
	return r.enrichToFile(from, r.newCommand("enrich", "-q", "-o", "disk/piece.ndjson"), "disk/piece.ndjson", "no space left on device")
}

// enrichToFile runs kith enrich with an output file that it may not be able to complete.
func (r *restartTest) enrichToFile(from int, c *exec.Cmd, path, reason string) []byte {
	in := r.openLinesFrom(from)
	defer in.Close()
	c.Stdin = in
	e := r.runWithSignal(c, 0, nil)
	if e.code != exitDone {
		r.page.addCount("full disk", 1)
		assert.Equal(r.t, exitFailed, e.code)
		assert.Equal(r.t, "kith: "+path+": "+reason+"\n", e.errs)
	}
	out := readText(r.t, r.path(path))
	require.NoError(r.t, os.Remove(r.path(path)))
	return []byte(out)
}

// fillDiskUpTo leaves a number of bytes free on the small file system until undo is
// called.
func (r *restartTest) fillDiskUpTo(left int) (undo func()) {
	var disk syscall.Statfs_t
	require.NoError(r.t, syscall.Statfs(r.disk, &disk))
	ballast, err := os.Create(r.path("disk/ballast"))
	require.NoError(r.t, err)
	defer ballast.Close()
	if size := int64(disk.Bavail)*disk.Bsize - int64(left); size > 0 {
		require.NoError(r.t, syscall.Fallocate(int(ballast.Fd()), 0, 0, size))
	}
	return func() { require.NoError(r.t, os.Remove(ballast.Name())) }
}

// readTruncatedFile reads a truncated gzip file.
func (r *restartTest) readTruncatedFile(from int) []byte {
	r.truncateInput(from)
	e := r.runWithSignal(r.newCommand("enrich", "-q", "torn.ndjson.gz"), 0, nil)
	assert.Equal(r.t, exitFailed, e.code)
	assert.Equal(r.t, "kith: torn.ndjson.gz: gzip data is cut short: unexpected EOF\n", e.errs)
	return e.out
}

// truncateInput writes the lines from one on as a gzip file, and truncates it.
func (r *restartTest) truncateInput(from int) {
	r.page.addCount("read error", 1)
	var packed bytes.Buffer
	w := mustReturn(gzip.NewWriterLevel(&packed, gzip.BestSpeed))
	_, err := w.Write(bytes.Join(r.input.lines[from:], nil))
	require.NoError(r.t, errors.Join(err, w.Close()))
	const head = 20
	r.replaceFile("torn.ndjson.gz", packed.String()[:head+r.rng.IntN(packed.Len()-head)])
}

// readFailingFile reads a good file, then one whose reads fail.
func (r *restartTest) readFailingFile(from int) []byte {
	some := r.input.lines[from : from+1+r.rng.IntN(len(r.input.lines)-from)]
	r.replaceFile("some.ndjson", string(bytes.Join(some, nil)))
	r.page.addCount("read error", 1)
	e := r.runWithSignal(r.newCommand("enrich", "-q", "some.ndjson", "/proc/self/mem"), 0, nil)
	assert.Equal(r.t, exitFailed, e.code)
	assert.Equal(r.t, "kith: /proc/self/mem: input/output error\n", e.errs)
	assert.Equal(r.t, len(some), bytes.Count(e.out, []byte("\n")))
	return e.out
}

// mustReturn returns v and panics on an error.
func mustReturn[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
