package entity

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/hugepage"
)

// Origin says which row a value came from.
type Origin struct {
	Source string `json:"source"` // name of the source
	Line   int    `json:"line"`   // line on which the row begins, from 1
}

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
	Fields  []Field
	Sources []Source
	Rows    []Row
	Texts   *Interner

	cells  []TextID                // the rows' cells, one after another
	widths []width                 // how wide the rows are, ascending by row
	ranged map[int]map[string]bool // row → bare addresses that only a range left
}

// NewList returns an empty list with the given columns.
func NewList(kind Kind, fields []Field) *List {
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

// width says that the rows from row on have so many cells: a later source may
// bring custom columns that earlier rows lack.
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

// Origin returns where a row came from.
func (l *List) Origin(row int) Origin {
	r := l.Rows[row]
	return Origin{Source: l.Sources[r.Source].Name, Line: int(r.Line)}
}

// RangedIn returns the bare addresses of a row that only a range left: such an
// address answers, but joins nothing and yields to a row that states it. The
// map is the list's own.
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
	l.Rows, l.cells = compact(l.Rows), compact(l.cells)
	l.Texts.Compact()
}

// Cell is the canonical content of one cell while a row is read. The zero Cell
// is ready; its memory is reused from cell to cell.
type Cell struct {
	ValueSet
	Ranged map[string]bool // values that only a range left
	Losses []error         // *ValueError for what was lost, others are notes

	form []string // scratch for forms
}

// ReadCell turns the text of a cell into canonical values: split at "|" if the
// field is a multi-value one, trimmed, without empty values and repeats, each
// put through the field's form. Placeholders are dropped from address and MAC
// fields and are no loss. c is emptied first.
func (f *Field) ReadCell(c *Cell, text string, ignored *Ignored) {
	c.Reset()
	c.Exact = f.Exact
	c.Ranged, c.Losses = nil, nil
	if !f.Multi {
		f.readValue(c, Trim(text), ignored)
		return
	}
	for more := true; more; {
		v := text
		at := strings.IndexByte(text, Separator[0])
		if more = at >= 0; more {
			v, text = text[:at], text[at+len(Separator):]
		}
		f.readValue(c, Trim(v), ignored)
	}
}

func (f *Field) readValue(c *Cell, v string, ignored *Ignored) {
	if v == "" {
		return
	}
	if !plain(v) || f.Key && !f.Multi {
		if err := f.unreadable(v); err != nil {
			c.Losses = append(c.Losses, err)
			return
		}
		v = lineEnds(v)
	}
	switch {
	case !f.Addressed() && f.Form == nil: // as it stands
		c.Add(v)
		return
	case !f.Addressed():
		ignored = nil
	case ignored.Text(v):
		return
	}
	got, err := f.canonical(c.form[:0], v)
	c.form = got.Values
	if err != nil {
		c.Losses = append(c.Losses, err)
		var bad *ValueError
		if errors.As(err, &bad) {
			c.Add(bad.Use)
		}
		return
	}
	if got.Note != nil {
		c.Losses = append(c.Losses, got.Note)
	}
	for _, v := range got.Values {
		if !ignored.Value(v) {
			c.add(v, got.Ranged)
		}
	}
}

// unreadable reports a value that no form may see.
func (f *Field) unreadable(v string) error {
	switch {
	case !utf8.ValidString(v):
		return BadValue("invalid UTF-8", v, "save the list as UTF-8")
	case f.Key && !f.Multi && strings.Contains(v, Separator):
		return BadValue("bad key", v, "a key holds no \"|\", which parts keys; only a multi-value column lists several")
	}
	return nil
}

// plain reports whether a value is ASCII without a CR, as most are: it can be
// read and holds no line end to change. It takes eight bytes at a time.
func plain(v string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	odd := uint64(0) // in its high bits
	for ; len(v) >= 8; v = v[8:] {
		w := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
			uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		cr := w ^ '\r'*ones
		odd |= w | (cr-ones)&^cr
	}
	for i := range len(v) {
		if v[i] == '\r' {
			return false
		}
		odd |= uint64(v[i])
	}
	return odd&high == 0
}

// lineEnds writes the line ends inside a value as LF, as CSV reads them back.
func lineEnds(v string) string {
	for strings.IndexByte(v, '\r') >= 0 && strings.Contains(v, "\r\n") {
		v = strings.ReplaceAll(v, "\r\n", "\n")
	}
	return v
}

func (f *Field) canonical(dst []string, v string) (Canonical, error) {
	if f.Form == nil {
		return TextForm(dst, v)
	}
	return f.Form(dst, v)
}

// Addressed reports whether the field holds addresses or MACs, from which
// placeholders are dropped.
func (f *Field) Addressed() bool { return f.Type == IP || f.Type == MAC }

func (c *Cell) add(v string, ranged bool) {
	bare := ranged && !strings.Contains(v, "/")
	if !c.Add(v) {
		if !ranged {
			delete(c.Ranged, v) // stated after all
		}
		return
	}
	if bare {
		if c.Ranged == nil {
			c.Ranged = make(map[string]bool)
		}
		c.Ranged[v] = true
	}
}
