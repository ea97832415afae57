package assets

import (
	"fmt"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/records"
)

// Fill says how the fields that a looked-up address leaves empty are filled
// from the prefixes that cover it (SPEC 4).
type Fill uint8

// The ways of filling. The zero Fill is that of ES.
const (
	PerField Fill = iota // an exact match, from the longest covering prefix
	Inherit              // any match, from every covering prefix, most specific first
	Whole                // not at all
)

// ParseFill returns the way of that name in the configuration.
func ParseFill(name string) (Fill, error) {
	for i, n := range []string{"per_field", "inherit", "whole"} {
		if name == n {
			return Fill(i), nil
		}
	}
	return 0, fmt.Errorf("unknown fill %q: use per_field, inherit or whole", name)
}

// filling knows which values count as empty.
type filling struct {
	lat, long int    // columns, negative if there are none
	domain    int    // column of pci_domain
	untrust   uint32 // offset of ["untrust"] in it
	priority  int
	unknown   uint32 // offset of "unknown" in it
	columns   []columnFilling
}

// columnFilling is how one column is filled from one prefix.
type columnFilling struct {
	simple   bool   // it does not depend on another column
	fillable uint32 // all bits, or none for never
	blank    uint32 // offset of the value that counts as empty, 0 if there is none
}

// pick returns the offset that counts, of the asset's own and the prefix's. It
// has no branches, all of its conditions being moves: which assets lack what is
// not to be predicted.
func (c *columnFilling) pick(own, other uint32) uint32 {
	other &= c.fillable
	if other == c.blank {
		other = own
	}
	if other == 0 {
		other = own
	}
	picked := own
	if own == c.blank {
		picked = other
	}
	if own == 0 {
		picked = other
	}
	return picked
}

func newFilling(columns []entity.Column, store *records.Store) filling {
	f := fillingColumns(columns)
	if f.domain >= 0 {
		f.untrust = store.Find(f.domain, `["untrust"]`)
	}
	if f.priority >= 0 {
		f.unknown = store.Find(f.priority, `"unknown"`)
	}
	f.eachColumn(columns)
	return f
}

// eachColumn says of every column how it is filled, when the rest is known.
func (f *filling) eachColumn(columns []entity.Column) {
	f.columns = make([]columnFilling, len(columns))
	for i, c := range columns {
		how := &f.columns[i]
		how.simple = i != f.lat && i != f.long
		if c.Fillable {
			how.fillable = ^uint32(0)
		}
		switch i {
		case f.domain:
			how.blank = f.untrust
		case f.priority:
			how.blank = f.unknown
		}
	}
}

func fillingColumns(columns []entity.Column) filling {
	f := filling{lat: -1, long: -1, domain: -1, priority: -1}
	for i, c := range columns {
		switch c.Name {
		case "lat":
			f.lat = i
		case "long":
			f.long = i
		case "pci_domain":
			f.domain = i
		case "priority":
			f.priority = i
		}
	}
	return f
}

// empty reports whether a value counts as empty for filling: there is none, or
// it is only the default pci_domain or an unknown priority.
func (f *filling) empty(column int, offset uint32) bool {
	return offset == 0 || column == f.domain && offset == f.untrust || column == f.priority && offset == f.unknown
}

// Filled is one match as it is shown: the values of its asset, and what the
// covering prefixes add. It is a view, cheap to make.
type Filled struct {
	table *Table
	row   []uint32
	from  uint32 // first prefix to fill from, or lpm.None
	all   bool   // and from those that cover it, too
	net   *network
}

// Fill returns the match as filled.
func (t *Table) Fill(m Match, how Fill) Filled {
	f := Filled{table: t, row: t.store.Row(m.Record), from: lpm.None}
	if !m.addr || how == Whole || m.prefix == lpm.None {
		return f
	}
	f.net = &t.networks[m.zone]
	f.all = how == Inherit
	switch {
	case m.Step == entity.StepExact:
		f.from = m.prefix
	case f.all:
		f.from = f.net.lpm.Parent(m.prefix)
	}
	return f
}

// Own returns the JSON of a column's own value, nil if it has none.
func (f *Filled) Own(column int) []byte { return f.table.store.Value(f.row[column]) }

// Value returns the JSON of a column's value, nil if it has none, and the index
// of the prefix that it was filled from, or lpm.None if it is the asset's own.
func (f *Filled) Value(column int) (json []byte, prefix uint32) {
	offset, prefix := f.offset(column)
	return f.table.store.Value(offset), prefix
}

// AppendOffsets appends where the values of some columns of a match are, as
// filled, for TouchValues and AppendMembers.
func (t *Table) AppendOffsets(dst []uint32, m *Match, how Fill, columns []int) []uint32 {
	filler, ok := t.Filler(m)
	switch {
	case how == Inherit:
		return t.appendInherited(dst, *m, columns)
	case !ok || how == Whole:
		return t.store.AppendOffsets(dst, m.Record, columns)
	}
	own, other, fill := t.store.Row(m.Record), t.store.Row(filler), t.filling.columns
	if len(other) != len(own) || len(fill) != len(own) {
		return dst // never: it spares the checks of two more bounds for every column
	}
	if cap(dst)-len(dst) < len(columns) {
		dst = slices.Grow(dst, len(columns))
	}
	offsets := dst[len(dst):][:len(columns)]
	for i, c := range columns {
		offset := fill[c].pick(own[c], other[c])
		if !fill[c].simple {
			offset = t.placed(*m, c)
		}
		offsets[i] = offset
	}
	return dst[:len(dst)+len(columns)]
}

func (t *Table) appendInherited(dst []uint32, m Match, columns []int) []uint32 {
	f := t.Fill(m, Inherit)
	for _, c := range columns {
		offset, _ := f.offset(c)
		dst = append(dst, offset)
	}
	return dst
}

// placed is where the value of lat or long is.
func (t *Table) placed(m Match, column int) uint32 {
	f := t.Fill(m, PerField)
	offset, _ := f.offset(column)
	return offset
}

// AppendMembers appends those of the members that have a value, offsets being
// what AppendOffsets said of their columns.
func (t *Table) AppendMembers(dst []byte, members []records.Member, offsets []uint32) []byte {
	return t.store.AppendMembers(dst, members, offsets)
}

// offset returns where the value of a column is, and the prefix that it was
// filled from.
func (f *Filled) offset(column int) (offset, prefix uint32) {
	own := f.row[column]
	if f.from == lpm.None || !f.table.columns[column].Fillable || !f.table.filling.empty(column, own) {
		return own, lpm.None
	}
	if column == f.table.filling.lat || column == f.table.filling.long {
		return f.place(column)
	}
	for p := f.from; p != lpm.None; p = f.next(p) {
		if offset := f.table.store.Row(f.net.owners[p])[column]; !f.table.filling.empty(column, offset) {
			return offset, p
		}
	}
	return own, lpm.None
}

// place fills lat and long as a pair: both from one prefix, and only if both
// are empty.
func (f *Filled) place(column int) (offset, prefix uint32) {
	lat, long := f.table.filling.lat, f.table.filling.long
	if lat < 0 || long < 0 || f.row[lat] != 0 || f.row[long] != 0 {
		return f.row[column], lpm.None
	}
	for p := f.from; p != lpm.None; p = f.next(p) {
		row := f.table.store.Row(f.net.owners[p])
		if row[lat] != 0 && row[long] != 0 {
			return row[column], p
		}
	}
	return 0, lpm.None
}

func (f *Filled) next(p uint32) uint32 {
	if !f.all {
		return lpm.None
	}
	return f.net.lpm.Parent(p)
}

// Columns describes the columns of Value, in the order in which enrichment
// writes them: asset, asset_id, asset_tag, then the fields.
func (t *Table) Columns() []entity.Column { return t.columns }

// AppendID appends the asset_id of a match as a JSON string.
func (t *Table) AppendID(dst []byte, m Match) []byte { return t.store.AppendID(dst, m.Record) }
