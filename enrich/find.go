package enrich

import (
	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/identities"
)

// steps are what is done with the lookups of a batch that were begun. Each is taken
// for all of them and asks for the memory that the next one reads, so something else
// should be done between them: see train.
var steps = [...]func(*batch){(*batch).seek, (*batch).match, (*batch).locate}

// find finishes the lookups of all events.
func (b *batch) find() {
	for _, step := range steps {
		step(b)
	}
}

// seek reads the indices.
func (b *batch) seek() {
	if t := b.plan.snapshot.Assets; t != nil {
		b.seekAssets(t, b.addresses)
		b.seekAssets(t, b.names)
	}
	if t := b.plan.snapshot.Identities; t != nil {
		b.seekIdentities(t, b.people)
	}
}

// match decides which record answers each role.
func (b *batch) match() {
	if t := b.plan.snapshot.Assets; t != nil {
		b.records = b.records[:0]
		b.findAssets(t, b.addresses)
		b.findAssets(t, b.names)
		for len(b.again) > 0 {
			b.findAssetsAgain(t)
		}
		b.asked += t.TouchRecords(b.records, b.plan.assetColumns)
	}
	if t := b.plan.snapshot.Identities; t != nil {
		b.records = b.records[:0]
		b.findIdentities(t, b.people)
		for len(b.again) > 0 {
			b.findIdentitiesAgain(t)
		}
		b.asked += t.TouchRecords(b.records, b.plan.identityColumns)
	}
	b.listMatched()
}

// locate notes where the values of the roles that matched are, if all of them are
// copied.
func (b *batch) locate() {
	if !b.plan.plain {
		return
	}
	if t := b.plan.snapshot.Assets; t != nil {
		from := len(b.offsets)
		b.assetOffsets(t, b.addresses)
		b.assetOffsets(t, b.names)
		b.asked += t.TouchValues(b.offsets[from:])
	}
	if t := b.plan.snapshot.Identities; t != nil {
		from := len(b.offsets)
		b.identityOffsets(t, b.people)
		b.asked += t.TouchValues(b.offsets[from:])
	}
}

// listMatched lists the roles that matched. Which do is not to be predicted: here
// it is not asked, and later it need not be.
func (b *batch) listMatched() {
	if cap(b.matched) < len(b.roles) {
		b.matched = make([]int32, cap(b.roles))
	}
	list, n := b.matched[:cap(b.matched)], 0
	for i := range b.events[:b.n] {
		e := &b.events[i]
		e.matched.from = int32(n)
		for role := e.roles.from; role < e.roles.to; role++ {
			list[n] = role
			if b.roles[role].matched {
				n++
			}
		}
		e.matched.to = int32(n)
	}
}

// What follows is the steps for some of the roles of a batch: of addresses all is
// done before it is for other keys, which spares the processor a guess for each.

func (b *batch) seekAssets(t *assets.Table, roles []int32) {
	for _, i := range roles {
		t.Seek(&b.roles[i].asset)
	}
}

// findAssets looks up roles by the candidates they are at. Those that nothing
// answers and that have others are in b.again.
func (b *batch) findAssets(t *assets.Table, roles []int32) {
	for _, i := range roles {
		s := &b.roles[i]
		s.matched = t.Find(&s.found, &s.asset, b.events[s.event].zone, b.values[s.at].value)
		if !s.matched {
			b.lookOn(i)
			continue
		}
		b.records = append(b.records, s.found.Record)
		if filler, ok := t.Filler(&s.found); ok {
			b.records = append(b.records, filler)
		}
	}
}

// findAssetsAgain looks up the roles in b.again by their next candidates.
func (b *batch) findAssetsAgain(t *assets.Table) {
	roles := b.onward(func(s *roleState, key []byte) { t.Begin(&s.asset, b.zones.asset, key) })
	b.seekAssets(t, roles)
	b.findAssets(t, roles)
}

func (b *batch) assetOffsets(t *assets.Table, roles []int32) {
	for _, i := range roles {
		if s := &b.roles[i]; s.matched {
			s.offsets = int32(len(b.offsets))
			b.offsets = t.AppendOffsets(b.offsets, &s.found, b.plan.snapshot.Fill, b.plan.assetColumns)
		}
	}
}

func (b *batch) seekIdentities(t *identities.Table, roles []int32) {
	for _, i := range roles {
		t.Seek(&b.roles[i].person)
	}
}

func (b *batch) findIdentities(t *identities.Table, roles []int32) {
	for _, i := range roles {
		s := &b.roles[i]
		s.matched = t.Find(&s.who, &s.person, b.events[s.event].zone, b.values[s.at].value)
		if !s.matched {
			b.lookOn(i)
			continue
		}
		b.records = append(b.records, s.who.Record)
	}
}

func (b *batch) findIdentitiesAgain(t *identities.Table) {
	roles := b.onward(func(s *roleState, key []byte) { t.Begin(&s.person, b.zones.identity, key) })
	b.seekIdentities(t, roles)
	b.findIdentities(t, roles)
}

func (b *batch) identityOffsets(t *identities.Table, roles []int32) {
	for _, i := range roles {
		if s := &b.roles[i]; s.matched {
			s.offsets = int32(len(b.offsets))
			b.offsets = t.AppendOffsets(b.offsets, &s.who, b.plan.identityColumns)
		}
	}
}

// lookOn notes that a role is not answered by the candidate it is at, if it has
// others.
func (b *batch) lookOn(role int32) {
	if s := &b.roles[role]; s.next < s.values.to || s.inner.from < s.inner.to {
		b.again = append(b.again, role)
	}
}

// onward begins the lookups of the roles in b.again by their next candidates,
// returns those that have one and empties b.again. What it returns lies where
// b.again is written next: a role may be put there once it was read here.
func (b *batch) onward(begin func(s *roleState, key []byte)) []int32 {
	roles := b.again[:0]
	for _, i := range b.again {
		s := &b.roles[i]
		if !b.advance(s) {
			continue
		}
		if zone := b.events[s.event].zone; zone != b.zones.zone {
			b.setZone(zone)
		}
		begin(s, b.values[s.at].value)
		roles = append(roles, i)
	}
	b.again = roles[:0]
	return roles
}

// advance makes the next candidate of a role the one it is at, and reports whether
// there is one. The values of a candidate that is still in the event go behind all
// others.
func (b *batch) advance(s *roleState) bool {
	for s.inner.from == s.inner.to {
		if s.next == s.values.to {
			return false
		}
		at := s.next
		s.next++
		c := b.values[at]
		if !c.later.Found() {
			s.inner = span{at, at + 1}
			continue
		}
		from := int32(len(b.values))
		b.texts = b.appendTexts(b.texts[:0], c.value, c.later)
		for _, text := range b.texts {
			b.addCandidate(b.events[s.event].preset.nulls, text, int(c.path))
		}
		s.inner = span{from, int32(len(b.values))}
	}
	s.at = s.inner.from
	s.inner.from++
	return true
}
