package entity

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kithsec/kith/internal/schema"
)

// Loss is the kind of loss that a RowError reports.
type Loss string

// The kinds of loss. A note loses nothing.
const (
	LostValue     Loss = "value"         // a value of a cell that could not be read
	LostCell      Loss = "cell"          // a cell beyond the last column of the header
	LostRow       Loss = "row"           // a row without a usable key
	Contradiction Loss = "contradiction" // an asset made of rows that describe several machines
	Note          Loss = "note"          // a value that was read but changed, such as cleared host bits
)

// RowError is the error for a value, cell or row that was lost while reading a list, or a note
// about a value. Reading continues after it.
type RowError struct {
	Source string // name of the source
	Path   string // path of the file as the caller passed it; can be empty
	Line   int    // line on which the cell or the row begins, from 1; in a workbook, the row of the sheet
	Column int    // byte in that line at which the cell begins, from 1; in a workbook, the column of the sheet; 0 for a row
	Field  string // name of the column; empty for a row
	Loss   Loss
	Reason string // the category in reports, such as "bad address" or "no key"
	Value  string // the offending value; empty for a row
	Err    error  // the cause, which quotes the value
}

// Error returns the place, the field and the cause, such as "hosts.csv:17:9: ip: cause".
func (e *RowError) Error() string {
	where := e.Path
	if where == "" {
		where = e.Source
	}
	where = fmt.Sprintf("%s:%d", where, e.Line)
	if e.Column > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Column)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return fmt.Sprintf("%s: %v", where, e.Err)
}

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// CellError returns the RowError for a cell. loss is the error that reading the cell returned.
func CellError(source, path string, line, column int, field string, loss error) *RowError {
	e := &RowError{Source: source, Path: path, Line: line, Column: column, Field: field, Loss: LostValue, Err: loss}
	var bad *schema.ValueError
	if errors.As(loss, &bad) {
		e.Reason, e.Value = bad.Reason, bad.Value
		if bad.Note {
			e.Loss = Note
		}
	}
	return e
}

// Values are the values of a multi-value column of a typed row, such as assets.Asset. In CSV
// they are one cell, separated by "|".
type Values []string

// MarshalCSV returns the values as a cell.
func (v Values) MarshalCSV() (string, error) { return schema.JoinValues(v), nil }

// UnmarshalCSV splits a cell at "|". It neither trims the values nor drops any.
func (v *Values) UnmarshalCSV(cell string) error {
	*v = nil
	if cell != "" {
		*v = strings.Split(cell, schema.Separator)
	}
	return nil
}

// CustomValue is the name and the value of a custom column of a typed row.
type CustomValue struct{ Name, Value string }
