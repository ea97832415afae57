// Package saved writes and reads what the sections of a table of either kind
// begin with: its columns and zones, and its records.
package saved

import (
	"encoding/json"
	"fmt"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/records"
	"github.com/kithsec/kith/internal/sections"
)

// Table is the beginning of a table.
type Table struct {
	Columns []entity.Column
	Zones   []entity.Zone
	Records *records.Store `json:"-"` // a section of its own
}

// Put adds the sections of t to w under a name.
func (t *Table) Put(w *sections.Writer, name string) error {
	head, err := json.Marshal(t)
	if err != nil {
		return err
	}
	sections.Put(w, name+"/head", head)
	t.Records.Put(w, name+"/records")
	return nil
}

// Open returns the table whose sections Put wrote. It shares the memory of r.
func Open(r *sections.Reader, name string) (*Table, error) {
	head, err := sections.Get[uint8](r, name+"/head")
	if err != nil {
		return nil, err
	}
	t := &Table{}
	if err := json.Unmarshal(head, t); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", sections.ErrFormat, name, err)
	}
	if t.Records, err = records.Open(r, name+"/records"); err != nil {
		return nil, err
	}
	if t.Records.Columns() != len(t.Columns) {
		return nil, fmt.Errorf("%w: %q has %d columns and records of %d", sections.ErrFormat, name, len(t.Columns), t.Records.Columns())
	}
	return t, nil
}
