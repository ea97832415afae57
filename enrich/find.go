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
		b.eachOther(func() { b.findOtherAssets(t) })
		b.asked += t.TouchRecords(b.records, b.plan.assetColumns)
	}
	if t := b.plan.snapshot.Identities; t != nil {
		b.records = b.records[:0]
		b.findIdentities(t, b.people)
		b.eachOther(func() { b.findOtherIdentities(t) })
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

// findAssets looks up roles by their first candidates. Those that did not match are
// in b.again.
func (b *batch) findAssets(t *assets.Table, roles []int32) {
	for _, i := range roles {
		s := &b.roles[i]
		s.matched = t.Find(&s.found, &s.asset, b.events[s.event].zone, b.values[s.at].value)
		if s.matched {
			b.noteAsset(t, s)
		} else {
			b.again = append(b.again, i)
		}
	}
}

func (b *batch) noteAsset(t *assets.Table, s *roleState) {
	b.records = append(b.records, s.found.Record)
	if filler, ok := t.Filler(&s.found); ok {
		b.records = append(b.records, filler)
	}
}

func (b *batch) findOtherAssets(t *assets.Table) {
	for i := range b.others {
		o := &b.others[i]
		b.setZoneOf(o.role)
		t.Begin(&o.asset, b.zones.asset, b.values[o.at].value)
	}
	for i := range b.others {
		t.Seek(&b.others[i].asset)
	}
	for i := range b.others {
		o := &b.others[i]
		s := &b.roles[o.role]
		if !s.matched && t.Find(&s.found, &o.asset, b.events[s.event].zone, b.values[o.at].value) {
			s.matched, s.at = true, o.at
			b.noteAsset(t, s)
		}
	}
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
		if s.matched {
			b.records = append(b.records, s.who.Record)
		} else {
			b.again = append(b.again, i)
		}
	}
}

func (b *batch) findOtherIdentities(t *identities.Table) {
	for i := range b.others {
		o := &b.others[i]
		b.setZoneOf(o.role)
		t.Begin(&o.person, b.zones.identity, b.values[o.at].value)
	}
	for i := range b.others {
		t.Seek(&b.others[i].person)
	}
	for i := range b.others {
		o := &b.others[i]
		s := &b.roles[o.role]
		if !s.matched && t.Find(&s.who, &o.person, b.events[s.event].zone, b.values[o.at].value) {
			s.matched, s.at = true, o.at
			b.records = append(b.records, s.who.Record)
		}
	}
}

func (b *batch) identityOffsets(t *identities.Table, roles []int32) {
	for _, i := range roles {
		if s := &b.roles[i]; s.matched {
			s.offsets = int32(len(b.offsets))
			b.offsets = t.AppendOffsets(b.offsets, &s.who, b.plan.identityColumns)
		}
	}
}

// other is a candidate behind the first of a role.
type other struct {
	role   int32 // of batch.roles
	at     int32 // of batch.values
	asset  assets.Probe
	person identities.Probe
}

// manyOthers is how many of them are looked up at once: an array may be as long as
// an event.
const manyOthers = 256

// eachOther lists in b.others, for find to look them up, the candidates behind the
// first of the roles in b.again. The first that matches counts; that others behind it
// are looked up for nothing is seldom, because mostly none matches.
func (b *batch) eachOther(find func()) {
	b.kept = len(b.values)
	for _, role := range b.again {
		for at := b.roles[role].values.from + 1; at < b.roles[role].values.to && !b.roles[role].matched; at++ {
			if c := b.values[at]; c.later.Found() {
				b.laterOthers(role, c, find)
			} else {
				b.addOther(role, at, find)
			}
		}
	}
	b.findOthers(find)
	b.again = b.again[:0]
}

// laterOthers lists the values that a candidate turns out to be.
func (b *batch) laterOthers(role int32, c candidate, find func()) {
	nulls := b.events[b.roles[role].event].preset.nulls
	b.texts = b.appendTexts(b.texts[:0], c.value, c.later)
	for _, text := range b.texts {
		if b.roles[role].matched {
			return
		}
		if !nulls.has(text) {
			b.values = append(b.values, candidate{value: text, path: c.path})
			b.addOther(role, int32(len(b.values)-1), find)
		}
	}
}

func (b *batch) addOther(role, at int32, find func()) {
	if b.others = append(b.others, other{role: role, at: at}); len(b.others) == manyOthers {
		b.findOthers(find)
	}
}

// findOthers looks up what is listed. Values that did not match are not kept.
func (b *batch) findOthers(find func()) {
	if len(b.others) == 0 {
		return
	}
	find()
	b.others = b.others[:0]
	for _, role := range b.again {
		if s := &b.roles[role]; s.matched {
			b.kept = max(b.kept, int(s.at)+1)
		}
	}
	b.values = b.values[:b.kept]
}

// setZoneOf makes the zone of a role's event the one at hand.
func (b *batch) setZoneOf(role int32) {
	if zone := b.events[b.roles[role].event].zone; zone != b.zones.zone {
		b.setZone(zone)
	}
}
