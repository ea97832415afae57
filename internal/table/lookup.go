package table

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/schema"
)

// Kind returns which entities the records are.
func (x *index) Kind() entity.Kind { return x.kind }

// Zones returns the zones that have keys, in a fixed order.
func (x *index) Zones() []entity.Zone { return slices.Clone(x.zones) }

// Zone returns the number of a zone, NoZone if it has no keys.
func (x *index) Zone(z entity.Zone) ZoneID {
	for i, have := range x.zones {
		if have == z {
			return ZoneID(i)
		}
	}
	return NoZone
}

// ZoneOf returns the zone in which a match was found; "" for a match of All.
func (x *index) ZoneOf(m Match) entity.Zone {
	if m.zone == NoZone {
		return ""
	}
	return x.zones[m.zone]
}

// first returns the zone to look in first, NoZone if there is none.
func (x *index) first(zone ZoneID) ZoneID {
	if zone == NoZone {
		return x.fallback
	}
	return zone
}

// other returns the zone to look in after zone, NoZone if there is none.
func (x *index) other(zone ZoneID) ZoneID {
	if zone == x.fallback {
		return NoZone
	}
	return x.fallback
}

// Lookup looks up a key, which must be trimmed, in a zone and then in the zone
// that it falls back to.
func (x *index) Lookup(zone ZoneID, key string) (m Match, ok bool) {
	ok = x.Find(&m, zone, key)
	return m, ok
}

// Find is Lookup into *m, which it sets to the zero Match if there is no match. A
// Match that is passed on by value costs as much as a read of the cache each time.
func (x *index) Find(m *Match, zone ZoneID, key string) (ok bool) {
	if x.kind != entity.Identity {
		if hi, lo, ok := addr.ParseWords(key); ok && !schema.IsEUI64(key) {
			return x.findAddress(m, x.first(zone), hi, lo)
		}
		if mac, bits, ok := addr.ParseMAC(key); ok {
			return x.FindMAC(m, zone, mac, bits)
		}
		key = undotted(key)
	}
	return x.findNameFrom(m, x.first(zone), key)
}

// undotted returns a name without the dot that may end it.
func undotted(name string) string {
	if n := len(name); n > 0 && name[n-1] == '.' {
		return name[:n-1]
	}
	return name
}

// FindAddr finds an address: the asset that has it, else the owner of the longest
// prefix that covers it.
func (x *index) FindAddr(m *Match, zone ZoneID, a netip.Addr) (ok bool) {
	for zone = x.first(zone); zone != NoZone; zone = x.other(zone) {
		n := &x.networks[zone]
		host, prefix := n.lpm.Lookup(a)
		if n.match(m, zone, host, prefix) {
			return true
		}
	}
	*m = Match{}
	return false
}

// findAddress finds an address in two words in a zone and those after it, none
// for NoZone.
func (x *index) findAddress(m *Match, zone ZoneID, hi, lo uint64) (ok bool) {
	for ; zone != NoZone; zone = x.other(zone) {
		n := &x.networks[zone]
		host, prefix := n.lpm.Lookup6(hi, lo)
		if n.match(m, zone, host, prefix) {
			return true
		}
	}
	*m = Match{}
	return false
}

// FindMAC finds an EUI-48 or EUI-64 (bits is 48 or 64), its first octet the most
// significant: the asset that has it, else the owner of the narrowest range around
// it.
func (x *index) FindMAC(m *Match, zone ZoneID, mac uint64, bits int) (ok bool) {
	w := macWidth(bits)
	for zone = x.first(zone); zone != NoZone; zone = x.other(zone) {
		of := &x.macs[zone]
		if record, ok := of.exact[w].lookup(mac); ok {
			m.set(record, entity.StepExact, zone)
			return true
		}
		if record, ok := of.ranges[w].lookup(mac); ok {
			m.set(record, entity.StepMACRange, zone)
			return true
		}
	}
	*m = Match{}
	return false
}

// FindName finds a name as it is, then by the forms of the table. A dot that
// ends it is part of it.
func (x *index) FindName(m *Match, zone ZoneID, name string) (ok bool) {
	return x.findNameFrom(m, x.first(zone), name)
}

// findNameFrom is FindName in a zone and those after it, none for NoZone.
func (x *index) findNameFrom(m *Match, zone ZoneID, name string) (ok bool) {
	for ; zone != NoZone; zone = x.other(zone) {
		if record, ok := x.names.exact.LookupString(uint32(zone), name); ok {
			m.set(record, entity.StepExact, zone)
			return true
		}
		if x.names.findByForm(m, zone, name) {
			return true
		}
	}
	*m = Match{}
	return false
}

// Covering yields the prefixes that cover the address that was looked up, most
// specific first, the matched one included; none for a MAC or a name.
func (x *index) Covering(m Match) iter.Seq[Network] {
	return func(yield func(Network) bool) {
		if m.addr { // one closure, which the compiler keeps on the stack
			x.networks[m.zone].covering(m.prefix)(yield)
		}
	}
}

// MatchedPrefix returns the prefix of a match of step prefix.
func (x *index) MatchedPrefix(m Match) (netip.Prefix, bool) {
	if m.Step != entity.StepPrefix {
		return netip.Prefix{}, false
	}
	return x.networks[m.zone].lpm.Prefix(m.prefix), true
}

// fillerOf returns the record that fills an exact match first: the owner of the
// longest prefix that covers its address.
func (x *index) fillerOf(m *Match) (record uint32, ok bool) {
	if m.Step != entity.StepExact || m.prefix == lpm.None {
		return 0, false
	}
	return x.networks[m.zone].owners[m.prefix], true
}

// Inside yields the addresses and then the prefixes of a zone that lie inside p,
// ascending, p itself included.
func (x *index) Inside(zone ZoneID, p netip.Prefix) iter.Seq[Network] {
	if zone == NoZone {
		return noNetworks
	}
	return x.networks[zone].inside(p)
}

// Around yields the prefixes of a zone that cover p, most specific first, p
// itself included.
func (x *index) Around(zone ZoneID, p netip.Prefix) iter.Seq[Network] {
	if zone == NoZone {
		return noNetworks
	}
	return x.networks[zone].around(schema.CanonicalPrefix(p))
}

// LookupPrefix looks up the record that has exactly this prefix. It is for people
// who look up a network; events do not hold one. The second result yields the
// prefix and those that cover it, most specific first.
func (x *index) LookupPrefix(zone ZoneID, p netip.Prefix) (Match, iter.Seq[Network], bool) {
	p = schema.CanonicalPrefix(p)
	for zone = x.first(zone); zone != NoZone; zone = x.other(zone) {
		around := x.networks[zone].around(p)
		for n := range around {
			if n.Prefix == p {
				return Match{Record: n.Record, Step: entity.StepExact, zone: zone, prefix: lpm.None}, around, true
			}
			break
		}
	}
	return Match{}, noNetworks, false
}
