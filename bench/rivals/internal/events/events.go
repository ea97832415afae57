// Package events sets ways to write into a JSON event what is known of the
// machines that it names against each other.
//
// Everybody gets the same events one at a time, finds three values, looks them
// up in the same assets.Table and adds up to fifteen fields (three roles by
// asset, owner, priority, bunit and category). So what differs is what happens
// to the event: decoded and encoded again, or scanned and spliced. Only the rows
// named Stream get many events at a time, which is what lets lookups overlap.
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
	// Enrich appends the event with what was added to it.
	Enrich(dst, event []byte) ([]byte, error)
}

// lineWorker is an engine that takes a stream instead of an event.
type lineWorker interface {
	Work(lines []byte) error
}

// Options say what to measure.
type Options struct {
	Measure  measure.Options
	Assets   int
	Events   int // different ones of each shape; 0 means 90,000, which name more than 2^18 keys
	Progress io.Writer
}

// shape is one kind of events: how it is made and where the three values are.
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

// Run measures all engines on all shapes. The collector runs: garbage is most of
// what decoding costs, and the only table in memory holds no pointers.
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
	out.Remarks = []string{fmt.Sprintf("n = %d rounds of at least %v each, %d different events a shape (%s on average); events a second of processor time, the collector's included; median (least–greatest).",
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

// corpus is the events of a shape, and what must become of the first ones.
type corpus struct {
	text   []byte // a line an event
	events [][]byte
	ends   []int // of the lines in text
	want   [][]byte
}

// comparedEvents is how many events are compared with what Enricher.AppendJSON makes.
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
			enriched, _ := reference.Enrich(nil, c.events[i]) // what went wrong shows in what others make of it
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
				panic(err) // it could a moment ago, when answers were compared
			}
			at = (at + 1) % len(c.events)
		}
		return many
	}
}

// workLines hands out a third of the events at a time.
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

// checkOutput compares what the engine makes of the first events with what it must.
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

// joinVerdicts adds a verdict about another shape.
func joinVerdicts(before, next string) string {
	switch {
	case before == "" || before == next:
		return next
	}
	return before + "; " + next
}
