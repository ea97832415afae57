// Package names compares structures that map names to numbers: a million names of hosts
// and people, looked up as bytes, as they are in an event.
//
// Names in events have any case. Structures that cannot ignore case only look up names
// that are already in lower case. The rows of structures that fold show what converting
// them costs.
package names

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
	"github.com/kithsec/kith/bench/rivals/internal/report"
	"github.com/kithsec/kith/internal/gen"
)

// none is the answer to an absent name.
const none = ^uint32(0)

// engine is one contestant. The number of a name is its position in the list.
type engine interface {
	Name() string
	Build(names []string) error
	Lookup(dst []uint32, keys [][]byte)
	Folds() bool // reports whether lookups ignore case
}

func newEngines() []engine {
	return []engine{
		&floor{}, &kithNames{}, &kithBatch{}, &goMap{}, &stackMap{}, &lowerMap{}, &radixTree{}, &artTree{}, &fst{},
	}
}

// Options select what to measure.
type Options struct {
	Measure  measure.Options
	Names    int
	Keys     int // number of keys in each probe
	Progress io.Writer
}

// Run measures all engines with many names and with 5,000.
func Run(o Options) ([]*report.Table, error) {
	var reports []*report.Table
	for _, n := range []int{o.Names, 5_000} {
		all := newNames(2 * n)
		r, err := runList(all[:n], all[n:], o)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// newNames returns n different names in lower case: three in five are hosts, the others
// people.
func newNames(n int) []string {
	w := gen.World{Seed: 1, Hosts: n, People: n}
	seen := make(map[string]bool, n)
	names := make([]string, 0, n)
	for i := 0; len(names) < n; i++ {
		name := w.Host(i).FQDN()
		if i%5 >= 3 {
			if name = w.Person(i).Email(); name == "" {
				name = w.Person(i).Login()
			}
		}
		if name = strings.ToLower(name); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

type probe struct {
	name  string
	mixed bool // keys are in mixed case
	keys  [][]byte
	want  []uint32
}

// probesOf draws the keys of all probes. Misses are drawn from absent, which contains
// similar names.
func probesOf(names, absent []string, n int) []probe {
	truth := &goMap{}
	_ = truth.Build(names) // building a map cannot fail
	r := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(r, 1.1, 8, uint64(len(names)-1))
	uniform := func() string { return names[r.IntN(len(names))] }
	popular := func() string { return names[zipf.Uint64()] }
	missing := func() string { return absent[r.IntN(len(absent))] }
	list := []probe{
		drawNames("hit", n, uniform), drawNames("zipf", n, popular), drawNames("miss", n, missing),
		drawNames("hit, any case", n, uniform), drawNames("zipf, any case", n, popular),
	}
	for i := range list {
		p := &list[i]
		p.want = make([]uint32, n)
		truth.Lookup(p.want, p.keys)
		if p.mixed = strings.HasSuffix(p.name, "any case"); p.mixed {
			for _, k := range p.keys {
				mixCase(r, k)
			}
		}
	}
	return list
}

// drawNames returns a probe of n names that are consecutive in memory, as in a stream.
func drawNames(name string, n int, one func() string) probe {
	p := probe{name: name, keys: make([][]byte, n)}
	var text []byte
	for i := range p.keys {
		if cap(text)-len(text) < 1<<10 {
			text = make([]byte, 0, 1<<20)
		}
		at := len(text)
		text = append(text, one()...)
		p.keys[i] = text[at:len(text):len(text)]
	}
	return p
}

// mixCase converts half of the letters to upper case.
func mixCase(r *rand.Rand, name []byte) {
	for i, c := range name {
		if 'a' <= c && c <= 'z' && r.IntN(2) == 0 {
			name[i] = c - 'a' + 'A'
		}
	}
}

func runList(names, absent []string, o Options) (*report.Table, error) {
	probes := probesOf(names, absent, o.Keys)
	bytes := 0
	for _, n := range names {
		bytes += len(n)
	}
	out := &report.Table{
		Title: fmt.Sprintf("%d names of %.0f bytes", len(names), float64(bytes)/float64(len(names))),
		Entry: "name", Unit: "ns", Chart: "hit",
		Remarks: []string{fmt.Sprintf("n = %d rounds of at least %v each, %d keys per probe; median (least–greatest). Bytes per name include the name, even if the structure refers to the caller's; build time includes copying the names.",
			o.Measure.Rounds, o.Measure.Budget, o.Keys)},
	}
	for _, p := range probes {
		out.Inputs = append(out.Inputs, p.name)
	}
	var tasks []*measure.Task
	for _, e := range newEngines() {
		row, err := buildRow(e, names, probes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		for _, p := range probes {
			if p.mixed && !e.Folds() {
				continue
			}
			row.Cells[p.name] = &measure.Task{Work: lookupWork(e, p.keys)}
			tasks = append(tasks, row.Cells[p.name])
		}
		fmt.Fprintf(o.Progress, "%s: %s: built in %v, %s\n", out.Title, row.Name, row.Build.Round(time.Millisecond), row.Verdict)
		out.Rows = append(out.Rows, *row)
	}
	measure.Run(tasks, o.Measure)
	return out, nil
}

// buildRow gives the engine its own copies of the names, so that the memory for names that
// it keeps is counted.
func buildRow(e engine, names []string, probes []probe) (*report.Row, error) {
	took, bytes, err := measure.Build(func() error { return e.Build(cloneAll(names)) })
	if err != nil {
		return nil, err
	}
	_, isFloor := e.(*floor)
	row := &report.Row{Name: e.Name(), Floor: isFloor, Build: took, Bytes: float64(bytes) / float64(len(names)), Cells: map[string]*measure.Task{}}
	switch e.(type) {
	case *kithNames, *kithBatch:
		row.Own = true
	}
	if !isFloor {
		row.Verdict = checkAnswers(e, probes)
	}
	return row, nil
}

func cloneAll(names []string) []string {
	copies := make([]string, len(names))
	for i, n := range names {
		copies[i] = strings.Clone(n)
	}
	return copies
}

// keysPerCall is the number of keys in one call.
const keysPerCall = 1024

func lookupWork(e engine, keys [][]byte) func() int {
	dst := make([]uint32, keysPerCall)
	at := 0
	return func() int {
		if at+keysPerCall > len(keys) {
			at = 0
		}
		e.Lookup(dst, keys[at:at+keysPerCall])
		at += keysPerCall
		return keysPerCall
	}
}

func checkAnswers(e engine, probes []probe) string {
	dst := make([]uint32, keysPerCall)
	compared, wrong := 0, 0
	for _, p := range probes {
		if p.mixed && !e.Folds() {
			continue
		}
		for at := 0; at+keysPerCall <= len(p.keys); at += keysPerCall {
			e.Lookup(dst, p.keys[at:at+keysPerCall])
			for i, got := range dst {
				compared++
				if got != p.want[at+i] {
					wrong++
				}
			}
		}
	}
	if wrong > 0 {
		return fmt.Sprintf("%d of %d WRONG", wrong, compared)
	}
	return fmt.Sprintf("%d right", compared)
}
