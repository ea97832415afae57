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

// Forms is a set of ways to look up a name that is not itself a key. The zero Forms is the set of
// all forms. Only names that nt_host or dns list are found by their forms: not "*." names, and
// not names in custom keys.
type Forms uint8

// The forms, in the order in which they are tried.
//
// FormDomain and FormMachine remove what surrounds a name, and may both apply: CORP\ws-17$. The
// rest is looked up exactly, then by the other forms, then by suffixes.
//
// FormShort applies to names with a dot. It finds the asset that a list names by the first
// label, if the domain of the name is one of Options.Domains, or if an asset of the zone has a
// name directly in the domain. In the latter case the asset found must not have a full name with
// that label: ws-17.lab.example is not ws-17.corp.example.
//
// FormFQDN and FormNetBIOS apply to names without a dot. The first of them that leads to an asset
// decides. If it leads to several, there is no match.
const (
	FormDomain  = Forms(table.MachineDomain)  // the part after the first backslash
	FormMachine = Forms(table.MachineAccount) // without a service class (host/), port and realm, and without one trailing "$"
	FormShort   = Forms(table.MachineShort)   // the first label
	FormFQDN    = Forms(table.MachineFQDN)    // a full name that has the name as its first label
	FormNetBIOS = Forms(table.MachineNetBIOS) // for 15 characters, a longer name whose first label begins with them
	FormsNone   = Forms(table.MachineNone)    // none of them
)

// FormNames returns the names of the forms in the configuration, in the order in which they are
// tried. The caller owns the slice.
func FormNames() []string { return table.MachineFormNames() }

// ParseForms returns the set of the forms with the given names in the configuration. Without
// names it returns FormsNone.
func ParseForms(names []string) (Forms, error) {
	f := Forms(0)
	for _, name := range names {
		i := slices.Index(table.MachineFormNames(), name)
		if i < 0 {
			return 0, fmt.Errorf("unknown form %q: use domain, machine, short, fqdn or netbios", name)
		}
		f |= 1 << i
	}
	if f == 0 {
		return FormsNone, nil
	}
	return f, nil
}

// Options control how a Table is built and used. The zero Options are the defaults.
type Options struct {
	DefaultZone entity.Zone // the fallback zone, if Fallback is set
	Fallback    bool        // look up a key in DefaultZone if it has no match in its zone
	Seed        uint64      // of the hashes, stored with the table; 0 chooses a random seed
	Parallel    bool        // NewTable may use several cores
	Forms       Forms       // the forms of names to try; 0 means all
	Domains     []string    // known domains in addition to those of the assets, for FormShort; "*" means every domain
}

// Table maps the keys of assets to assets. It is immutable and safe for concurrent use. An
// asset has the same number as in the Entities that the table was built from. Lookups do not
// allocate.
type Table struct{ table *table.Table }

// NewTable builds a table of entities. It returns an error if they are nil or not assets.
func NewTable(e *entity.Entities, o Options) (*Table, error) {
	t, err := table.New(entity.Asset, e, o.tableOptions())
	if err != nil {
		return nil, err
	}
	return &Table{t}, nil
}

// tableOptions returns the options of the wrapped table.
func (o Options) tableOptions() table.Options {
	return table.Options{
		DefaultZone: o.DefaultZone, Fallback: o.Fallback, Seed: o.Seed, Parallel: o.Parallel,
		MachineForms: table.MachineForms(o.Forms), Domains: o.Domains,
	}
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

// Ambiguous reports whether a lookup found no match because a form of the name leads to several
// assets.
func (m Match) Ambiguous() bool { return m.match.Several() }

// Record returns the number of the asset in the Entities that the table was built
// from.
func (m Match) Record() uint32 { return m.match.Record }

// Step returns how the asset was found.
func (m Match) Step() entity.Step { return m.match.Step }

// Lookup looks up a key, which it classifies by its shape as an IP address, a MAC, or else a
// name. It ignores white space around the key and one trailing dot. The result is false if
// there is no match, and then the Match has no step.
func (t *Table) Lookup(zone entity.Zone, key string) (m Match, ok bool) {
	ok = t.table.Find(&m.match, t.table.Zone(zone), fold.Trim(key))
	return m, ok
}

// LookupBytes is Lookup for a byte slice, which it does not retain.
func (t *Table) LookupBytes(zone entity.Zone, key []byte) (Match, bool) {
	return t.Lookup(zone, bytestext.String(key))
}

// LookupAddr looks up the asset that has an address, or else the asset that has the longest
// prefix covering it.
func (t *Table) LookupAddr(zone entity.Zone, a netip.Addr) (m Match, ok bool) {
	ok = t.table.FindAddr(&m.match, t.table.Zone(zone), a)
	return m, ok
}

// LookupMAC looks up the asset that has an EUI-48 or EUI-64, or else the asset that has the
// narrowest range around it. Hardware addresses of other lengths do not match.
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

// LookupName looks up the asset that has a name, or else the one that a form of the name leads
// to, or else the one that has the longest "*." suffix that the name ends with. It ignores case
// and one trailing dot.
func (t *Table) LookupName(zone entity.Zone, name string) (m Match, ok bool) {
	ok = t.table.FindName(&m.match, t.table.Zone(zone), strings.TrimSuffix(name, "."))
	return m, ok
}

// LookupAddrs looks up addresses of one zone and sets dst[i] to the match of addrs[i], or to
// the zero Match if there is none. On tables that do not fit into the processor's caches it
// is faster than calling LookupAddr for each address. dst must be at least as long as addrs.
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

// tableMatches returns the table.Matches that the Matches wrap. They share memory.
func tableMatches(of []Match) []table.Match {
	return unsafe.Slice((*table.Match)(unsafe.Pointer(unsafe.SliceData(of))), len(of))
}

// Network is a prefix, or an address in the form of a prefix, and the asset that has it.
type Network struct {
	Prefix netip.Prefix
	Record uint32 // number of the asset
}

// Covering yields the prefixes that cover the address that was looked up, including the matched
// one, most specific first. It yields none if the key was a MAC or a name.
func (t *Table) Covering(m Match) iter.Seq[Network] { return networksOf(t.table.Covering(m.match)) }

// Direction selects the networks that Networks yields.
type Direction uint8

// The directions.
const (
	Inside Direction = iota // addresses, then prefixes, inside a network, in ascending order
	Around                  // prefixes that cover a network, most specific first
)

// Networks yields the addresses and prefixes of a zone that lie inside p or around it, including
// p itself. It does not fall back to another zone.
func (t *Table) Networks(zone entity.Zone, p netip.Prefix, d Direction) iter.Seq[Network] {
	if d == Around {
		return networksOf(t.table.Around(t.table.Zone(zone), p))
	}
	return networksOf(t.table.Inside(t.table.Zone(zone), p))
}

// networksOf converts networks to the type of this package.
func networksOf(list iter.Seq[table.Network]) iter.Seq[Network] {
	return func(yield func(Network) bool) {
		for n := range list {
			if !yield(Network(n)) {
				return
			}
		}
	}
}

// Form returns how a name that is not itself a key led to a match whose step is entity.StepForm:
// the names of the forms, joined by "+", and the name of the asset that they lead to. key is the
// key that was looked up. Form returns "" if the match has another step.
func (t *Table) Form(m Match, key string) (forms, name string) { return t.table.FormOf(m.match, key) }

// MatchedPrefix returns the prefix that matched, or false if the step of the match is not
// entity.StepPrefix.
func (t *Table) MatchedPrefix(m Match) (netip.Prefix, bool) { return t.table.MatchedPrefix(m.match) }

// Zone returns the zone in which a match was found, "" for a match of All.
func (t *Table) Zone(m Match) entity.Zone { return t.table.ZoneOf(m.match) }

// Zones returns the zones that have keys, in a fixed order.
func (t *Table) Zones() []entity.Zone { return t.table.Zones() }

// Len returns the number of assets.
func (t *Table) Len() int { return t.table.Len() }

// All yields an exact match for every asset, in the order of their numbers.
func (t *Table) All() iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for m := range t.table.All() {
			if !yield(Match{m}) {
				return
			}
		}
	}
}

// Columns returns the columns of a Filled, in the order in which enrichment writes them: asset,
// asset_id, asset_tag, then the fields. The slice must not be changed.
func (t *Table) Columns() []entity.Column { return t.table.Columns() }

// Fill controls how the empty fields of an address are filled from the prefixes that cover it.
type Fill uint8

// The ways of filling. The zero Fill is the behaviour of Splunk Enterprise Security.
const (
	FillPerField = Fill(table.FillPerField) // fill exact matches from the longest covering prefix
	FillInherit  = Fill(table.FillInherit)  // fill all matches from every covering prefix, most specific first
	FillNone     = Fill(table.FillNone)     // do not fill
)

// ParseFill returns the Fill with the given name in the configuration.
func ParseFill(name string) (Fill, error) {
	for i, n := range []string{"per_field", "inherit", "whole"} {
		if name == n {
			return Fill(i), nil
		}
	}
	return 0, fmt.Errorf("unknown fill %q: use per_field, inherit or whole", name)
}

// Filled is the asset of a match with its own values and those that the covering prefixes add.
// It computes every value on demand and is cheap to create. The zero Filled has no asset.
type Filled struct{ filled table.Filled }

// Filled returns the asset of a match, filled in the given way. For the zero Match it returns
// the zero Filled.
func (t *Table) Filled(m Match, how Fill) Filled {
	if m.match.Step == 0 {
		return Filled{}
	}
	return Filled{t.table.Filled(m.match, table.Fill(how))}
}

// Ok reports whether f has an asset.
func (f *Filled) Ok() bool { return f.filled.Ok() }

// JSON returns the value of a column as enrichment writes it into events, nil if there is none.
// It shares the memory of the table and must not be changed.
func (f *Filled) JSON(column int) []byte { return f.filled.Value(column) }

// Prefix returns the prefix that the value of a column is filled from. It returns false if the
// column is empty or has the asset's own value.
func (f *Filled) Prefix(column int) (netip.Prefix, bool) { return f.filled.Prefix(column) }

// Values returns the values of the column with a name, such as "owner", "ip" or "asset_tag". It
// returns nil if there are none or there is no such column.
func (f *Filled) Values(column string) []string { return f.filled.Values(column) }

// Text returns the first value of the column with a name, "" if there is none.
func (f *Filled) Text(column string) string { return f.filled.Text(column) }

// Stats holds the number of keys of each kind in a table, and the memory in bytes that they
// take.
type Stats struct {
	Assets, Addresses, Prefixes, MACs, Names, Suffixes int
	RecordBytes, AddressBytes, MACBytes, NameBytes     int
	FormBytes                                          int // of NameBytes: for other forms of names
}

// Bytes returns the memory that the whole table takes.
func (s Stats) Bytes() int { return s.RecordBytes + s.AddressBytes + s.MACBytes + s.NameBytes }

// Stats returns the statistics of the table.
func (t *Table) Stats() Stats {
	s := t.table.Stats()
	return Stats{
		Assets: s.Records, Addresses: s.Addresses, Prefixes: s.Prefixes, MACs: s.MACs, Names: s.Names, Suffixes: s.Suffixes,
		RecordBytes: s.RecordBytes, AddressBytes: s.AddressBytes, MACBytes: s.MACBytes, NameBytes: s.NameBytes, FormBytes: s.FormBytes,
	}
}
