package identities

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// Forms is a set of ways to look up a value that is not itself a key. The zero Forms is the
// set of all forms except FormARN.
type Forms uint8

// The forms, in the order in which they are tried.
const (
	FormGuest     = Forms(table.FormGuest)     // the address of a guest: ann_partner.example#EXT#@tenant is ann@partner.example
	FormDomain    = Forms(table.FormDomain)    // an account in a domain, CORP\jdoe; see the package comment
	FormLocalPart = Forms(table.FormLocalPart) // the part before the last "@" of a known domain
	FormARN       = Forms(table.FormARN)       // the user or the session of an Amazon Resource Name
	FormsNone     = Forms(table.FormsNone)     // none of them
)

// formsByName holds the forms by their names in the configuration.
var formsByName = []struct {
	name string
	form Forms
}{{"guest", FormGuest}, {"domain", FormDomain}, {"local_part", FormLocalPart}, {"arn", FormARN}}

// FormNames returns the names of the forms in the configuration. The caller owns the slice.
func FormNames() []string {
	var list []string
	for _, f := range formsByName {
		list = append(list, f.name)
	}
	return list
}

// ParseForms returns the set of the forms with the given names in the configuration. Without
// names it returns FormsNone.
func ParseForms(names []string) (Forms, error) {
	f := FormsNone
	for _, name := range names {
		i := slices.Index(FormNames(), name)
		if i < 0 {
			return 0, fmt.Errorf("unknown form %q: use one of %s", name, strings.Join(FormNames(), ", "))
		}
		f |= formsByName[i].form
	}
	if len(names) > 0 {
		f &^= FormsNone
	}
	return f, nil
}

// Options control how a Table is built and used. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the fallback zone, if Fallback is set
	Fallback    bool        // look up a value in DefaultZone if it has no match in its zone
	Forms       Forms       // the forms to try; 0 means all except FormARN
	Domains     []string    // known domains in addition to those of the identities; none of them is a machine
	Seed        uint64      // of the hashes, stored with the table; 0 chooses a random seed
}

// Table maps names of people and accounts to identities. It is safe for concurrent use, and
// immutable apart from the domains that UnknownDomains returns. An identity has the same
// number as in the Entities that the table was built from. Lookup does not allocate.
type Table struct{ table *table.Table }

// NewTable builds a table of entities. It returns an error if they are nil or not identities.
func NewTable(e *entity.Entities, o Options) (*Table, error) {
	t, err := table.New(entity.Identity, e, table.Options{
		DefaultZone: o.DefaultZone, Fallback: o.Fallback, Seed: o.Seed, Forms: table.Forms(o.Forms), Domains: o.Domains,
	})
	if err != nil {
		return nil, err
	}
	return &Table{t}, nil
}

// Internal returns a pointer to the wrapped table. It is for other packages of this module.
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

// Lookup looks up a value, ignoring case unless keys are case-sensitive. It tries the value
// itself, and then the forms, as the package comment describes. It ignores white space
// around the value. The result is false if there is no match.
//
// If the table is that of a snapshot.Snapshot that was built or opened as a whole, the
// accounts of its assets are local accounts. Otherwise every domain may be one of the
// organisation.
func (t *Table) Lookup(zone entity.Zone, value string) (m Match, ok bool) {
	machines := t.table.MachinesIn(zone)
	ok = t.table.FindBeside(&m.match, t.table.Zone(zone), fold.Trim(value), &machines)
	return m, ok
}

// LookupAccount looks up the account that has a name in a domain, as events state them in
// two fields. It is Lookup of domain\name, unless there is no domain or the name needs none:
// a name that contains an "@" or a backslash is looked up without the domain. A domain that
// is a null token, such as "-", must be passed as "". LookupAccount allocates the joined
// text.
func (t *Table) LookupAccount(zone entity.Zone, domain, name string) (Match, bool) {
	account := table.AppendAccount(nil, bytestext.Bytes(fold.Trim(domain)), bytestext.Bytes(fold.Trim(name)))
	return t.LookupBytes(zone, account)
}

// UnknownDomains returns domains whose accounts were looked up and had no match only because
// the domain is not known: the names of the accounts are keys. It returns at most 16, in the
// order in which lookups met them. If they are domains of the organisation, add them to
// Options.Domains.
func (t *Table) UnknownDomains() []string { return t.table.UnknownDomains() }

// LookupBytes is Lookup for a byte slice, which it does not retain.
func (t *Table) LookupBytes(zone entity.Zone, value []byte) (Match, bool) {
	return t.Lookup(zone, bytestext.String(value))
}

// Zone returns the zone in which a match was found, "" for a match of All.
func (t *Table) Zone(m Match) entity.Zone { return t.table.ZoneOf(m.match) }

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return t.table.Zones() }

// Len returns the number of identities.
func (t *Table) Len() int { return t.table.Len() }

// All yields an exact match for every identity, in the order of their numbers.
func (t *Table) All() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for m := range t.table.All() {
			if !yield(Match{m}) {
				return
			}
		}
	}
}

// Columns returns the columns of a record, in the order in which enrichment writes them:
// identity, identity_id, identity_tag, then the fields. The slice must not be changed.
func (t *Table) Columns() []entity.Column { return t.table.Columns() }

// JSON returns the value that the identity of a match has in a column, as enrichment writes it
// into events, nil if there is none. It shares the memory of the table and must not be
// changed.
func (t *Table) JSON(m Match, column int) []byte {
	f := t.filled(m)
	return f.Value(column)
}

// Values returns the values that the identity of a match has in the column with a name, such as
// "email" or "identity_tag". It returns nil if there are none or there is no such column.
func (t *Table) Values(m Match, column string) []string {
	f := t.filled(m)
	return f.Values(column)
}

// Text returns the first value that the identity of a match has in the column with a name, ""
// if there is none.
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

// Stats holds the number of keys of each kind in a table, and the memory in bytes that they
// take.
type Stats struct {
	Identities, Names, Domains int
	RecordBytes, NameBytes     int
}

// Bytes returns the memory that the whole table takes.
func (s Stats) Bytes() int { return s.RecordBytes + s.NameBytes }

// Stats returns the statistics of the table.
func (t *Table) Stats() Stats {
	s := t.table.Stats()
	return Stats{Identities: s.Records, Names: s.Names, Domains: s.Domains, RecordBytes: s.RecordBytes, NameBytes: s.NameBytes}
}
