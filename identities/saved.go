package identities

import (
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/saved"
	"github.com/kithsec/kith/internal/sections"
)

// Put adds the table's sections to w under a name. The table must not be
// garbage before w was written.
func (t *Table) Put(w *sections.Writer, name string) error {
	head := saved.Table{Columns: t.columns, Zones: t.zones, Records: t.store}
	if err := head.Put(w, name); err != nil {
		return err
	}
	t.names.Put(w, name+"/names")
	t.domains.Put(w, name+"/domains")
	return nil
}

// Open returns the table whose sections Put wrote, which shares the memory of
// r. Options.Seed and Options.Domains are not used: they are stored with the
// table.
func Open(r *sections.Reader, name string, o Options) (*Table, error) {
	head, err := saved.Open(r, name)
	if err != nil {
		return nil, err
	}
	t := &Table{options: o, columns: head.Columns, zones: head.Zones, store: head.Records}
	if t.names, err = names.Open(r, name+"/names"); err != nil {
		return nil, err
	}
	t.domains, err = names.Open(r, name+"/domains")
	return t, err
}
