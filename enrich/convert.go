package enrich

import (
	"bytes"
	"context"
	"io"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/jsonscan"
)

// StreamCSVToJSON is Stream for CSV that becomes JSON, one object a line: a
// record is an object of texts in the order of the header, empty cells being
// empty texts. Bad events and blank lines are those of StreamCSV.
func (e *Enricher) StreamCSVToJSON(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions) (Stats, error) {
	return e.streamRecords(ctx, dst, src, o, true)
}

// StreamJSONToCSV is Stream for JSON that becomes CSV. The columns are the
// members of the first good event, in order, and every field that enrichment
// could add. Members that later events have beyond these are lost;
// Stats.LostMembers counts them. A value is written as in CSV: texts without
// quotes, arrays of scalars joined by "|", null as an empty cell, everything
// else as the JSON that it is. Bad events are passed through as they are unless
// StreamOptions.OnError drops them; blank lines pass.
func (e *Enricher) StreamJSONToCSV(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions) (Stats, error) {
	s := newStream(o)
	var t *csvTable
	s.work = func() func(*block) {
		w := &tableWriter{}
		return func(b *block) {
			w.table, w.lost = b.table, 0
			e.appendBlock(b, &s.options, w.append)
			b.stats.LostMembers = w.lost
		}
	}
	return s.run(ctx, dst, src, func(src io.Reader) error {
		return s.readLinesTo(src, func(b *block) {
			if t == nil {
				if t = newCSVTable(e.plan.Load(), b.in); t != nil {
					b.head = t.appendHeader(b.head)
				}
			}
			b.table = t
			s.send(b)
		})
	})
}

// csvTable is the columns that JSON becomes.
type csvTable struct {
	names []string
	index map[string]int
}

// newCSVTable returns the table for the first good event of lines, nil if there
// is none.
func newCSVTable(p *plan, lines []byte) *csvTable {
	b := newBatch()
	for line := range bytes.Lines(lines) {
		b.reset(p)
		b.add(line)
		if e := &b.events[0]; e.err != nil || e.blank {
			continue
		}
		t := &csvTable{index: make(map[string]int)}
		for key := range members(line, b.scanner.Root()) {
			t.add(string(key.AppendText(nil, line)))
		}
		for _, name := range p.outputsOf() {
			t.add(name)
		}
		return t
	}
	return nil
}

func (t *csvTable) add(name string) {
	if _, there := t.index[name]; !there {
		t.index[name] = len(t.names)
		t.names = append(t.names, name)
	}
}

func (t *csvTable) appendHeader(dst []byte) []byte { return csvio.AppendRow(dst, t.names...) }

// tableWriter writes events as records of a table. It is a sink.
type tableWriter struct {
	table *csvTable
	lost  int64
	batch *batch
	event *eventState
	cells []span // in text; those that the event does not fill are empty
	set   []bool // whether the event has the column
	text  []byte
	key   []byte
}

// append appends a good event as a record.
func (w *tableWriter) append(b *batch, dst []byte, e *eventState) []byte {
	w.batch, w.event, w.text = b, e, w.text[:0]
	if n := len(w.table.names); len(w.cells) != n {
		w.cells, w.set = make([]span, n), make([]bool, n)
	}
	clear(w.cells)
	clear(w.set)
	w.members()
	b.fields(e, w)
	for i, c := range w.cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = csvio.AppendCell(dst, w.text[c.from:c.to])
	}
	if len(w.cells) == 1 && w.cells[0].from == w.cells[0].to {
		dst = append(dst, `""`...) // or it would be a blank line
	}
	return append(dst, '\n')
}

// members fills the cells that the event has.
func (w *tableWriter) members() {
	raw := w.event.raw
	start := bytes.IndexByte(raw, '{')
	for key, value := range members(raw, jsonscan.Value{Start: uint32(start), End: uint32(w.event.brace + 1)}) {
		w.key = key.AppendText(w.key[:0], raw)
		column, ok := w.table.index[string(w.key)]
		if !ok {
			w.lost++
			continue
		}
		w.put(column, value.Raw(raw))
		w.set[column] = true
	}
}

func (w *tableWriter) put(column int, json []byte) {
	from := len(w.text)
	w.text = appendCellText(w.text, json)
	w.cells[column] = span{int32(from), int32(len(w.text))}
}

func (w *tableWriter) begin(*roleState) {}
func (w *tableWriter) end(*roleState)   {}

// field fills the cell of an output. What the event has there, inside the
// object of Options.Into too, is kept.
func (w *tableWriter) field(o *output, json []byte) {
	p := w.batch.plan
	column, ok := w.table.index[p.texts[o.path]]
	if !ok {
		return
	}
	if !p.options.Overwrite || o.column == urgencyColumn {
		if w.set[column] {
			return
		}
		if own, there := w.batch.existingAt(w.event, o.path); there {
			json = own.value.Raw(w.event.raw)
		}
	}
	w.put(column, json)
}
