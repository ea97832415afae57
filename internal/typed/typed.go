// Package typed reads lists row by row for the typed API of assets and
// identities.
//
// The library that maps cells to structs reads CSV through encoding/csv, which
// knows neither byte order marks nor limits, and counts bytes of what it is
// given. So a Source reads the list with the bulk reader and hands every record
// on, as wide as the header, just when it is asked for; the places in errors
// are those of the list, the same as in a merge.
package typed

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
)

// What a column of the header is for, beside the fields.
const (
	Custom  = -1
	Unnamed = -2
)

// Source is a list that is being read. It is the io.Reader of the mapping
// library: after Open it gives the header, after each Next one record.
type Source struct {
	Names  []string // of the columns, those of fields in their own spelling
	Fields []int    // of the columns: index of a field, Custom or Unnamed

	name    string
	kind    []entity.Field
	in      *csvio.Reader
	out     []byte
	ignored *entity.Ignored
	cell    entity.Cell
	errs    []error
}

// Open reads the header. The fields are those of the kind of list.
func Open(r io.Reader, name string, fields []entity.Field) (*Source, error) {
	s := &Source{name: name, kind: fields, in: csvio.NewReader(r, csvio.Options{}), ignored: entity.NewIgnored(nil)}
	if !s.in.Next() {
		if err := s.in.Err(); err != nil {
			return nil, s.failed(err)
		}
		return nil, fmt.Errorf("%s: empty file: a list begins with a header line", name)
	}
	keyed := false
	for i := range s.in.Len() {
		field, err := s.column(i)
		if err != nil {
			line, column := s.in.Pos(i)
			return nil, fmt.Errorf("%s:%d:%d: %w", name, line, column, err)
		}
		keyed = keyed || field >= 0 && fields[field].Key
	}
	if !keyed {
		return nil, fmt.Errorf("%s:1:1: no key column: the header needs %s", name, keyNames(fields))
	}
	s.hand(s.Names)
	return s, nil
}

func keyNames(fields []entity.Field) string {
	text := ""
	for _, f := range fields {
		if f.Key && text != "" {
			text += ", "
		}
		if f.Key {
			text += f.Name
		}
	}
	return text
}

// column reads the name of column i.
func (s *Source) column(i int) (field int, err error) {
	name := entity.Trim(string(s.in.Cell(i)))
	field = Custom
	if at := slices.IndexFunc(s.kind, func(f entity.Field) bool { return entity.EqualFold(f.Name, name) }); at >= 0 {
		field, name = at, s.kind[at].Name
	}
	if name == "" {
		field = Unnamed
	} else if at := slices.IndexFunc(s.Names, func(n string) bool { return entity.EqualFold(n, name) }); at >= 0 {
		return 0, fmt.Errorf("column %q is there twice (column %d and %d)", name, at+1, i+1)
	}
	s.Names, s.Fields = append(s.Names, name), append(s.Fields, field)
	return field, nil
}

// hand makes a record what Read gives next.
func (s *Source) hand(cells []string) { s.out = csvio.AppendRow(s.out[:0], cells...) }

// Read gives the record of the last Next, or the header.
func (s *Source) Read(p []byte) (int, error) {
	if len(s.out) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// Next reads the next record and reports whether there is one.
func (s *Source) Next() (bool, error) {
	if !s.in.Next() {
		return false, s.failed(s.in.Err())
	}
	cells := make([]string, len(s.Names))
	for i := range min(len(cells), s.in.Len()) {
		cells[i] = string(s.in.Cell(i))
	}
	s.hand(cells)
	return true, nil
}

func (s *Source) failed(err error) error {
	var syntax *csvio.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("%s:%w", s.name, err)
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// Line returns the line on which the record begins.
func (s *Source) Line() int { return s.in.Line() }

// Values returns the canonical values of a cell of column i, which is valid
// until the next call, and notes what was lost.
func (s *Source) Values(i int, text string) []string {
	f := &entity.Field{Name: s.Names[i]}
	if s.Fields[i] >= 0 {
		f = &s.kind[s.Fields[i]]
	}
	f.ReadCell(&s.cell, text, s.ignored)
	for _, loss := range s.cell.Losses {
		line, column := s.in.Pos(i)
		s.errs = append(s.errs, entity.CellError(s.name, "", line, column, f.Name, loss))
	}
	return s.cell.Values
}

// Unnamed notes the cell of a column that has no name.
func (s *Source) Unnamed(i int) {
	if i < s.in.Len() {
		s.lost(i, "cell in a column without a name", "name the column in the header")
	}
}

// Beyond notes the cells that have no column to stand in.
func (s *Source) Beyond() {
	for i := len(s.Names); i < s.in.Len(); i++ {
		s.lost(i, "cell beyond the header", "quote cells that hold commas")
	}
}

func (s *Source) lost(i int, reason, cure string) {
	text := entity.Trim(string(s.in.Cell(i)))
	if text == "" {
		return
	}
	line, column := s.in.Pos(i)
	s.errs = append(s.errs, &entity.RowError{
		Source: s.name, Line: line, Column: column, Loss: entity.LostCell, Reason: reason, Value: text,
		Err: fmt.Errorf("%s %q: %s", reason, text, cure),
	})
}

// LostRow notes that the record names nobody.
func (s *Source) LostRow() {
	s.errs = append(s.errs, &entity.RowError{
		Source: s.name, Line: s.in.Line(), Loss: entity.LostRow, Reason: "no key",
		Err: errors.New("no usable key: the row names nobody"),
	})
}

// Ignored are the values that name nobody.
func (s *Source) Ignored() *entity.Ignored { return s.ignored }

// Errors returns what was noted since the last call.
func (s *Source) Errors() []error {
	errs := s.errs
	s.errs = nil
	return errs
}
