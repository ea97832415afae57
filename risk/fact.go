package risk

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// Object names a risk object after normalisation: what modifiers are grouped
// by. All parts are lower case.
type Object struct {
	Zone entity.Zone
	Key  string
	Type string
}

// Normalized returns the name that notables show: the key, then "_" and the zone
// if there is one.
func (o Object) Normalized() string {
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
	at         eventtime.Instant
	object     Object
	hash       uint64 // of object, as the engine hashes
	spelled    string // the object as it was written
	source     string // "" is none
	message    string
	base       int64 // steps
	calculated score.Score
	factors    *factors // that held, nil if none did
	attack     attack
	threats    []Threat
	sid, rid   string
	priority   entity.Priority    // of the object
	mask       uint64             // the filters it passes, by their bit
	id         window.Fingerprint // what a duplicate would share
}

// mod is a fact at rest: texts are numbers of a shard's vocabulary. There are
// as many of these as live modifiers, so its size is watched by a test.
type mod struct {
	at      eventtime.Instant
	base    int64
	score   int64 // calculated, see vocabulary.score
	kind    uint32
	message uint32
	spelled uint32
	threats uint32 // a text, or a set of texts
	sid     uint32
	rid     uint32
}

// lowers reports whether m lowers the risk.
func (m *mod) lowers() bool { return m.score < 0 }

// kind is what modifiers of one detection share.
type kind struct {
	source   uint32
	attack   uint32
	factors  uint32 // number of factors
	mask     uint64
	priority entity.Priority
}

// realm is the part of an object's name that many share.
type realm struct {
	zone entity.Zone
	typ  string
}

// object returns the name of an object of the realm.
func (r *realm) object(key string) Object { return Object{Zone: r.zone, Key: key, Type: r.typ} }

// appendKey appends one text for both lists; ids hold none of its separators.
func (a attack) appendKey(b []byte) []byte {
	switch {
	case len(a.techniques)+len(a.tactics) == 0:
		return b
	case a.key != "":
		return append(b, a.key...)
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

// factors are the risk factors that held for a modifier. They are immutable.
type factors struct {
	key              string // identifies them
	adds, multiplies []AppliedFactor
}

func newFactors(adds, multiplies []AppliedFactor) *factors {
	key := appendFactors(nil, adds)
	return &factors{string(appendFactors(key, multiplies)), adds, multiplies}
}

// id returns the key of f, "" if there are none.
func (f *factors) id() string {
	if f == nil {
		return ""
	}
	return f.key
}

// clone returns o with texts of its own.
func (o Object) clone() Object {
	return Object{entity.Zone(strings.Clone(string(o.Zone))), strings.Clone(o.Key), strings.Clone(o.Type)}
}

// copied returns o with texts that c has copied.
func (o Object) copied(c *copier) Object {
	return Object{entity.Zone(c.text(string(o.Zone))), c.text(o.Key), c.text(o.Type)}
}
