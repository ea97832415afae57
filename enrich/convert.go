package enrich

import (
	"bytes"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/stream"
)

// findTable decides by the first good event which columns NDJSON becomes.
func (s *streamRun) findTable(b *block) error {
	b.Facts.first = false
	if s.table == nil {
		s.table = newCSVTable(s.enricher.plan.Load(), &b.Chunk)
		b.Facts.first = s.table != nil
	}
	b.Facts.table = s.table
	return nil
}

// tableWorker returns a worker that makes CSV of NDJSON.
func (s *streamRun) tableWorker() func(*block) error {
	w := &tableWriter{}
	return func(b *block) error {
		w.table, w.lost = b.Facts.table, 0
		if b.Facts.first {
			b.Out = w.table.appendHeader(b.Out)
		}
		s.appendLines(b, w.append)
		b.Facts.stats.LostMembers = w.lost
		return nil
	}
}

// csvTable is the columns that JSON becomes.
type csvTable struct {
	names []string
	index map[string]int
}

// newCSVTable returns the table for the first good event of a chunk, nil if there
// is none.
func newCSVTable(p *plan, c *stream.Chunk) *csvTable {
	b := new(batch)
	for i := range c.Len() {
		line := c.Unit(i)
		b.reset(p)
		b.add(line)
		if e := &b.events[0]; e.err != nil || e.blank {
			continue
		}
		t := &csvTable{index: make(map[string]int)}
		for key := range members(line, jsonscan.Value{Start: uint32(bytes.IndexByte(line, '{')), End: uint32(b.events[0].brace + 1)}) {
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
func (w *tableWriter) append(from *eventWriter, dst []byte, e *eventState) []byte {
	w.batch, w.event, w.text = from.batch, e, w.text[:0]
	if n := len(w.table.names); len(w.cells) != n {
		w.cells, w.set = make([]span, n), make([]bool, n)
	}
	clear(w.cells)
	clear(w.set)
	w.members()
	from.fields(e, w)
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
func (w *tableWriter) buffer() *[]byte  { return nil }

// field fills the cell of an output. What the event has there, inside the
// object of Options.Into too, is kept.
func (w *tableWriter) field(o *output, json []byte) {
	p := w.batch.plan
	column, ok := w.table.index[p.schema.Text(o.path)]
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
