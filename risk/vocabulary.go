package risk

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"unsafe"

	"github.com/kithsec/kith/entity"
)

// vocabulary holds what the modifiers of a shard share.
type vocabulary struct {
	texts
	buf     []byte
	attacks pool[string, sets]
	threats pool[string, []uint32] // of modifiers with several: numbers of texts
	kinds   pool[kind, marks]
	realms  pool[realm, struct{}]
	wide    slab[Score]
	recent  [recentKinds]uint32 // kinds, some of them gone
	sources seats               // of kinds
	tactics seats
}

// sets are the parts of an attack, as numbers of texts.
type sets struct{ techniques, tactics []uint32 }

func newVocabulary() *vocabulary {
	return &vocabulary{
		texts: newTexts(), attacks: newPool[string, sets](), threats: newPool[string, []uint32](),
		kinds: newPool[kind, marks](), realms: newPool[realm, struct{}](),
	}
}

func (v *vocabulary) list(all []string) []uint32 {
	ids := make([]uint32, len(all))
	for i, s := range all {
		ids[i] = v.hold(s)
	}
	return ids
}

// keep stores f, which was touched, and returns its resting form. near is a
// modifier of the same object, or zero: most objects are always spelled the same.
func (v *vocabulary) keep(f *admitted, near mod) mod {
	return mod{
		at: f.at, base: f.base, score: v.narrow(f.calculated), kind: v.kind(f.fact),
		message: v.hold(f.message), spelled: v.again(near.spelled, f.spelled), threats: v.threatsOf(f.threats),
		sid: v.holdHashed(f.sid, f.inSID), rid: v.hold(f.rid),
	}
}

// release is the inverse of keep.
func (v *vocabulary) release(m *mod) {
	if i, is := wideOf(m.score); is {
		v.wide.drop(i)
	}
	v.dropKind(m.kind)
	v.drop(m.message)
	v.drop(m.spelled)
	v.drop(m.sid)
	v.drop(m.rid)
	v.dropThreats(m.threats)
}

// Nearly every score fits 64 bits. One that does not is the number of a Score
// that is kept aside, counted from the end of the range that has its sign.
const maxWide = math.MaxUint32

func (v *vocabulary) narrow(s Score) int64 {
	n := int64(s.lo)
	if s.hi == n>>63 && n < math.MaxInt64-maxWide && n > math.MinInt64+maxWide {
		return n
	}
	i := v.wide.add()
	*v.wide.at(i) = s
	if s.hi < 0 {
		return math.MinInt64 + int64(i)
	}
	return math.MaxInt64 - int64(i)
}

func wideOf(n int64) (i uint32, is bool) {
	switch {
	case n >= math.MaxInt64-maxWide:
		return uint32(math.MaxInt64 - n), true
	case n <= math.MinInt64+maxWide:
		return uint32(n - math.MinInt64), true
	}
	return 0, false
}

// score returns the calculated score of m.
func (v *vocabulary) score(m *mod) Score {
	if i, is := wideOf(m.score); is {
		return *v.wide.at(i)
	}
	return steps(m.score)
}

// severalThreats marks the number of a set of threats; without it, it is the
// number of the text of a single one.
const severalThreats = 1 << 31

func (v *vocabulary) threatsOf(list []Threat) uint32 {
	switch len(list) {
	case 0:
		return 0
	case 1:
		v.buf = append(append(append(v.buf[:0], list[0].Type...), 0), list[0].Value...)
		return v.hold(textOf(v.buf))
	}
	return v.threatSet(v.list(threatTexts(list)))
}

// threatSet returns the number of the set of texts that are held for it.
func (v *vocabulary) threatSet(ids []uint32) uint32 {
	v.buf = v.buf[:0]
	for _, id := range ids {
		v.buf = binary.LittleEndian.AppendUint32(v.buf, id)
	}
	held := false
	set := holdBytes(&v.threats, v.buf, func() []uint32 { held = true; return ids })
	if !held { // the set that was there holds them already
		v.dropAll(ids)
	}
	return severalThreats | set
}

// eachThreat calls visit for the text of every threat of m.
func (v *vocabulary) eachThreat(m *mod, visit func(id uint32)) {
	if m.threats&severalThreats == 0 {
		if m.threats != 0 {
			visit(m.threats)
		}
		return
	}
	for _, id := range v.threats.value(m.threats &^ severalThreats) {
		visit(id)
	}
}

func (v *vocabulary) dropThreats(id uint32) {
	if id&severalThreats == 0 {
		v.drop(id)
		return
	}
	if t, gone := v.threats.drop(id &^ severalThreats); gone {
		v.dropAll(t.value)
	}
}

// kind holds the kind of f: most often one that was held a moment ago, which is
// found by comparing texts in place of looking up each part.
func (v *vocabulary) kind(f *fact) uint32 {
	recent := &v.recent[recentSlot(f)]
	if v.isKind(*recent, f) {
		v.kinds.share(*recent)
	} else {
		*recent = v.holdKind(f)
	}
	return *recent
}

// recentKinds is how many kinds that were held lately are remembered.
const (
	recentBits  = 11
	recentKinds = 1 << recentBits
)

// recentSlot returns where the kind of f is remembered, by what tells most kinds
// apart.
func recentSlot(f *fact) uint64 {
	return mix(edges(f.source)^bits.RotateLeft64(edges(f.attack.key), 32)^uint64(f.priority)) >> (64 - recentBits)
}

// edges returns a number that the beginning and the end of a text make.
func edges(text string) uint64 {
	n := len(text)
	if n < 8 {
		return uint64(n)
	}
	b := unsafe.Slice(unsafe.StringData(text), n)
	return binary.LittleEndian.Uint64(b) ^ binary.LittleEndian.Uint64(b[n-8:])*3
}

// isKind reports whether id is the number of the kind of f. It may be of one
// that is gone.
func (v *vocabulary) isKind(id uint32, f *fact) bool {
	item := &v.kinds.items[id]
	if item.refs == 0 || f.attack.key == "" && len(f.attack.techniques)+len(f.attack.tactics) > 0 {
		return false
	}
	k := &item.key
	return k.mask == f.mask && k.priority == f.priority && v.get(k.source) == f.source &&
		v.attacks.items[k.attack].key == f.attack.key && v.get(k.factors) == f.factors
}

func (v *vocabulary) holdKind(f *fact) uint32 {
	k := kind{source: v.hold(f.source), factors: v.hold(f.factors), mask: f.mask, priority: f.priority}
	v.buf = f.attack.appendKey(v.buf[:0])
	k.attack = holdBytes(&v.attacks, v.buf, func() sets {
		return sets{techniques: v.list(f.attack.techniques), tactics: v.list(f.attack.tactics)}
	})
	held := false
	id := v.kinds.hold(k, func(k kind) (kind, marks) { held = true; return k, v.markKind(&k) })
	if !held { // the kind that was there holds its parts already
		v.dropParts(k)
	}
	return id
}

func (v *vocabulary) dropKind(id uint32) {
	if k, gone := v.kinds.drop(id); gone {
		v.unmarkKind(&k.value)
		v.dropParts(k.key)
	}
}

func (v *vocabulary) dropParts(k kind) {
	v.drop(k.source)
	v.drop(k.factors)
	if a, gone := v.attacks.drop(k.attack); gone {
		v.dropAll(a.value.techniques)
		v.dropAll(a.value.tactics)
	}
}

func (v *vocabulary) dropAll(ids []uint32) {
	for _, id := range ids {
		v.drop(id)
	}
}

// kindOf returns what m shares with others.
func (v *vocabulary) kindOf(m *mod) *kind { return &v.kinds.items[m.kind].key }

// attackOf returns the parts of a kind's attack.
func (v *vocabulary) attackOf(k *kind) *sets { return &v.attacks.items[k.attack].value }

// realm holds the part of an object's name that many share.
func (v *vocabulary) realm(o Object) uint32 {
	return v.realms.hold(realm{o.Zone, o.Type}, func(r realm) (realm, struct{}) {
		return realm{entity.Zone(strings.Clone(string(r.zone))), strings.Clone(r.typ)}, struct{}{}
	})
}
