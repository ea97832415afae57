package assets

import (
	"fmt"

	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/rankcode"
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
	t.suffixes.Put(w, name+"/suffixes")
	sections.Put(w, name+"/filling", []uint32{t.filling.untrust, t.filling.unknown})
	for i := range t.zones {
		zone := fmt.Sprintf("%s/zone%d", name, i)
		n := &t.networks[i]
		n.lpm.Put(w, zone+"/lpm")
		n.hosts.Put(w, zone+"/hosts")
		sections.Put(w, zone+"/owners", n.owners)
		t.macs[i].put(w, zone)
	}
	return nil
}

// Open returns the table whose sections Put wrote, which shares the memory of
// r. Options.Seed is not used: the seed is stored with the table.
func Open(r *sections.Reader, name string, o Options) (*Table, error) {
	head, err := saved.Open(r, name)
	if err != nil {
		return nil, err
	}
	t := &Table{options: o, columns: head.Columns, zones: head.Zones, store: head.Records}
	if t.names, err = names.Open(r, name+"/names"); err != nil {
		return nil, err
	}
	if t.suffixes, err = names.Open(r, name+"/suffixes"); err != nil {
		return nil, err
	}
	if err := t.openFilling(r, name); err != nil {
		return nil, err
	}
	for i := range t.zones {
		if err := t.openZone(r, fmt.Sprintf("%s/zone%d", name, i)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Table) openFilling(r *sections.Reader, name string) error {
	offsets, err := sections.Get[uint32](r, name+"/filling")
	if err != nil {
		return err
	}
	if len(offsets) != 2 {
		return fmt.Errorf("%w: %q", sections.ErrFormat, name+"/filling")
	}
	t.filling = fillingColumns(t.columns)
	t.filling.untrust, t.filling.unknown = offsets[0], offsets[1]
	t.filling.eachColumn(t.columns)
	return nil
}

func (t *Table) openZone(r *sections.Reader, zone string) error {
	var n network
	var err error
	if n.lpm, err = lpm.Open(r, zone+"/lpm"); err != nil {
		return err
	}
	if n.hosts, err = rankcode.Open(r, zone+"/hosts", t.Len()); err != nil {
		return err
	}
	if n.hosts.Len() != n.lpm.NumHosts() {
		return fmt.Errorf("%w: %q has %d addresses and %d owners of them", sections.ErrFormat, zone, n.lpm.NumHosts(), n.hosts.Len())
	}
	if n.owners, err = t.openRecords(r, zone+"/owners", n.lpm.NumPrefixes()); err != nil {
		return err
	}
	m, err := t.openMACs(r, zone)
	t.networks, t.macs = append(t.networks, n), append(t.macs, m)
	return err
}

// openRecords returns a section of n record numbers.
func (t *Table) openRecords(r *sections.Reader, name string, n int) ([]uint32, error) {
	list, err := sections.Get[uint32](r, name)
	if err != nil {
		return nil, err
	}
	if len(list) != n {
		return nil, fmt.Errorf("%w: section %q has %d records, not %d", sections.ErrFormat, name, len(list), n)
	}
	for _, record := range list {
		if int(record) >= t.Len() && record != noRecord {
			return nil, fmt.Errorf("%w: section %q names record %d of %d", sections.ErrFormat, name, record, t.Len())
		}
	}
	return list, nil
}

func (m *macs) put(w *sections.Writer, zone string) {
	for i, bits := range []string{"48", "64"} {
		sections.Put(w, zone+"/mac"+bits+"/keys", m.exact[i].keys)
		sections.Put(w, zone+"/mac"+bits+"/records", m.exact[i].records)
		sections.Put(w, zone+"/mac"+bits+"/shape", []uint64{m.exact[i].seed, uint64(m.exact[i].n)})
		sections.Put(w, zone+"/macrange"+bits+"/from", m.ranges[i].from)
		sections.Put(w, zone+"/macrange"+bits+"/records", m.ranges[i].records)
	}
}

func (t *Table) openMACs(r *sections.Reader, zone string) (m macs, err error) {
	for i, bits := range []string{"48", "64"} {
		e, p := &m.exact[i], &m.ranges[i]
		if e.keys, err = sections.Get[uint64](r, zone+"/mac"+bits+"/keys"); err != nil {
			return m, err
		}
		if e.records, err = t.openRecords(r, zone+"/mac"+bits+"/records", len(e.keys)); err != nil {
			return m, err
		}
		shape, err := sections.Get[uint64](r, zone+"/mac"+bits+"/shape")
		if err != nil {
			return m, err
		}
		// A probe ends at a free slot, and slots are chosen by a mask.
		if len(shape) != 2 || len(e.keys)&(len(e.keys)-1) != 0 || shape[1] > 0 && shape[1] >= uint64(len(e.keys)) {
			return m, fmt.Errorf("%w: MACs of %q", sections.ErrFormat, zone)
		}
		e.seed, e.n = shape[0], int(shape[1])
		if p.from, err = sections.Get[uint64](r, zone+"/macrange"+bits+"/from"); err != nil {
			return m, err
		}
		if p.records, err = t.openRecords(r, zone+"/macrange"+bits+"/records", len(p.from)); err != nil {
			return m, err
		}
	}
	return m, nil
}
