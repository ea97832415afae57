package entity

import (
	"strings"

	"github.com/kithsec/kith/internal/schema"
)

// Values are the values of a multi-value column of a typed record. In CSV they
// are one cell.
type Values []string

// MarshalCSV returns the cell.
func (v Values) MarshalCSV() (string, error) { return schema.JoinValues(v), nil }

// UnmarshalCSV splits a cell as it stands.
func (v *Values) UnmarshalCSV(cell string) error {
	*v = nil
	if cell != "" {
		*v = strings.Split(cell, schema.Separator)
	}
	return nil
}

// CustomValue is the value of a custom column of a typed record.
type CustomValue struct{ Name, Value string }
