package identities

import (
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/names"
	"github.com/kithsec/kith/internal/records"
)

// Probe is a lookup on its way, for callers that have many at once: they take
// each step for all of them before the next, so that the reads of distant
// memory overlap. The steps are Table.Begin, Seek, Find and, to write what was
// found, TouchRecords, AppendOffsets, TouchValues and AppendMembers. Each asks for
// the memory that the next one reads.
type Probe struct {
	zone uint32
	name names.Probe
}

// ZoneNumber returns what Begin wants to know of a zone: it is found once for
// many values.
func (t *Table) ZoneNumber(z entity.Zone) uint32 { return t.zone(z) }

// Begin is the first step: it hashes the value, which is trimmed.
func (t *Table) Begin(p *Probe, zone uint32, value []byte) {
	p.zone = zone
	if zone != noZone {
		t.names.Hash(&p.name, zone, value)
	}
}

// Seek is the second step: it reads the index.
func (t *Table) Seek(p *Probe) {
	if p.zone != noZone {
		t.names.Seek(&p.name)
	}
}

// Find is the third step: it sets m to the answer to the value, which must be
// the one that was begun in that zone, and reports whether there is one.
func (t *Table) Find(m *Match, p *Probe, zone entity.Zone, value []byte) (ok bool) {
	text := unsafe.String(unsafe.SliceData(value), len(value))
	if p.zone != noZone {
		if m.Record, ok = t.names.FindString(&p.name, text); ok {
			m.Step, m.zone = entity.StepExact, p.zone
			return true
		}
		if *m, ok = t.lookupForms(p.zone, text); ok {
			return true
		}
	}
	if t.options.Fallback && zone != t.options.DefaultZone {
		*m, ok = t.lookup(t.options.DefaultZone, text)
		return ok
	}
	*m = Match{}
	return false
}

// TouchRecords asks for the rows of the records of many matches, where some columns
// are. The result means nothing.
func (t *Table) TouchRecords(records []uint32, columns []int) byte {
	return t.store.TouchRows(records, columns)
}

// AppendOffsets appends where the values of some columns of a match are, for
// TouchValues and AppendMembers.
func (t *Table) AppendOffsets(dst []uint32, m *Match, columns []int) []uint32 {
	return t.store.AppendOffsets(dst, m.Record, columns)
}

// TouchValues asks for values, when AppendOffsets has said where they are. The
// result means nothing.
func (t *Table) TouchValues(offsets []uint32) byte { return t.store.TouchValues(offsets) }

// AppendMembers appends those of the members that have a value, offsets being
// what AppendOffsets said of their columns.
func (t *Table) AppendMembers(dst []byte, members []records.Member, offsets []uint32) []byte {
	return t.store.AppendMembers(dst, members, offsets)
}
