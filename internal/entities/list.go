package entities

import (
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

// Source describes one list as it was read.
type Source struct {
	Name string
	Path string // the file name shown in messages
	Rows int    // number of rows with a key
	Lost int    // number of rows without a key
	// Superseded is the number of rows that lost their values to later rows.
	Superseded int
	SHA256     string // of the uncompressed CSV, hexadecimal; "" if it was not hashed
	Merged     bool   // whether the list is a merged lookup, whose asset or identity column lists the keys
}

// Row is one row of a List.
type Row struct {
	Source uint32 // index in List.Sources, which is the rank
	Line   uint32 // line on which the row begins, from 1
	Zone   TextID
	Keys   TextID // the identity cell of a merged lookup, else 0
	ID     TextID // the asset_id or identity_id of a merged lookup, else 0
}

// List holds the rows of one kind in rank order. Cells are canonical and interned;
// several values of a cell are joined by "|". A List is filled by one goroutine and then
// only read.
type List struct {
	Kind    Kind
	Fields  []schema.Field
	Sources []Source
	Rows    []Row
	Texts   *Interner

	cells  []TextID                // of all rows, one after another
	widths []width                 // the numbers of cells of the rows, ascending by row
	ranged map[int]map[string]bool // row → single addresses that come from a range
}

// NewList returns an empty list with the given columns.
func NewList(kind Kind, fields []schema.Field) *List {
	return &List{Kind: kind, Fields: fields, Texts: NewInterner()}
}

// Field returns the index of the named column, or false if there is none.
func (l *List) Field(name string) (int, bool) {
	for i := range l.Fields {
		if l.Fields[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// width states that each row from number row on has the given number of fields, and that the
// cells of that first row begin at cells[cell]. Widths differ because a later source may
// add custom columns, which earlier rows lack.
type width struct{ row, cell, fields int }

// Cells returns the cells of a row, one for each field known when the row was read: at
// most len(Fields). The slice shares the memory of the List and must not be changed.
func (l *List) Cells(row int) []TextID {
	i := len(l.widths) - 1
	for l.widths[i].row > row {
		i--
	}
	w := l.widths[i]
	from := w.cell + (row-w.row)*w.fields
	return l.cells[from : from+w.fields : from+w.fields]
}

// SetCell replaces a cell of a row while the list is filled. The row has the field.
func (l *List) SetCell(row, field int, text TextID) { l.Cells(row)[field] = text }

// Cell returns the canonical text of one cell, and "" if the row lacks the field.
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

// Append adds a row with one canonical cell per field. The cells are copied; the map
// ranged, which RangedIn returns, is not.
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

// Reserve makes room for the given number of further rows with the given number of fields.
// It is a hint that affects only memory and time.
func (l *List) Reserve(rows, fields int) {
	l.Rows, l.cells = hugepage.Grow(l.Rows, rows), hugepage.Grow(l.cells, rows*fields)
}

// Compact releases the memory that is only needed to add rows and texts.
func (l *List) Compact() {
	l.Rows, l.cells = compactSlice(l.Rows), compactSlice(l.cells)
	l.Texts.Compact()
}
