package identities

import (
	"fmt"
	"iter"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// Forms is a set of ways to look up a value that is not itself a key.
// The zero Forms are all of them.
type Forms uint8

// The forms, in the order in which they are tried.
const (
	FormDomain    = Forms(table.FormDomain)    // the part after the first backslash
	FormLocalPart = Forms(table.FormLocalPart) // the part before the last "@" of a known domain
	FormsNone     = Forms(table.FormsNone)     // none of them
)

// ParseForms returns the set of forms named in the configuration; of no names,
// FormsNone.
func ParseForms(names []string) (Forms, error) {
	f := FormsNone
	for _, name := range names {
		switch name {
		case "domain":
			f |= FormDomain
		case "local_part":
			f |= FormLocalPart
		default:
			return 0, fmt.Errorf("unknown form %q: use domain or local_part", name)
		}
	}
	if len(names) > 0 {
		f &^= FormsNone
	}
	return f, nil
}

// Options control how a Table is built and used. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the zone that Fallback leads to
	Fallback    bool        // a value without a match in its zone is looked up in DefaultZone
	Forms       Forms       // which forms are tried; 0 is all of them
	Domains     []string    // further domains of local parts, besides those of the identities
	Seed        uint64      // of the hashes; 0 is a random one, stored with the table
}

// Table maps names of people and accounts to identities. It is built once, never
// changes, and is safe for any number of concurrent readers. Identities are
// numbered as in the Entities it was built from. No lookup allocates.
type Table struct{ table *table.Table }

// NewTable builds a table of the entities, which must be identities.
func NewTable(e *entity.Entities, o Options) (*Table, error) {
	t, err := table.New(entity.Identity, e, table.Options{
		DefaultZone: o.DefaultZone, Fallback: o.Fallback, Seed: o.Seed, Forms: table.Forms(o.Forms), Domains: o.Domains,
	})
	if err != nil {
		return nil, err
	}
	return &Table{t}, nil
}

// Internal serves the other packages of this module, which read and open tables
// through it.
func (t *Table) Internal() any {
	if t == nil {
		return nil
	}
	return &t.table
}

// Match is the result of a lookup. The zero Match is no match.
type Match struct{ match table.Match }

// Record returns the number of the identity in the Entities that the table was built
// from.
func (m Match) Record() uint32 { return m.match.Record }

// Step returns how the identity was found.
func (m Match) Step() entity.Step { return m.match.Step }

// Lookup looks up a value, ignoring case unless keys are case-sensitive. It tries the
// value as it is; then the part after the first backslash; then, for name@domain, the
// name, if the domain is a known one. White space around the value is ignored.
func (t *Table) Lookup(zone entity.Zone, value string) (m Match, ok bool) {
	ok = t.table.Find(&m.match, t.table.Zone(zone), fold.Trim(value))
	return m, ok
}

// LookupBytes is Lookup for bytes, which are not kept.
func (t *Table) LookupBytes(zone entity.Zone, value []byte) (Match, bool) {
	return t.Lookup(zone, bytestext.String(value))
}

// Zone returns the zone in which a match was found.
func (t *Table) Zone(m Match) entity.Zone { return t.table.ZoneOf(m.match) }

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return t.table.Zones() }

// Len returns the number of identities.
func (t *Table) Len() int { return t.table.Len() }

// All yields a match for every identity, in the order of their numbers.
func (t *Table) All() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for m := range t.table.All() {
			if !yield(Match{m}) {
				return
			}
		}
	}
}

// Columns describes the columns of JSON, in the order in which enrichment writes
// them: identity, identity_id, identity_tag, then the fields.
func (t *Table) Columns() []entity.Column { return t.table.Columns() }

// JSON returns the value of a column as it is written into events, nil if there
// is none. It shares the table's memory and must not be changed.
func (t *Table) JSON(m Match, column int) []byte {
	f := t.filled(m)
	return f.Value(column)
}

// Values returns the values of a column by its name, such as "email" or
// "identity_tag"; none if there is no such column.
func (t *Table) Values(m Match, column string) []string {
	f := t.filled(m)
	return f.Values(column)
}

// Text returns the first value of a column by its name, "" if there is none.
func (t *Table) Text(m Match, column string) string {
	f := t.filled(m)
	return f.Text(column)
}

func (t *Table) filled(m Match) table.Filled {
	if m.match.Step == 0 {
		return table.Filled{}
	}
	return t.table.Filled(m.match, table.FillNone)
}

// Stats holds the numbers of keys of a table, and the bytes of memory that they take.
type Stats struct {
	Identities, Names, Domains int
	RecordBytes, NameBytes     int
}

// Bytes returns the memory of the whole table.
func (s Stats) Bytes() int { return s.RecordBytes + s.NameBytes }

// Stats returns what the table holds.
func (t *Table) Stats() Stats {
	s := t.table.Stats()
	return Stats{Identities: s.Records, Names: s.Names, Domains: s.Domains, RecordBytes: s.RecordBytes, NameBytes: s.NameBytes}
}
