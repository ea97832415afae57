//go:build long && linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// riskPass is one pass of all lines through kith enrich | kith risk --state.
type riskPass struct {
	*restartTest
	folder       string // of the state, the notables and the acknowledgements
	written      map[string]bool
	stream       bool // notables go to standard output, else to -o FILE
	acknowledged int  // number of lines
	code         int  // exit code of the last kith risk
	history      []string
}

// passRisk passes all lines through both commands. After every fault it sends them again
// from the first line that was not acknowledged. Every third pass writes the notables to
// standard output.
func (r *restartTest) passRisk() {
	p := &riskPass{restartTest: r, folder: "state", stream: r.passes%3 == 2, written: map[string]bool{}}
	if r.disk != "" && r.passes%2 == 0 {
		p.folder = "disk/state"
	}
	require.NoError(r.t, os.Mkdir(r.path(p.folder), 0o700))
	faults := []func(enrich, risk *exec.Cmd) bool{
		p.signalOne(true, syscall.SIGTERM), p.signalOne(true, syscall.SIGKILL),
		p.signalOne(false, syscall.SIGTERM), p.signalOne(false, syscall.SIGKILL),
		p.killBoth, p.readTruncatedInput, p.fillStateDisk, p.closeReader,
	}
	for p.acknowledged < len(r.input.lines) && !r.t.Failed() {
		p.runWithFault(faults[r.ofRisk.next()])
	}
	p.resendLines()
	p.compareNotables()
	require.NoError(r.t, os.RemoveAll(r.path(p.folder)))
	r.page.addCount("pass of enrich | risk", 1)
}

// riskArgs returns the arguments of kith risk.
func (p *riskPass) riskArgs() []string {
	args := []string{"risk", "-q", "--summary", "json", "--state", p.folder + "/db", "--ack", p.folder + "/acks", "--commit-every", "20ms"}
	if !p.stream {
		args = append(args, "-o", p.folder+"/notables")
	}
	return args
}

// runWithFault runs both commands with one fault.
func (p *riskPass) runWithFault(fault func(enrich, risk *exec.Cmd) bool) {
	require.NoError(p.t, os.RemoveAll(p.path(p.folder+"/acks")))
	enrich, risk := p.newCommand("enrich", "-q"), p.newCommand(p.riskArgs()...)
	in := p.openLinesFrom(p.acknowledged)
	defer in.Close()
	enrich.Stdin = in
	cut := fault(enrich, risk)
	var acks struct{ Lines int }
	for line := range bytes.Lines([]byte(p.readFile("acks"))) {
		if bytes.HasSuffix(line, []byte("\n")) {
			require.NoError(p.t, json.Unmarshal(line, &acks))
		}
	}
	if cut && acks.Lines > 0 {
		acks.Lines-- // risk may have received only a part of the last line
	}
	p.acknowledged += acks.Lines
	p.history = append(p.history, fmt.Sprintf("enrich ended with %d, risk with %d, and %d lines were acknowledged", enrich.ProcessState.ExitCode(), p.code, p.acknowledged))
}

// readFile returns the text of a file of the pass, "" if it does not exist.
func (p *riskPass) readFile(name string) string {
	text, err := os.ReadFile(p.path(p.folder + "/" + name))
	if !os.IsNotExist(err) {
		require.NoError(p.t, err)
	}
	return string(text)
}

// runBoth runs both commands, and sends a signal to some of them after a while. It
// returns how risk ended; that also closes the pipe that enrich writes to.
func (p *riskPass) runBoth(enrich, risk *exec.Cmd, after time.Duration, s os.Signal, to ...*exec.Cmd) processEnd {
	var out, errs, enrichErrs bytes.Buffer
	if risk.Stdout == nil {
		risk.Stdout = &out
	}
	risk.Stderr, enrich.Stderr = &errs, &enrichErrs
	wait := p.connectCommands(enrich, risk)
	require.NoError(p.t, enrich.Start())
	alarm := time.AfterFunc(after, func() {
		for _, c := range to {
			_ = c.Process.Signal(s)
		}
	})
	defer alarm.Stop()
	_ = enrich.Wait() // the caller checks its result
	wait()
	p.page.notePeakMemory(enrich.ProcessState)
	p.page.notePeakMemory(risk.ProcessState)
	if enrich.ProcessState.ExitCode() == exitDone {
		assert.Empty(p.t, enrichErrs.String())
	}
	p.collectNotables(out.Bytes())
	p.code = risk.ProcessState.ExitCode()
	return processEnd{risk.ProcessState.ExitCode(), out.Bytes(), errs.String()}
}

// collectNotables adds the notables in out, the standard output, except an incomplete
// last line.
func (p *riskPass) collectNotables(out []byte) {
	for line := range bytes.Lines(out) {
		if bytes.HasSuffix(line, []byte("\n")) {
			p.written[string(line)] = true
		}
	}
}

// signalOne sends a signal to enrich if first is set, and to risk otherwise.
func (p *riskPass) signalOne(first bool, s syscall.Signal) func(enrich, risk *exec.Cmd) bool {
	return func(enrich, risk *exec.Cmd) bool {
		p.page.addCount(map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM", syscall.SIGKILL: "SIGKILL"}[s], 1)
		to := risk
		if first {
			to = enrich
		}
		e := p.runBoth(enrich, risk, p.randomDelay(), s, to)
		if e.code != exitDone {
			assert.True(p.t, !first && (e.code == -1 || e.errs == "kith: interrupted; nothing was written\n"), "exit %d, %s", e.code, e.errs)
		}
		return enrich.ProcessState.ExitCode() != exitDone
	}
}

// killBoth kills both commands.
func (p *riskPass) killBoth(enrich, risk *exec.Cmd) bool {
	p.page.addCount("SIGKILL", 2)
	p.runBoth(enrich, risk, p.randomDelay(), syscall.SIGKILL, enrich, risk)
	return enrich.ProcessState.ExitCode() != exitDone
}

// readTruncatedInput gives enrich a truncated file.
func (p *riskPass) readTruncatedInput(enrich, risk *exec.Cmd) bool {
	p.truncateInput(p.acknowledged)
	enrich.Args, enrich.Stdin = append(enrich.Args, "torn.ndjson.gz"), nil
	e := p.runBoth(enrich, risk, 0, nil)
	assert.Equal(p.t, exitFailed, enrich.ProcessState.ExitCode())
	assert.Equal(p.t, exitDone, e.code, e.errs)
	return true
}

// fillStateDisk leaves too little space for the state or the notables.
func (p *riskPass) fillStateDisk(enrich, risk *exec.Cmd) bool {
	if p.folder == "disk/state" {
		defer p.fillDiskUpTo(p.rng.IntN(16 << 20))()
	} else {
		risk = p.newLimitedCommand(64+p.rng.IntN(12<<10), p.riskArgs()...)
	}
	e := p.runBoth(enrich, risk, 0, nil)
	if e.code != exitDone {
		p.page.addCount("full disk", 1)
		assert.Equal(p.t, exitFailed, e.code)
		assert.Regexp(p.t, `(?m)^kith: .*(no space left on device|file too large)$`, e.errs)
		assert.NotContains(p.t, e.errs, "goroutine")
	}
	return enrich.ProcessState.ExitCode() != exitDone
}

// closeReader closes the reader of the notables before the run. Data in a pipe whose
// reader exits is lost, which kith cannot detect, so here none gets into the pipe. A
// pass that writes to a file has no reader, and is not disturbed.
func (p *riskPass) closeReader(enrich, risk *exec.Cmd) bool {
	if p.stream {
		p.page.addCount("closed pipe", 1)
		read, write, err := os.Pipe()
		require.NoError(p.t, errors.Join(err, read.Close()))
		defer write.Close()
		risk.Stdout = write
	}
	e := p.runBoth(enrich, risk, 0, nil)
	assert.Equal(p.t, exitDone, e.code, e.errs)
	return enrich.ProcessState.ExitCode() != exitDone
}

// resendLines sends all lines once more. None may be counted again.
func (p *riskPass) resendLines() {
	c := p.newCommand(p.riskArgs()...)
	c.Stdin = bytes.NewReader(bytes.Join(p.events, nil))
	e := p.runWithSignal(c, 0, nil)
	p.collectNotables(e.out)
	require.Equal(p.t, exitDone, e.code, e.errs)
	var got soakCounts
	require.NoError(p.t, json.Unmarshal([]byte(e.errs), &got))
	p.recounted += got.Counted
	assert.Equal(p.t, soakCounts{
		Lines: p.accounts.Lines, Bad: p.accounts.Bad, Unmatched: p.accounts.Unmatched,
		Duplicates: got.Duplicates, Late: p.accounts.Counted + p.accounts.Duplicates + p.accounts.Late - got.Duplicates,
	}, got, "all lines sent again")
}

// compareNotables compares the notables with those of an uninterrupted run.
func (p *riskPass) compareNotables() {
	o := &orderChecker{report: p.t.Logf, matches: func(i int, line []byte) bool {
		return i >= 0 && i < len(p.notables) && bytes.Equal(line, p.notables[i])
	}}
	if p.stream { // notables that were written twice have the same bytes
		for _, line := range p.notables {
			if p.written[string(line)] {
				o.checkLine(line)
			} else {
				p.t.Logf("never written: %s", line)
			}
		}
		o.wrong += len(p.written) - o.out
	} else {
		o.checkLines([]byte(p.readFile("notables")))
	}
	o.in, o.lost = len(p.notables), o.lost+len(p.notables)-o.next
	if o.eventCounts != (eventCounts{in: o.in, out: o.in}) {
		p.t.Logf("%+v with the state in %s, to a stream: %v\n%s", o.eventCounts, p.folder, p.stream, strings.Join(p.history, "\n"))
	}
	p.counted.addCounts(o.eventCounts)
}
