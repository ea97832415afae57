package assets

import (
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/addr"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/schema"
)

// Probe is a lookup on its way, for callers that have many at once: they take
// each step for all of them before the next, so that the reads of distant
// memory overlap. The steps are Table.Begin, Seek, Find and, to write what was
// found, TouchRecords, AppendOffsets, TouchValues and AppendMembers. Each asks for
// the memory that the next one reads. Only what is small and often near is read
// unasked: upper pages of the index, and whose an address is. MACs and IPv6 addresses
// are looked up by Find alone.
type Probe struct {
	form  probeForm
	width uint8     // of a MAC
	zone  uint32    // as ZoneNumber gives it
	addr  lpm.Probe // of an address; Lo is the MAC
	name  names.Probe
}

type probeForm uint8

const (
	nameProbe probeForm = iota
	addrProbe
	macProbe
	noProbe // of a zone that has no keys
)

// ZoneNumber returns what Begin wants to know of a zone: it is found once for
// many keys.
func (t *Table) ZoneNumber(z entity.Zone) uint32 { return t.zone(z) }

// Begin is the first step: it recognises the key, which is trimmed, by its shape,
// and hashes it or walks to where it is.
func (t *Table) Begin(p *Probe, zone uint32, key []byte) {
	p.zone = zone
	if zone == noZone {
		p.form = noProbe
		return
	}
	text := unsafe.String(unsafe.SliceData(key), len(key))
	var ok bool
	if p.addr.Hi, p.addr.Lo, ok = addr.ParseWords(text); ok && !schema.IsEUI64(text) {
		p.form = addrProbe
		t.networks[zone].lpm.Begin(&p.addr)
		return
	}
	if mac, bits, ok := addr.ParseMAC(text); ok {
		p.form, p.addr.Lo, p.width = macProbe, mac, uint8(width(bits))
		return
	}
	p.form = nameProbe
	t.names.HashString(&p.name, zone, undotted(text))
}

// Address reports whether the key was recognised as an IP address. Callers that
// take a step for all addresses before all others spare the processor a guess
// for each.
func (p *Probe) Address() bool { return p.form == addrProbe }

// Seek is the second step: it reads the indices.
func (t *Table) Seek(p *Probe) {
	switch p.form {
	case addrProbe:
		t.networks[p.zone].lpm.Seek(&p.addr)
	case nameProbe:
		t.names.Seek(&p.name)
	}
}

// Find is the third step: it sets m to the answer to the key, which must be the
// one that was begun in that zone, and reports whether there is one.
func (t *Table) Find(m *Match, p *Probe, zone entity.Zone, key []byte) (ok bool) {
	switch p.form {
	case addrProbe:
		n := &t.networks[p.zone]
		host, prefix := n.lpm.Find(&p.addr)
		m.zone, m.prefix, m.addr = p.zone, prefix, true
		if host != lpm.None {
			m.Record, m.Step = n.hosts.At(host), entity.StepExact
			return true
		}
		if prefix != lpm.None {
			m.Record, m.Step = n.owners[prefix], entity.StepPrefix
			return true
		}
	case macProbe:
		if *m, ok = t.lookupMAC(p.zone, p.addr.Lo, int(p.width)); ok {
			return true
		}
	case nameProbe:
		text := undotted(unsafe.String(unsafe.SliceData(key), len(key)))
		if m.Record, ok = t.names.FindString(&p.name, text); ok {
			m.Step, m.zone, m.prefix, m.addr = entity.StepExact, p.zone, lpm.None, false
			return true
		}
		if *m, ok = t.lookupSuffix(p.zone, text); ok {
			return true
		}
	}
	if other, ok := t.fallback(zone); ok {
		*m, ok = t.LookupBytes(other, key)
		return ok
	}
	*m = Match{}
	return false
}

// Filler returns the record that fills an exact match first: the owner of the
// longest prefix that covers its address.
func (t *Table) Filler(m *Match) (record uint32, ok bool) {
	if m.Step != entity.StepExact || m.prefix == lpm.None {
		return 0, false
	}
	return t.networks[m.zone].owners[m.prefix], true
}

// TouchRecords asks for the rows of many records, where some columns are. The
// result means nothing.
func (t *Table) TouchRecords(records []uint32, columns []int) byte {
	return t.store.TouchRows(records, columns)
}

// TouchValues asks for values, when AppendOffsets has said where they are. The
// result means nothing.
func (t *Table) TouchValues(offsets []uint32) byte { return t.store.TouchValues(offsets) }

func undotted(name string) string {
	if n := len(name); n > 0 && name[n-1] == '.' {
		return name[:n-1]
	}
	return name
}
