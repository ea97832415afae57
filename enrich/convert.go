package enrich

import (
	"bytes"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/stream"
)

// chooseColumns decides by the first good event which columns NDJSON becomes.
func (s *streamRun) chooseColumns(b *block) error {
	b.Results.writeHeader = false
	if s.columns == nil {
		s.columns = newCSVColumns(s.enricher.plan.Load(), &b.Chunk)
		b.Results.writeHeader = s.columns != nil
	}
	b.Results.columns = s.columns
	return nil
}

// convertWorker returns a worker that makes CSV of NDJSON.
func (s *streamRun) convertWorker() func(*block) error {
	w := &csvConverter{}
	return func(b *block) error {
		w.columns, w.lostMembers = b.Results.columns, 0
		if b.Results.writeHeader {
			b.Out = w.columns.appendHeader(b.Out)
		}
		s.appendLines(b, w.appendRecord)
		b.Results.stats.LostMembers = w.lostMembers
		return nil
	}
}

// csvColumns is the columns that JSON becomes.
type csvColumns struct {
	names []string
	index map[string]int
}

// newCSVColumns returns the table for the first good event of a chunk, nil if there
// is none.
func newCSVColumns(p *plan, c *stream.Chunk) *csvColumns {
	b := new(batch)
	for i := range c.Len() {
		line := c.Unit(i)
		b.reset(p)
		b.addJSON(line)
		if e := &b.events[0]; e.err != nil || e.blank {
			continue
		}
		t := &csvColumns{index: make(map[string]int)}
		for key := range objectMembers(line, jsonscan.Value{Start: uint32(bytes.IndexByte(line, '{')), End: uint32(b.events[0].brace + 1)}) {
			t.addColumn(string(key.AppendText(nil, line)))
		}
		for _, name := range p.outputNames() {
			t.addColumn(name)
		}
		return t
	}
	return nil
}

func (t *csvColumns) addColumn(name string) {
	if _, there := t.index[name]; !there {
		t.index[name] = len(t.names)
		t.names = append(t.names, name)
	}
}

func (t *csvColumns) appendHeader(dst []byte) []byte { return csvio.AppendRow(dst, t.names...) }

// csvConverter writes events as records of a table. It is a sink.
type csvConverter struct {
	columns *csvColumns
	lostMembers  int64
	batch *batch
	event *eventState
	cells []indexRange // in text; those that the event does not fill are empty
	present   []bool // whether the event has the column
	text  []byte
	key   []byte
}

// appendRecord appends a good event as a record.
func (w *csvConverter) appendRecord(from *eventWriter, dst []byte, e *eventState) []byte {
	w.batch, w.event, w.text = from.batch, e, w.text[:0]
	if n := len(w.columns.names); len(w.cells) != n {
		w.cells, w.present = make([]indexRange, n), make([]bool, n)
	}
	clear(w.cells)
	clear(w.present)
	w.setMembers()
	from.writeFields(e, w)
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

// setMembers fills the cells that the event has.
func (w *csvConverter) setMembers() {
	raw := w.event.raw
	start := bytes.IndexByte(raw, '{')
	for key, value := range objectMembers(raw, jsonscan.Value{Start: uint32(start), End: uint32(w.event.brace + 1)}) {
		w.key = key.AppendText(w.key[:0], raw)
		column, ok := w.columns.index[string(w.key)]
		if !ok {
			w.lostMembers++
			continue
		}
		w.setCell(column, value.Raw(raw))
		w.present[column] = true
	}
}

func (w *csvConverter) setCell(column int, json []byte) {
	from := len(w.text)
	w.text = appendCellText(w.text, json)
	w.cells[column] = indexRange{int32(from), int32(len(w.text))}
}

func (w *csvConverter) beginRole(*roleState) {}
func (w *csvConverter) endRole(*roleState)   {}
func (w *csvConverter) memberBuffer() *[]byte  { return nil }

// addField fills the cell of an output. What the event has there, inside the
// object of Options.Into too, is kept.
func (w *csvConverter) addField(o *output, json []byte) {
	p := w.batch.plan
	column, ok := w.columns.index[p.schema.Text(o.path)]
	if !ok {
		return
	}
	if !p.options.Overwrite || o.column == urgencyColumn {
		if w.present[column] {
			return
		}
		if own, there := w.batch.existingAt(w.event, o.path); there {
			json = own.value.Raw(w.event.raw)
		}
	}
	w.setCell(column, json)
}
