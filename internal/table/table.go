// Package table looks up the record that a key belongs to, and the values of the record.
//
// A key belongs to a zone and has a class: an address, a prefix, a hardware (MAC) address or
// a range of them, a name, or a "*." suffix of names. A [Table] is built once from merged
// entities and never changes. Its records have the numbers of the entities, and their
// values are stored as they are written into events: JSON, ready to be copied.
//
// A table of assets classifies a key by its shape. It looks up an address exactly, then by
// the longest prefix that covers it; a MAC exactly, then by the narrowest range around it;
// a name exactly, then in other forms (see [MachineForms]), then by its longest suffix. In a
// table of identities every key is a name. A name that is not itself a key can be tried in
// other forms (see [Forms]).
//
// [Table.Lookup] looks up one key. [Lookups] looks up many keys so that their cache misses
// overlap, and appends the values of the records that it found.
package table

import (
	"iter"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
)

// Options control how a Table is built and used. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the fallback zone, if Fallback is set
	Fallback    bool        // look up a key in DefaultZone if it has no match in its zone
	Seed        uint64      // of the hashes, stored with the table; 0 chooses a random seed
	Parallel    bool        // New may use several cores
	Domains     []string    // known domains in addition to those of the entities; for assets "*" is every domain

	Forms        Forms        // for identities, the forms of names to try; 0 means all except FormARN
	MachineForms MachineForms // for assets, the forms of names to try; 0 means all
}

// Table maps keys to records. It is safe for concurrent use, and immutable apart from the
// domains that UnknownDomains returns. Lookups do not allocate.
type Table struct {
	keyIndex
	columns []entity.Column
	records *recordStore
	filling filling
	assets  *Table // of a table of identities: see LinkAssets
}

// keyIndex maps keys to the numbers of records.
type keyIndex struct {
	zoneList
	kind     entity.Kind
	networks []network // by zone; only in tables of assets
	macs     []macs    // by zone; only in tables of assets
	names    nameIndex
	labels   *labelSet // only in tables of assets
}

// Match is the result of a lookup. The zero Match is no match.
type Match struct {
	Record uint32
	Key    uint32      // of a match of Lookups: 0 for the key of Add, else the number of the further key
	Step   entity.Step // how the record was found
	addr   bool        // the key is an address
	// several is set, without a Step, if a form of the name leads to several assets.
	several bool
	zone    ZoneID // the zone in which the match was found
	prefix  uint32 // index of the longest prefix that covers the address, or lpm.None
}

// setRecord sets m to the match of a key that is not an address.
func (m *Match) setRecord(record uint32, step entity.Step, zone ZoneID) {
	m.Record, m.Key, m.Step, m.addr, m.several, m.zone, m.prefix = record, 0, step, false, false, zone, lpm.None
}

// Wrapper is a public table that wraps a Table: *assets.Table or *identities.Table. Its
// method Internal returns a **Table that points to the wrapped table, nil if the wrapper is
// nil.
type Wrapper interface{ Internal() any }

// Of returns the Table that w wraps, nil if w is nil.
func Of(w Wrapper) *Table {
	if t, ok := w.Internal().(**Table); ok {
		return *t
	}
	return nil
}

// StoreIn makes w, which must not be nil, wrap t.
func (t *Table) StoreIn(w Wrapper) { *w.Internal().(**Table) = t }

// Len returns the number of records.
func (t *Table) Len() int { return t.records.Len() }

// Columns returns the columns of the records. The slice must not be changed.
func (t *Table) Columns() []entity.Column { return t.columns }

// Column returns the number of the column with the given name, -1 if there is none.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.columns, func(c entity.Column) bool { return c.Name == name })
}

// All yields an exact match for every record, in the order of their numbers. The matches
// have no zone: ZoneOf returns "" for them.
func (t *Table) All() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for record := range uint32(t.Len()) {
			if !yield(Match{Record: record, Step: entity.StepExact, zone: NoZone, prefix: lpm.None}) {
				return
			}
		}
	}
}

// Used reports whether any record has a value of its own in a column.
func (t *Table) Used(column int) bool { return t.records.used[column] != 0 }

// Own returns the JSON of the value that a record itself has in a column, without filling,
// nil if there is none. It must not be changed.
func (t *Table) Own(record uint32, column int) []byte { return t.records.RecordValue(record, column) }

// Stats holds the number of keys of each kind in a table, and the memory in bytes that they
// take.
type Stats struct {
	Records, Addresses, Prefixes, MACs, Names, Suffixes, Domains int
	RecordBytes, AddressBytes, MACBytes, NameBytes               int
	FormBytes                                                    int // of NameBytes: for other forms of names
}

// Stats returns the statistics of the table.
func (t *Table) Stats() Stats {
	s := Stats{
		Records: t.Len(), Names: t.names.exact.Len(), Suffixes: t.names.suffixes.Len(), Domains: t.names.domains.stated.Len(),
		RecordBytes: t.records.Size(), FormBytes: t.names.hosts.labels.Size(),
		NameBytes: t.names.exact.Size() + t.names.suffixes.Size() + t.names.domains.stated.Size() + t.names.qualified.Size() + t.names.hosts.labels.Size(),
	}
	for i := range t.networks {
		n := &t.networks[i]
		s.Addresses += n.lpm.NumHosts()
		s.Prefixes += n.lpm.NumPrefixes()
		s.AddressBytes += n.lpm.Size() + n.hosts.Size() + 4*len(n.owners)
		s.MACs += t.macs[i].len()
		s.MACBytes += t.macs[i].size()
	}
	return s
}
