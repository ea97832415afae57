package risk

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
)

// modifier is a stored modifier. Its texts are numbers in the dictionary of its shard.
// There may be tens of millions of them, so a test checks the size.
type modifier struct {
	at      eventtime.Instant
	base    int64
	score   int64 // calculated score, see dictionary.scoreOf
	kind    uint32
	message uint32
	spelled uint32
	threats uint32 // see severalThreats
	sid     uint32
	rid     uint32
}

// lowersRisk reports whether m lowers the risk.
func (m *modifier) lowersRisk() bool { return m.score < 0 }

// kind holds the attributes that modifiers of the same detection share.
type kind struct {
	source   uint32
	attack   uint32
	factors  uint32 // number of factors
	mask     uint64
	priority entity.Priority
}

// realm is the zone and the type of an object. Many objects share one.
type realm struct {
	zone entity.Zone
	typ  string
}

// objectNamed returns the name of the object of the realm with a key.
func (r *realm) objectNamed(key string) detect.Object {
	return detect.Object{Zone: r.zone, Key: key, Type: r.typ}
}

// threatTexts returns the distinct threats as texts, each its type, a zero byte and its
// value, sorted. threatOf is the inverse for one text.
func threatTexts(threats []detect.Threat) []string {
	texts := make([]string, len(threats))
	for i, t := range threats {
		texts[i] = t.Type + "\x00" + t.Value
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func threatOf(text string) detect.Threat {
	typ, value, _ := strings.Cut(text, "\x00")
	return detect.Threat{Type: typ, Value: value}
}
