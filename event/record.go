package event

import "slices"

// Record is an event that is a CSV record. The names of the columns are flat keys.
// A cell that is empty or only white space is absent; every other cell is a string.
// With Auto the header determines the format of all records. A Record is for one
// goroutine.
type Record struct {
	schema  *Schema
	format  *Format
	columns []int32 // by path: the column, or -1; of wild paths, that of the current record
	wanted  []int   // the columns of paths
	paths   []Path  // paths[i] is the path of column wanted[i]
	wild    []wildColumns
	read    []int   // wanted and the columns that times reads, ascending, each once
	times   *Record // bound to schema.presetTimes, or nil
	cells   [][]byte
	present Set
	text    []byte // backs the cells that ResetStrings copies
}

// wildColumns holds the columns of a path with a wildcard that matches the names of several.
type wildColumns struct {
	path    Path
	columns []int // ascending
}

// NewRecord returns a Record for records with that header. If several columns have
// the same name, the last one counts. Of columns with different names that a wildcard
// matches, the last one counts whose cell is not blank.
func (s *Schema) NewRecord(header []string) *Record {
	r := &Record{schema: s, format: s.formatOfHeader(header), columns: make([]int32, len(s.texts))}
	for p, text := range s.texts {
		columns := columnsOf(text, header)
		r.columns[p] = -1
		for _, column := range columns {
			r.columns[p] = int32(column)
			r.wanted, r.paths = append(r.wanted, column), append(r.paths, Path(p))
		}
		if len(columns) > 1 {
			r.wild = append(r.wild, wildColumns{Path(p), columns})
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

// columnsOf returns the columns of a path, ascending: at most one, unless the path has a
// wildcard.
func columnsOf(path string, header []string) (columns []int) {
	for i, name := range header {
		if matchesNames(path, name) && !slices.Contains(header[i+1:], name) {
			columns = append(columns, i)
		}
	}
	return columns
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
	for i := range r.wild {
		r.chooseColumn(&r.wild[i])
	}
}

// chooseColumn sets the column of a path with a wildcard in the current record: the last
// that is not blank, or else the first, which the record has if it has any of them.
func (r *Record) chooseColumn(w *wildColumns) {
	r.columns[w.path] = int32(w.columns[0])
	for _, column := range w.columns {
		if column < len(r.cells) && len(trimSpace(r.cells[column])) > 0 {
			r.columns[w.path] = int32(column)
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
