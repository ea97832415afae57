package assets

import (
	"net/netip"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
)

// Probe is a lookup on its way, for callers that have many at once: they take
// each step for all of them before the next, so that the reads of distant
// memory overlap. The steps are Table.Probe, Seek, Touch, Find and, before
// records are read, TouchRecords and TouchValues.
type Probe struct {
	form  probeForm
	width uint8 // of a MAC
	zone  uint32
	mac   uint64
	addr  netip.Addr
	name  names.Probe
	match Match
}

type probeForm uint8

const (
	nameProbe probeForm = iota
	addrProbe
	macProbe
)

// Probe is the first step: it recognises the key, which is trimmed, by its
// shape and touches no memory of the table.
func (t *Table) Probe(zone entity.Zone, key []byte) Probe {
	p := Probe{zone: t.zone(zone)}
	text := unsafe.String(unsafe.SliceData(key), len(key))
	if addressLike(text) {
		if a, ok := parseAddr(text); ok {
			p.form, p.addr = addrProbe, a
			return p
		}
	}
	if mac, bits, ok := parseMAC(text); ok {
		p.form, p.mac, p.width = macProbe, mac, uint8(width(bits))
		return p
	}
	if p.zone != noZone {
		t.names.HashString(&p.name, p.zone, undotted(text))
	}
	return p
}

// Seek is the second step: it reads the indices, which are small.
func (t *Table) Seek(p *Probe) {
	if p.zone == noZone {
		return
	}
	switch p.form {
	case nameProbe:
		t.names.Seek(&p.name)
	case addrProbe:
		p.match, _ = t.lookupAddr(p.zone, p.addr)
	case macProbe:
		p.match, _ = t.lookupMAC(p.zone, p.mac, int(p.width))
	}
}

// Touch is the third step: it reads what the index of names led to and does
// not wait for it.
func (t *Table) Touch(p *Probe) {
	if p.zone != noZone && p.form == nameProbe {
		t.names.Touch(&p.name)
	}
}

// Find is the fourth step: it answers the key, which must be the one that was
// probed in that zone.
func (t *Table) Find(p *Probe, zone entity.Zone, key []byte) (Match, bool) {
	text := unsafe.String(unsafe.SliceData(key), len(key))
	if p.form != nameProbe {
		if p.match.Step != 0 {
			return p.match, true
		}
	} else if p.zone != noZone {
		text = undotted(text)
		if record, ok := t.names.FindString(&p.name, text); ok {
			return Match{Record: record, Step: entity.StepExact, zone: p.zone, prefix: lpm.None}, true
		}
		if m, ok := t.lookupSuffix(p.zone, text); ok {
			return m, true
		}
	}
	if other, ok := t.fallback(zone); ok {
		return t.Lookup(other, text)
	}
	return Match{}, false
}

// TouchRecords reads the rows of the records of many matches and waits for none
// of them. The result means nothing.
func (t *Table) TouchRecords(records []uint32) uint32 { return t.store.TouchRows(records) }

// TouchValues reads the beginnings of the records' values in some columns, when
// the rows are near. The result means nothing.
func (t *Table) TouchValues(records []uint32, columns []int) uint32 {
	return t.store.TouchValues(records, columns)
}

func undotted(name string) string {
	if n := len(name); n > 0 && name[n-1] == '.' {
		return name[:n-1]
	}
	return name
}
