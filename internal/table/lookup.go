package table

import (
	"iter"
	"net/netip"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/keytext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/schema"
)

// Kind returns the kind of the entities that the records describe.
func (x *keyIndex) Kind() entity.Kind { return x.kind }

// Lookup looks up a key, which must be trimmed, in a zone and then in the fallback zone, if
// there is one. A key that is not found as it is written is cleaned as those of lists are
// (see package keytext), before the other forms of the name are tried. If a form leads to
// several assets, there is no match, and Several of the Match reports it.
func (x *keyIndex) Lookup(zone ZoneID, key string) (m Match, ok bool) {
	ok = x.Find(&m, zone, key)
	return m, ok
}

// Find is Lookup into *m. If there is no match, it sets *m to a Match without a step, whose
// Several reports whether a form leads to several assets. Callers that pass a Match through
// several functions use Find, because copying a Match costs as much as a read from the cache.
func (x *keyIndex) Find(m *Match, zone ZoneID, key string) (ok bool) {
	return x.FindBeside(m, zone, key, &Machines{})
}

// FindBeside is Find for a key that may be an account, whose domain may be one of the
// machines.
func (x *keyIndex) FindBeside(m *Match, zone ZoneID, key string, machines *Machines) (ok bool) {
	if x.kind != entity.Identity {
		if hi, lo, ok := addr.ParseWords(key); ok && !schema.IsEUI64(key) {
			return x.findAddress(m, x.firstZone(zone), hi, lo)
		}
		if mac, bits, ok := addr.ParseMAC(key); ok {
			return x.FindMAC(m, zone, mac, bits)
		}
		key = trimDot(key)
	}
	return x.findNameFrom(m, x.firstZone(zone), key, machines)
}

// trimDot returns a name without its trailing dot, if it has one.
func trimDot(name string) string {
	if n := len(name); n > 0 && name[n-1] == '.' {
		return name[:n-1]
	}
	return name
}

// FindAddr finds the record that has an address, or else the record that has the longest
// prefix covering it.
func (x *keyIndex) FindAddr(m *Match, zone ZoneID, a netip.Addr) (ok bool) {
	for zone = x.firstZone(zone); zone != NoZone; zone = x.nextZone(zone) {
		n := &x.networks[zone]
		host, prefix := n.lpm.Lookup(a)
		if n.setMatch(m, zone, host, prefix) {
			return true
		}
	}
	*m = Match{}
	return false
}

// findAddress finds an address, given as two words, in a zone and then in the fallback
// zone. It finds none in NoZone.
func (x *keyIndex) findAddress(m *Match, zone ZoneID, hi, lo uint64) (ok bool) {
	for ; zone != NoZone; zone = x.nextZone(zone) {
		n := &x.networks[zone]
		host, prefix := n.lpm.Lookup6(hi, lo)
		if n.setMatch(m, zone, host, prefix) {
			return true
		}
	}
	*m = Match{}
	return false
}

// FindMAC finds the record that has a MAC, or else the record that has the narrowest range
// around it. bits is 48 for an EUI-48 and 64 for an EUI-64. The first octet is the most
// significant byte of mac.
func (x *keyIndex) FindMAC(m *Match, zone ZoneID, mac uint64, bits int) (ok bool) {
	w := widthIndex(bits)
	for zone = x.firstZone(zone); zone != NoZone; zone = x.nextZone(zone) {
		of := &x.macs[zone]
		if record, ok := of.exact[w].lookup(mac); ok {
			m.setRecord(record, entity.StepExact, zone)
			return true
		}
		if record, ok := of.ranges[w].lookup(mac); ok {
			m.setRecord(record, entity.StepMACRange, zone)
			return true
		}
	}
	*m = Match{}
	return false
}

// FindName finds a name as it is, or else by one of the forms of the table. A trailing dot
// is part of the name.
func (x *keyIndex) FindName(m *Match, zone ZoneID, name string) (ok bool) {
	return x.findNameFrom(m, x.firstZone(zone), name, &Machines{})
}

// findNameFrom is FindName in a zone and then in the fallback zone. It finds none in
// NoZone.
func (x *keyIndex) findNameFrom(m *Match, zone ZoneID, name string, machines *Machines) (ok bool) {
	for ; zone != NoZone; zone = x.nextZone(zone) {
		if record, ok := x.names.exact.Lookup(uint32(zone), name); ok {
			m.setRecord(record, entity.StepExact, zone)
			return true
		}
		if clean := keytext.Clean(name); clean != name {
			return x.FindBeside(m, zone, clean, machines)
		}
		if ok, decided := x.findByForm(m, zone, name, machines); decided {
			return ok
		}
	}
	*m = Match{}
	return false
}

// Covering yields the prefixes that cover the address that was looked up, including the
// matched one, most specific first. It yields none if the key was a MAC or a name.
func (x *keyIndex) Covering(m Match) iter.Seq[Network] {
	return func(yield func(Network) bool) {
		if m.addr { // inside the closure, so that the closure does not escape to the heap
			x.networks[m.zone].covering(m.prefix)(yield)
		}
	}
}

// MatchedPrefix returns the prefix that matched, or false if the step of the match is not
// StepPrefix.
func (x *keyIndex) MatchedPrefix(m Match) (netip.Prefix, bool) {
	if m.Step != entity.StepPrefix {
		return netip.Prefix{}, false
	}
	return x.networks[m.zone].lpm.Prefix(m.prefix), true
}

// fillerOf returns the first record that fills the match of an address: the record that has
// the longest prefix covering the address. It returns false if there is none, or if the
// prefix is the match.
func (x *keyIndex) fillerOf(m *Match) (record uint32, ok bool) {
	if m.Step == entity.StepPrefix || m.prefix == lpm.None {
		return 0, false
	}
	return x.networks[m.zone].owners[m.prefix], true
}

// Inside yields the addresses and then the prefixes of a zone that lie inside p, including
// p itself, in ascending order.
func (x *keyIndex) Inside(zone ZoneID, p netip.Prefix) iter.Seq[Network] {
	if zone == NoZone {
		return noNetworks
	}
	return x.networks[zone].inside(p)
}

// Around yields the prefixes of a zone that cover p, including p itself, most specific
// first.
func (x *keyIndex) Around(zone ZoneID, p netip.Prefix) iter.Seq[Network] {
	if zone == NoZone {
		return noNetworks
	}
	return x.networks[zone].around(schema.CanonicalPrefix(p))
}

// LookupPrefix looks up the record that has exactly this prefix. It is not used by
// enrichment, because events do not contain prefixes. The second result yields the prefix
// and the prefixes that cover it, most specific first.
func (x *keyIndex) LookupPrefix(zone ZoneID, p netip.Prefix) (Match, iter.Seq[Network], bool) {
	p = schema.CanonicalPrefix(p)
	for zone = x.firstZone(zone); zone != NoZone; zone = x.nextZone(zone) {
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
