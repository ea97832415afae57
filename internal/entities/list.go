package entities

import (
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// Source describes one list as it was read.
type Source struct {
	Name   string
	Path   string // the file, for messages
	Rows   int    // rows kept
	Lost   int    // rows lost
	SHA256 string // of the bytes that were read, hexadecimal; "" if they were not hashed
	Merged bool   // a merged lookup: its asset or identity column holds the keys
}

// Row is one row of a List.
type Row struct {
	Source uint32 // index into List.Sources: its rank
	Line   uint32
	Zone   TextID
	Keys   TextID // the identity cell of a merged lookup, else 0
	ID     TextID // the asset_id or identity_id of a merged lookup, else 0
}

// List holds rows of one kind in rank order, their cells canonical and
// interned: a cell of several values is their "|"-joined text. It is filled by
// one goroutine and then only read.
type List struct {
	Kind    Kind
	Fields  []schema.Field
	Sources []Source
	Rows    []Row
	Texts   *Interner

	cells  []TextID                // the rows' cells, one after another
	widths []width                 // how wide the rows are, ascending by row
	ranged map[int]map[string]bool // row → bare addresses that only a range left
}

// NewList returns an empty list with the given columns.
func NewList(kind Kind, fields []schema.Field) *List {
	return &List{Kind: kind, Fields: fields, Texts: NewInterner()}
}

// Field returns the index of the named column, or false.
func (l *List) Field(name string) (int, bool) {
	for i := range l.Fields {
		if l.Fields[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// width is the number of cells of the rows from row on. A later source may add custom
// columns that earlier rows lack.
type width struct{ row, cell, fields int }

// Cells returns the cells of a row: one for every field that was known when
// it was read, at most len(Fields). The slice is the list's own.
func (l *List) Cells(row int) []TextID {
	i := len(l.widths) - 1
	for l.widths[i].row > row {
		i--
	}
	w := l.widths[i]
	from := w.cell + (row-w.row)*w.fields
	return l.cells[from : from+w.fields : from+w.fields]
}

// Cell returns the canonical text of one cell.
func (l *List) Cell(row, field int) string {
	if cells := l.Cells(row); field < len(cells) {
		return l.Texts.Text(cells[field])
	}
	return ""
}

// Origin returns the name of the source of a row and the line on which the row
// begins, from 1.
func (l *List) Origin(row int) (source string, line int) {
	r := l.Rows[row]
	return l.Sources[r.Source].Name, int(r.Line)
}

// RangedIn returns the single addresses of a row that come from a range. Such an
// address resolves to the entity of the row but joins no rows, and a row that lists
// the address itself takes precedence. The map must not be changed.
func (l *List) RangedIn(row int) map[string]bool { return l.ranged[row] }

// Append adds a row whose cells are canonical, one for every field. The cells
// are copied.
func (l *List) Append(row Row, cells []TextID, ranged map[string]bool) {
	if len(ranged) > 0 {
		if l.ranged == nil {
			l.ranged = make(map[int]map[string]bool)
		}
		l.ranged[len(l.Rows)] = ranged
	}
	if n := len(l.widths); n == 0 || l.widths[n-1].fields != len(cells) {
		l.widths = append(l.widths, width{len(l.Rows), len(l.cells), len(cells)})
	}
	l.Rows = append(hugepage.Grow(l.Rows, 1), row)
	l.cells = append(hugepage.Grow(l.cells, len(cells)), cells...)
}

// Reserve makes room for so many more rows of that many fields. Too little or too
// much costs memory and time, nothing else.
func (l *List) Reserve(rows, fields int) {
	l.Rows, l.cells = hugepage.Grow(l.Rows, rows), hugepage.Grow(l.cells, rows*fields)
}

// Compact gives back the memory that only adding rows needs.
func (l *List) Compact() {
	l.Rows, l.cells = compactSlice(l.Rows), compactSlice(l.cells)
	l.Texts.Compact()
}
