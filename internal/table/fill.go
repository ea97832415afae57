package table

import (
	"net/netip"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
)

// Fill controls how the empty fields of an address are filled from the prefixes that cover
// it.
type Fill uint8

// The ways of filling. The zero Fill is the behaviour of Splunk Enterprise Security.
const (
	FillPerField Fill = iota // fill exact matches from the longest covering prefix
	FillInherit              // fill all matches from every covering prefix, most specific first
	FillNone                 // do not fill
)

// filling describes which columns are filled, and which of their values count as empty.
type filling struct {
	lat, long int    // columns, -1 if there are none
	pciDomain int    // column
	untrust   uint32 // offset of ["untrust"], the default of pci_domain
	priority  int    // column
	unknown   uint32 // offset of "unknown", which counts as no priority
	columns   []columnFilling
}

// columnFilling is how one column is filled from one prefix.
type columnFilling struct {
	simple   bool   // the column does not depend on another one
	fillable uint32 // a mask: all ones, or 0 if the column is never filled
	blank    uint32 // offset of the value that counts as empty, 0 if there is none
}

// pickOffset returns the offset of the value to show, given the offset of the asset's own
// value and that of the prefix's value. All of its conditions compile to conditional
// moves, because it is unpredictable which assets lack which values.
func (c *columnFilling) pickOffset(own, other uint32) uint32 {
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

func newFilling(kind entity.Kind, columns []entity.Column, records *recordStore) filling {
	f := newFillingColumns(kind, columns)
	if f.pciDomain >= 0 {
		f.untrust = records.FindValue(f.pciDomain, `["untrust"]`)
	}
	if f.priority >= 0 {
		f.unknown = records.FindValue(f.priority, `"unknown"`)
	}
	f.setColumns(columns)
	return f
}

// setColumns sets how each column is filled. The other fields of f must be set.
func (f *filling) setColumns(columns []entity.Column) {
	f.columns = make([]columnFilling, len(columns))
	for i, c := range columns {
		how := &f.columns[i]
		how.simple = i != f.lat && i != f.long
		if c.Fillable {
			how.fillable = ^uint32(0)
		}
		switch i {
		case f.pciDomain:
			how.blank = f.untrust
		case f.priority:
			how.blank = f.unknown
		}
	}
}

// newFillingColumns returns a filling in which only the indexes of the special columns are
// set.
func newFillingColumns(kind entity.Kind, columns []entity.Column) filling {
	f := filling{lat: -1, long: -1, pciDomain: -1, priority: -1}
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
			f.pciDomain = i
		case "priority":
			f.priority = i
		}
	}
	return f
}

// isEmpty reports whether a value counts as empty for filling: there is none, or it is the
// default pci_domain or an unknown priority.
func (f *filling) isEmpty(column int, offset uint32) bool {
	return offset == 0 || column == f.pciDomain && offset == f.untrust || column == f.priority && offset == f.unknown
}

// Filled is the record of a match with the values that the covering prefixes add. It
// computes every value on demand and is cheap to create. The zero Filled has no values.
type Filled struct {
	table       *Table
	offsets     []uint32 // of the record's own values
	firstPrefix uint32   // to fill from, or lpm.None
	inherit     bool     // also fill from the prefixes that cover firstPrefix
	net         *network
}

// Filled returns the record of a match, filled in the given way.
func (t *Table) Filled(m Match, how Fill) Filled {
	f := Filled{table: t, offsets: t.records.Offsets(m.Record), firstPrefix: lpm.None}
	if !m.addr || how == FillNone || m.prefix == lpm.None {
		return f
	}
	f.net = &t.networks[m.zone]
	f.inherit = how == FillInherit
	switch {
	case m.Step != entity.StepPrefix:
		f.firstPrefix = m.prefix
	case f.inherit:
		f.firstPrefix = f.net.lpm.Parent(m.prefix)
	}
	return f
}

// Value returns the JSON of the value in a column, nil if there is none. It must not be
// changed.
func (f *Filled) Value(column int) []byte {
	if f.table == nil {
		return nil
	}
	offset, _ := f.offsetOf(column)
	return f.table.records.Value(offset)
}

// Prefix returns the prefix that the value of a column is filled from. It returns false
// if the column is empty or has the record's own value.
func (f *Filled) Prefix(column int) (netip.Prefix, bool) {
	if f.table == nil {
		return netip.Prefix{}, false
	}
	_, prefix := f.offsetOf(column)
	if prefix == lpm.None {
		return netip.Prefix{}, false
	}
	return f.net.lpm.Prefix(prefix), true
}

// offsetOf returns the offset of the value in a column, and the prefix that it is filled
// from or lpm.None.
func (f *Filled) offsetOf(column int) (offset, prefix uint32) {
	own := f.offsets[column]
	if f.firstPrefix == lpm.None || !f.table.columns[column].Fillable || !f.table.filling.isEmpty(column, own) {
		return own, lpm.None
	}
	if column == f.table.filling.lat || column == f.table.filling.long {
		return f.coordinateOffset(column)
	}
	for p := f.firstPrefix; p != lpm.None; p = f.nextPrefix(p) {
		if offset := f.table.records.Offsets(f.net.owners[p])[column]; !f.table.filling.isEmpty(column, offset) {
			return offset, p
		}
	}
	return own, lpm.None
}

// coordinateOffset is offsetOf for lat and long, which are filled as a pair: both from the
// same prefix, and only if both are empty.
func (f *Filled) coordinateOffset(column int) (offset, prefix uint32) {
	lat, long := f.table.filling.lat, f.table.filling.long
	if lat < 0 || long < 0 || f.offsets[lat] != 0 || f.offsets[long] != 0 {
		return f.offsets[column], lpm.None
	}
	for p := f.firstPrefix; p != lpm.None; p = f.nextPrefix(p) {
		row := f.table.records.Offsets(f.net.owners[p])
		if row[lat] != 0 && row[long] != 0 {
			return row[column], p
		}
	}
	return 0, lpm.None
}

// nextPrefix returns the prefix to fill from after p, or lpm.None.
func (f *Filled) nextPrefix(p uint32) uint32 {
	if !f.inherit {
		return lpm.None
	}
	return f.net.lpm.Parent(p)
}

// Ok reports whether f has a record.
func (f *Filled) Ok() bool { return f.table != nil }

// Values returns the values of the column with a name, nil if there are none.
func (f *Filled) Values(column string) []string { return ValuesOf(f.namedValue(column)) }

// Text returns the first value of the column with a name, "" if there is none.
func (f *Filled) Text(column string) string { return string(AppendFirst(nil, f.namedValue(column))) }

func (f *Filled) namedValue(column string) []byte {
	if f.table == nil {
		return nil
	}
	if i := f.table.Column(column); i >= 0 {
		return f.Value(i)
	}
	return nil
}
