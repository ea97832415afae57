package enrich

import (
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/jsonscan"
)

// csvWorker enriches records of one layout. It is for one goroutine.
type csvWorker struct {
	enricher *Enricher
	layout   *csvLayout
	plan     *csvPlan // for the plan of batch
	batch    *batch
	sink     csvSink
	values   [][]byte // scratch: the wanted cells of one record
	text     []byte   // scratch: backs values in CSV.Append
	toJSON   bool     // convert records into JSON objects
	json     []byte   // the objects of the batch; with an Observer, of the block

	observed *csvWorker // converts the records for an Observer; nil if toJSON is set, or there is none
}

func newCSVWorker(e *Enricher, l *csvLayout) *csvWorker {
	return &csvWorker{enricher: e, layout: l, sink: csvSink{added: make([]indexRange, len(l.added))}}
}

// beginBatch gets a batch for the Snapshot in use.
func (w *csvWorker) beginBatch() {
	w.batch = w.enricher.getBatch(w.enricher.plan.Load())
	if w.plan == nil || w.plan.plan != w.batch.plan {
		w.plan = newCSVPlan(w.batch.plan, w.layout)
	}
}

// endBatch returns the batch to the pool. It drops a plan that Swap has replaced, so
// that the old Snapshot can be collected.
func (w *csvWorker) endBatch() {
	w.enricher.putBatch(w.batch)
	w.batch = nil
	if w.plan.plan != w.enricher.plan.Load() {
		w.plan = nil
	}
}

// addCells adds the record of CSV.Append to the batch.
func (w *csvWorker) addCells(record []string) {
	w.values, w.text = w.values[:0], w.text[:0]
	for _, column := range w.layout.wanted {
		from := len(w.text)
		w.text = append(w.text, record[column]...)
		w.values = append(w.values, w.text[from:len(w.text):len(w.text)])
	}
	w.addValues(nil)
}

// addRecord adds a record of a stream to the batch.
func (w *csvWorker) addRecord(raw []byte, rec *csvio.Record) {
	w.values = w.values[:0]
	for _, column := range w.layout.wanted {
		w.values = append(w.values, rec.Cell(column))
	}
	w.addValues(raw)
}

// addValues adds the record whose wanted cells are w.values to the batch.
func (w *csvWorker) addValues(raw []byte) {
	b := w.batch
	if w.toJSON {
		from := len(w.json)
		w.json = w.layout.appendJSON(w.json, w.values)
		b.addJSON(w.json[from:len(w.json):len(w.json)])
		return
	}
	for i, v := range w.values {
		w.plan.cells[w.layout.wanted[i]] = v
	}
	w.plan.record.Reset(w.plan.cells)
	b.addEvent(w.plan.record)
	b.events[b.n-1].raw = raw
}

// appendEvent appends an enriched event. The record has n bytes without its line end.
func (w *csvWorker) appendEvent(dst []byte, e *eventState, n int) []byte {
	if w.toJSON {
		return w.batch.writer.appendEvent(dst, e)
	}
	w.sink.collectCells(w.batch, e, w.plan)
	return w.sink.appendRecord(dst, w.layout.delimiter, e.raw[:n], e.raw[n:])
}

// appendJSON appends a record as a line of JSON: an object of strings in the order of
// the header.
func (l *csvLayout) appendJSON(dst []byte, values [][]byte) []byte {
	for i, v := range values {
		dst = append(dst, "{,"[min(i, 1)])
		dst = append(jsonscan.AppendString(dst, l.header[l.wanted[i]]), ':')
		dst = jsonscan.AppendString(dst, v)
	}
	return append(dst, "}\n"...)
}

// csvSink is the sink that collects the cells of one record that are added or replaced.
type csvSink struct {
	plan     *csvPlan
	added    []indexRange // of text, by added column; empty if there is no value
	replaced []replacedCell
	text     []byte
}

// replacedCell is the new value of a cell in a column of the header.
type replacedCell struct {
	column int
	text   indexRange
}

// collectCells collects the cells of an event.
func (s *csvSink) collectCells(b *batch, e *eventState, p *csvPlan) {
	s.plan, s.text, s.replaced = p, s.text[:0], s.replaced[:0]
	clear(s.added)
	b.writer.writeFields(e, s)
}

func (s *csvSink) cellText(at indexRange) []byte { return s.text[at.from:at.to] }

func (s *csvSink) beginRole(*roleState)  {}
func (s *csvSink) memberBuffer() *[]byte { return nil }
func (s *csvSink) endRole(*roleState)    {}

// addField sets the cell of an output, if there is a column for it.
func (s *csvSink) addField(o *output, json []byte) {
	target := s.plan.targets[o.path]
	if target.column == noColumn || target.inHeader && !s.plan.plan.options.Overwrite {
		return
	}
	from := len(s.text)
	s.text = appendCellText(s.text, json)
	cell := indexRange{int32(from), int32(len(s.text))}
	if target.inHeader {
		s.replaced = append(s.replaced, replacedCell{int(target.column), cell})
	} else {
		s.added[target.column] = cell
	}
}

// appendRecord appends the record raw, with cells replaced and added, and its line end.
func (s *csvSink) appendRecord(dst []byte, delimiter byte, raw, end []byte) []byte {
	if len(s.replaced) == 0 {
		dst = append(dst, raw...)
	} else {
		dst = s.appendReplaced(dst, delimiter, raw)
	}
	for _, c := range s.added {
		dst = csvio.AppendCellFor(append(dst, delimiter), delimiter, s.cellText(c))
	}
	return append(dst, end...)
}

// appendReplaced appends a record with some of its cells replaced.
func (s *csvSink) appendReplaced(dst []byte, delimiter byte, raw []byte) []byte {
	for column := 0; ; column++ {
		n := cellEnd(raw, delimiter)
		if cell, ok := s.lookupReplaced(column); ok {
			dst = csvio.AppendCellFor(dst, delimiter, cell)
		} else {
			dst = append(dst, raw[:n]...)
		}
		if n == len(raw) {
			return dst
		}
		dst = append(dst, delimiter)
		raw = raw[n+1:]
	}
}

func (s *csvSink) lookupReplaced(column int) ([]byte, bool) {
	for _, r := range s.replaced {
		if r.column == column {
			return s.cellText(r.text), true
		}
	}
	return nil, false
}

// cellEnd returns the length of the first cell of a well-formed record.
func cellEnd(raw []byte, delimiter byte) int {
	quoted := false
	for i, c := range raw {
		switch {
		case c == '"':
			quoted = !quoted
		case c == delimiter && !quoted:
			return i
		}
	}
	return len(raw)
}

// appendCellText appends the text of a cell for a JSON value: a string without its
// quotes, the elements of an array of scalars joined by "|", nothing for null, and any
// other value as JSON.
func appendCellText(dst, json []byte) []byte {
	switch json[0] {
	case '"':
		return jsonscan.AppendUnquoted(dst, json[1:len(json)-1])
	case '[':
		return appendJoined(dst, json)
	}
	if string(json) == "null" {
		return dst
	}
	return append(dst, json...)
}

// appendJoined appends the elements of an array joined by "|", or the array as JSON if
// an element is not a scalar.
func appendJoined(dst, json []byte) []byte {
	list := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
	from := len(dst)
	first := true
	for v := range list.Elements(json) {
		if v.Kind == jsonscan.Array || v.Kind == jsonscan.Object {
			return append(dst[:from], json...)
		}
		if !first {
			dst = append(dst, '|')
		}
		first = false
		dst = appendCellText(dst, v.Raw(json))
	}
	return dst
}
