// Package table looks up which record a key belongs to, and what the record
// holds.
//
// A key belongs to a zone and has a class: an address, a prefix, a hardware
// (MAC) address or a range of them, a name, or a "*." suffix of names. A
// [Table] is built once from merged entities and never changes. Its records are
// numbered as the entities are, and their values are kept as they are written
// into events: JSON, ready to be copied.
//
// A key of a table of assets is recognised by its shape. An address is looked
// up exactly, then by the longest prefix that covers it; a MAC exactly, then by
// the narrowest range around it; a name exactly, then by the longest suffix
// above it. In a table of identities every key is a name. A name that is
// not found as it is can be tried in other forms: see forms.go.
//
// [Table.Lookup] looks up one key. [Lookups] looks up many keys so that their
// memory reads overlap, and appends the values of the records that it found.
package table

import (
	"iter"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
)

// Options control how a Table is built and used. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the zone that Fallback leads to
	Fallback    bool        // a key without a match in its zone is looked up in DefaultZone
	Seed        uint64      // of the hashes; 0 is a random one, stored with the table
	Parallel    bool        // New may use several cores

	// For identities.
	Forms   Forms    // which are tried; 0 is all of them
	Domains []string // further domains of local parts, besides those of the identities
}

// Table maps keys to records. It is immutable and safe for any number of
// concurrent readers. No lookup allocates.
type Table struct {
	index
	columns []entity.Column
	records *store
	filling filling
}

// index maps keys to the numbers of records.
type index struct {
	kind     entity.Kind
	zones    []entity.Zone
	fallback ZoneID    // NoZone without Options.Fallback
	networks []network // by zone; only of assets
	macs     []macs    // by zone; only of assets
	names    nameIndex
}

// ZoneID is the number of a zone in one Table.
type ZoneID uint32

// NoZone is the ZoneID of a zone that has no keys.
const NoZone = ^ZoneID(0)

// Match is the result of a lookup. The zero Match is no match.
type Match struct {
	Record uint32
	Key    uint32      // the number of the key that matched among those of one of Lookups, else 0
	Step   entity.Step // how the record was found
	addr   bool        // the key is an address
	zone   ZoneID      // in which the match was found
	prefix uint32      // the longest prefix that covers the address, matched or not
}

// set makes m the match of a key that is not an address.
func (m *Match) set(record uint32, step entity.Step, zone ZoneID) {
	m.Record, m.Key, m.Step, m.addr, m.zone, m.prefix = record, 0, step, false, zone, lpm.None
}

// Face is a public table that holds a Table. Its method Internal returns a
// pointer to where it holds it, nil if the face is nil.
type Face interface{ Internal() any }

// Of returns the Table that a face holds, nil for a nil face.
func Of(f Face) *Table {
	if t, ok := f.Internal().(**Table); ok {
		return *t
	}
	return nil
}

// Set makes a face, which must not be nil, hold t.
func (t *Table) Set(f Face) { *f.Internal().(**Table) = t }

// Len returns the number of records.
func (t *Table) Len() int { return t.records.Len() }

// Columns describes the columns of the records.
func (t *Table) Columns() []entity.Column { return t.columns }

// Column returns the number of the column with that name, -1 if there is none.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.columns, func(c entity.Column) bool { return c.Name == name })
}

// All yields a match for every record, in the order of their numbers, as a
// lookup of one of its names would return it.
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

// Own returns the JSON of a record's own value in a column, nil if it has none.
// It must not be changed.
func (t *Table) Own(record uint32, column int) []byte { return t.records.Get(record, column) }

// Stats holds the numbers of keys of a table, and the memory that they take.
type Stats struct {
	Records, Addresses, Prefixes, MACs, Names, Suffixes, Domains int
	RecordBytes, AddressBytes, MACBytes, NameBytes               int
}

// Stats returns what the table holds.
func (t *Table) Stats() Stats {
	s := Stats{
		Records: t.Len(), Names: t.names.exact.Len(), Suffixes: t.names.suffixes.Len(), Domains: t.names.domains.Len(),
		RecordBytes: t.records.Size(), NameBytes: t.names.exact.Size() + t.names.suffixes.Size() + t.names.domains.Size(),
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
