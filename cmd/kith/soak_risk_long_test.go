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
	*restarts
	folder string // of the state, the notables and the acknowledgements
	said   map[string]bool
	stream bool // notables go to standard output, else to -o FILE
	fed    int  // lines that are acknowledged
	code   int  // with which risk ended last
	told   []string
}

// passRisk takes all lines through both commands, feeding again from the first
// line that was not acknowledged whatever happened; every third time the
// notables go to standard output.
func (r *restarts) passRisk() {
	p := &riskPass{restarts: r, folder: "state", stream: r.passes%3 == 2, said: map[string]bool{}}
	if r.disk != "" && r.passes%2 == 0 {
		p.folder = "disk/state"
	}
	require.NoError(r.t, os.Mkdir(r.path(p.folder), 0o700))
	faults := []func(enrich, risk *exec.Cmd) bool{
		p.signal(true, syscall.SIGTERM), p.signal(true, syscall.SIGKILL),
		p.signal(false, syscall.SIGTERM), p.signal(false, syscall.SIGKILL),
		p.both, p.tornInput, p.noRoom, p.deaf,
	}
	for p.fed < len(r.input.lines) && !r.t.Failed() {
		p.once(faults[r.ofRisk.deal()])
	}
	p.feedAgain()
	p.compare()
	require.NoError(r.t, os.RemoveAll(r.path(p.folder)))
	r.page.count("pass of enrich | risk", 1)
}

// args are those of kith risk.
func (p *riskPass) args() []string {
	args := []string{"risk", "-q", "--summary", "json", "--state", p.folder + "/db", "--ack", p.folder + "/acks", "--commit-every", "20ms"}
	if !p.stream {
		args = append(args, "-o", p.folder+"/notables")
	}
	return args
}

// once runs both commands and lets one fault happen to them.
func (p *riskPass) once(fault func(enrich, risk *exec.Cmd) bool) {
	require.NoError(p.t, os.RemoveAll(p.path(p.folder+"/acks")))
	enrich, risk := p.command("enrich", "-q"), p.command(p.args()...)
	in := p.from(p.fed)
	defer in.Close()
	enrich.Stdin = in
	cut := fault(enrich, risk)
	var acks struct{ Lines int }
	for line := range bytes.Lines([]byte(p.read("acks"))) {
		if bytes.HasSuffix(line, []byte("\n")) {
			require.NoError(p.t, json.Unmarshal(line, &acks))
		}
	}
	if cut && acks.Lines > 0 {
		acks.Lines-- // of the last line risk may have got a part alone
	}
	p.fed += acks.Lines
	p.told = append(p.told, fmt.Sprintf("enrich ended with %d, risk with %d, and %d lines were acknowledged", enrich.ProcessState.ExitCode(), p.code, p.fed))
}

// read returns a file of the pass, nothing if it is not there.
func (p *riskPass) read(name string) string {
	text, err := os.ReadFile(p.path(p.folder + "/" + name))
	if !os.IsNotExist(err) {
		require.NoError(p.t, err)
	}
	return string(text)
}

// pair runs both commands; after a while one of them, or both, get a signal. It
// returns how risk ended, which closes what enrich writes to.
func (p *riskPass) pair(enrich, risk *exec.Cmd, after time.Duration, s os.Signal, to ...*exec.Cmd) ended {
	var out, errs, enrichErrs bytes.Buffer
	if risk.Stdout == nil {
		risk.Stdout = &out
	}
	risk.Stderr, enrich.Stderr = &errs, &enrichErrs
	wait := p.join(enrich, risk)
	require.NoError(p.t, enrich.Start())
	alarm := time.AfterFunc(after, func() {
		for _, c := range to {
			_ = c.Process.Signal(s)
		}
	})
	defer alarm.Stop()
	_ = enrich.Wait() // the caller looks at how it ended
	wait()
	p.page.held(enrich.ProcessState)
	p.page.held(risk.ProcessState)
	if enrich.ProcessState.ExitCode() == exitDone {
		assert.Empty(p.t, enrichErrs.String())
	}
	p.hear(out.Bytes())
	p.code = risk.ProcessState.ExitCode()
	return ended{risk.ProcessState.ExitCode(), out.Bytes(), errs.String()}
}

// hear notes the notables that came to standard output whole.
func (p *riskPass) hear(out []byte) {
	for line := range bytes.Lines(out) {
		if bytes.HasSuffix(line, []byte("\n")) {
			p.said[string(line)] = true
		}
	}
}

// signal sends a signal to enrich or to risk.
func (p *riskPass) signal(first bool, s syscall.Signal) func(enrich, risk *exec.Cmd) bool {
	return func(enrich, risk *exec.Cmd) bool {
		p.page.count(map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM", syscall.SIGKILL: "SIGKILL"}[s], 1)
		to := risk
		if first {
			to = enrich
		}
		e := p.pair(enrich, risk, p.moment(), s, to)
		if e.code != exitDone {
			assert.True(p.t, !first && (e.code == -1 || e.errs == "kith: interrupted; nothing was written\n"), "exit %d, %s", e.code, e.errs)
		}
		return enrich.ProcessState.ExitCode() != exitDone
	}
}

// both are killed at once.
func (p *riskPass) both(enrich, risk *exec.Cmd) bool {
	p.page.count("SIGKILL", 2)
	p.pair(enrich, risk, p.moment(), syscall.SIGKILL, enrich, risk)
	return enrich.ProcessState.ExitCode() != exitDone
}

// tornInput is a file of events that breaks off.
func (p *riskPass) tornInput(enrich, risk *exec.Cmd) bool {
	p.tear(p.fed)
	enrich.Args, enrich.Stdin = append(enrich.Args, "torn.ndjson.gz"), nil
	e := p.pair(enrich, risk, 0, nil)
	assert.Equal(p.t, exitFailed, enrich.ProcessState.ExitCode())
	assert.Equal(p.t, exitDone, e.code, e.errs)
	return true
}

// noRoom lets the state or the notables find no room.
func (p *riskPass) noRoom(enrich, risk *exec.Cmd) bool {
	if p.folder == "disk/state" {
		defer p.fill(p.rng.IntN(16 << 20))()
	} else {
		risk = p.limited(64+p.rng.IntN(12<<10), p.args()...)
	}
	e := p.pair(enrich, risk, 0, nil)
	if e.code != exitDone {
		p.page.count("full disk", 1)
		assert.Equal(p.t, exitFailed, e.code)
		assert.Regexp(p.t, `(?m)^kith: .*(no space left on device|file too large)$`, e.errs)
		assert.NotContains(p.t, e.errs, "goroutine")
	}
	return enrich.ProcessState.ExitCode() != exitDone
}

// deaf is a reader of the notables who has gone away: what is in a pipe when its
// reader goes is lost on the way, which kith cannot know, so it never gets there.
// A pass that writes a file has no reader, and goes on undisturbed.
func (p *riskPass) deaf(enrich, risk *exec.Cmd) bool {
	if p.stream {
		p.page.count("closed pipe", 1)
		read, write, err := os.Pipe()
		require.NoError(p.t, errors.Join(err, read.Close()))
		defer write.Close()
		risk.Stdout = write
	}
	e := p.pair(enrich, risk, 0, nil)
	assert.Equal(p.t, exitDone, e.code, e.errs)
	return enrich.ProcessState.ExitCode() != exitDone
}

// feedAgain feeds all lines once more: none may count again.
func (p *riskPass) feedAgain() {
	c := p.command(p.args()...)
	c.Stdin = bytes.NewReader(bytes.Join(p.events, nil))
	e := p.end(c, 0, nil)
	p.hear(e.out)
	require.Equal(p.t, exitDone, e.code, e.errs)
	var got soakAccounts
	require.NoError(p.t, json.Unmarshal([]byte(e.errs), &got))
	p.again += got.Counted
	assert.Equal(p.t, soakAccounts{
		Lines: p.accounts.Lines, Bad: p.accounts.Bad, Unmatched: p.accounts.Unmatched,
		Duplicates: got.Duplicates, Late: p.accounts.Counted + p.accounts.Duplicates + p.accounts.Late - got.Duplicates,
	}, got, "all lines fed again")
}

// compare holds the notables against those of a run that nobody disturbed.
func (p *riskPass) compare() {
	o := &inOrder{says: p.t.Logf, fits: func(i int, line []byte) bool {
		return i >= 0 && i < len(p.notables) && bytes.Equal(line, p.notables[i])
	}}
	if p.stream { // those that were said again have the same bytes
		for _, line := range p.notables {
			if p.said[string(line)] {
				o.take(line)
			} else {
				p.t.Logf("never said: %s", line)
			}
		}
		o.wrong += len(p.said) - o.out
	} else {
		o.takeAll([]byte(p.read("notables")))
	}
	o.in, o.lost = len(p.notables), o.lost+len(p.notables)-o.next
	if o.tally != (tally{in: o.in, out: o.in}) {
		p.t.Logf("%+v with the state in %s, to a stream: %v\n%s", o.tally, p.folder, p.stream, strings.Join(p.told, "\n"))
	}
	p.counted.add(o.tally)
}
