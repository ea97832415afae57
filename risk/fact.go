package risk

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
)

// Object names a risk object after normalisation: what modifiers are grouped
// by. All parts are lower case.
type Object struct {
	Zone entity.Zone
	Key  string
	Type string
}

// normalized is the name that notables show: the key, and the zone after it.
func (o Object) normalized() string {
	if o.Zone == "" {
		return o.Key
	}
	return o.Key + "_" + string(o.Zone)
}

// Threat is something seen with a modifier that may be an attacker's: an
// address, a file, a process.
type Threat struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// fact is a modifier ready to be counted: read, normalised, scored.
type fact struct {
	at         instant
	object     Object
	spelled    string // the object as it was written
	source     string // "" is none
	message    string
	base       int64 // steps
	calculated Score
	factors    string // the members "adds" and "multiplies" of a contribution
	attack     attack
	threats    []Threat
	sid, rid   string
	priority   entity.Priority // of the object
	mask       uint64          // the filters it passes, by their bit
	id         fingerprint     // what a duplicate would share
}

// mod is a fact at rest: texts are ids of a shard's pools. There are as many
// of these as live modifiers, so its size is watched by a test.
type mod struct {
	at         instant
	base       int64
	calculated Score
	kind       uint32
	message    uint32
	spelled    uint32
	threats    uint32
	origin     uint32
}

// kind is what modifiers of one detection share.
type kind struct {
	source   uint32
	attack   uint32
	factors  uint32
	mask     uint64
	priority entity.Priority
}

// origin is the search result that a modifier came from.
type origin struct{ sid, rid string }

// sets are the parts of an attack or a list of threats, as ids of texts.
type sets struct {
	techniques, tactics []uint32
	threats             []uint32
}

// vocabulary holds the texts of a shard.
type vocabulary struct {
	buf     []byte
	texts   pool[string, uint32] // of a source the kind that it was met in last
	attacks pool[string, sets]
	threats pool[string, sets]
	origins pool[origin, struct{}]
	kinds   pool[kind, struct{}]
}

func newVocabulary() *vocabulary {
	return &vocabulary{
		texts: newPool[string, uint32](), attacks: newPool[string, sets](), threats: newPool[string, sets](),
		origins: newPool[origin, struct{}](), kinds: newPool[kind, struct{}](),
	}
}

func cloneText(s string) (string, uint32) { return strings.Clone(s), 0 }

func (v *vocabulary) text(s string) uint32 { return v.texts.hold(s, cloneText) }

func (v *vocabulary) list(texts []string) []uint32 {
	ids := make([]uint32, len(texts))
	for i, s := range texts {
		ids[i] = v.text(s)
	}
	return ids
}

// again holds a text that is probably the one with the id hint.
func (v *vocabulary) again(hint uint32, s string) uint32 {
	if item := &v.texts.items[hint]; hint != 0 && item.key == s {
		item.refs++
		return hint
	}
	return v.text(s)
}

// keep stores f and returns its resting form. near is a modifier of the same
// object, or zero: most objects are always spelled the same.
func (v *vocabulary) keep(f *fact, near mod) mod {
	m := mod{at: f.at, base: f.base, calculated: f.calculated, kind: v.kind(f), message: v.text(f.message), spelled: v.again(near.spelled, f.spelled)}
	if len(f.threats) > 0 {
		v.buf = appendThreatsKey(v.buf[:0], f.threats)
		m.threats = holdBytes(&v.threats, v.buf, func() sets { return sets{threats: v.list(threatTexts(f.threats))} })
	}
	if f.sid != "" || f.rid != "" {
		m.origin = v.origins.hold(origin{f.sid, f.rid}, func(o origin) (origin, struct{}) {
			return origin{strings.Clone(o.sid), strings.Clone(o.rid)}, struct{}{}
		})
	}
	return m
}

// kind holds the kind of f. A detection mostly writes modifiers of one kind,
// so the last one of its source is tried before all tables.
func (v *vocabulary) kind(f *fact) uint32 {
	source := v.text(f.source)
	v.buf = f.attack.appendKey(v.buf[:0])
	if hint := v.texts.items[source].value; hint != 0 {
		item := &v.kinds.items[hint]
		k := &item.key
		if item.refs > 0 && k.source == source && k.mask == f.mask && k.priority == f.priority &&
			v.attacks.key(k.attack) == string(v.buf) && v.texts.key(k.factors) == f.factors {
			v.texts.drop(source) // the kind holds it
			item.refs++
			return hint
		}
	}
	k := kind{source: source, factors: v.text(f.factors), mask: f.mask, priority: f.priority}
	k.attack = holdBytes(&v.attacks, v.buf, func() sets {
		return sets{techniques: v.list(f.attack.techniques), tactics: v.list(f.attack.tactics)}
	})
	held := false
	id := v.kinds.hold(k, func(k kind) (kind, struct{}) { held = true; return k, struct{}{} })
	if !held { // the kind that was there holds its parts already
		v.dropParts(k)
	}
	v.texts.items[source].value = id
	return id
}

// release is the inverse of keep.
func (v *vocabulary) release(m mod) {
	if k, gone := v.kinds.drop(m.kind); gone {
		v.dropParts(k.key)
	}
	v.texts.drop(m.message)
	v.texts.drop(m.spelled)
	if t, gone := v.threats.drop(m.threats); gone {
		v.dropTexts(t.value.threats)
	}
	v.origins.drop(m.origin)
}

func (v *vocabulary) dropParts(k kind) {
	v.texts.drop(k.source)
	v.texts.drop(k.factors)
	if a, gone := v.attacks.drop(k.attack); gone {
		v.dropTexts(a.value.techniques)
		v.dropTexts(a.value.tactics)
	}
}

func (v *vocabulary) dropTexts(ids []uint32) {
	for _, id := range ids {
		v.texts.drop(id)
	}
}

// appendKey appends one text for both lists; ids hold none of its separators.
func (a attack) appendKey(b []byte) []byte {
	if len(a.techniques)+len(a.tactics) == 0 {
		return b
	}
	for _, id := range a.techniques {
		b = append(append(b, id...), ',')
	}
	b = append(b, '|')
	for _, id := range a.tactics {
		b = append(append(b, id...), ',')
	}
	return b
}

// appendThreatsKey appends one text for all threats.
func appendThreatsKey(b []byte, threats []Threat) []byte {
	if len(threats) == 1 {
		return append(append(append(b, threats[0].Type...), 0), threats[0].Value...)
	}
	for _, text := range threatTexts(threats) {
		b = append(append(b, text...), 0, 0)
	}
	return b
}

// threatTexts puts each threat into one text, type first, sorted.
func threatTexts(threats []Threat) []string {
	texts := make([]string, len(threats))
	for i, t := range threats {
		texts[i] = t.Type + "\x00" + t.Value
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func threatOf(text string) Threat {
	typ, value, _ := strings.Cut(text, "\x00")
	return Threat{typ, value}
}

// noFactors is what a contribution says when no factor held.
const noFactors = `"adds":[],"multiplies":[]`

// clone returns o with texts of its own.
func (o Object) clone() Object {
	return Object{entity.Zone(strings.Clone(string(o.Zone))), strings.Clone(o.Key), strings.Clone(o.Type)}
}
