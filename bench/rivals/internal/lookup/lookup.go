// Package lookup compares structures for longest-prefix matching: they look up addresses
// in a list of hosts and nested prefixes.
//
// An entry is a number: the position in the hosts of the table, followed by its prefixes.
// The answer to an address is the entry of the longest prefix that contains it, where a
// host is the longest prefix. Every contestant is built from the same entries, gets the
// same keys as netip.Addr, and writes its answers into a slice. The answers are compared
// with those of a reference, which has one map for each prefix length. A test compares the
// reference with a linear scan.
package lookup

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
	"github.com/kithsec/kith/bench/rivals/internal/report"
)

// none is the answer to an address that is in no entry.
const none = ^uint32(0)

// engine is one contestant.
type engine interface {
	Name() string
	// Build builds the structure. Its time and the growth of the heap are measured.
	Build(*Table) error
	// Lookup writes the answers for keys to dst. It may process keys in any order.
	Lookup(dst []uint32, keys []netip.Addr)
}

// preparer is an engine with work that is not to be measured.
type preparer interface{ Prepare(*Table) error }

// sizer is an engine that reports its own size, because it has more on the heap than the
// index of addresses.
type sizer interface{ Bytes() int }

// comparer is an engine whose answers are not entries.
type comparer interface{ Agrees(got, want uint32) bool }

// Options select what to measure.
type Options struct {
	Measure  measure.Options
	Assets   int    // number of hosts in the enterprise table
	Prefixes string // file of the Internet table; "" omits it
	Keys     int    // number of keys in each probe
	Progress io.Writer
}

// Run measures all engines on all tables.
func Run(o Options) ([]*report.Table, error) {
	tables := []*Table{Enterprise("enterprise", o.Assets, max(o.Assets/50, 1), o.Assets/10)}
	if o.Prefixes != "" {
		internet, err := ReadPrefixes(o.Prefixes)
		if err != nil {
			return nil, err
		}
		tables = append(tables, internet)
	}
	tables = append(tables, Enterprise("small", 4_500, 400, 100))
	var reports []*report.Table
	for _, t := range tables {
		r, err := runTable(t, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		reports = append(reports, r)
		if covering := runCovering(t, o); covering != nil {
			reports = append(reports, covering)
		}
	}
	return reports, nil
}

func newEngines(t *Table) []engine {
	all := []engine{
		&floor{}, &kithIndex{}, &kithTable{}, &kithBatch{},
		&bartLite{}, &bartTable{}, &bartFast{}, &maps{}, &netipdsMap{}, &patriciaTree{}, &mmdb{}, &ranger{},
	}
	if len(t.Hosts) == 0 { // kithTable and kithBatch need hosts
		all = append(all[:2], all[4:]...)
	}
	return all
}

func runTable(t *Table, o Options) (*report.Table, error) {
	probes := t.drawProbes(o.Keys)
	out := &report.Table{
		Title: fmt.Sprintf("%s: %s hosts, %s prefixes", t.Name, formatThousands(len(t.Hosts)), formatThousands(len(t.Prefixes))),
		Entry: "entry", Unit: "ns", Chart: "hit",
		Remarks: []string{fmt.Sprintf("n = %d rounds of at least %v each, %s keys per probe; median (least–greatest).",
			o.Measure.Rounds, o.Measure.Budget, formatThousands(o.Keys))},
	}
	for _, p := range probes {
		out.Inputs = append(out.Inputs, p.name)
	}
	var tasks []*measure.Task
	for _, e := range newEngines(t) {
		row, err := buildRow(e, t, probes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		for _, p := range probes {
			row.Cells[p.name] = &measure.Task{Work: lookupWork(e, p.keys)}
			tasks = append(tasks, row.Cells[p.name])
		}
		fmt.Fprintf(o.Progress, "%s: %s: built in %v, %s\n", t.Name, row.Name, row.Build.Round(time.Millisecond), row.Verdict)
		out.Rows = append(out.Rows, *row)
	}
	measure.Run(tasks, o.Measure)
	return out, nil
}

func buildRow(e engine, t *Table, probes []probe) (*report.Row, error) {
	if p, ok := e.(preparer); ok {
		if err := p.Prepare(t); err != nil {
			return nil, err
		}
	}
	took, bytes, err := measure.Build(func() error { return e.Build(t) })
	if err != nil {
		return nil, err
	}
	if s, ok := e.(sizer); ok {
		bytes = int64(s.Bytes())
	}
	_, isFloor := e.(*floor)
	row := &report.Row{
		Name: e.Name(), Floor: isFloor, Build: took,
		Bytes: float64(bytes) / float64(t.Len()), Cells: map[string]*measure.Task{},
	}
	switch e.(type) {
	case *kithIndex, *kithTable, *kithBatch:
		row.Own = true
	}
	if !isFloor {
		row.Verdict = checkAnswers(e, probes)
	}
	return row, nil
}

// keysPerCall is the number of keys in one call. The answers stay in the first-level
// cache.
const keysPerCall = 1024

// lookupWork returns the work of a task: each call looks up the next keysPerCall keys and
// starts again after the last.
func lookupWork(e engine, keys []netip.Addr) func() int {
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

// maxCheckTime limits the time for comparing the answers of a slow engine.
const maxCheckTime = 2 * time.Second

func checkAnswers(e engine, probes []probe) string {
	agrees := func(got, want uint32) bool { return got == want }
	if j, ok := e.(comparer); ok {
		agrees = j.Agrees
	}
	dst := make([]uint32, keysPerCall)
	compared, wrong := 0, 0
	for _, p := range probes {
		begin := time.Now()
		for at := 0; at+keysPerCall <= len(p.keys) && time.Since(begin) < maxCheckTime; at += keysPerCall {
			e.Lookup(dst, p.keys[at:at+keysPerCall])
			for i, got := range dst {
				compared++
				if !agrees(got, p.want[at+i]) {
					wrong++
				}
			}
		}
	}
	if wrong > 0 {
		return fmt.Sprintf("%s of %s WRONG", formatThousands(wrong), formatThousands(compared))
	}
	return formatThousands(compared) + " right"
}

func formatThousands[N ~int](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func compareEntries(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), a.Bits()-b.Bits())
}
