package entity

import (
	"errors"
	"fmt"

	"github.com/kithsec/kith/internal/schema"
)

// Loss is the kind of thing that a RowError lost. Reports count row errors by it.
type Loss string

// The kinds of loss, and notes, which are reported and lose nothing.
const (
	LostValue Loss = "value" // one value of a cell could not be read
	LostCell  Loss = "cell"  // a cell beyond the header
	LostRow   Loss = "row"   // a row without a usable key
	Note      Loss = "note"  // read, but not as it was written (host bits cleared)
)

// RowError is one thing that reading a list lost, or a note. Reading goes on
// after it.
type RowError struct {
	Source string // name of the source
	Path   string // the file, as the caller named it; may be empty
	Line   int    // line on which the cell (for a row, the row) begins, from 1
	Column int    // byte in that line at which the cell begins, from 1; 0 for a whole row
	Field  string // column name; empty for a whole row
	Loss   Loss
	Reason string // "bad address", "no key", …: what reports count by
	Value  string // the offending value; empty for a whole row
	Err    error  // the cause, quoting the value
}

// Error formats e as "hosts.csv:17:9: ip: cause".
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

// CellError returns the RowError for one loss of Cell.Losses.
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
