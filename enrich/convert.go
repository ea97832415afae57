package enrich

import (
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/stream"
)

// csvColumns are the columns of the CSV into which NDJSON is converted.
type csvColumns struct {
	names     []string
	index     map[string]int // by name
	delimiter byte           // separates cells
}

// chooseColumns chooses the columns by the first good event of the stream.
func (s *streamRun) chooseColumns(b *block) error {
	var err error
	b.Results.headerText = nil
	if s.columns == nil {
		if s.columns = newCSVColumns(s.enricher.plan.Load(), &b.Chunk, s.options.Out.delimiter()); s.columns != nil {
			b.Results.headerText, err = s.takeHeader(s.columns.appendHeader(nil))
		}
	}
	b.Results.columns = s.columns
	return err
}

// newCSVColumns returns the columns for the first good event of a chunk, or nil if
// there is none.
func newCSVColumns(p *plan, c *stream.Chunk, delimiter byte) *csvColumns {
	b := new(batch)
	for i := range c.Len() {
		line := c.Unit(i)
		b.reset(p)
		b.addJSON(line)
		if e := &b.events[0]; e.err != nil || e.blank || c.Malformed(i) != nil {
			continue
		}
		columns := &csvColumns{index: make(map[string]int), delimiter: delimiter}
		object, v := b.events[0].outermost()
		for key := range jsonscan.MembersOf(object, v, jsonscan.Value{}) {
			columns.add(string(key.AppendText(nil, object)))
		}
		for _, name := range p.outputNames() {
			columns.add(name)
		}
		return columns
	}
	return nil
}

// add appends a column unless there is one of that name.
func (c *csvColumns) add(name string) {
	if _, exists := c.index[name]; !exists {
		c.index[name] = len(c.names)
		c.names = append(c.names, name)
	}
}

// appendHeader appends the names of the columns as a record.
func (c *csvColumns) appendHeader(dst []byte) []byte {
	for i, name := range c.names {
		if i > 0 {
			dst = append(dst, c.delimiter)
		}
		dst = csvio.AppendCellFor(dst, c.delimiter, []byte(name))
	}
	return append(dst, '\n')
}

// convertWorker returns a worker that converts NDJSON into CSV.
func (s *streamRun) convertWorker() func(*block) error {
	c := &csvConverter{}
	return func(b *block) error {
		c.columns, c.lostMembers = b.Results.columns, 0
		b.Out = append(b.Out, b.Results.headerText...)
		s.appendLines(b, c.appendRecord)
		b.Results.stats.LostMembers = c.lostMembers
		return nil
	}
}

// csvConverter converts JSON events into CSV records. It is also the sink of their
// added fields.
type csvConverter struct {
	columns     *csvColumns
	lostMembers int64
	batch       *batch
	event       *eventState
	cells       []indexRange // of text, by column; empty if the record has no value
	present     []bool       // by column: whether the event itself has the member
	text        []byte
	key         []byte // scratch
}

// appendRecord appends a good event as a record.
func (c *csvConverter) appendRecord(from *eventWriter, dst []byte, e *eventState) []byte {
	c.batch, c.event, c.text = from.batch, e, c.text[:0]
	if n := len(c.columns.names); len(c.cells) != n {
		c.cells, c.present = make([]indexRange, n), make([]bool, n)
	}
	clear(c.cells)
	clear(c.present)
	c.setMembers()
	from.writeFields(e, c)
	for i, cell := range c.cells {
		if i > 0 {
			dst = append(dst, c.columns.delimiter)
		}
		dst = csvio.AppendCellFor(dst, c.columns.delimiter, c.text[cell.from:cell.to])
	}
	if len(c.cells) == 1 && c.cells[0].from == c.cells[0].to {
		dst = append(dst, `""`...) // an empty line would be read as a blank one
	}
	return append(dst, '\n')
}

// setMembers sets the cells of the event's own members.
func (c *csvConverter) setMembers() {
	object, v := c.event.outermost()
	for key, value := range jsonscan.MembersOf(object, v, jsonscan.Value{}) {
		c.key = key.AppendText(c.key[:0], object)
		column, ok := c.columns.index[string(c.key)]
		if !ok {
			c.lostMembers++
			continue
		}
		c.setCell(column, value.Raw(object))
		c.present[column] = true
	}
	if c.event.object > 0 {
		c.lostMembers++ // the text before the object
	}
}

func (c *csvConverter) setCell(column int, json []byte) {
	from := len(c.text)
	c.text = appendCellText(c.text, json)
	c.cells[column] = indexRange{int32(from), int32(len(c.text))}
}

func (c *csvConverter) beginRole(*roleState)  {}
func (c *csvConverter) endRole(*roleState)    {}
func (c *csvConverter) memberBuffer() *[]byte { return nil }

// addField sets the cell of an output. A value that the event already has, also inside
// the object of Options.Into, is kept unless Options.Overwrite is set.
func (c *csvConverter) addField(o *output, json []byte) {
	p := c.batch.plan
	column, ok := c.columns.index[p.schema.Text(o.path)]
	if !ok {
		return
	}
	if !p.options.Overwrite || o.column == urgencyColumn {
		if c.present[column] {
			return
		}
		if own, exists := c.batch.existingAt(c.event, o.path); exists {
			json = own.value.Raw(c.event.raw)
		}
	}
	c.setCell(column, json)
}
