package enrich

import (
	"bytes"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/table"
)

// tableIndex is the number of a table in a plan.
type tableIndex uint8

const (
	assetTable tableIndex = iota
	identityTable
	numTables           // their number
	noTable = numTables // of a role whose table is not there
)

// tableOf returns the table that a role is looked up in.
func tableOf(r event.Role) tableIndex {
	if r >= event.User {
		return identityTable
	}
	return assetTable
}

// finishLookups finishes the lookups of all events.
func (b *batch) finishLookups() {
	for b.stage < table.Stages {
		b.advanceLookups()
	}
}

// advanceLookups takes the next stage of the lookups in all tables. Each stage
// prefetches what the next one reads, so other work should be done in between:
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
	case b.stage == 3 && b.plan.options.Owner:
		b.lookUpOwners()
	}
}

// collectMatched collects the roles that matched. It is branch-free: whether a
// role matches is unpredictable, and a mispredicted branch costs more than the
// extra stores.
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

// hasMatched reports whether a role matched.
func (b *batch) hasMatched(s *roleState) bool {
	return s.table != noTable && b.lookups[s.table].Matched()[s.lookup]
}

// laterCandidate is a candidate behind the first of a role, in flight.
type laterCandidate struct {
	role      int32  // of batch.roles
	number    uint32 // among the further keys of the role's lookup
	candidate event.Candidate
}

// maxLater is how many of them are looked up at once: an array may be as long as
// an event.
const maxLater = 256

// lookUpLaterCandidates looks up the candidates behind the first of the roles that did not
// match by it. The first that matches counts; that others behind it are looked up
// in vain is rare, because mostly none matches.
func (b *batch) lookUpLaterCandidates() {
	for _, role := range b.ambiguous {
		if s := &b.roles[role]; s.table != noTable && !b.hasMatched(s) {
			b.addLaterCandidates(role)
		}
	}
	for in := range b.lookups {
		b.matchLaterCandidates(tableIndex(in))
	}
}

// addLaterCandidates adds the candidates behind the first of a role.
func (b *batch) addLaterCandidates(role int32) {
	s := &b.roles[role]
	number := uint32(0)
	for at := s.candidates.from + 1; at < s.candidates.to && !b.hasMatched(s); at++ {
		c := b.candidates[at]
		if !c.Pending {
			number++
			b.addLaterCandidate(laterCandidate{role, number, c})
			continue
		}
		format := b.events[s.event].format
		b.texts = b.reader.AppendPending(b.texts[:0], &c)
		for _, text := range b.texts {
			if format.IsNull(text) {
				continue
			}
			number++
			if b.addLaterCandidate(laterCandidate{role, number, event.Candidate{Text: text, Path: c.Path}}); b.hasMatched(s) {
				break
			}
		}
	}
}

func (b *batch) addLaterCandidate(k laterCandidate) {
	s := &b.roles[k.role]
	b.setZoneOf(s)
	b.lookups[s.table].AddMore(int(s.lookup), b.zones.ids[s.table], k.candidate.Text)
	if b.later[s.table] = append(b.later[s.table], k); len(b.later[s.table]) == maxLater {
		b.matchLaterCandidates(s.table)
	}
}

// matchLaterCandidates looks up the keys in flight and keeps the candidates that match.
func (b *batch) matchLaterCandidates(in tableIndex) {
	if len(b.later[in]) == 0 {
		return
	}
	l := &b.lookups[in]
	l.MatchMore()
	for i := range b.later[in] {
		k := &b.later[in][i]
		s := &b.roles[k.role]
		if b.hasMatched(s) && l.Match(int(s.lookup)).Key == k.number {
			s.chosen = int32(len(b.candidates))
			b.candidates = append(b.candidates, k.candidate)
		}
	}
	b.later[in] = b.later[in][:0]
}

// setZoneOf makes the zone of a role's event the one at hand.
func (b *batch) setZoneOf(s *roleState) {
	if zone := b.events[s.event].zone; zone != b.zones.zone {
		b.setZone(zone)
	}
}

// lookUpOwners looks up the owners of the assets that matched. Of several owners
// of an asset the first that is an identity counts.
func (b *batch) lookUpOwners() {
	machines, owners := &b.lookups[assetTable], &b.owners
	column := b.plan.tables[assetTable].owner
	b.owned = b.owned[:0]
	for i := range b.roles {
		s := &b.roles[i]
		s.owner = noOwner
		if s.table != assetTable || column < 0 || b.plan.tables[identityTable].table == nil || !b.hasMatched(s) {
			continue
		}
		b.texts = b.appendOwners(b.texts[:0], machines.Value(int(s.lookup), column))
		if len(b.texts) > 0 {
			b.setZoneOf(s)
			s.owner = int32(owners.Add(b.zones.ids[identityTable], b.texts[0]))
			b.owned = append(b.owned, int32(i))
		}
	}
	if len(b.owned) == 0 {
		return
	}
	owners.Advance()
	owners.Advance()
	for i, role := range b.owned {
		if owners.Matched()[i] {
			continue
		}
		s := &b.roles[role]
		b.setZoneOf(s)
		b.texts = b.appendOwners(b.texts[:0], machines.Value(int(s.lookup), column))
		for _, name := range b.texts[1:] {
			owners.AddMore(i, b.zones.ids[identityTable], name)
		}
	}
	owners.MatchMore()
	owners.Advance()
}

// appendOwners appends the owners that a stored value names.
func (b *batch) appendOwners(dst [][]byte, json []byte) [][]byte {
	switch {
	case json == nil:
		return dst
	case json[0] != '[':
		return append(dst, b.unquoted(json))
	}
	list := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
	for v := range list.Elements(json) {
		dst = append(dst, b.unquoted(v.Raw(json)))
	}
	return dst
}

// unquoted returns the text of a stored string.
func (b *batch) unquoted(json []byte) []byte {
	from := len(b.text)
	b.text = jsonscan.AppendUnquoted(b.text, json[1:len(json)-1])
	return bytes.TrimSpace(b.text[from:len(b.text):len(b.text)])
}
