package listform

import (
	"bufio"
	"encoding/binary"
	"io"
	"iter"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/spool"
)

// jsonRecords keeps rows. The record of a row is the place where the row begins and, for each
// cell, its column, its place and its text.
type jsonRecords struct {
	jsonRow // the row that is being written
	kept    spool.Spool
	texts   [][]byte // of the cells, by column
}

// maxKeptText is the size of the text of a cell from which its memory is not reused for the
// next rows.
const maxKeptText = 64 << 10

// jsonRow is a row of a JSON list.
type jsonRow struct {
	row    place
	cells  []jsonCell // by column
	set    []int      // the columns of cells that are set, in the order in which they were set
	record []byte     // the row as it is kept
}

// jsonCell is a cell: the place of its first value and, in a row that is read, its text.
type jsonCell struct {
	from, to int // in jsonRow.record
	place    place
	isSet    bool
}

func (r *jsonRecords) close() error { return r.kept.Close() }

// begin begins a row of a list that has had so many columns so far.
func (r *jsonRecords) begin(row place, columns int) {
	for _, column := range r.set {
		if cap(r.texts[column]) > maxKeptText {
			r.texts[column] = nil
		}
	}
	r.jsonRow.begin(row, columns)
}

func (r *jsonRow) begin(row place, columns int) {
	for _, column := range r.set {
		r.cells[column].isSet = false
	}
	r.row, r.set = row, r.set[:0]
	r.widen(columns)
}

func (r *jsonRow) widen(columns int) {
	for len(r.cells) < columns {
		r.cells = append(r.cells, jsonCell{})
	}
}

// addCell sets a cell to the text that appendTo appends, or adds it to the cell as a further
// value.
func (r *jsonRecords) addCell(column int, at place, add bool, appendTo func([]byte) []byte) {
	r.widen(column + 1)
	for len(r.texts) < len(r.cells) {
		r.texts = append(r.texts, nil)
	}
	c := &r.cells[column]
	if !c.isSet {
		r.set = append(r.set, column)
	}
	text := r.texts[column]
	if !c.isSet || !add {
		text = text[:0]
	}
	if kept := len(text); kept == 0 {
		text = appendTo(text)
	} else {
		at = c.place
		text = appendTo(append(text, '|'))
		if len(text) == kept+1 {
			text = text[:kept] // without the separator
		}
	}
	r.texts[column] = text
	*c = jsonCell{place: at, isSet: true}
}

// end keeps the row.
func (r *jsonRecords) end() error {
	b := append(r.record[:0], 0, 0, 0, 0)
	b = binary.AppendUvarint(b, uint64(r.row.line))
	b = binary.AppendUvarint(b, uint64(r.row.column))
	for _, column := range r.set {
		c := &r.cells[column]
		b = binary.AppendUvarint(b, uint64(column))
		b = binary.AppendUvarint(b, uint64(c.place.line-r.row.line))
		b = binary.AppendUvarint(b, uint64(c.place.column))
		b = binary.AppendUvarint(b, uint64(len(r.texts[column])))
		b = append(b, r.texts[column]...)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	r.record = b
	_, err := r.kept.Write(b)
	return err
}

// rows returns the rows that were kept, with a header. They can be read several times.
func (r *jsonRecords) rows(names []string, where string) *jsonRows {
	rows := &jsonRows{records: r, names: names, where: where, in: bufio.NewReaderSize(r.kept.Reader(), 64<<10)}
	rows.begin(place{1, 1}, len(names))
	return rows
}

// jsonRows reads the rows of a JSON list, the header first.
type jsonRows struct {
	jsonRow
	records *jsonRecords
	names   []string
	where   string // what the rows are, such as "NDJSON"
	guess   *guess // what the columns are taken for, or nil
	in      *bufio.Reader
	state   headerState
	err     error
}

// sample yields the rows below the header without reading those of r.
func (r *jsonRows) sample() iter.Seq[csvio.Row] {
	return func(yield func(csvio.Row) bool) {
		ahead := r.records.rows(r.names, r.where)
		if !ahead.Next() { // the header
			return
		}
		for ahead.Next() && yield(ahead) {
		}
	}
}

// Next reads the next row.
func (r *jsonRows) Next() bool {
	if r.state < afterHeader {
		r.state++
	}
	if r.state == atHeader {
		return len(r.names) > 0
	}
	var length [4]byte
	if r.err == nil {
		_, r.err = io.ReadFull(r.in, length[:])
	}
	if r.err != nil {
		return false
	}
	n := int(binary.LittleEndian.Uint32(length[:]))
	if cap(r.record) < n {
		r.record = make([]byte, n)
	}
	r.record = r.record[:n]
	if _, r.err = io.ReadFull(r.in, r.record); r.err != nil {
		return false
	}
	r.readRecord()
	return true
}

// readRecord makes the record the current row.
func (r *jsonRows) readRecord() {
	b := r.record
	var line, column, below, from, length int
	line, b = nextNumber(b)
	column, b = nextNumber(b)
	r.begin(place{line, column}, len(r.names))
	for len(b) > 0 {
		column, b = nextNumber(b)
		r.set = append(r.set, column)
		c := &r.cells[column]
		below, b = nextNumber(b)
		from, b = nextNumber(b)
		length, b = nextNumber(b)
		at := len(r.record) - len(b)
		*c = jsonCell{at, at + length, place{line + below, from}, true}
		b = b[length:]
	}
}

// nextNumber returns the number that a record begins with, and the rest of the record.
func nextNumber(record []byte) (int, []byte) {
	if record[0] < 0x80 {
		return int(record[0]), record[1:]
	}
	n, length := binary.Uvarint(record)
	return int(n), record[length:]
}

// Close removes the rows.
func (r *jsonRows) Close() error { return r.records.close() }

// Len returns the number of cells.
func (r *jsonRows) Len() int { return len(r.names) }

// Cell returns a cell.
func (r *jsonRows) Cell(i int) []byte {
	switch c := &r.cells[i]; {
	case r.state == atHeader:
		return []byte(r.names[i])
	case c.isSet:
		return r.record[c.from:c.to:c.to]
	}
	return nil
}

// Line returns the line on which the row begins.
func (r *jsonRows) Line() int { return r.row.line }

// Pos returns the position of a cell; that of an absent member is the start of the row.
func (r *jsonRows) Pos(i int) (line, column int) {
	p := r.row
	if c := &r.cells[i]; c.isSet {
		p = c.place
	}
	return p.line, p.column
}

// Err returns why there is no further row. The syntax was checked before the first row.
func (r *jsonRows) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}
