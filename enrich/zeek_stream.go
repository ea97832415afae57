package enrich

import (
	"bytes"
	"slices"

	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/zeeklog"
)

// zeekHeader is a header of a Zeek log with the columns that are added under it.
type zeekHeader struct {
	zeeklog.Header
	layout *csvLayout
	lists  []bool // by added column: its values are sets
}

// zeekSection is the lines of a block that follow a directive, up to the next one.
type zeekSection struct {
	from   int         // unit of the directive
	header *zeekHeader // nil before the #fields line
}

// readDirectives finds the directives of a block, each of which applies to itself and to the
// lines that follow.
func (s *streamRun) readDirectives(b *block) error {
	res := &b.Results
	res.sections = append(res.sections[:0], zeekSection{0, s.zeek})
	for i := range b.Len() {
		if line := trimLineEnd(b.Unit(i)); zeeklog.IsDirective(line) {
			s.zeek = s.addDirective(line)
			res.sections = append(res.sections, zeekSection{i, s.zeek})
		}
	}
	return nil
}

// addDirective returns the header of the log after a directive.
func (s *streamRun) addDirective(line []byte) *zeekHeader {
	next := &zeekHeader{}
	if s.zeek != nil {
		*next = *s.zeek
	}
	fields := next.Fields
	next.Header = next.Add(line)
	if slices.Equal(fields, next.Fields) && next.layout != nil {
		return next
	}
	return s.newZeekHeader(next.Header)
}

// newZeekHeader returns a header with the columns that are added under it.
func (s *streamRun) newZeekHeader(h zeeklog.Header) *zeekHeader {
	p := s.enricher.plan.Load()
	header := &zeekHeader{Header: h, layout: newCSVLayout(p, h.Fields, 0)}
	for _, name := range header.layout.added {
		header.lists = append(header.lists, p.isList(name))
	}
	return header
}

// isList reports whether a field that is written has several values.
func (p *plan) isList(name string) bool {
	has := func(o output) bool { return o.list && p.schema.Text(o.path) == name }
	return slices.ContainsFunc(p.roles[:], func(r rolePlan) bool {
		return slices.ContainsFunc(r.columns, has) || slices.ContainsFunc(r.owner, has)
	})
}

// trimLineEnd returns a line without its line end.
func trimLineEnd(line []byte) []byte { return bytes.TrimRight(line, "\r\n") }

// zeekWorker enriches the lines of a Zeek log. It is for one goroutine.
type zeekWorker struct {
	run    *streamRun
	json   []byte // the lines of a block as JSON
	units  []zeekUnit
	header *zeekHeader // for which plan is made
	plan   *csvPlan
	sink   zeekSink
}

// zeekUnit is one line of a block.
type zeekUnit struct {
	header *zeekHeader // nil before the #fields line
	end    int         // offset of its end in zeekWorker.json
	err    error       // why it is malformed
}

// zeekLines returns a worker that enriches the lines of a Zeek log.
func (s *streamRun) zeekLines() func(*block) error {
	w := &zeekWorker{run: s}
	return func(b *block) error {
		b.Results.stats = Stats{Lines: int64(b.Lines), BytesIn: b.Size}
		s.beginBlock(b)
		if o := b.Results.observation; o != nil {
			w.json = o.input // what an Observer reads must last as long as the block
			defer func() { o.input, w.json = w.json, nil }()
		}
		w.convertLines(b)
		return s.enricher.eachBatch(b.Len(), w.event, func(first int, batch *batch) error {
			for i := range batch.events[:batch.n] {
				w.appendLine(b, first+i, batch, &batch.events[i])
			}
			b.Results.observation.flush()
			return nil
		})
	}
}

// convertLines converts the lines of a block into JSON. Directives and malformed lines
// become empty.
func (w *zeekWorker) convertLines(b *block) {
	w.json, w.units = w.json[:0], w.units[:0]
	section := 0
	for i := range b.Len() {
		sections := b.Results.sections
		for section+1 < len(sections) && sections[section+1].from <= i {
			section++
		}
		unit := zeekUnit{header: sections[section].header}
		if line := trimLineEnd(b.Unit(i)); len(line) > 0 && !zeeklog.IsDirective(line) {
			header := &zeeklog.Header{}
			if unit.header != nil {
				header = &unit.header.Header
			}
			w.json, unit.err = header.AppendJSON(w.json, line)
		}
		w.json = append(w.json, '\n')
		unit.end = len(w.json)
		w.units = append(w.units, unit)
	}
}

// event returns a unit as JSON.
func (w *zeekWorker) event(unit int) []byte {
	from := 0
	if unit > 0 {
		from = w.units[unit-1].end
	}
	return w.json[from:w.units[unit].end:w.units[unit].end]
}

// appendLine appends a line with its added columns, and counts it.
func (w *zeekWorker) appendLine(b *block, unit int, batch *batch, e *eventState) {
	line, h := b.Unit(unit), w.units[unit].header
	text := trimLineEnd(line)
	switch {
	case len(line) == 0:
		w.run.addBad(b, unit, w.run.errTooLong())
	case w.units[unit].err != nil:
		w.run.addBad(b, unit, w.units[unit].err)
	case len(text) == 0:
		b.Out = append(b.Out, line...)
	case zeeklog.IsDirective(text):
		b.Out = h.AppendDirective(b.Out, text, h.layout.added, h.lists)
		b.Out = append(b.Out, line[len(text):]...)
	case e.err != nil:
		w.run.addBad(b, unit, e.err)
	default:
		if w.header != h || w.plan == nil || w.plan.plan != batch.plan {
			w.header, w.plan = h, newCSVPlan(batch.plan, h.layout)
		}
		w.sink.collectCells(batch, e, w.header, w.plan)
		b.Out = w.sink.appendLine(b.Out, text)
		b.Out = append(b.Out, line[len(text):]...)
		b.Results.stats.Events++
		b.Results.stats.countEvent(batch, e)
		b.Results.observation.addAsJSON(b, unit, batch, e)
		if w.run.isSampled(b) {
			b.Results.sample.add(sampledEvent{json: bytes.Clone(e.raw)})
		}
	}
}

// zeekSink is the sink that collects the cells of one line that are added or replaced.
type zeekSink struct {
	header *zeekHeader
	plan   *csvPlan
	cells  []indexRange // of text, by added column; empty if there is no value

	replaced []replacedCell
	text     []byte
	values   [][]byte
	scratch  []byte
}

// collectCells collects the cells of an event.
func (s *zeekSink) collectCells(b *batch, e *eventState, h *zeekHeader, p *csvPlan) {
	s.header, s.plan, s.text, s.replaced = h, p, s.text[:0], s.replaced[:0]
	s.cells = slices.Grow(s.cells[:0], len(h.layout.added))[:len(h.layout.added)]
	clear(s.cells)
	b.writer.writeFields(e, s)
}

func (s *zeekSink) beginRole(*roleState)  {}
func (s *zeekSink) memberBuffer() *[]byte { return nil }
func (s *zeekSink) endRole(*roleState)    {}

// addField sets the cell of an output, if there is a column for it.
func (s *zeekSink) addField(o *output, json []byte) {
	target := s.plan.targets[o.path]
	if target.column == noColumn || target.inHeader && !s.plan.plan.options.Overwrite {
		return
	}
	from := len(s.text)
	s.text = s.header.AppendCell(s.text, s.valuesOf(json))
	cell := indexRange{int32(from), int32(len(s.text))}
	if target.inHeader {
		s.replaced = append(s.replaced, replacedCell{int(target.column), cell})
	} else {
		s.cells[target.column] = cell
	}
}

// valuesOf returns the values of a JSON value as text: the elements of an array, and
// objects as JSON.
func (s *zeekSink) valuesOf(json []byte) [][]byte {
	s.values, s.scratch = s.values[:0], slices.Grow(s.scratch[:0], len(json))
	add := func(json []byte) {
		from := len(s.scratch)
		s.scratch = appendCellText(s.scratch, json)
		s.values = append(s.values, s.scratch[from:len(s.scratch):len(s.scratch)])
	}
	switch {
	case json[0] == '[':
		list := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
		for v := range list.Elements(json) {
			add(v.Raw(json))
		}
	case string(json) != "null":
		add(json)
	}
	return s.values
}

// appendLine appends a line with cells replaced and added. A replaced cell at the beginning of
// the line must not make a directive of it.
func (s *zeekSink) appendLine(dst, line []byte) []byte {
	separator := s.header.ColumnSeparator()
	if len(s.replaced) == 0 {
		dst = append(dst, line...)
	} else {
		for column, cell := range bytes.Split(line, []byte(separator)) {
			if i := slices.IndexFunc(s.replaced, func(r replacedCell) bool { return r.column == column }); i >= 0 {
				cell = s.text[s.replaced[i].text.from:s.replaced[i].text.to]
			}
			switch {
			case column > 0:
				dst = append(dst, separator...)
			case zeeklog.IsDirective(cell):
				dst, cell = append(dst, `\x23`...), cell[1:]
			}
			dst = append(dst, cell...)
		}
	}
	for _, c := range s.cells {
		dst = append(dst, separator...)
		if c.from == c.to {
			dst = append(dst, s.header.Unset()...)
		} else {
			dst = append(dst, s.text[c.from:c.to]...)
		}
	}
	return dst
}
