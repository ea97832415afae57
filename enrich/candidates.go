package enrich

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/table"
)

// collectRoles finds the zone of the event that was added last, which the reader reads,
// and the candidates of its roles, and begins their lookups.
func (b *batch) collectRoles(e *eventState) {
	p, r := b.plan, &b.reader
	e.format = r.Format()
	if e.zone = r.Zone(); e.zone != b.zones.zone {
		b.setZone(e.zone)
	}
	e.roles.from = int32(len(b.roles))
	for _, role := range e.format.Roles() {
		if !p.lookedUp[role] {
			continue
		}
		from := len(b.candidates)
		b.candidates = r.AppendRole(b.candidates, role)
		if to := len(b.candidates); from < to {
			b.beginLookup(role, indexRange{int32(from), int32(to)})
		}
	}
	e.roles.to = int32(len(b.roles))
	if p.options.Urgency && !r.Value(p.urgency.path).Found() {
		if b.texts = r.AppendTexts(b.texts[:0], p.severity); len(b.texts) > 0 && len(b.texts[0]) > 0 {
			e.severity = b.texts[0]
		}
	}
}

// zoneIDs are the numbers that the tables have for the zone of the event at hand.
type zoneIDs struct {
	zone entity.Zone
	ids  [numTables]table.ZoneID
}

func (b *batch) setZone(z entity.Zone) {
	b.zones.zone = z
	for i := range b.plan.tables {
		if t := b.plan.tables[i].table; t != nil {
			b.zones.ids[i] = t.Zone(z)
		}
	}
}

// beginLookup begins the lookup of a role of the event that was added last, by its
// first candidate.
func (b *batch) beginLookup(role event.Role, values indexRange) {
	at := len(b.roles)
	if at == cap(b.roles) {
		b.roles = append(b.roles, roleState{})
	}
	b.roles = b.roles[:at+1]
	s := &b.roles[at]
	in := b.plan.tableOf[role]
	s.role, s.table, s.lookup = role, in, 0
	s.event, s.candidates, s.chosen = int32(b.n-1), values, values.from
	if values.to-values.from > 1 {
		b.ambiguous = append(b.ambiguous, int32(at))
	}
	if in != noTable {
		s.lookup = int32(b.lookups[in].Add(b.zones.ids[in], b.candidates[values.from].Text))
	}
}
