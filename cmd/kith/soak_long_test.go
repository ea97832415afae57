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

// TestSoak lets everything go wrong that goes wrong in operation, for as long as
// KITH_LONG says, and counts what became of every event:
//
//   - one `kith enrich --watch` after another works through a paced stream while
//     its lists are replaced, shrink to nothing, are cut off, torn and removed;
//   - `kith enrich` and `kith enrich | kith risk --state` go through the same
//     lines again and again, and are stopped at random moments by signals, full
//     disks, read errors and closed pipes, and started again as the manual says.
//
// It is of Linux because /dev/full, /proc/self/mem and mounts are. What it did
// stands on its last page; run it with -v:
//
//	KITH_LONG=10m go test -tags long -run TestSoak -v -timeout 20m ./cmd/kith
func TestSoak(t *testing.T) {
	_, budget := crashes(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	began := time.Now()
	page := &soakPage{counts: map[string]int{}, notes: map[string]string{}}
	var storm *storm
	var restarts *restarts
	t.Run("at once", func(t *testing.T) {
		t.Run("storm", func(t *testing.T) {
			t.Parallel()
			storm = newStorm(t, page, rand.New(rand.NewPCG(seed, 1)))
			storm.run(began.Add(budget))
		})
		t.Run("restarts", func(t *testing.T) {
			t.Parallel()
			restarts = newRestarts(t, page, rand.New(rand.NewPCG(seed, 2)))
			restarts.run(began.Add(budget))
		})
	})

	require.False(t, t.Failed())
	t.Log(page.text(time.Since(began), storm, restarts))
	for name, c := range map[string]tally{"enrich --watch": storm.tally, "enrich": restarts.enriched, "enrich | risk": restarts.counted} {
		assert.Equal(t, tally{in: c.in, out: c.in}, c, name)
		assert.Positive(t, c.in, name)
	}
	for _, fault := range []string{"SIGTERM", "SIGKILL", "closed pipe", "full disk", "read error", "list shrank", "reloaded"} {
		assert.Positive(t, page.counts[fault], "%s never happened", fault)
	}
}

// tally is what became of events or lines.
type tally struct{ in, out, lost, doubled, mixed, wrong int }

// soakPage is the last page of the soak test.
type soakPage struct {
	mu     sync.Mutex
	counts map[string]int
	notes  map[string]string
	peak   int64 // KiB that a process held
}

func (p *soakPage) count(what string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[what] += n
}

// note says what a count does not.
func (p *soakPage) note(what, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes[what] = text
}

// held notes the memory of a process that has ended.
func (p *soakPage) held(s *os.ProcessState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
		p.peak = max(p.peak, usage.Maxrss)
	}
}

// text is the page as people read it.
func (p *soakPage) text(took time.Duration, storm *storm, restarts *restarts) string {
	var b strings.Builder
	fmt.Fprintf(&b, "the soak test's last page: %v\n\n", took.Round(time.Second))
	fmt.Fprintf(&b, "  %-30s %12s %12s %6s %8s %6s %6s\n", "what passed", "in", "out", "lost", "doubled", "mixed", "wrong")
	row := func(name string, t tally) {
		fmt.Fprintf(&b, "  %-30s %12s %12s %6d %8d %6d %6d\n", name, problem.Thousands(t.in), problem.Thousands(t.out), t.lost, t.doubled, t.mixed, t.wrong)
	}
	row("events, enrich --watch", storm.tally)
	row("events, enrich stopped", restarts.enriched)
	row("notables, enrich | risk", restarts.counted)
	fmt.Fprintf(&b, "\n  lines fed to risk a second time: %s counted again\n", problem.Thousands(restarts.again))
	fmt.Fprintf(&b, "  of each pass %s\n\n", restarts.accounts)
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
	fmt.Fprintf(&b, "  the most memory a process held: %d MiB\n", p.peak>>10)
	return b.String()
}

// inOrder holds lines that come out against those that must.
type inOrder struct {
	tally
	next int                              // the line that must come
	fits func(i int, line []byte) bool    // whether a line is what became of line i
	says func(format string, args ...any) // told of the first that are wrong
}

// farAway is how many lines a line is looked for before and after its place.
const farAway = 2000

// take counts a line that came out.
func (o *inOrder) take(line []byte) {
	o.out++
	if o.fits(o.next, line) {
		o.next++
		return
	}
	for away := 1; away < farAway; away++ {
		if o.fits(o.next+away, line) {
			o.lost += away
			o.next += away + 1
			return
		}
		if o.next >= away && o.fits(o.next-away, line) {
			o.doubled++
			return
		}
	}
	if o.wrong++; o.wrong < 10 {
		o.says("in place of line %d came %q", o.next, line)
	}
	o.next++
}

// takeAll counts whole lines and returns how many there are. What follows the
// last line feed was cut off by whatever ended the writer.
func (o *inOrder) takeAll(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if bytes.HasSuffix(line, []byte("\n")) {
			o.take(line)
			n++
		}
	}
	return n
}

// deck deals the numbers 0 … n-1 in random order, and then again: what is dealt
// happens at random, and everything happens soon.
type deck struct {
	n     int
	rng   *rand.Rand
	order []int
}

func (d *deck) deal() int {
	if len(d.order) == 0 {
		d.order = d.rng.Perm(d.n)
	}
	i := d.order[0]
	d.order = d.order[1:]
	return i
}

// soakFolder is a folder whose files are replaced by renaming.
type soakFolder struct {
	t   *testing.T
	dir string
}

func (f soakFolder) path(name string) string { return filepath.Join(f.dir, name) }

// put replaces a file by renaming another over it.
func (f soakFolder) put(name, text string) {
	require.NoError(f.t, os.WriteFile(f.path(name+".new"), []byte(text), 0o600))
	require.NoError(f.t, os.Rename(f.path(name+".new"), f.path(name)))
}

// write writes a file where it stands, as an export does that takes its time.
func (f soakFolder) write(name, text string) {
	require.NoError(f.t, os.WriteFile(f.path(name), []byte(text), 0o600))
}

// soakHosts is a list of hosts that have the addresses 10.x.y.1 from number
// first on; every cell of the column mark is mark.
func soakHosts(first, n int, mark string) string {
	var b strings.Builder
	b.WriteString("ip,nt_host,mark\n")
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "10.%d.%d.1,host-%d,%s\n", i/200, i%200, i, mark)
	}
	return b.String()
}

func soakPeople(n int, mark string) string {
	var b strings.Builder
	b.WriteString("identity,priority,mark\n")
	for i := range n {
		fmt.Fprintf(&b, "u%d,high,%s\n", i, mark)
	}
	return b.String()
}
