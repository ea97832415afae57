// Package events compares ways to enrich JSON events with fields of the machines that they
// name.
//
// Every engine gets the same events, one at a time. It finds three values, looks them up
// in the same assets.Table and adds up to fifteen fields: asset, owner, priority, bunit
// and category for three roles. Engines differ in how they process the event: they decode
// and encode it again, or they scan it and splice text into it. Only the rows named Stream
// get many events at once, so that their lookups can overlap.
package events

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
	"github.com/kithsec/kith/bench/rivals/internal/report"
	"github.com/kithsec/kith/internal/gen"
)

// engine is one contestant.
type engine interface {
	Name() string
	// Enrich appends the enriched event to dst.
	Enrich(dst, event []byte) ([]byte, error)
}

// lineWorker is an engine that enriches many lines at once.
type lineWorker interface {
	Work(lines []byte) error
}

// Options select what to measure.
type Options struct {
	Measure  measure.Options
	Assets   int
	Events   int // number of different events of each shape; 0 means 90,000, which contain more than 2^18 keys
	Progress io.Writer
}

// shape is a shape of events, with the paths of the three values.
type shape struct {
	name  string
	shape gen.Shape
	paths [3][]string // of src, dest and dvc
}

var shapes = []shape{
	{"flat", gen.Flat, [3][]string{{"src"}, {"dest"}, {"dvc"}}},
	{"ecs", gen.ECS, [3][]string{{"source", "ip"}, {"destination", "ip"}, {"observer", "name"}}},
	{"windows", gen.Windows, [3][]string{{"IpAddress"}, {"Hostname"}, {"SourceModuleName"}}},
}

// Run measures all engines with all shapes. The garbage collector is on: it causes most of
// the cost of decoding, and the only table in memory has no pointers to mark.
func Run(o Options) ([]*report.Table, error) {
	o.Measure.Collect = true
	o.Events = cmp.Or(o.Events, 90_000)
	lists, err := newLists(o.Assets)
	if err != nil {
		return nil, err
	}
	out := &report.Table{
		Title: fmt.Sprintf("events enriched from %d assets", lists.table.Len()),
		Unit:  "events/s", Chart: "flat",
	}
	rows := map[string]*report.Row{}
	var order []string
	var tasks []*measure.Task
	sizes := ""
	for _, s := range shapes {
		c := newCorpus(lists, s, o.Events)
		sizes += fmt.Sprintf(" %s %d bytes,", s.name, len(c.text)/len(c.events))
		out.Inputs = append(out.Inputs, s.name)
		for _, e := range newEngines(lists, s) {
			row := rows[e.Name()]
			if row == nil {
				row = &report.Row{Name: e.Name(), Cells: map[string]*measure.Task{}}
				rows[e.Name()] = row
				order = append(order, e.Name())
			}
			row.Own, row.Floor = isOwn(e), isFloor(e)
			row.Cells[s.name] = &measure.Task{Work: engineWork(e, c)}
			row.Verdict = joinVerdicts(row.Verdict, checkOutput(e, c))
			tasks = append(tasks, row.Cells[s.name])
			fmt.Fprintf(o.Progress, "%s: %s: %s\n", s.name, e.Name(), row.Verdict)
		}
	}
	measure.Run(tasks, o.Measure)
	for _, name := range order {
		out.Rows = append(out.Rows, *rows[name])
	}
	out.Remarks = []string{fmt.Sprintf("n = %d rounds of at least %v each, %d different events of each shape (%s on average); events per second of processor time, including the garbage collector; median (least–greatest).",
		o.Measure.Rounds, o.Measure.Budget, o.Events, sizes[1:len(sizes)-1])}
	return []*report.Table{out}, nil
}

func newEngines(l *lists, s shape) []engine {
	list := []engine{
		&floor{}, newStream(l, s, false), newStream(l, s, true), newKith(l, s),
		&jsonparserSplice{splicer: l.splicer(s)}, newSonicAST(l, s), newFastjson(l, s), newGjson(l, s),
		&fastjsonSet{fastjsonSplice: *newFastjson(l, s)}, newSonicAny(l, s), &stdRaw{decoder: l.decoder(s)}, &stdAny{decoder: l.decoder(s)},
	}
	return append(list, jsonV2(l, s)...)
}

func isFloor(e engine) bool { _, is := e.(*floor); return is }

func isOwn(e engine) bool {
	switch e.(type) {
	case *kith, *stream:
		return true
	}
	return false
}

// corpus contains the events of a shape, and the expected output for the first ones.
type corpus struct {
	text   []byte // one line for each event
	events [][]byte
	ends   []int // of the lines in text
	want   [][]byte
}

// comparedEvents is the number of events whose output is compared with that of
// Enricher.AppendJSON.
const comparedEvents = 3_000

func newCorpus(l *lists, s shape, n int) *corpus {
	var c corpus
	made := gen.NewEvents(gen.EventOptions{World: l.world, Shape: s.shape, Seed: 2})
	for i := range n {
		c.text = append(made.Append(c.text, i), '\n')
		c.ends = append(c.ends, len(c.text))
	}
	begin := 0
	reference := newKith(l, s)
	for i, end := range c.ends {
		c.events = append(c.events, c.text[begin:end-1])
		begin = end
		if i < comparedEvents {
			enriched, _ := reference.Enrich(nil, c.events[i]) // an error shows up as a difference from the other engines
			c.want = append(c.want, enriched)
		}
	}
	return &c
}

func engineWork(e engine, c *corpus) func() int {
	if w, ok := e.(lineWorker); ok {
		return c.workLines(w)
	}
	var dst []byte
	at := 0
	return func() int {
		const many = 64
		for range many {
			var err error
			if dst, err = e.Enrich(dst[:0], c.events[at]); err != nil {
				panic(err) // the comparison before the measurement succeeded
			}
			at = (at + 1) % len(c.events)
		}
		return many
	}
}

// workLines returns work that enriches a third of the events with each call.
func (c *corpus) workLines(w lineWorker) func() int {
	many := len(c.events) / 3
	at := 0
	return func() int {
		if at+many > len(c.events) {
			at = 0
		}
		begin := 0
		if at > 0 {
			begin = c.ends[at-1]
		}
		at += many
		if err := w.Work(c.text[begin:c.ends[at-1]]); err != nil {
			panic(err)
		}
		return many
	}
}

// checkOutput compares the engine's output for the first events with the expected one.
func checkOutput(e engine, c *corpus) string {
	if isFloor(e) {
		return ""
	}
	same, equal, wrong := 0, 0, 0
	for i, want := range c.want {
		event := c.events[i]
		got, err := e.Enrich(nil, event)
		switch {
		case err == nil && bytes.Equal(got, want):
			same++
		case err == nil && sameJSON(got, want):
			equal++
		default:
			wrong++
		}
	}
	switch {
	case wrong > 0:
		return fmt.Sprintf("%d of %d WRONG", wrong, len(c.want))
	case equal > 0:
		return "equal JSON"
	}
	return "same bytes"
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// joinVerdicts adds the verdict on another shape.
func joinVerdicts(before, next string) string {
	switch {
	case before == "" || before == next:
		return next
	}
	return before + "; " + next
}
