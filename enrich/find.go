package enrich

import (
	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/identities"
)

// find finishes the lookups of all events, each step for all of them before the
// next.
func (b *batch) find() {
	if t := b.plan.snapshot.Assets; t != nil {
		b.findAssets(t)
	}
	if t := b.plan.snapshot.Identities; t != nil {
		b.findIdentities(t)
	}
	b.listMatched()
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

func (b *batch) findAssets(t *assets.Table) {
	for _, i := range b.addresses {
		t.Seek(&b.roles[i].asset)
	}
	for _, i := range b.names {
		t.Seek(&b.roles[i].asset)
	}
	for _, i := range b.addresses {
		t.Touch(&b.roles[i].asset)
	}
	for _, i := range b.names {
		t.Touch(&b.roles[i].asset)
	}
	b.records = b.records[:0]
	for _, i := range b.addresses {
		b.findAsset(t, &b.roles[i])
	}
	for _, i := range b.names {
		b.findAsset(t, &b.roles[i])
	}
	b.touched += t.TouchRecords(b.records, b.plan.assetColumns)
	if !b.plan.plain {
		return
	}
	from := len(b.offsets)
	b.assetOffsets(t, b.addresses)
	b.assetOffsets(t, b.names)
	b.touched += t.TouchValues(b.offsets[from:])
}

func (b *batch) findAsset(t *assets.Table, s *roleState) {
	zone := b.events[s.event].zone
	s.matched = t.Find(&s.found, &s.asset, zone, b.values[s.at].value)
	if !s.matched && s.at+1 < s.values.to {
		b.tryOthers(s, func(key []byte) bool {
			s.found, s.matched = t.LookupBytes(zone, key)
			return s.matched
		})
	}
	if s.matched {
		b.records = append(b.records, s.found.Record)
		if filler, ok := t.Filler(&s.found); ok {
			b.records = append(b.records, filler)
		}
	}
}

// assetOffsets notes where the values of the roles that matched are.
func (b *batch) assetOffsets(t *assets.Table, roles []int32) {
	for _, i := range roles {
		if s := &b.roles[i]; s.matched {
			s.offsets = int32(len(b.offsets))
			b.offsets = t.AppendOffsets(b.offsets, &s.found, b.plan.snapshot.Fill, b.plan.assetColumns)
		}
	}
}

func (b *batch) findIdentities(t *identities.Table) {
	b.records = b.records[:0]
	for _, i := range b.people {
		t.Seek(&b.roles[i].person)
	}
	for _, i := range b.people {
		t.Touch(&b.roles[i].person)
	}
	for _, i := range b.people {
		b.findIdentity(t, &b.roles[i])
	}
	columns := b.plan.identityColumns
	b.touched += t.TouchRecords(b.records, columns)
	if !b.plan.plain {
		return
	}
	from := len(b.offsets)
	for _, i := range b.people {
		if s := &b.roles[i]; s.matched {
			s.offsets = int32(len(b.offsets))
			b.offsets = t.AppendOffsets(b.offsets, &s.who, columns)
		}
	}
	b.touched += t.TouchValues(b.offsets[from:])
}

func (b *batch) findIdentity(t *identities.Table, s *roleState) {
	zone := b.events[s.event].zone
	s.matched = t.Find(&s.who, &s.person, zone, b.values[s.at].value)
	if !s.matched && s.at+1 < s.values.to {
		b.tryOthers(s, func(key []byte) bool {
			s.who, s.matched = t.LookupBytes(zone, key)
			return s.matched
		})
	}
	if s.matched {
		b.records = append(b.records, s.who.Record)
	}
}

// tryOthers tries the candidates behind the first until one matches, which s.at
// is then.
func (b *batch) tryOthers(s *roleState, matches func(key []byte) bool) {
	nulls := b.events[s.event].preset.nulls
	for i := s.values.from + 1; i < s.values.to; i++ {
		c := b.values[i]
		if !c.later.Found() {
			if matches(c.value) {
				s.at = i
				return
			}
			continue
		}
		b.texts = b.appendTexts(b.texts[:0], c.value, c.later)
		for _, text := range b.texts {
			if !nulls.has(text) && matches(text) {
				s.at = int32(len(b.values))
				b.values = append(b.values, candidate{value: text, path: c.path})
				return
			}
		}
	}
}
