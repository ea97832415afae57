package typedcsv

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// The roles of a column that is not a field.
const (
	customColumn  = -1
	unnamedColumn = -2
)

// source reads a list and is the io.Reader that gocsv reads from. Read returns the header
// after openSource, and one record after each call to next.
type source struct {
	names  []string // of the columns; fields have the spelling of the schema
	fields []int    // per column: index of a field, or a role

	name    string
	schema  []schema.Field
	in      *csvio.Reader
	out     []byte
	ignored *schema.Ignored
	cell    schema.Cell
	errs    []error
}

// openSource reads the header of a list with the given fields. It returns an error if no
// column is a key field.
func openSource(r io.Reader, name string, fields []schema.Field) (*source, error) {
	s := &source{name: name, schema: fields, in: csvio.NewReader(r, csvio.Options{}), ignored: schema.NewIgnored(nil)}
	if !s.in.Next() {
		if err := s.in.Err(); err != nil {
			return nil, s.wrapError(err)
		}
		return nil, fmt.Errorf("%s: empty file: a list begins with a header line", name)
	}
	keyed := false
	for i := range s.in.Len() {
		field, err := s.readColumnName(i)
		if err != nil {
			line, column := s.in.Pos(i)
			return nil, fmt.Errorf("%s:%d:%d: %w", name, line, column, err)
		}
		keyed = keyed || field >= 0 && fields[field].Key
	}
	if !keyed {
		return nil, fmt.Errorf("%s:1:1: no key column: the header needs %s", name, keyColumnNames(fields))
	}
	s.encodeRecord(slices.Clone(s.names))
	return s, nil
}

// keyColumnNames returns the names of the key fields, separated by commas.
func keyColumnNames(fields []schema.Field) string {
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

// readColumnName reads the name of column i and returns its field or role.
func (s *source) readColumnName(i int) (field int, err error) {
	name := fold.Trim(string(s.in.Cell(i)))
	field = customColumn
	if at := slices.IndexFunc(s.schema, func(f schema.Field) bool { return fold.Equal(f.Name, name) }); at >= 0 {
		field, name = at, s.schema[at].Name
	}
	if name == "" {
		field = unnamedColumn
	} else if at := slices.IndexFunc(s.names, func(n string) bool { return fold.Equal(n, name) }); at >= 0 {
		return 0, fmt.Errorf("duplicate column %s (columns %d and %d)", problem.Quote(name), at+1, i+1)
	}
	s.names, s.fields = append(s.names, name), append(s.fields, field)
	return field, nil
}

// encodeRecord encodes a record for Read. Package csvio has already replaced the CR LF
// line ends in cells with LF, so a remaining CR LF is part of the value. Because
// encoding/csv replaces CR LF again, encodeRecord adds a CR before it, which preserves it.
func (s *source) encodeRecord(cells []string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "\r\n", "\r\r\n")
	}
	s.out = csvio.AppendRow(s.out[:0], cells...)
}

// Read reads the record of the last call to next, or the header.
func (s *source) Read(p []byte) (int, error) {
	if len(s.out) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// next reads the next record and reports whether there was one.
func (s *source) next() (bool, error) {
	if !s.in.Next() {
		return false, s.wrapError(s.in.Err())
	}
	cells := make([]string, len(s.names))
	for i := range min(len(cells), s.in.Len()) {
		cells[i] = string(s.in.Cell(i))
	}
	s.encodeRecord(cells)
	return true, nil
}

// wrapError adds the name of the list to an error of the CSV reader. It returns nil for
// nil.
func (s *source) wrapError(err error) error {
	var syntax *csvio.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return fmt.Errorf("%s:%w", s.name, err)
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// cellValues returns the canonical values of a cell of column i, and records the losses.
// The slice is valid until the next call.
func (s *source) cellValues(i int, text string) []string {
	f := &schema.Field{Name: s.names[i]}
	if s.fields[i] >= 0 {
		f = &s.schema[s.fields[i]]
	}
	f.ReadCell(&s.cell, text, s.ignored)
	for _, loss := range s.cell.Losses {
		line, column := s.in.Pos(i)
		s.errs = append(s.errs, entity.CellError(s.name, "", line, column, f.Name, loss))
	}
	return s.cell.Values
}

// reportUnnamedCell records the loss of the cell in column i, which has no name.
func (s *source) reportUnnamedCell(i int) {
	if i < s.in.Len() {
		s.reportLostCell(i, "cell in a column without a name", "name the column in the header")
	}
}

// reportExtraCells records the loss of the cells beyond the header.
func (s *source) reportExtraCells() {
	for i := len(s.names); i < s.in.Len(); i++ {
		s.reportLostCell(i, "cell beyond the header", "quote cells that contain commas")
	}
}

func (s *source) reportLostCell(i int, reason, cure string) {
	text := fold.Trim(string(s.in.Cell(i)))
	if text == "" {
		return
	}
	line, column := s.in.Pos(i)
	s.errs = append(s.errs, &entity.RowError{
		Source: s.name, Line: line, Column: column, Loss: entity.LostCell, Reason: reason, Value: text,
		Err: fmt.Errorf("%s %s: %s", reason, problem.Quote(text), cure),
	})
}

// reportLostRow records the loss of the row, which has no usable key.
func (s *source) reportLostRow() {
	s.errs = append(s.errs, &entity.RowError{
		Source: s.name, Line: s.in.Line(), Loss: entity.LostRow, Reason: "no key",
		Err: errors.New("no usable key: the row does not identify an entity"),
	})
}

// takeErrors returns the errors recorded since the last call.
func (s *source) takeErrors() []error {
	errs := s.errs
	s.errs = nil
	return errs
}
