package table

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/rankcode"
	"github.com/kithsec/kith/internal/sections"
)

// header is the first section of a table, encoded as JSON.
type header struct {
	Columns   []entity.Column
	Zones     []entity.Zone
	Qualified bool `json:",omitempty"` // some names without a dot have a backslash
}

// Put adds the table to w as sections whose names begin with name and a slash or a dot.
// The table must stay reachable until w has been written.
func (t *Table) Put(w *sections.Writer, name string) error {
	text, err := json.Marshal(header{t.columns, t.zones, t.names.hosts.qualified})
	if err != nil {
		return err
	}
	sections.Put(w, name+"/head", text)
	t.records.Put(w, name+"/records")
	t.names.exact.Put(w, name+"/names")
	t.names.hosts.labels.Put(w, name+"/labels")
	t.names.suffixes.Put(w, name+"/suffixes")
	t.names.domains.stated.Put(w, name+"/domains")
	sections.Put(w, name+"/known", t.names.domains.known)
	t.names.qualified.Put(w, name+"/qualified")
	sections.Put(w, name+"/filling", []uint32{t.filling.untrust, t.filling.unknown})
	for i := range t.networks {
		zone := fmt.Sprintf("%s/zone%d", name, i)
		n := &t.networks[i]
		n.lpm.Put(w, zone+"/lpm")
		n.hosts.Put(w, zone+"/hosts")
		sections.Put(w, zone+"/owners", n.owners)
		t.macs[i].putSections(w, zone)
	}
	return nil
}

// Has reports whether r has the sections of a table under that name.
func Has(r *sections.Reader, name string) bool { return r.Has(name + "/head") }

// Open returns the table that Put stored under name. The table shares the memory of r.
// Open ignores Options.Seed, and for identities Options.Domains, which are stored with the
// table. An error wraps sections.ErrFormat or sections.ErrChecksum.
func Open(kind entity.Kind, r *sections.Reader, name string, o Options) (*Table, error) {
	t := &Table{keyIndex: keyIndex{kind: kind}}
	opening := opener{r, name, t}
	for _, open := range []func() error{opening.openHead, opening.openNames, opening.openFilling, opening.openZones, opening.openDomains} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	t.setOptions(o)
	return t, nil
}

// opener opens the sections of a table.
type opener struct {
	r     *sections.Reader
	name  string
	table *Table
}

func (o opener) openHead() error {
	text, err := sections.Get[uint8](o.r, o.name+"/head")
	if err != nil {
		return err
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil {
		return fmt.Errorf("%w: %q: %w", sections.ErrFormat, o.name, err)
	}
	t := o.table
	t.columns, t.zones, t.names.hosts.qualified = h.Columns, h.Zones, h.Qualified
	if t.records, err = openRecordStore(o.r, o.name+"/records"); err != nil {
		return err
	}
	if t.records.Columns() != len(t.columns) {
		return fmt.Errorf("%w: %q has %d columns, but its records have %d", sections.ErrFormat, o.name, len(t.columns), t.records.Columns())
	}
	return nil
}

func (o opener) openNames() (err error) {
	x := &o.table.names
	if x.exact, err = names.Open(o.r, o.name+"/names"); err != nil {
		return err
	}
	if x.hosts.labels, err = names.OpenLabels(o.r, o.name+"/labels", x.exact); err != nil {
		return err
	}
	if x.suffixes, err = names.Open(o.r, o.name+"/suffixes"); err != nil {
		return err
	}
	x.domains.stated, err = names.Open(o.r, o.name+"/domains")
	return err
}

func (o opener) openDomains() (err error) {
	x := &o.table.names
	if x.qualified, err = names.Open(o.r, o.name+"/qualified"); err != nil {
		return err
	}
	if x.domains.known, err = sections.Get[uint32](o.r, o.name+"/known"); err != nil {
		return err
	}
	if want := len(o.table.zones) + 1; len(x.domains.known) != want {
		return fmt.Errorf("%w: section %q has %d zones instead of %d", sections.ErrFormat, o.name+"/known", len(x.domains.known), want)
	}
	return nil
}

func (o opener) openFilling() error {
	offsets, err := sections.Get[uint32](o.r, o.name+"/filling")
	if err != nil {
		return err
	}
	if len(offsets) != 2 {
		return fmt.Errorf("%w: %q", sections.ErrFormat, o.name+"/filling")
	}
	f := newFillingColumns(o.table.kind, o.table.columns)
	f.untrust, f.unknown = offsets[0], offsets[1]
	f.setColumns(o.table.columns)
	o.table.filling = f
	return nil
}

func (o opener) openZones() error {
	if o.table.kind == entity.Identity {
		return nil
	}
	for i := range o.table.zones {
		if err := o.openZone(fmt.Sprintf("%s/zone%d", o.name, i)); err != nil {
			return err
		}
	}
	return nil
}

func (o opener) openZone(zone string) (err error) {
	var n network
	if n.lpm, err = lpm.Open(o.r, zone+"/lpm"); err != nil {
		return err
	}
	if n.hosts, err = rankcode.Open(o.r, zone+"/hosts", o.table.Len()); err != nil {
		return err
	}
	if n.hosts.Len() != n.lpm.NumHosts() {
		return fmt.Errorf("%w: %q has %d addresses, but %d owners of addresses", sections.ErrFormat, zone, n.lpm.NumHosts(), n.hosts.Len())
	}
	if n.owners, err = o.openRecords(zone+"/owners", n.lpm.NumPrefixes()); err != nil {
		return err
	}
	if i := slices.Index(n.owners, noRecord); i >= 0 {
		return fmt.Errorf("%w: section %q has no record for prefix %d", sections.ErrFormat, zone+"/owners", i)
	}
	m, err := o.openMACs(zone)
	o.table.networks, o.table.macs = append(o.table.networks, n), append(o.table.macs, m)
	return err
}

// openRecords returns a section of n record numbers, which may include noRecord.
func (o opener) openRecords(name string, n int) ([]uint32, error) {
	list, err := sections.Get[uint32](o.r, name)
	if err != nil {
		return nil, err
	}
	if len(list) != n {
		return nil, fmt.Errorf("%w: section %q has %d records instead of %d", sections.ErrFormat, name, len(list), n)
	}
	for _, record := range list {
		if uint64(record) >= uint64(o.table.Len()) && record != noRecord {
			return nil, fmt.Errorf("%w: section %q refers to record %d: there are %d", sections.ErrFormat, name, record, o.table.Len())
		}
	}
	return list, nil
}

func (m *macs) putSections(w *sections.Writer, zone string) {
	for i, bits := range []string{"48", "64"} {
		sections.Put(w, zone+"/mac"+bits+"/keys", m.exact[i].keys)
		sections.Put(w, zone+"/mac"+bits+"/records", m.exact[i].records)
		sections.Put(w, zone+"/mac"+bits+"/shape", []uint64{m.exact[i].seed, uint64(m.exact[i].len)})
		sections.Put(w, zone+"/macrange"+bits+"/from", m.ranges[i].from)
		sections.Put(w, zone+"/macrange"+bits+"/records", m.ranges[i].records)
	}
}

func (o opener) openMACs(zone string) (m macs, err error) {
	for i, bits := range []string{"48", "64"} {
		e, p := &m.exact[i], &m.ranges[i]
		if e.keys, err = sections.Get[uint64](o.r, zone+"/mac"+bits+"/keys"); err != nil {
			return m, err
		}
		if e.records, err = o.openRecords(zone+"/mac"+bits+"/records", len(e.keys)); err != nil {
			return m, err
		}
		shape, err := sections.Get[uint64](o.r, zone+"/mac"+bits+"/shape")
		if err != nil {
			return m, err
		}
		if len(shape) != 2 || len(e.keys)&(len(e.keys)-1) != 0 { // a mask selects the slots
			return m, fmt.Errorf("%w: hash table of MACs of %q", sections.ErrFormat, zone)
		}
		if shape[1] > 0 && (shape[1] >= uint64(len(e.keys)) || !slices.Contains(e.records, noRecord)) { // a lookup ends at a free slot
			return m, fmt.Errorf("%w: hash table of MACs of %q", sections.ErrFormat, zone)
		}
		e.seed, e.len = shape[0], int(shape[1])
		if p.from, err = sections.Get[uint64](o.r, zone+"/macrange"+bits+"/from"); err != nil {
			return m, err
		}
		if p.records, err = o.openRecords(zone+"/macrange"+bits+"/records", len(p.from)); err != nil {
			return m, err
		}
	}
	return m, nil
}
