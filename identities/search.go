package identities

import (
	"iter"
	"strings"

	"github.com/armon/go-radix"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
)

// Found is a key that a search met, and the identity that answers it.
type Found struct {
	Key    string // as it is spelled in the list
	Record uint32 // number in the Entities
}

// NameIndex finds identities by the beginning of a key. It is made for people
// who search, not for events; it never changes and is safe for concurrent use.
type NameIndex struct {
	zones map[entity.Zone]*radix.Tree // folded key → []Found
}

// NewNameIndex indexes the keys of the entities, which must be identities.
func NewNameIndex(merged *entity.Entities) *NameIndex {
	e := entities.Of(merged)
	x := &NameIndex{zones: make(map[entity.Zone]*radix.Tree)}
	for record := range e.Len() {
		for _, text := range e.KeysOf(record) {
			tree := x.zones[entity.Zone(e.Zone(record))]
			if tree == nil {
				tree = radix.New()
				x.zones[entity.Zone(e.Zone(record))] = tree
			}
			key := fold.Lower(text)
			same, _ := tree.Get(key) // several only where case counts
			have, _ := same.([]Found)
			tree.Insert(key, append(have, Found{Key: text, Record: uint32(record)}))
		}
	}
	return x
}

// WithPrefix yields the keys of a zone that begin with prefix, in ascending
// order, ignoring case even where lookups do not: whoever searches does not
// know the spelling. An empty prefix begins all.
func (x *NameIndex) WithPrefix(zone entity.Zone, prefix string) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		tree := x.zones[zone]
		if tree == nil {
			return
		}
		tree.WalkPrefix(fold.Lower(fold.Trim(prefix)), func(_ string, same any) (stop bool) {
			for _, found := range same.([]Found) {
				if !yield(found) {
					return true
				}
			}
			return false
		})
	}
}

// MatchedKey returns the key that answered as it is stored in the entities that
// the table was built from. value is what was looked up.
func (t *Table) MatchedKey(merged *entity.Entities, m Match, value string) string {
	e := entities.Of(merged)
	value = fold.Trim(value)
	switch m.Step {
	case entity.StepDomain:
		_, value, _ = strings.Cut(value, `\`)
	case entity.StepLocalPart:
		value = value[:max(0, strings.LastIndexByte(value, '@'))]
	}
	for _, text := range e.KeysOf(int(m.Record)) {
		if text == value || !e.CaseSensitive && fold.Equal(text, value) {
			return text
		}
	}
	return ""
}
