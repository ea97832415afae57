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

// restarts takes the same lines through the command again and again. Whatever
// stops a process, the next one goes on as the manual says, and in the end the
// pieces are what one run that nobody disturbed writes.
type restarts struct {
	soakFolder
	page     *soakPage
	rng      *rand.Rand
	input    soakLines
	events   [][]byte // input.lines enriched
	notables [][]byte // of a run that nobody disturbed
	took     time.Duration
	disk     string // a small file system; "" if it may not be mounted
	enriched tally
	counted  tally
	again    int // lines that were counted a second time
	accounts soakAccounts
	passes   int
	ofEnrich deck // of its faults
	ofRisk   deck
}

func newRestarts(t *testing.T, page *soakPage, rng *rand.Rand) *restarts {
	r := &restarts{soakFolder: soakFolder{t, t.TempDir()}, page: page, rng: rng, input: newSoakLines(rng), ofEnrich: deck{n: 8, rng: rng}, ofRisk: deck{n: 8, rng: rng}}
	r.put("hosts.csv", soakHosts(0, 200, "good"))
	r.put("people.csv", soakPeople(60, "good"))
	r.put("kith.yaml", soakRisk)
	r.put("lines.ndjson", string(bytes.Join(r.input.lines, nil)))
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, r.path("kith"))) // what it is called tells the test binary that it is kith
	r.mount()
	r.undisturbed()
	return r
}

// mount gets a small file system, which needs the right to.
func (r *restarts) mount() {
	disk := r.path("disk")
	require.NoError(r.t, os.Mkdir(disk, 0o700))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		r.page.note("full disk", fmt.Sprintf(" (/dev/full and limits of a file; no small file system: mount: %v)", err))
		return
	}
	r.t.Cleanup(func() { require.NoError(r.t, syscall.Unmount(disk, syscall.MNT_DETACH)) })
	r.disk = disk
	r.page.note("full disk", " (/dev/full, limits of a file, a file system of 64 MiB)")
}

// undisturbed runs both commands once with nothing in their way, and checks
// their counts against those that the lines were made for.
func (r *restarts) undisturbed() {
	began := time.Now()
	events, err := kith(r.t, r.dir, "enrich", "-q", "lines.ndjson").Output()
	require.NoError(r.t, err)
	r.took = time.Since(began)
	r.events = bytes.SplitAfter(events, []byte("\n"))
	r.events = r.events[:len(r.events)-1]
	require.Len(r.t, r.events, len(r.input.lines))

	risk := kith(r.t, r.dir, "risk", "-q", "--summary", "json")
	var errs bytes.Buffer
	risk.Stdin, risk.Stderr = bytes.NewReader(events), &errs
	notables, err := risk.Output()
	require.NoError(r.t, err)
	r.notables = bytes.SplitAfter(notables, []byte("\n"))
	r.notables = r.notables[:len(r.notables)-1]
	require.Greater(r.t, len(r.notables), 100)
	require.NoError(r.t, json.Unmarshal(errs.Bytes(), &r.accounts))
	require.Equal(r.t, r.input.accounts, r.accounts, "what risk counted, and what the lines were made for")
}

// run makes passes until the time is over.
func (r *restarts) run(end time.Time) {
	for time.Now().Before(end) {
		r.passEnrich()
		r.passRisk()
		r.passes++
		r.page.count("clock step", 2*r.input.steps)
	}
}

// moment is a random time within which an undisturbed run would have ended, or
// nearly.
func (r *restarts) moment() time.Duration {
	return time.Duration(r.rng.Int64N(int64(r.took) * 5 / 4))
}

// command is kith with little memory now and then.
func (r *restarts) command(args ...string) *exec.Cmd {
	r.page.count("process", 1)
	c := kith(r.t, r.dir, args...)
	c.Env = os.Environ()
	if r.rng.IntN(3) == 0 {
		r.page.count("GOMEMLIMIT=20MiB", 1)
		c.Env = append(c.Env, "GOMEMLIMIT=20MiB")
	}
	return c
}

// limited is kith whose files may not grow beyond so many KiB: a full disk for
// those who may not mount one.
func (r *restarts) limited(kib int, args ...string) *exec.Cmd {
	c := r.command(args...)
	c.Path = "/bin/sh"
	c.Args = append([]string{"sh", "-c", `ulimit -f "$0" && exec ./kith "$@"`, strconv.Itoa(2 * kib)}, args...)
	return c
}

// ended is how a process ended.
type ended struct {
	code int // -1: by a signal
	out  []byte
	errs string
}

// end runs a command and sends it a signal after a while, if it is not over by
// then.
func (r *restarts) end(c *exec.Cmd, after time.Duration, s os.Signal) ended {
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
	r.page.held(c.ProcessState)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(r.t, err)
	}
	return ended{c.ProcessState.ExitCode(), out.Bytes(), errs.String()}
}

// passEnrich takes all lines through kith enrich, in as many pieces as the
// faults make of them.
func (r *restarts) passEnrich() {
	o := &inOrder{says: r.t.Logf, fits: func(i int, line []byte) bool { return i < len(r.events) && bytes.Equal(line, r.events[i]) }}
	faults := []func(from int) []byte{r.stopped, r.killed, r.unread, r.deviceFull, r.fileLimit, r.diskFull, r.torn, r.unreadable}
	for o.next < len(r.events) && !r.t.Failed() {
		o.takeAll(faults[r.ofEnrich.deal()](o.next))
	}
	o.in = len(r.events)
	r.enriched.add(o.tally)
	r.page.count("pass of enrich", 1)
}

func (t *tally) add(o tally) {
	t.in, t.out, t.lost, t.doubled, t.mixed, t.wrong = t.in+o.in, t.out+o.out, t.lost+o.lost, t.doubled+o.doubled, t.mixed+o.mixed, t.wrong+o.wrong
}

// from opens the lines from one on, which is what a process goes on with.
func (r *restarts) from(line int) *os.File {
	f, err := os.Open(r.path("lines.ndjson"))
	require.NoError(r.t, err)
	_, err = f.Seek(int64(len(bytes.Join(r.input.lines[:line], nil))), 0)
	require.NoError(r.t, err)
	return f
}

// stopped is ended by SIGTERM: what was read is written, and the summary says
// how much that was.
func (r *restarts) stopped(from int) []byte {
	c := r.command("enrich", "-q", "--summary", "json")
	in := r.from(from)
	defer in.Close()
	c.Stdin = in
	r.page.count("SIGTERM", 1)
	e := r.end(c, r.moment(), syscall.SIGTERM)
	if e.code != exitDone { // it came before there was anything to write, or before anybody minded
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
	assert.Equal(r.t, len(bytes.Join(r.input.lines[from:from+n], nil)), summary.BytesIn, "bytes of the lines that came out")
	return e.out
}

// killed is ended by SIGKILL: the last line may be cut.
func (r *restarts) killed(from int) []byte {
	c := r.command("enrich", "-q")
	in := r.from(from)
	defer in.Close()
	c.Stdin = in
	r.page.count("SIGKILL", 1)
	e := r.end(c, r.moment(), os.Kill)
	if e.code != -1 {
		assert.Equal(r.t, exitDone, e.code, e.errs)
	}
	return e.out
}

// unread writes to somebody who goes away: a quiet end.
func (r *restarts) unread(from int) []byte {
	c := r.command("enrich", "-q")
	in := r.from(from)
	defer in.Close()
	head := exec.Command("head", "-n", strconv.Itoa(r.rng.IntN(len(r.events))))
	var out bytes.Buffer
	c.Stdin, head.Stdout = in, &out
	wait := r.join(c, head)
	e := r.end(c, 0, nil)
	wait()
	r.page.count("closed pipe", 1)
	assert.Equal(r.t, exitDone, e.code)
	assert.Empty(r.t, e.errs)
	return out.Bytes()
}

// join makes the output of one command the input of another and starts that;
// the first has to be started next. The other has ended when wait returns.
func (r *restarts) join(from, to *exec.Cmd) (wait func()) {
	read, write, err := os.Pipe()
	require.NoError(r.t, err)
	from.Stdout, to.Stdin = write, read
	require.NoError(r.t, to.Start())
	require.NoError(r.t, read.Close())
	return func() {
		require.NoError(r.t, write.Close())
		_ = to.Wait() // how it ended stands in its ProcessState
	}
}

// deviceFull writes to a device that is full.
func (r *restarts) deviceFull(from int) []byte {
	in := r.from(from)
	defer in.Close()
	c := r.command("enrich", "-q", "-o", "/dev/full")
	if r.rng.IntN(2) == 0 {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		require.NoError(r.t, err)
		defer full.Close()
		c = r.command("enrich", "-q")
		c.Stdout = full
	}
	c.Stdin = in
	r.page.count("full disk", 1)
	e := r.end(c, 0, nil)
	assert.Equal(r.t, exitFailed, e.code)
	assert.Regexp(r.t, `^kith: (/dev/full|standard output): no space left on device\n$`, e.errs)
	return nil
}

// fileLimit writes to a file that may not grow as long as it would.
func (r *restarts) fileLimit(from int) []byte {
	size := len(bytes.Join(r.events, nil)) >> 10
	return r.toFile(from, r.limited(1+r.rng.IntN(size*5/4), "enrich", "-q", "-o", "piece.ndjson"), "piece.ndjson", "file too large")
}

// diskFull writes to a file system that has too little room.
func (r *restarts) diskFull(from int) []byte {
	if r.disk == "" {
		return nil
	}
	defer r.fill(r.rng.IntN(len(bytes.Join(r.events, nil)) * 5 / 4))()
	return r.toFile(from, r.command("enrich", "-q", "-o", "disk/piece.ndjson"), "disk/piece.ndjson", "no space left on device")
}

// toFile runs kith enrich with an output file that it may not be able to finish.
func (r *restarts) toFile(from int, c *exec.Cmd, path, reason string) []byte {
	in := r.from(from)
	defer in.Close()
	c.Stdin = in
	e := r.end(c, 0, nil)
	if e.code != exitDone {
		r.page.count("full disk", 1)
		assert.Equal(r.t, exitFailed, e.code)
		assert.Equal(r.t, "kith: "+path+": "+reason+"\n", e.errs)
	}
	out := readText(r.t, r.path(path))
	require.NoError(r.t, os.Remove(r.path(path)))
	return []byte(out)
}

// fill leaves so many bytes on the small file system until it is undone.
func (r *restarts) fill(left int) (undo func()) {
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

// torn reads a file that breaks off.
func (r *restarts) torn(from int) []byte {
	r.tear(from)
	e := r.end(r.command("enrich", "-q", "torn.ndjson.gz"), 0, nil)
	assert.Equal(r.t, exitFailed, e.code)
	assert.Equal(r.t, "kith: torn.ndjson.gz: gzip data is cut short: unexpected EOF\n", e.errs)
	return e.out
}

// tear packs the lines from one on, and cuts the file.
func (r *restarts) tear(from int) {
	r.page.count("read error", 1)
	var packed bytes.Buffer
	w := must(gzip.NewWriterLevel(&packed, gzip.BestSpeed))
	_, err := w.Write(bytes.Join(r.input.lines[from:], nil))
	require.NoError(r.t, errors.Join(err, w.Close()))
	const head = 20
	r.put("torn.ndjson.gz", packed.String()[:head+r.rng.IntN(packed.Len()-head)])
}

// unreadable reads a file in which a read fails, after one that is in order.
func (r *restarts) unreadable(from int) []byte {
	some := r.input.lines[from : from+1+r.rng.IntN(len(r.input.lines)-from)]
	r.put("some.ndjson", string(bytes.Join(some, nil)))
	r.page.count("read error", 1)
	e := r.end(r.command("enrich", "-q", "some.ndjson", "/proc/self/mem"), 0, nil)
	assert.Equal(r.t, exitFailed, e.code)
	assert.Equal(r.t, "kith: /proc/self/mem: input/output error\n", e.errs)
	assert.Equal(r.t, len(some), bytes.Count(e.out, []byte("\n")))
	return e.out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
