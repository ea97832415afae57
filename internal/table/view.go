package table

import (
	"slices"
)

// View is the columns of a table that one user of Lookups reads, and how they
// are filled.
type View struct {
	table   *Table
	fill    Fill
	columns []int
	places  bool // lat or long is one of columns
	first   int  // the least of columns
	last    int  // the greatest
}

// View returns a view of some columns.
func (t *Table) View(columns []int, fill Fill) *View {
	f := &t.filling
	v := &View{table: t, fill: fill, columns: slices.Clone(columns)}
	v.places = f.lat >= 0 && f.long >= 0 && (slices.Contains(columns, f.lat) || slices.Contains(columns, f.long))
	if len(columns) > 0 {
		v.first, v.last = slices.Min(columns), slices.Max(columns)
	}
	return v
}

// Table returns the table that the view is of.
func (v *View) Table() *Table { return v.table }

// Columns returns the number of columns.
func (v *View) Columns() int { return len(v.columns) }

// Members is the members of JSON objects that the values of a View become.
type Members struct{ list []member }

// Members returns members for the first columns of the view, one text such as
// `,"src_priority":` each.
func (v *View) Members(texts [][]byte) *Members {
	m := &Members{}
	for _, text := range texts {
		m.list = append(m.list, newMember(text))
	}
	return m
}

// appendRecords appends the records that the values of a match come from.
func (v *View) appendRecords(dst []uint32, m *Match) []uint32 {
	dst = append(dst, m.Record)
	if filler, ok := v.table.fillerOf(m); ok {
		dst = append(dst, filler)
	}
	return dst
}

// appendOffsets appends the offsets of the values of a match, as filled.
func (v *View) appendOffsets(dst []uint32, m *Match) []uint32 {
	t, columns := v.table, v.columns
	filler, ok := t.fillerOf(m)
	switch {
	case v.fill == FillInherit:
		return v.appendFilled(dst, m)
	case !ok || v.fill == FillNone:
		return t.records.AppendOffsets(dst, m.Record, columns)
	}
	own, other, fill := t.records.Row(m.Record), t.records.Row(filler), t.filling.columns
	if len(other) != len(own) || len(fill) != len(own) {
		return dst // never: it spares two bounds checks a column
	}
	if cap(dst)-len(dst) < len(columns) {
		dst = slices.Grow(dst, len(columns))
	}
	offsets := dst[len(dst):][:len(columns)]
	f := &t.filling
	place := v.places && own[f.lat]|own[f.long] == 0 && other[f.lat] != 0 && other[f.long] != 0
	for i, c := range columns {
		offset := fill[c].pick(own[c], other[c])
		if !fill[c].simple { // lat or long: both from the prefix, or none
			if offset = own[c]; place {
				offset = other[c] & fill[c].fillable
			}
		}
		offsets[i] = offset
	}
	return dst[:len(dst)+len(columns)]
}

// appendFilled is appendOffsets column by column.
func (v *View) appendFilled(dst []uint32, m *Match) []uint32 {
	f := v.table.Filled(*m, v.fill)
	for _, c := range v.columns {
		offset, _ := f.offset(c)
		dst = append(dst, offset)
	}
	return dst
}
