package risk

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"unsafe"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// vocabulary holds what the modifiers of a shard share.
type vocabulary struct {
	arena.Texts
	buf     []byte
	attacks arena.Pool[string, sets]
	threats arena.Pool[string, []uint32] // of modifiers with several: numbers of texts
	factors arena.Pool[string, *detect.Factors]
	kinds   arena.Pool[kind, marks]
	realms  arena.Pool[realm, struct{}]
	wide    arena.Slab[score.Score]
	recent  [recentKinds]uint32 // kinds, some of them gone
	sources seats               // of kinds
	tactics seats
}

// sets are the parts of an attack, as numbers of texts.
type sets struct{ techniques, tactics []uint32 }

func newVocabulary() *vocabulary {
	return &vocabulary{
		Texts: arena.NewTexts(), attacks: arena.NewPool[string, sets](), threats: arena.NewPool[string, []uint32](), factors: arena.NewPool[string, *detect.Factors](),
		kinds: arena.NewPool[kind, marks](), realms: arena.NewPool[realm, struct{}](),
	}
}

func (v *vocabulary) list(all []string) []uint32 {
	ids := make([]uint32, len(all))
	for i, s := range all {
		ids[i] = v.Hold(s)
	}
	return ids
}

// keep stores f, which was touched, and returns its resting form. near is a
// modifier of the same object, or zero: most objects are always spelled the same.
func (v *vocabulary) keep(f *admitted, near mod) mod {
	base, _ := f.Base.Steps() // scores of events fit
	return mod{
		at: f.at, base: base, score: v.narrow(f.Score), kind: v.kind(f.Fact),
		message: v.Hold(f.Message), spelled: v.HoldLike(near.spelled, f.Spelled), threats: v.threatsOf(f.Threats),
		sid: v.HoldHashed(f.SID, f.inSID), rid: v.Hold(f.RID),
	}
}

// release is the inverse of keep.
func (v *vocabulary) release(m *mod) {
	if i, is := wideOf(m.score); is {
		v.wide.Drop(i)
	}
	v.dropKind(m.kind)
	v.Drop(m.message)
	v.Drop(m.spelled)
	v.Drop(m.sid)
	v.Drop(m.rid)
	v.dropThreats(m.threats)
}

// Nearly every score fits 64 bits. One that does not is the number of a Score
// that is kept aside, counted from the end of the range that has its sign.
const maxWide = math.MaxUint32

func (v *vocabulary) narrow(s score.Score) int64 {
	if n, fits := s.Steps(); fits && n < math.MaxInt64-maxWide && n > math.MinInt64+maxWide {
		return n
	}
	i := v.wide.Add()
	*v.wide.At(i) = s
	if s.Sign() < 0 {
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
func (v *vocabulary) score(m *mod) score.Score {
	if i, is := wideOf(m.score); is {
		return *v.wide.At(i)
	}
	return score.Steps(m.score)
}

// severalThreats marks the number of a set of threats; without it, it is the
// number of the text of a single one.
const severalThreats = 1 << 31

func (v *vocabulary) threatsOf(list []detect.Threat) uint32 {
	switch len(list) {
	case 0:
		return 0
	case 1:
		v.buf = append(append(append(v.buf[:0], list[0].Type...), 0), list[0].Value...)
		return v.Hold(bytestext.String(v.buf))
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
	set := arena.HoldBytes(&v.threats, v.buf, func() []uint32 { held = true; return ids })
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
	for _, id := range *v.threats.Value(m.threats &^ severalThreats) {
		visit(id)
	}
}

func (v *vocabulary) dropThreats(id uint32) {
	if id&severalThreats == 0 {
		v.Drop(id)
		return
	}
	if _, ids, gone := v.threats.Drop(id &^ severalThreats); gone {
		v.dropAll(ids)
	}
}

// kind holds the kind of f: most often one that was held a moment ago, which is
// found by comparing texts in place of looking up each part.
func (v *vocabulary) kind(f *detect.Fact) uint32 {
	recent := &v.recent[recentSlot(f)]
	if v.isKind(*recent, f) {
		v.kinds.Share(*recent)
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
func recentSlot(f *detect.Fact) uint64 {
	return window.Mix(edges(f.Source)^bits.RotateLeft64(edges(f.Attack.Key), 32)^uint64(f.Priority)) >> (64 - recentBits)
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
func (v *vocabulary) isKind(id uint32, f *detect.Fact) bool {
	if !v.kinds.Held(id) || f.Attack.Key == "" && len(f.Attack.Techniques)+len(f.Attack.Tactics) > 0 {
		return false
	}
	k := v.kinds.Key(id)
	return k.mask == f.Filters && k.priority == f.Priority && v.Get(k.source) == f.Source &&
		*v.attacks.Key(k.attack) == f.Attack.Key && *v.factors.Key(k.factors) == f.Factors.Key()
}

func (v *vocabulary) holdKind(f *detect.Fact) uint32 {
	k := kind{source: v.Hold(f.Source), factors: v.holdFactors(f.Factors), mask: f.Filters, priority: f.Priority}
	v.buf = f.Attack.AppendKey(v.buf[:0])
	k.attack = arena.HoldBytes(&v.attacks, v.buf, func() sets {
		return sets{techniques: v.list(f.Attack.Techniques), tactics: v.list(f.Attack.Tactics)}
	})
	held := false
	id := v.kinds.Hold(k, func(k kind) (kind, marks) { held = true; return k, v.markKind(&k) })
	if !held { // the kind that was there holds its parts already
		v.dropParts(k)
	}
	return id
}

func (v *vocabulary) holdFactors(f *detect.Factors) uint32 {
	return v.factors.Hold(f.Key(), func(key string) (string, *detect.Factors) { return key, f })
}

func (v *vocabulary) dropKind(id uint32) {
	if k, m, gone := v.kinds.Drop(id); gone {
		v.unmarkKind(&m)
		v.dropParts(k)
	}
}

func (v *vocabulary) dropParts(k kind) {
	v.Drop(k.source)
	v.factors.Drop(k.factors)
	if _, parts, gone := v.attacks.Drop(k.attack); gone {
		v.dropAll(parts.techniques)
		v.dropAll(parts.tactics)
	}
}

func (v *vocabulary) dropAll(ids []uint32) {
	for _, id := range ids {
		v.Drop(id)
	}
}

// kindOf returns what m shares with others.
func (v *vocabulary) kindOf(m *mod) *kind { return v.kinds.Key(m.kind) }

// attackOf returns the parts of a kind's attack.
func (v *vocabulary) attackOf(k *kind) *sets { return v.attacks.Value(k.attack) }

// realm holds the part of an object's name that many share.
func (v *vocabulary) realm(o detect.Object) uint32 {
	return v.realms.Hold(realm{o.Zone, o.Type}, func(r realm) (realm, struct{}) {
		return realm{entity.Zone(strings.Clone(string(r.zone))), strings.Clone(r.typ)}, struct{}{}
	})
}
