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
	"github.com/kithsec/kith/internal/schema"
)

// What a column of the header is for, beside the fields.
const (
	customColumn  = -1
	unnamedColumn = -2
)

// source is a list that is being read. It is the io.Reader of the mapping
// library: after openSource it gives the header, after each next one record.
type source struct {
	names  []string // of the columns, those of fields in their own spelling
	fields []int    // of the columns: index of a field, custom or unnamed

	name    string
	schema  []schema.Field
	in      *csvio.Reader
	out     []byte
	ignored *schema.Ignored
	cell    schema.Cell
	errs    []error
}

// openSource reads the header. The fields are those of the kind of list.
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

// readColumnName reads the name of column i.
func (s *source) readColumnName(i int) (field int, err error) {
	name := fold.Trim(string(s.in.Cell(i)))
	field = customColumn
	if at := slices.IndexFunc(s.schema, func(f schema.Field) bool { return fold.Equal(f.Name, name) }); at >= 0 {
		field, name = at, s.schema[at].Name
	}
	if name == "" {
		field = unnamedColumn
	} else if at := slices.IndexFunc(s.names, func(n string) bool { return fold.Equal(n, name) }); at >= 0 {
		return 0, fmt.Errorf("column %q is there twice (column %d and %d)", name, at+1, i+1)
	}
	s.names, s.fields = append(s.names, name), append(s.fields, field)
	return field, nil
}

// encodeRecord makes a record what Read gives next. encoding/csv reads CR LF as LF, which
// csvio has done already: a CR LF that is left belongs to the cell, and another CR
// before it keeps it.
func (s *source) encodeRecord(cells []string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "\r\n", "\r\r\n")
	}
	s.out = csvio.AppendRow(s.out[:0], cells...)
}

// Read gives the record of the last next, or the header.
func (s *source) Read(p []byte) (int, error) {
	if len(s.out) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// next reads the next record and reports whether there is one.
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

// cellValues returns the canonical values of a cell of column i, which is valid
// until the next call, and notes what was lost.
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

// reportUnnamedCell notes the cell of a column that has no name.
func (s *source) reportUnnamedCell(i int) {
	if i < s.in.Len() {
		s.reportLostCell(i, "cell in a column without a name", "name the column in the header")
	}
}

// reportExtraCells notes the cells that have no column to stand in.
func (s *source) reportExtraCells() {
	for i := len(s.names); i < s.in.Len(); i++ {
		s.reportLostCell(i, "cell beyond the header", "quote cells that hold commas")
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
		Err: fmt.Errorf("%s %q: %s", reason, text, cure),
	})
}

// reportLostRow records that the row has no key.
func (s *source) reportLostRow() {
	s.errs = append(s.errs, &entity.RowError{
		Source: s.name, Line: s.in.Line(), Loss: entity.LostRow, Reason: "no key",
		Err: errors.New("no usable key: the row names nobody"),
	})
}

// takeErrors returns what was noted since the last call.
func (s *source) takeErrors() []error {
	errs := s.errs
	s.errs = nil
	return errs
}
