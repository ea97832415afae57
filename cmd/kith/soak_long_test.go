//go:build long && linux

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kithsec/kith/internal/problem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSoak causes every kind of failure that can occur in operation, for the time in
// KITH_LONG, and counts what happened to every event:
//
//   - A sequence of `kith enrich --watch` processes enriches a paced stream while their
//     lists are replaced, shrink to nothing, are truncated, torn and removed.
//   - `kith enrich` and `kith enrich | kith risk --state` process the same lines again and
//     again. They are stopped at random times by signals, full disks, read errors and
//     closed pipes, and continued as the documentation says.
//
// It needs Linux for /dev/full, /proc/self/mem and mounts. It ends with a report; run it
// with -v:
//
//	KITH_LONG=10m go test -tags long -run TestSoak -v -timeout 20m ./cmd/kith
func TestSoak(t *testing.T) {
	_, budget := crashBudget(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	began := time.Now()
	page := &soakReport{counts: map[string]int{}, notes: map[string]string{}}
	var storm *reloadStorm
	var restarts *restartTest
	t.Run("at once", func(t *testing.T) {
		t.Run("storm", func(t *testing.T) {
			t.Parallel()
			storm = newStorm(t, page, rand.New(rand.NewPCG(seed, 1)))
			storm.runProcesses(began.Add(budget))
		})
		t.Run("restarts", func(t *testing.T) {
			t.Parallel()
			restarts = newRestarts(t, page, rand.New(rand.NewPCG(seed, 2)))
			restarts.runPasses(began.Add(budget))
		})
	})

	require.False(t, t.Failed())
	t.Log(page.asText(time.Since(began), storm, restarts))
	for name, c := range map[string]eventCounts{"enrich --watch": storm.eventCounts, "enrich": restarts.enriched, "enrich | risk": restarts.counted} {
		assert.Equal(t, eventCounts{in: c.in, out: c.in}, c, name)
		assert.Positive(t, c.in, name)
	}
	for _, fault := range []string{"SIGTERM", "SIGKILL", "closed pipe", "full disk", "read error", "list shrank", "reloaded"} {
		assert.Positive(t, page.counts[fault], "%s never happened", fault)
	}
}

// eventCounts counts what happened to events or lines.
type eventCounts struct{ in, out, lost, doubled, mixed, wrong int }

// soakReport collects the figures of the report.
type soakReport struct {
	mu     sync.Mutex
	counts map[string]int
	notes  map[string]string
	peak   int64 // memory of a process in KiB
}

// addCount adds n to a figure.
func (p *soakReport) addCount(what string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[what] += n
}

// setNote sets the remark on a figure.
func (p *soakReport) setNote(what, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes[what] = text
}

// notePeakMemory records the peak memory of a process that has ended.
func (p *soakReport) notePeakMemory(s *os.ProcessState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
		p.peak = max(p.peak, usage.Maxrss)
	}
}

// asText returns the report as text.
func (p *soakReport) asText(took time.Duration, storm *reloadStorm, restarts *restartTest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "report of the soak test: %v\n\n", took.Round(time.Second))
	fmt.Fprintf(&b, "  %-30s %12s %12s %6s %8s %6s %6s\n", "what", "in", "out", "lost", "doubled", "mixed", "wrong")
	row := func(name string, t eventCounts) {
		fmt.Fprintf(&b, "  %-30s %12s %12s %6d %8d %6d %6d\n", name, problem.Thousands(t.in), problem.Thousands(t.out), t.lost, t.doubled, t.mixed, t.wrong)
	}
	row("events, enrich --watch", storm.eventCounts)
	row("events, enrich stopped", restarts.enriched)
	row("notables, enrich | risk", restarts.counted)
	fmt.Fprintf(&b, "\n  lines sent to risk a second time: %s counted again\n", problem.Thousands(restarts.recounted))
	fmt.Fprintf(&b, "  each pass: %s\n\n", restarts.accounts)
	for _, group := range [][]string{
		{"reloaded", "refused", "list shrank", "list without a line", "list torn", "list removed", "other machines", "wrong configuration", "burst of reloads"},
		{"SIGTERM", "SIGKILL", "closed pipe", "full disk", "read error", "clock step", "GOMEMLIMIT=20MiB"},
		{"process", "pass of enrich", "pass of enrich | risk"},
	} {
		for _, what := range group {
			fmt.Fprintf(&b, "  %-30s %12s%s\n", what, problem.Thousands(p.counts[what]), p.notes[what])
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "  the most memory of a process: %d MiB\n", p.peak>>10)
	return b.String()
}

// orderChecker compares lines of an output with the expected lines.
type orderChecker struct {
	eventCounts
	next    int                              // the expected line
	matches func(i int, line []byte) bool    // reports whether a line is line i of the output
	report  func(format string, args ...any) // called for the first wrong lines
}

// maxDisplacement is how far from its place a line is searched for.
const maxDisplacement = 2000

// checkLine counts a line of the output.
func (o *orderChecker) checkLine(line []byte) {
	o.out++
	if o.matches(o.next, line) {
		o.next++
		return
	}
	for away := 1; away < maxDisplacement; away++ {
		if o.matches(o.next+away, line) {
			o.lost += away
			o.next += away + 1
			return
		}
		if o.next >= away && o.matches(o.next-away, line) {
			o.doubled++
			return
		}
	}
	if o.wrong++; o.wrong < 10 {
		o.report("instead of line %d: %q", o.next, line)
	}
	o.next++
}

// checkLines counts complete lines and returns their number. Text after the last line
// feed is ignored: the writer was interrupted.
func (o *orderChecker) checkLines(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if bytes.HasSuffix(line, []byte("\n")) {
			o.checkLine(line)
			n++
		}
	}
	return n
}

// shuffledDeck returns the numbers 0 … n-1 in random order, repeatedly, so that the
// order is random and every number comes soon.
type shuffledDeck struct {
	n     int
	rng   *rand.Rand
	order []int
}

func (d *shuffledDeck) next() int {
	if len(d.order) == 0 {
		d.order = d.rng.Perm(d.n)
	}
	i := d.order[0]
	d.order = d.order[1:]
	return i
}

// soakFolder is the folder that the commands run in.
type soakFolder struct {
	t   *testing.T
	dir string
}

func (f soakFolder) path(name string) string { return filepath.Join(f.dir, name) }

// replaceFile replaces a file by renaming another over it.
func (f soakFolder) replaceFile(name, text string) {
	require.NoError(f.t, os.WriteFile(f.path(name+".new"), []byte(text), 0o600))
	require.NoError(f.t, os.Rename(f.path(name+".new"), f.path(name)))
}

// overwriteFile writes a file in place, as a slow export does.
func (f soakFolder) overwriteFile(name, text string) {
	require.NoError(f.t, os.WriteFile(f.path(name), []byte(text), 0o600))
}

// soakHosts returns a list of n hosts that have the addresses 10.x.y.1 from number first
// on, with mark in every row.
func soakHosts(first, n int, mark string) string {
	var b strings.Builder
	b.WriteString("ip,nt_host,mark\n")
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "10.%d.%d.1,host-%d,%s\n", i/200, i%200, i, mark)
	}
	return b.String()
}

// soakPeople returns a list of n people, with mark in every row.
func soakPeople(n int, mark string) string {
	var b strings.Builder
	b.WriteString("identity,priority,mark\n")
	for i := range n {
		fmt.Fprintf(&b, "u%d,high,%s\n", i, mark)
	}
	return b.String()
}
