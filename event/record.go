package event

import "slices"

// Record is an event that is a CSV record. The names of the columns are flat keys.
// A cell that is empty or only white space is absent; every other cell is a string.
// With Auto the header determines the format of all records. A Record is for one
// goroutine.
type Record struct {
	schema  *Schema
	format  *Format
	columns []int32 // by path: the column, or -1
	wanted  []int   // the columns of paths
	paths   []Path  // paths[i] is the path of column wanted[i]
	read    []int   // wanted and the columns that times reads, ascending, each once
	times   *Record // bound to schema.presetTimes, or nil
	cells   [][]byte
	present Set
	text    []byte // backs the cells that ResetStrings copies
}

// NewRecord returns a Record for records with that header. If several columns have
// the same name, the last one counts.
func (s *Schema) NewRecord(header []string) *Record {
	r := &Record{schema: s, format: s.formatOfHeader(header), columns: make([]int32, len(s.texts))}
	for p, text := range s.texts {
		column := len(header) - 1
		for column >= 0 && !matchesNames(text, header[column]) {
			column--
		}
		if r.columns[p] = int32(column); column >= 0 {
			r.wanted, r.paths = append(r.wanted, column), append(r.paths, Path(p))
		}
	}
	r.read = slices.Clone(r.wanted)
	if s.presetTimes != nil {
		r.times = s.presetTimes().NewRecord(header)
		r.read = append(r.read, r.times.read...)
	}
	slices.Sort(r.read)
	r.read = slices.Compact(r.read)
	r.present.reset(len(s.texts))
	return r
}

// Format returns the format of the records, nil if the Schema reads no roles.
func (r *Record) Format() *Format { return r.format }

// HasColumn reports whether the header has the path, whatever the cell contains.
func (r *Record) HasColumn(p Path) bool { return r.columns[p] >= 0 }

// Columns returns the indexes of the columns that are read, ascending.
func (r *Record) Columns() []int { return slices.Clone(r.read) }

// Reset makes cells the current event: cells[i] is the cell of column i. The cells
// are not copied. Those of columns that Columns does not return may be nil.
func (r *Record) Reset(cells [][]byte) {
	r.cells = cells
	clear(r.present)
	for i, column := range r.wanted {
		if column < len(cells) && len(cells[column]) > 0 {
			r.present.Add(r.paths[i])
		}
	}
}

// ResetStrings is Reset for strings. It copies the cells of the Columns.
func (r *Record) ResetStrings(cells []string) {
	own := slices.Grow(r.cells[:0], len(cells))[:len(cells)]
	clear(own)
	text := r.text[:0]
	for _, column := range r.read {
		if column < len(cells) {
			from := len(text)
			text = append(text, cells[column]...)
			own[column] = text[from:len(text):len(text)]
		}
	}
	r.text = text
	r.Reset(own)
}

// Schema returns the Schema to which the event is bound.
func (r *Record) Schema() *Schema { return r.schema }

// Present returns the paths whose cells are not empty.
func (r *Record) Present() Set { return r.present }

// Value returns the cell at a path.
func (r *Record) Value(p Path) Value {
	if !r.present.Has(p) {
		return Value{}
	}
	cell := r.cells[r.columns[p]]
	if len(trimSpace(cell)) == 0 {
		return Value{}
	}
	return Value{Kind: String, Text: cell}
}

// AppendElements appends the cell at a path, unless it is absent.
func (r *Record) AppendElements(dst []Value, p Path) []Value {
	return r.Value(p).appendElements(dst)
}
