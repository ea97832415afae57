package assets

import (
	"iter"
	"net/netip"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/schema"
)

// Lookup answers a key by its shape (SPEC 4): an IP address, a MAC, else a
// name. White space around it and one trailing dot are ignored.
func (t *Table) Lookup(zone entity.Zone, key string) (Match, bool) {
	key = fold.Trim(key)
	if a, ok := parseAddr(key); ok && !schema.IsEUI64(key) {
		return t.LookupAddr(zone, a)
	}
	if m, bits, ok := schema.ParseMAC(key); ok {
		return t.LookupMAC(zone, m, bits)
	}
	return t.LookupName(zone, key)
}

// LookupBytes is Lookup for bytes, which are not kept.
func (t *Table) LookupBytes(zone entity.Zone, key []byte) (Match, bool) {
	return t.Lookup(zone, unsafe.String(unsafe.SliceData(key), len(key)))
}

// LookupAddr answers an address: the asset that has it, else the owner of the
// longest prefix that covers it.
func (t *Table) LookupAddr(zone entity.Zone, a netip.Addr) (Match, bool) {
	if m, ok := t.lookupAddr(t.zone(zone), a); ok {
		return m, true
	}
	if other, ok := t.fallback(zone); ok {
		return t.lookupAddr(t.zone(other), a)
	}
	return Match{}, false
}

func (t *Table) lookupAddr(zone uint32, a netip.Addr) (Match, bool) {
	if zone == noZone {
		return Match{}, false
	}
	n := &t.networks[zone]
	host, prefix := n.lpm.Lookup(a)
	switch {
	case host != lpm.None:
		return Match{Record: n.hosts.At(host), Step: entity.StepExact, zone: zone, prefix: prefix, addr: true}, true
	case prefix != lpm.None:
		return Match{Record: n.owners[prefix], Step: entity.StepPrefix, zone: zone, prefix: prefix, addr: true}, true
	}
	return Match{}, false
}

// LookupMAC answers an EUI-48 or EUI-64 (bits is 48 or 64), its first octet the
// most significant: the asset that has it, else the owner of the narrowest
// range around it.
func (t *Table) LookupMAC(zone entity.Zone, mac uint64, bits int) (Match, bool) {
	if m, ok := t.lookupMAC(t.zone(zone), mac, width(bits)); ok {
		return m, true
	}
	if other, ok := t.fallback(zone); ok {
		return t.lookupMAC(t.zone(other), mac, width(bits))
	}
	return Match{}, false
}

func (t *Table) lookupMAC(zone uint32, mac uint64, width int) (Match, bool) {
	if zone == noZone {
		return Match{}, false
	}
	m := &t.macs[zone]
	if record, ok := m.exact[width].lookup(mac); ok {
		return Match{Record: record, Step: entity.StepExact, zone: zone, prefix: lpm.None}, true
	}
	if record, ok := m.ranges[width].lookup(mac); ok {
		return Match{Record: record, Step: entity.StepMACRange, zone: zone, prefix: lpm.None}, true
	}
	return Match{}, false
}

// LookupName answers a name, ignoring case: the asset that has it, else the
// owner of the longest "*." suffix above it. One trailing dot is ignored.
func (t *Table) LookupName(zone entity.Zone, name string) (Match, bool) {
	name = undotted(name)
	if m, ok := t.lookupName(t.zone(zone), name); ok {
		return m, true
	}
	if other, ok := t.fallback(zone); ok {
		return t.lookupName(t.zone(other), name)
	}
	return Match{}, false
}

func (t *Table) lookupName(zone uint32, name string) (Match, bool) {
	if zone == noZone {
		return Match{}, false
	}
	if record, ok := t.names.LookupString(zone, name); ok {
		return Match{Record: record, Step: entity.StepExact, zone: zone, prefix: lpm.None}, true
	}
	return t.lookupSuffix(zone, name)
}

func (t *Table) lookupSuffix(zone uint32, name string) (Match, bool) {
	if t.suffixes.Len() == 0 {
		return Match{}, false
	}
	if record, _, ok := t.suffixes.LookupSuffixString(zone, name); ok {
		return Match{Record: record, Step: entity.StepSuffix, zone: zone, prefix: lpm.None}, true
	}
	return Match{}, false
}

// Covering is one prefix that covers an address, and the asset that owns it.
type Covering struct {
	Prefix netip.Prefix
	Record uint32
}

// Covering yields the prefixes that cover the address that was looked up, most
// specific first, the matched one included; nothing for a MAC or a name.
func (t *Table) Covering(m Match) iter.Seq[Covering] {
	return func(yield func(Covering) bool) {
		if !m.addr {
			return
		}
		n := &t.networks[m.zone]
		for p := m.prefix; p != lpm.None; p = n.lpm.Parent(p) {
			if !yield(Covering{n.lpm.Prefix(p), n.owners[p]}) {
				return
			}
		}
	}
}

// MatchedPrefix returns the prefix that a match of step prefix matched.
func (t *Table) MatchedPrefix(m Match) (netip.Prefix, bool) {
	if m.Step != entity.StepPrefix {
		return netip.Prefix{}, false
	}
	return t.networks[m.zone].lpm.Prefix(m.prefix), true
}

// Zone returns the zone in which a match was found.
func (t *Table) Zone(m Match) entity.Zone { return t.zones[m.zone] }

func parseAddr(s string) (netip.Addr, bool) { return addr.ParseAddr(s) }
