package identities

import (
	"encoding/json"
	"fmt"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/flat"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/records"
)

// Put adds the table's sections to w under a name. The table must not be
// garbage before w was written.
func (t *Table) Put(w *flat.Writer, name string) error {
	head, err := json.Marshal(savedHead{t.columns, t.zones})
	if err != nil {
		return err
	}
	flat.Put(w, name+"/head", head)
	t.store.Put(w, name+"/records")
	t.names.Put(w, name+"/names")
	t.domains.Put(w, name+"/domains")
	return nil
}

type savedHead struct {
	Columns []entity.Column
	Zones   []entity.Zone
}

// Open returns the table whose sections Put wrote, which shares the memory of
// r. Options.Seed and Options.Domains are not used: they are stored with the
// table.
func Open(r *flat.Reader, name string, o Options) (*Table, error) {
	head, err := flat.Get[uint8](r, name+"/head")
	if err != nil {
		return nil, err
	}
	var saved savedHead
	if err := json.Unmarshal(head, &saved); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", flat.ErrFormat, name, err)
	}
	t := &Table{options: o, columns: saved.Columns, zones: saved.Zones}
	if t.store, err = records.Open(r, name+"/records"); err != nil {
		return nil, err
	}
	if t.store.Columns() != len(t.columns) {
		return nil, fmt.Errorf("%w: %q has %d columns and records of %d", flat.ErrFormat, name, len(t.columns), t.store.Columns())
	}
	if t.names, err = names.Open(r, name+"/names"); err != nil {
		return nil, err
	}
	t.domains, err = names.Open(r, name+"/domains")
	return t, err
}
