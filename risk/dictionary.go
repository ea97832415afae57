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

// dictionary interns the texts and attributes that the modifiers of a shard share, and
// counts their uses.
type dictionary struct {
	arena.Texts
	buf        []byte
	attacks    arena.Pool[string, attackIDs]
	threats    arena.Pool[string, []uint32] // sets of two or more, as numbers of texts
	factors    arena.Pool[string, *detect.Factors]
	kinds      arena.Pool[kind, struct{}]
	realms     arena.Pool[realm, struct{}]
	wideScores arena.Slab[score.Score]
	recent     [recentKinds]uint32 // numbers of kinds; some may have been released
}

// attackIDs holds the techniques and tactics of a modifier, as numbers of texts.
type attackIDs struct{ techniques, tactics []uint32 }

func newDictionary() *dictionary {
	return &dictionary{
		Texts: arena.NewTexts(), attacks: arena.NewPool[string, attackIDs](), threats: arena.NewPool[string, []uint32](), factors: arena.NewPool[string, *detect.Factors](),
		kinds: arena.NewPool[kind, struct{}](), realms: arena.NewPool[realm, struct{}](),
	}
}

// internAll interns texts and returns their numbers.
func (d *dictionary) internAll(all []string) []uint32 {
	ids := make([]uint32, len(all))
	for i, s := range all {
		ids[i] = d.Intern(s)
	}
	return ids
}

// internFact returns the modifier of f, whose texts it interns. near is another modifier
// of the same object, or zero; it usually has the same spelling of the object.
func (d *dictionary) internFact(f *admitted, near modifier) modifier {
	base, _ := f.Base.Steps() // base scores fit 64 bits
	return modifier{
		at: f.at, base: base, score: d.packScore(f.Score), kind: d.internKind(f.Fact),
		message: d.Intern(f.Message), spelled: d.InternLike(near.spelled, f.Spelled), threats: d.internThreats(f.Threats),
		sid: d.InternHashed(f.SID, f.sidHash), rid: d.Intern(f.RID),
	}
}

// releaseModifier releases the texts and the kind that internFact interned for m.
func (d *dictionary) releaseModifier(m *modifier) {
	if i, wide := wideIndex(m.score); wide {
		d.wideScores.Free(i)
	}
	d.releaseKind(m.kind)
	d.Release(m.message)
	d.Release(m.spelled)
	d.Release(m.sid)
	d.Release(m.rid)
	d.releaseThreats(m.threats)
}

// maxWideScores is the number of 64-bit values at each end of their range that stand for
// numbers in wideScores. Nearly every score fits the rest of the range. Negative scores
// use the lower end and all others the upper end; the numbers count from that end.
const maxWideScores = math.MaxUint32

// packScore returns s in 64 bits. If s does not fit, it stores s in wideScores
// and returns a value that stands for its number there and has its sign.
func (d *dictionary) packScore(s score.Score) int64 {
	if n, fits := s.Steps(); fits && n < math.MaxInt64-maxWideScores && n > math.MinInt64+maxWideScores {
		return n
	}
	i := d.wideScores.Alloc()
	*d.wideScores.At(i) = s
	if s.Sign() < 0 {
		return math.MinInt64 + int64(i)
	}
	return math.MaxInt64 - int64(i)
}

// wideIndex returns the number in wideScores that n stands for, and reports whether n
// stands for one.
func wideIndex(n int64) (i uint32, wide bool) {
	switch {
	case n >= math.MaxInt64-maxWideScores:
		return uint32(math.MaxInt64 - n), true
	case n <= math.MinInt64+maxWideScores:
		return uint32(n - math.MinInt64), true
	}
	return 0, false
}

// scoreOf returns the calculated score of m.
func (d *dictionary) scoreOf(m *modifier) score.Score {
	if i, wide := wideIndex(m.score); wide {
		return *d.wideScores.At(i)
	}
	return score.Steps(m.score)
}

// severalThreats is a flag of modifier.threats. If it is set, the other bits are the
// number of a set of threats; if not, they are the number of the text of one threat.
const severalThreats = 1 << 31

// internThreats interns the threats of a modifier and returns the value of
// modifier.threats.
func (d *dictionary) internThreats(list []detect.Threat) uint32 {
	switch len(list) {
	case 0:
		return 0
	case 1:
		d.buf = append(append(append(d.buf[:0], list[0].Type...), 0), list[0].Value...)
		return d.Intern(bytestext.String(d.buf))
	}
	return d.internThreatSet(d.internAll(threatTexts(list)))
}

// internThreatSet interns the set of some texts and returns the value of
// modifier.threats. The uses of the texts that the caller has counted pass to the set.
func (d *dictionary) internThreatSet(ids []uint32) uint32 {
	d.buf = d.buf[:0]
	for _, id := range ids {
		d.buf = binary.LittleEndian.AppendUint32(d.buf, id)
	}
	created := false
	set := arena.InternBytes(&d.threats, d.buf, func() []uint32 { created = true; return ids })
	if !created { // the existing set uses them already
		d.releaseAll(ids)
	}
	return severalThreats | set
}

// eachThreat calls visit with the text of every threat of m.
func (d *dictionary) eachThreat(m *modifier, visit func(id uint32)) {
	if m.threats&severalThreats == 0 {
		if m.threats != 0 {
			visit(m.threats)
		}
		return
	}
	for _, id := range *d.threats.Value(m.threats &^ severalThreats) {
		visit(id)
	}
}

func (d *dictionary) releaseThreats(id uint32) {
	if id&severalThreats == 0 {
		d.Release(id)
		return
	}
	if _, ids, gone := d.threats.Release(id &^ severalThreats); gone {
		d.releaseAll(ids)
	}
}

// internKind interns the kind of f. Usually the same kind was interned recently. Then
// comparing its texts is enough, and its parts need not be looked up.
func (d *dictionary) internKind(f *detect.Fact) uint32 {
	recent := &d.recent[recentSlot(f)]
	if d.isKind(*recent, f) {
		d.kinds.Retain(*recent)
	} else {
		*recent = d.internKindParts(f)
	}
	return *recent
}

const (
	recentBits  = 11
	recentKinds = 1 << recentBits // length of dictionary.recent
)

// recentSlot returns the index of the kind of f in dictionary.recent. It is a hash of the
// attributes that distinguish most kinds.
func recentSlot(f *detect.Fact) uint64 {
	return window.Mix(hashEnds(f.Source)^bits.RotateLeft64(hashEnds(f.Attack.Key), 32)^uint64(f.Priority)) >> (64 - recentBits)
}

// hashEnds hashes the first and the last eight bytes of a text.
func hashEnds(text string) uint64 {
	n := len(text)
	if n < 8 {
		return uint64(n)
	}
	b := unsafe.Slice(unsafe.StringData(text), n)
	return binary.LittleEndian.Uint64(b) ^ binary.LittleEndian.Uint64(b[n-8:])*3
}

// isKind reports whether id is the number of the kind of f. It may be the number of a
// kind that was released.
func (d *dictionary) isKind(id uint32, f *detect.Fact) bool {
	if !d.kinds.IsHeld(id) || f.Attack.Key == "" && len(f.Attack.Techniques)+len(f.Attack.Tactics) > 0 {
		return false
	}
	k := d.kinds.Key(id)
	return k.mask == f.Filters && k.priority == f.Priority && d.Get(k.source) == f.Source &&
		*d.attacks.Key(k.attack) == f.Attack.Key && *d.factors.Key(k.factors) == f.Factors.Key()
}

// internKindParts interns the parts of the kind of f, and then the kind.
func (d *dictionary) internKindParts(f *detect.Fact) uint32 {
	k := kind{source: d.Intern(f.Source), factors: d.internFactors(f.Factors), mask: f.Filters, priority: f.Priority}
	d.buf = f.Attack.AppendKey(d.buf[:0])
	k.attack = arena.InternBytes(&d.attacks, d.buf, func() attackIDs {
		return attackIDs{techniques: d.internAll(f.Attack.Techniques), tactics: d.internAll(f.Attack.Tactics)}
	})
	created := false
	id := d.kinds.Intern(k, func(k kind) (kind, struct{}) { created = true; return k, struct{}{} })
	if !created { // the existing kind uses its parts already
		d.releaseKindParts(k)
	}
	return id
}

func (d *dictionary) internFactors(f *detect.Factors) uint32 {
	return d.factors.Intern(f.Key(), func(key string) (string, *detect.Factors) { return key, f })
}

func (d *dictionary) releaseKind(id uint32) {
	if k, _, gone := d.kinds.Release(id); gone {
		d.releaseKindParts(k)
	}
}

func (d *dictionary) releaseKindParts(k kind) {
	d.Release(k.source)
	d.factors.Release(k.factors)
	if _, parts, gone := d.attacks.Release(k.attack); gone {
		d.releaseAll(parts.techniques)
		d.releaseAll(parts.tactics)
	}
}

func (d *dictionary) releaseAll(ids []uint32) {
	for _, id := range ids {
		d.Release(id)
	}
}

// kindOf returns the kind of m.
func (d *dictionary) kindOf(m *modifier) *kind { return d.kinds.Key(m.kind) }

// attackOf returns the techniques and tactics of a kind.
func (d *dictionary) attackOf(k *kind) *attackIDs { return d.attacks.Value(k.attack) }

// internRealm interns the zone and the type of an object.
func (d *dictionary) internRealm(o detect.Object) uint32 {
	return d.realms.Intern(realm{o.Zone, o.Type}, func(r realm) (realm, struct{}) {
		return realm{entity.Zone(strings.Clone(string(r.zone))), strings.Clone(r.typ)}, struct{}{}
	})
}
