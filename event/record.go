package event

import "slices"

// Record is an event that is a CSV record. Paths are matched with the names of
// columns as flat keys. A cell of nothing but white space is absent; all others are
// strings. With Auto the format is decided once, by the header. It is for one
// goroutine.
type Record struct {
	schema  *Schema
	format  *Format
	columns []int32 // by path: the column, or -1
	wanted  []int   // the columns that are read
	paths   []Path  // by wanted column
	cells   [][]byte
	present Set
	text    []byte
}

// NewRecord returns a Record for records with that header. Of columns with the
// same name the last counts.
func (s *Schema) NewRecord(header []string) *Record {
	r := &Record{schema: s, format: s.formatOfHeader(header), columns: make([]int32, len(s.texts))}
	for p, text := range s.texts {
		column := len(header) - 1
		for column >= 0 && header[column] != text {
			column--
		}
		if r.columns[p] = int32(column); column >= 0 {
			r.wanted, r.paths = append(r.wanted, column), append(r.paths, Path(p))
		}
	}
	r.present.reset(len(s.texts))
	return r
}

// Format returns the format of the records, nil if the Schema reads no roles.
func (r *Record) Format() *Format { return r.format }

// Columns returns the columns that are read, ascending.
func (r *Record) Columns() []int { return slices.Sorted(slices.Values(r.wanted)) }

// Reset makes the cells the event, by column. They are not copied. Cells of other
// than the Columns need not be there.
func (r *Record) Reset(cells [][]byte) {
	r.cells = cells
	clear(r.present)
	for i, column := range r.wanted {
		if column < len(cells) && len(cells[column]) > 0 {
			r.present.Add(r.paths[i])
		}
	}
}

// ResetStrings is Reset for strings. It copies the cells that are read.
func (r *Record) ResetStrings(cells []string) {
	own := slices.Grow(r.cells[:0], len(cells))[:len(cells)]
	clear(own)
	text := r.text[:0]
	for _, column := range r.wanted {
		if column < len(cells) {
			from := len(text)
			text = append(text, cells[column]...)
			own[column] = text[from:len(text):len(text)]
		}
	}
	r.text = text
	r.Reset(own)
}

// Schema returns the Schema whose paths are found.
func (r *Record) Schema() *Schema { return r.schema }

// Present returns the paths whose cells are not empty.
func (r *Record) Present() Set { return r.present }

// Value returns the cell at a path.
func (r *Record) Value(p Path) Value {
	if !r.present.Has(p) {
		return Value{}
	}
	cell := r.cells[r.columns[p]]
	if len(trim(cell)) == 0 {
		return Value{}
	}
	return Value{Kind: String, Text: cell}
}

// AppendElements appends the cell at a path.
func (r *Record) AppendElements(dst []Value, p Path) []Value {
	return r.Value(p).appendElements(dst)
}
