package enrich

import (
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/table"
)

// tableIndex is the index of a table in a plan.
type tableIndex uint8

const (
	assetTable tableIndex = iota
	identityTable
	numTables
	noTable = numTables // of a role whose table the Snapshot lacks
)

// tableOf returns the table in which a role is looked up.
func tableOf(r event.Role) tableIndex {
	if r >= event.User {
		return identityTable
	}
	return assetTable
}

// zoneIDs holds the numbers that the tables use for one zone.
type zoneIDs struct {
	zone entity.Zone
	ids  [numTables]table.ZoneID
}

// setZone looks up the numbers of a zone.
func (z *zoneIDs) setZone(p *plan, zone entity.Zone) {
	z.zone = zone
	for i := range p.tables {
		if t := p.tables[i].table; t != nil {
			z.ids[i] = t.Zone(zone)
		}
	}
}

// ensureZone calls setZone unless z holds the numbers of the zone already.
func (z *zoneIDs) ensureZone(p *plan, zone entity.Zone) {
	if zone != z.zone {
		z.setZone(p, zone)
	}
}

// collectRoles collects the zone, the roles and their candidates of the last event,
// which the reader has read, and begins the lookups.
func (b *batch) collectRoles(e *eventState) {
	p, r := b.plan, &b.reader
	e.format = r.Format()
	e.zone = r.Zone()
	b.zones.ensureZone(p, e.zone)
	e.roles.from = int32(len(b.roles))
	for _, role := range e.format.Roles() {
		if !p.lookedUp[role] {
			b.collectMachines(e, role)
			continue
		}
		from := len(b.candidates)
		b.candidates = r.AppendRole(b.candidates, role)
		if to := len(b.candidates); from < to {
			if role == event.Dvc || role == event.Host {
				e.setMachine(role, indexRange{int32(from), int32(to)})
			}
			b.beginLookup(role, indexRange{int32(from), int32(to)})
		}
	}
	e.roles.to = int32(len(b.roles))
	if p.options.Urgency && !r.Value(p.urgency.path).Found() {
		e.setSeverity(b)
	}
}

// setSeverity sets the severity from which the urgency of e, the last event of b, follows:
// its first text, or "", which is unknown, if it is null, blank or without a text.
func (e *eventState) setSeverity(b *batch) {
	if v := b.reader.Value(b.plan.severity); !v.Found() || v.Kind == event.Object {
		return
	}
	e.severity = []byte{}
	if b.texts = b.reader.AppendTexts(b.texts[:0], b.plan.severity); len(b.texts) > 0 && len(b.texts[0]) > 0 {
		e.severity = b.texts[0]
	}
}

// beginLookup begins the lookup of a role of the last event, by its first candidate.
func (b *batch) beginLookup(role event.Role, candidates indexRange) {
	at := len(b.roles)
	if at == cap(b.roles) {
		b.roles = append(b.roles, roleState{})
	}
	b.roles = b.roles[:at+1]
	s := &b.roles[at]
	in := b.plan.tableOf[role]
	s.role, s.table, s.lookup = role, in, 0
	s.event, s.candidates, s.chosen = int32(b.n-1), candidates, candidates.from
	if candidates.to-candidates.from > 1 {
		b.ambiguous = append(b.ambiguous, int32(at))
	}
	switch {
	case in == noTable:
	case b.plan.readsAccounts(role):
		s.lookup = int32(b.beginAccount(&b.candidates[candidates.from]))
	default:
		s.lookup = int32(b.lookups[in].Add(b.zones.ids[in], b.candidates[candidates.from].Text))
	}
}

// beginAccount begins the lookup of a role of the last event that may name an account.
func (b *batch) beginAccount(c *event.Candidate) int {
	l, zone := &b.lookups[identityTable], b.zones.ids[identityTable]
	domain := domainOf(c)
	if domain == nil {
		return l.Add(zone, c.Text)
	}
	return l.AddAccount(zone, domain, c.Text, b.machinesOf(&b.events[b.n-1], domain))
}

// finishLookups takes all remaining stages of the lookups.
func (b *batch) finishLookups() {
	for b.stage < table.Stages {
		b.advanceLookups()
	}
}

// advanceLookups takes the next stage of the lookups in all tables. Each stage
// prefetches what the next one reads, so the caller should do other work in between:
// see inFlight.
func (b *batch) advanceLookups() {
	b.stage++
	for i := range b.lookups {
		if b.plan.tables[i].table == nil {
			continue
		}
		b.lookups[i].Advance()
	}
	switch {
	case b.stage == 2:
		b.lookUpLaterCandidates()
		b.collectMatched()
		b.countAmbiguous()
	case b.stage == 3 && b.plan.options.Owner:
		b.lookUpOwners()
	}
}

// collectMatched collects the roles that matched. It is branch-free: whether a role
// matches is unpredictable, and a mispredicted branch costs more than the extra stores.
func (b *batch) collectMatched() {
	if cap(b.matched) < len(b.roles) {
		b.matched = make([]int32, cap(b.roles))
	}
	matched := [...][]bool{assetTable: b.lookups[assetTable].Matched(), identityTable: b.lookups[identityTable].Matched(), noTable: {false}}
	list, n := b.matched[:cap(b.matched)], 0
	for i := range b.events[:b.n] {
		e := &b.events[i]
		e.matched.from = int32(n)
		for role := e.roles.from; role < e.roles.to; role++ {
			list[n] = role
			s := &b.roles[role]
			if matched[s.table][s.lookup] {
				n++
			}
		}
		e.matched.to = int32(n)
	}
}

// countAmbiguous counts the roles of each event that did not match because a form of the name
// leads to several assets.
func (b *batch) countAmbiguous() {
	l := &b.lookups[assetTable]
	if b.plan.tables[assetTable].table == nil || !l.AnySeveral() {
		return
	}
	for i := range b.roles {
		if s := &b.roles[i]; s.table == assetTable && !b.hasMatched(s) && l.Match(int(s.lookup)).Several() {
			b.events[s.event].ambiguous++
		}
	}
}

// hasMatched reports whether a role matched.
func (b *batch) hasMatched(s *roleState) bool {
	return s.table != noTable && b.lookups[s.table].Matched()[s.lookup]
}

// laterCandidate is a candidate after the first of a role, in flight.
type laterCandidate struct {
	role      int32  // index of batch.roles
	number    uint32 // among the further keys of the role's lookup, from 1
	array     uint32 // of the candidate, among those of the role, from 0
	candidate event.Candidate
}

// maxLater is the maximum number of later candidates in flight. It bounds memory,
// because an array can be as long as an event.
const maxLater = 256

// lookUpLaterCandidates looks up, in bulk, the remaining candidates of every role whose
// first candidate did not match, or is an element of an array and matched only a network, a
// range or a suffix. The first match wins. Looking up candidates after a match is wasted
// work, but rare: usually none matches.
func (b *batch) lookUpLaterCandidates() {
	for _, role := range b.ambiguous {
		s := &b.roles[role]
		if s.table == noTable {
			continue
		}
		first := s.candidates.from
		if !b.hasMatched(s) || event.SameArray(&b.candidates[first], &b.candidates[first+1]) {
			b.addLaterCandidates(role)
		}
	}
	for in := range b.lookups {
		b.matchLaterCandidates(tableIndex(in))
	}
}

// addLaterCandidates adds the candidates after the first of a role, until no further one
// can change what matches.
func (b *batch) addLaterCandidates(role int32) {
	s := &b.roles[role]
	l := &b.lookups[s.table]
	number, array := uint32(0), uint32(0)
	for at := s.candidates.from + 1; at < s.candidates.to; at++ {
		c := b.candidates[at]
		if !event.SameArray(&b.candidates[at-1], &c) {
			array++
		}
		if l.IsFinal(int(s.lookup), array) {
			return
		}
		if !c.Pending {
			number++
			b.addLaterCandidate(laterCandidate{role, number, array, c})
			continue
		}
		format := b.events[s.event].format
		b.texts = b.reader.AppendPending(b.texts[:0], &c)
		for _, text := range b.texts {
			if format.IsNull(text) {
				continue
			}
			number++
			if b.addLaterCandidate(laterCandidate{role, number, array, event.Candidate{Text: text, Path: c.Path, Domain: c.Domain}}); l.IsFinal(int(s.lookup), array) {
				return
			}
		}
	}
}

func (b *batch) addLaterCandidate(c laterCandidate) {
	s := &b.roles[c.role]
	e := &b.events[s.event]
	b.zones.ensureZone(b.plan, e.zone)
	l, zone := &b.lookups[s.table], b.zones.ids[s.table]
	var domain []byte
	if b.plan.readsAccounts(s.role) {
		domain = domainOf(&c.candidate)
	}
	if domain != nil {
		l.AddMoreAccount(int(s.lookup), zone, domain, c.candidate.Text, c.array, b.machinesOf(e, domain))
	} else {
		l.AddMore(int(s.lookup), zone, c.candidate.Text, c.array)
	}
	if b.later[s.table] = append(b.later[s.table], c); len(b.later[s.table]) == maxLater {
		b.matchLaterCandidates(s.table)
	}
}

// matchLaterCandidates finishes the lookups of the later candidates in flight and
// chooses those that match.
func (b *batch) matchLaterCandidates(in tableIndex) {
	if len(b.later[in]) == 0 {
		return
	}
	l := &b.lookups[in]
	l.MatchMore()
	for i := range b.later[in] {
		c := &b.later[in][i]
		s := &b.roles[c.role]
		if b.hasMatched(s) && l.Match(int(s.lookup)).Key == c.number {
			s.chosen = int32(len(b.candidates))
			b.candidates = append(b.candidates, c.candidate)
		}
	}
	b.later[in] = b.later[in][:0]
}
