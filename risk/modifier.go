package risk

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
)

// modifier is a modifier that is kept: its texts are numbers of the dictionary of a shard.
// There is one for each live modifier, so a test checks its size.
type modifier struct {
	at      eventtime.Instant
	base    int64
	score   int64 // calculated, see dictionary.score
	kind    uint32
	message uint32
	spelled uint32
	threats uint32 // a text, or a set of texts
	sid     uint32
	rid     uint32
}

// lowers reports whether m lowers the risk.
func (m *modifier) lowers() bool { return m.score < 0 }

// kind holds the attributes that modifiers of the same detection share.
type kind struct {
	source   uint32
	attack   uint32
	factors  uint32 // number of factors
	mask     uint64
	priority entity.Priority
}

// realm is the zone and the type of objects, which many share.
type realm struct {
	zone entity.Zone
	typ  string
}

// objectNamed returns the name of an object of the realm.
func (r *realm) objectNamed(key string) detect.Object {
	return detect.Object{Zone: r.zone, Key: key, Type: r.typ}
}

// threatTexts returns each threat as one text, type first, sorted.
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
