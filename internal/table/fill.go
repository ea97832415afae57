package table

import (
	"net/netip"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
)

// Fill is how the fields that a looked-up address leaves empty are filled from
// the prefixes that cover it.
type Fill uint8

// The ways of filling. The zero Fill is that of Splunk ES.
const (
	FillPerField Fill = iota // an exact match, from the longest covering prefix
	FillInherit              // any match, from every covering prefix, most specific first
	FillNone                 // not at all
)

// filling describes which columns are filled, and which of their values count as
// empty.
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

// pick returns the offset of the value to show, given those of the asset's own
// value and of the prefix's. It is branch-free, all of its conditions being
// conditional moves: which assets lack which values is unpredictable.
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

func newFilling(kind entity.Kind, columns []entity.Column, records *store) filling {
	f := fillingColumns(kind, columns)
	if f.domain >= 0 {
		f.untrust = records.Find(f.domain, `["untrust"]`)
	}
	if f.priority >= 0 {
		f.unknown = records.Find(f.priority, `"unknown"`)
	}
	f.eachColumn(columns)
	return f
}

// eachColumn sets how each column is filled, when the rest is known.
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

func fillingColumns(kind entity.Kind, columns []entity.Column) filling {
	f := filling{lat: -1, long: -1, domain: -1, priority: -1}
	if kind != entity.Asset {
		return f
	}
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

// Filled is the record of a match with the values that the covering prefixes
// add. It is a view, cheap to make. The zero Filled has no values.
type Filled struct {
	table *Table
	row   []uint32
	from  uint32 // first prefix to fill from, or lpm.None
	all   bool   // and from those that cover it, too
	net   *network
}

// Filled returns the record of a match as filled.
func (t *Table) Filled(m Match, how Fill) Filled {
	f := Filled{table: t, row: t.records.Row(m.Record), from: lpm.None}
	if !m.addr || how == FillNone || m.prefix == lpm.None {
		return f
	}
	f.net = &t.networks[m.zone]
	f.all = how == FillInherit
	switch {
	case m.Step == entity.StepExact:
		f.from = m.prefix
	case f.all:
		f.from = f.net.lpm.Parent(m.prefix)
	}
	return f
}

// Value returns the JSON of the value in a column, nil if there is none.
func (f *Filled) Value(column int) []byte {
	if f.table == nil {
		return nil
	}
	offset, _ := f.offset(column)
	return f.table.records.Value(offset)
}

// Prefix returns the prefix that a column is filled from; false if the value is
// the record's own.
func (f *Filled) Prefix(column int) (netip.Prefix, bool) {
	if f.table == nil {
		return netip.Prefix{}, false
	}
	_, prefix := f.offset(column)
	if prefix == lpm.None {
		return netip.Prefix{}, false
	}
	return f.net.lpm.Prefix(prefix), true
}

// offset returns the offset of the value in a column and the prefix that it is
// filled from.
func (f *Filled) offset(column int) (offset, prefix uint32) {
	own := f.row[column]
	if f.from == lpm.None || !f.table.columns[column].Fillable || !f.table.filling.empty(column, own) {
		return own, lpm.None
	}
	if column == f.table.filling.lat || column == f.table.filling.long {
		return f.placeOffset(column)
	}
	for p := f.from; p != lpm.None; p = f.next(p) {
		if offset := f.table.records.Row(f.net.owners[p])[column]; !f.table.filling.empty(column, offset) {
			return offset, p
		}
	}
	return own, lpm.None
}

// placeOffset fills lat and long as a pair: both from one prefix, and only if
// both are empty.
func (f *Filled) placeOffset(column int) (offset, prefix uint32) {
	lat, long := f.table.filling.lat, f.table.filling.long
	if lat < 0 || long < 0 || f.row[lat] != 0 || f.row[long] != 0 {
		return f.row[column], lpm.None
	}
	for p := f.from; p != lpm.None; p = f.next(p) {
		row := f.table.records.Row(f.net.owners[p])
		if row[lat] != 0 && row[long] != 0 {
			return row[column], p
		}
	}
	return 0, lpm.None
}

// next returns the prefix to fill from after p.
func (f *Filled) next(p uint32) uint32 {
	if !f.all {
		return lpm.None
	}
	return f.net.lpm.Parent(p)
}

// Ok reports whether f is of a record.
func (f *Filled) Ok() bool { return f.table != nil }

// Values returns the values of a column by its name, nil if there are none.
func (f *Filled) Values(column string) []string { return ValuesOf(f.named(column)) }

// Text returns the first value of a column by its name, "" if there is none.
func (f *Filled) Text(column string) string { return string(AppendFirst(nil, f.named(column))) }

func (f *Filled) named(column string) []byte {
	if f.table == nil {
		return nil
	}
	if i := f.table.Column(column); i >= 0 {
		return f.Value(i)
	}
	return nil
}
