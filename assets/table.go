package assets

import (
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/rankcode"
	"github.com/kithsec/kith/internal/records"
)

// Options says how a Table is asked. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the zone that Fallback leads to
	Fallback    bool        // a zone in which nothing answers falls back to DefaultZone
	Seed        uint64      // of the hashes; 0 is a random one, stored with the table
	Parallel    bool        // NewTable may use several cores
}

// Table answers keys with assets. It is built once, never changes, and is safe
// for any number of concurrent readers. Records are numbered as in the
// Entities it was built from. No lookup allocates.
type Table struct {
	options  Options
	columns  []entity.Column
	store    *records.Store
	zones    []entity.Zone
	networks []network // by zone
	macs     []macs    // by zone
	names    *names.Table
	suffixes *names.Table
	filling  filling
}

// network is what answers the addresses of a zone.
type network struct {
	lpm    *lpm.Table
	hosts  rankcode.List // rank → record
	owners []uint32      // index of a prefix → record
}

// Match is the answer to a key. The zero Match is no answer.
type Match struct {
	Record uint32      // number of the asset
	Step   entity.Step // how it was found
	zone   uint32
	prefix uint32 // the longest prefix that covers the address, matched or not
	addr   bool   // an address was looked up
}

// Len returns the number of assets.
func (t *Table) Len() int { return t.store.Len() }

// Stats says what a table holds and how many bytes of memory that takes.
type Stats struct {
	Assets, Addresses, Prefixes, MACs, Names, Suffixes int
	RecordBytes, AddressBytes, MACBytes, NameBytes     int
}

// Bytes returns the memory of the whole table.
func (s Stats) Bytes() int { return s.RecordBytes + s.AddressBytes + s.MACBytes + s.NameBytes }

// Stats returns what the table holds.
func (t *Table) Stats() Stats {
	s := Stats{
		Assets: t.Len(), Names: t.names.Len(), Suffixes: t.suffixes.Len(),
		RecordBytes: t.store.Size(), NameBytes: t.names.Size() + t.suffixes.Size(),
	}
	for i := range t.zones {
		n := &t.networks[i]
		s.Addresses += n.lpm.NumHosts()
		s.Prefixes += n.lpm.NumPrefixes()
		s.AddressBytes += n.lpm.Size() + n.hosts.Size() + 4*len(n.owners)
		s.MACs += t.macs[i].len()
		s.MACBytes += t.macs[i].size()
	}
	return s
}

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return slices.Clone(t.zones) }

const noZone = ^uint32(0)

// zone returns the number of a zone; noZone if it has no keys.
func (t *Table) zone(z entity.Zone) uint32 {
	for i, have := range t.zones {
		if have == z {
			return uint32(i)
		}
	}
	return noZone
}

// fallback returns the zone to ask when nothing in z answered.
func (t *Table) fallback(z entity.Zone) (entity.Zone, bool) {
	return t.options.DefaultZone, t.options.Fallback && z != t.options.DefaultZone
}
