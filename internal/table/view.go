package table

import "slices"

// View is a selection of the columns of a table, and the way they are filled. It is
// immutable and safe for concurrent use.
type View struct {
	table          *Table
	fill           Fill
	columns        []int
	hasCoordinates bool // lat or long is one of columns
	firstColumn    int  // the least of columns
	lastColumn     int  // the greatest of columns
}

// View returns a view of the given columns, filled in the given way. It does not retain the
// slice.
func (t *Table) View(columns []int, fill Fill) *View {
	f := &t.filling
	v := &View{table: t, fill: fill, columns: slices.Clone(columns)}
	v.hasCoordinates = f.lat >= 0 && f.long >= 0 && (slices.Contains(columns, f.lat) || slices.Contains(columns, f.long))
	if len(columns) > 0 {
		v.firstColumn, v.lastColumn = slices.Min(columns), slices.Max(columns)
	}
	return v
}

// Table returns the table of the view.
func (v *View) Table() *Table { return v.table }

// Columns returns the number of columns of the view.
func (v *View) Columns() int { return len(v.columns) }

// Members holds the texts that precede values in a JSON object, such as `,"src_priority":`.
type Members struct{ list []member }

// Members returns the members for the first len(texts) columns of the view. Each text is
// what precedes the value in the object.
func (v *View) Members(texts [][]byte) *Members {
	m := &Members{}
	for _, text := range texts {
		m.list = append(m.list, newMember(text))
	}
	return m
}

// appendRecords appends the numbers of the records from which the values of a match come.
func (v *View) appendRecords(dst []uint32, m *Match) []uint32 {
	dst = append(dst, m.Record)
	if filler, ok := v.table.fillerOf(m); ok {
		dst = append(dst, filler)
	}
	return dst
}

// appendOffsets appends the offsets of the filled values of a match.
func (v *View) appendOffsets(dst []uint32, m *Match) []uint32 {
	t, columns := v.table, v.columns
	filler, ok := t.fillerOf(m)
	switch {
	case v.fill == FillInherit:
		return v.appendFilled(dst, m)
	case !ok || v.fill == FillNone:
		return t.records.AppendOffsets(dst, m.Record, columns)
	}
	own, other, fill := t.records.Offsets(m.Record), t.records.Offsets(filler), t.filling.columns
	if len(other) != len(own) || len(fill) != len(own) {
		return dst // unreachable; saves two bounds checks per column
	}
	if cap(dst)-len(dst) < len(columns) {
		dst = slices.Grow(dst, len(columns))
	}
	offsets := dst[len(dst):][:len(columns)]
	f := &t.filling
	coordinates := v.hasCoordinates && own[f.lat]|own[f.long] == 0 && other[f.lat] != 0 && other[f.long] != 0
	for i, c := range columns {
		offset := fill[c].pickOffset(own[c], other[c])
		if !fill[c].simple { // lat and long: both are filled, or neither
			if offset = own[c]; coordinates {
				offset = other[c] & fill[c].fillable
			}
		}
		offsets[i] = offset
	}
	return dst[:len(dst)+len(columns)]
}

// appendFilled is appendOffsets for any way of filling, one column at a time.
func (v *View) appendFilled(dst []uint32, m *Match) []uint32 {
	f := v.table.Filled(*m, v.fill)
	for _, c := range v.columns {
		offset, _ := f.offsetOf(c)
		dst = append(dst, offset)
	}
	return dst
}
