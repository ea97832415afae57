package identities

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/records"
)

// Form is a fallback for a value that no identity has as it stands.
type Form uint8

// The forms, in the order in which they are tried.
const (
	Domain    Form = 1 << iota // the part after the first backslash
	LocalPart                  // the part before the last "@" of a known domain
)

// ParseForms returns the set of forms named in the configuration.
func ParseForms(names []string) (Form, error) {
	var f Form
	for _, name := range names {
		switch name {
		case "domain":
			f |= Domain
		case "local_part":
			f |= LocalPart
		default:
			return 0, fmt.Errorf("unknown form %q: use domain or local_part", name)
		}
	}
	return f, nil
}

// Options says how a Table is asked. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone
	Fallback    bool     // a zone in which nobody answers falls back to DefaultZone
	NoForms     Form     // forms that are off
	Domains     []string // domains of local parts, beside those that identities carry
	Seed        uint64   // of the hashes; 0 is a random one, stored with the table
}

// Table answers keys with identities. It is built once, never changes, and is
// safe for any number of concurrent readers. Records are numbered as in the
// Entities it was built from. No lookup allocates.
type Table struct {
	options Options
	columns []entity.Column
	store   *records.Store
	zones   []entity.Zone
	names   *names.Table
	domains *names.Table // ignoring case, by zone
}

// Match is the answer to a key. The zero Match is no answer.
type Match struct {
	Record uint32      // number of the identity
	Step   entity.Step // how it was found
	zone   uint32
}

// anyZone holds the configured domains, which count in every zone.
const anyZone = 1<<32 - 2

// NewTable builds a table of the entities, which must be identities.
func NewTable(merged *entity.Entities, o Options) (*Table, error) {
	e := entities.Of(merged)
	if e.Kind != entities.Identity {
		return nil, fmt.Errorf("a table of identities cannot be built of entities of kind %s", e.Kind)
	}
	keys := records.KeysOf(e)
	t := &Table{options: o, columns: records.ColumnsOf(e), zones: keys.Zones}
	byName := names.NewBuilder(names.Options{Seed: o.Seed, CaseSensitive: e.CaseSensitive})
	domains := newDomains(o)
	email, hasEmail := e.Field("email")
	for key := range keys.All() {
		byName.Add(key.Zone, key.Text, key.Record)
		domains.add(key.Zone, key.Text)
	}
	if hasEmail {
		for record := range e.Len() {
			domains.add(keys.Zone(record), e.Cell(record, email))
		}
	}
	var err error
	if t.names, err = byName.Build(); err != nil {
		return nil, err
	}
	if t.domains, err = domains.b.Build(); err != nil {
		return nil, err
	}
	t.store, err = records.FromEntities(e)
	return t, err
}

// domainSet collects the domains of e-mail addresses, each once.
type domainSet struct {
	seen map[domainOf]bool
	b    *names.Builder
}

type domainOf struct {
	zone   uint32
	domain string
}

func newDomains(o Options) *domainSet {
	d := &domainSet{seen: make(map[domainOf]bool), b: names.NewBuilder(names.Options{Seed: o.Seed})}
	for _, domain := range o.Domains {
		d.add(anyZone, "@"+fold.Trim(domain))
	}
	return d
}

func (d *domainSet) add(zone uint32, address string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || at == len(address)-1 {
		return
	}
	k := domainOf{zone, fold.Lower(address[at+1:])}
	if !d.seen[k] {
		d.seen[k] = true
		d.b.Add(zone, k.domain, 0)
	}
}

// Len returns the number of identities.
func (t *Table) Len() int { return t.store.Len() }

// Stats says what a table holds and how many bytes of memory that takes.
type Stats struct {
	Identities, Names, Domains int
	RecordBytes, NameBytes     int
}

// Bytes returns the memory of the whole table.
func (s Stats) Bytes() int { return s.RecordBytes + s.NameBytes }

// Stats returns what the table holds.
func (t *Table) Stats() Stats {
	return Stats{
		Identities: t.Len(), Names: t.names.Len(), Domains: t.domains.Len(),
		RecordBytes: t.store.Size(), NameBytes: t.names.Size() + t.domains.Size(),
	}
}

// Lookup answers a value (SPEC 4): as it stands, ignoring case unless keys are
// case-sensitive; else the part after the first backslash; else, for
// name@domain, the name, if the domain is known. White space around it is
// ignored.
func (t *Table) Lookup(zone entity.Zone, value string) (Match, bool) {
	value = fold.Trim(value)
	if m, ok := t.lookup(zone, value); ok {
		return m, true
	}
	if t.options.Fallback && zone != t.options.DefaultZone {
		return t.lookup(t.options.DefaultZone, value)
	}
	return Match{}, false
}

// LookupBytes is Lookup for bytes, which are not kept.
func (t *Table) LookupBytes(zone entity.Zone, value []byte) (Match, bool) {
	return t.Lookup(zone, unsafe.String(unsafe.SliceData(value), len(value)))
}

func (t *Table) lookup(zone entity.Zone, value string) (Match, bool) {
	z := t.zone(zone)
	if z == noZone {
		return Match{}, false
	}
	if record, ok := t.names.LookupString(z, value); ok {
		return Match{Record: record, Step: entity.StepExact, zone: z}, true
	}
	return t.lookupForms(z, value)
}

const noZone = ^uint32(0)

// zone returns the number of a zone; noZone if it has no keys.
func (t *Table) zone(z entity.Zone) uint32 { return uint32(slices.Index(t.zones, z)) }

func (t *Table) lookupForms(zone uint32, value string) (Match, bool) {
	if t.options.NoForms&Domain == 0 {
		if i := strings.IndexByte(value, '\\'); i >= 0 {
			if record, ok := t.names.LookupString(zone, value[i+1:]); ok {
				return Match{Record: record, Step: entity.StepDomain, zone: zone}, true
			}
		}
	}
	if t.options.NoForms&LocalPart == 0 {
		if i := strings.LastIndexByte(value, '@'); i > 0 && t.knows(zone, value[i+1:]) {
			if record, ok := t.names.LookupString(zone, value[:i]); ok {
				return Match{Record: record, Step: entity.StepLocalPart, zone: zone}, true
			}
		}
	}
	return Match{}, false
}

// knows reports whether a domain is one of the zone's.
func (t *Table) knows(zone uint32, domain string) bool {
	if _, ok := t.domains.LookupString(zone, domain); ok {
		return true
	}
	_, ok := t.domains.LookupString(anyZone, domain)
	return ok
}

// Zone returns the zone in which a match was found.
func (t *Table) Zone(m Match) entity.Zone { return t.zones[m.zone] }

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return slices.Clone(t.zones) }

// Columns describes the columns of Value, in the order in which enrichment
// writes them: identity, identity_id, identity_tag, then the fields.
func (t *Table) Columns() []entity.Column { return t.columns }

// Value returns the JSON of a column's value, nil if there is none. It shares
// the table's memory. The id is written by AppendID instead.
func (t *Table) Value(m Match, column int) []byte { return t.store.Get(m.Record, column) }

// AppendID appends the identity_id of a match as a JSON string.
func (t *Table) AppendID(dst []byte, m Match) []byte { return t.store.AppendID(dst, m.Record) }
