package assets

import (
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
)

// Options control how a Table is built and used. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the zone that Fallback leads to
	Fallback    bool        // a key without a match in its zone is looked up in DefaultZone
	Seed        uint64      // of the hashes; 0 is a random one, stored with the table
	Parallel    bool        // NewTable may use several cores
}

// Table maps the keys of assets to assets. It is built once, never changes, and
// is safe for any number of concurrent readers. Assets are numbered as in the
// Entities it was built from. No lookup allocates.
type Table struct{ table *table.Table }

// NewTable builds a table of the entities, which must be assets.
func NewTable(e *entity.Entities, o Options) (*Table, error) {
	t, err := table.New(entity.Asset, e, table.Options{DefaultZone: o.DefaultZone, Fallback: o.Fallback, Seed: o.Seed, Parallel: o.Parallel})
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

// Record returns the number of the asset in the Entities that the table was built
// from.
func (m Match) Record() uint32 { return m.match.Record }

// Step returns how the asset was found.
func (m Match) Step() entity.Step { return m.match.Step }

// Lookup looks up a key by its shape: an IP address, a MAC, else a name. White
// space around it and one trailing dot are ignored.
func (t *Table) Lookup(zone entity.Zone, key string) (m Match, ok bool) {
	ok = t.table.Find(&m.match, t.table.Zone(zone), fold.Trim(key))
	return m, ok
}

// LookupBytes is Lookup for bytes, which are not kept.
func (t *Table) LookupBytes(zone entity.Zone, key []byte) (Match, bool) {
	return t.Lookup(zone, bytestext.String(key))
}

// LookupAddr looks up an address: the asset that has it, else the owner of the
// longest prefix that covers it.
func (t *Table) LookupAddr(zone entity.Zone, a netip.Addr) (m Match, ok bool) {
	ok = t.table.FindAddr(&m.match, t.table.Zone(zone), a)
	return m, ok
}

// LookupMAC looks up an EUI-48 or EUI-64: the asset that has it, else the owner
// of the narrowest range around it. Hardware addresses of other lengths do not
// match.
func (t *Table) LookupMAC(zone entity.Zone, mac net.HardwareAddr) (m Match, ok bool) {
	if len(mac) != 6 && len(mac) != 8 {
		return m, false
	}
	number := uint64(0)
	for _, b := range mac {
		number = number<<8 | uint64(b)
	}
	ok = t.table.FindMAC(&m.match, t.table.Zone(zone), number, 8*len(mac))
	return m, ok
}

// LookupName looks up a name, ignoring case: the asset that has it, else the
// owner of the longest "*." suffix above it. One trailing dot is ignored.
func (t *Table) LookupName(zone entity.Zone, name string) (m Match, ok bool) {
	ok = t.table.FindName(&m.match, t.table.Zone(zone), strings.TrimSuffix(name, "."))
	return m, ok
}

// LookupAddrs looks up addresses of one zone and sets dst[i] to the match of
// addrs[i], the zero Match if there is none. It is faster than LookupAddr one by
// one on tables that do not fit in the processor's caches. dst must be at least
// as long as addrs.
func (t *Table) LookupAddrs(dst []Match, zone entity.Zone, addrs []netip.Addr) {
	z := t.table.Zone(zone)
	for chunk := range slices.Chunk(addrs, table.InFlight) {
		t.table.LookupAddrs(tableMatches(dst[:len(chunk)]), z, chunk)
		dst = dst[len(chunk):]
	}
}

// LookupNames is LookupAddrs for names.
func (t *Table) LookupNames(dst []Match, zone entity.Zone, names [][]byte) {
	z := t.table.Zone(zone)
	for chunk := range slices.Chunk(names, table.InFlight) {
		t.table.LookupNames(tableMatches(dst[:len(chunk)]), z, chunk)
		dst = dst[len(chunk):]
	}
}

// tableMatches returns the matches, of which a Match is made, in the same memory.
func tableMatches(of []Match) []table.Match {
	return unsafe.Slice((*table.Match)(unsafe.Pointer(unsafe.SliceData(of))), len(of))
}

// Network is a prefix, or an address as a prefix, and the asset that has it.
type Network struct {
	Prefix netip.Prefix
	Record uint32 // number of the asset
}

// Covering yields the prefixes that cover the address that was looked up, most
// specific first, the matched one included; none for a MAC or a name.
func (t *Table) Covering(m Match) iter.Seq[Network] { return networksOf(t.table.Covering(m.match)) }

// Direction selects the networks that Networks yields.
type Direction uint8

// The directions.
const (
	Inside Direction = iota // addresses, then prefixes, that lie inside, ascending
	Around                  // prefixes that cover it, most specific first
)

// Networks yields the addresses and prefixes of a zone that lie inside p or
// around it, p itself included. It does not fall back to another zone.
func (t *Table) Networks(zone entity.Zone, p netip.Prefix, d Direction) iter.Seq[Network] {
	if d == Around {
		return networksOf(t.table.Around(t.table.Zone(zone), p))
	}
	return networksOf(t.table.Inside(t.table.Zone(zone), p))
}

func networksOf(list iter.Seq[table.Network]) iter.Seq[Network] {
	return func(yield func(Network) bool) {
		for n := range list {
			if !yield(Network(n)) {
				return
			}
		}
	}
}

// MatchedPrefix returns the prefix of a match of step prefix.
func (t *Table) MatchedPrefix(m Match) (netip.Prefix, bool) { return t.table.MatchedPrefix(m.match) }

// Zone returns the zone in which a match was found.
func (t *Table) Zone(m Match) entity.Zone { return t.table.ZoneOf(m.match) }

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return t.table.Zones() }

// Len returns the number of assets.
func (t *Table) Len() int { return t.table.Len() }

// All yields a match for every asset, in the order of their numbers, as a lookup
// of one of its names would return it.
func (t *Table) All() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for m := range t.table.All() {
			if !yield(Match{m}) {
				return
			}
		}
	}
}

// Columns describes the columns of a Filled, in the order in which enrichment
// writes them: asset, asset_id, asset_tag, then the fields.
func (t *Table) Columns() []entity.Column { return t.table.Columns() }

// Fill is how the fields that a looked-up address leaves empty are filled from
// the prefixes that cover it.
type Fill uint8

// The ways of filling. The zero Fill is that of Splunk ES.
const (
	FillPerField = Fill(table.FillPerField) // an exact match, from the longest covering prefix
	FillInherit  = Fill(table.FillInherit)  // any match, from every covering prefix, most specific first
	FillNone     = Fill(table.FillNone)     // not at all
)

// ParseFill returns the way of that name in the configuration.
func ParseFill(name string) (Fill, error) {
	for i, n := range []string{"per_field", "inherit", "whole"} {
		if name == n {
			return Fill(i), nil
		}
	}
	return 0, fmt.Errorf("unknown fill %q: use per_field, inherit or whole", name)
}

// Filled is the asset of a match as it is shown: its own values, and those that
// the covering prefixes add. It is a view, cheap to make. The zero Filled is that
// of no match.
type Filled struct{ filled table.Filled }

// Filled returns the asset of a match as filled; of the zero Match the zero
// Filled.
func (t *Table) Filled(m Match, how Fill) Filled {
	if m.match.Step == 0 {
		return Filled{}
	}
	return Filled{t.table.Filled(m.match, table.Fill(how))}
}

// Ok reports whether f shows an asset.
func (f *Filled) Ok() bool { return f.filled.Ok() }

// JSON returns the value of a column as it is written into events, nil if there
// is none. It shares the table's memory and must not be changed.
func (f *Filled) JSON(column int) []byte { return f.filled.Value(column) }

// Prefix returns the prefix that a column is filled from; false if the value is
// the asset's own.
func (f *Filled) Prefix(column int) (netip.Prefix, bool) { return f.filled.Prefix(column) }

// Values returns the values of a column by its name, such as "owner", "ip" or
// "asset_tag"; none if there is no such column.
func (f *Filled) Values(column string) []string { return f.filled.Values(column) }

// Text returns the first value of a column by its name, "" if there is none.
func (f *Filled) Text(column string) string { return f.filled.Text(column) }

// Stats holds the numbers of keys of a table, and the bytes of memory that they take.
type Stats struct {
	Assets, Addresses, Prefixes, MACs, Names, Suffixes int
	RecordBytes, AddressBytes, MACBytes, NameBytes     int
}

// Bytes returns the memory of the whole table.
func (s Stats) Bytes() int { return s.RecordBytes + s.AddressBytes + s.MACBytes + s.NameBytes }

// Stats returns what the table holds.
func (t *Table) Stats() Stats {
	s := t.table.Stats()
	return Stats{
		Assets: s.Records, Addresses: s.Addresses, Prefixes: s.Prefixes, MACs: s.MACs, Names: s.Names, Suffixes: s.Suffixes,
		RecordBytes: s.RecordBytes, AddressBytes: s.AddressBytes, MACBytes: s.MACBytes, NameBytes: s.NameBytes,
	}
}
