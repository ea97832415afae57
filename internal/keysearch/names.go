// Package keysearch searches for entities: by the beginning of a key, and inside or
// around a network. Its indexes are built on demand; enrichment does not use them.
package keysearch

import (
	"iter"
	"strings"

	"github.com/armon/go-radix"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// Found is a key that a search found, and the entity that it belongs to.
type Found struct {
	Key    string // as it is spelled in the list
	Record uint32 // number in the Entities
}

// NameIndex finds entities by the beginning of a key: assets by that of a name
// or a MAC. It is immutable and safe for concurrent use.
type NameIndex struct {
	kind  entities.Kind
	zones map[entity.Zone]*radix.Tree // folded key → []Found
}

// NewNameIndex indexes the keys of the entities, of assets the names, "*."
// names, MACs and MAC ranges.
func NewNameIndex(e *entities.Store) *NameIndex {
	x := &NameIndex{kind: e.Kind, zones: make(map[entity.Zone]*radix.Tree)}
	for record := range e.Len() {
		for k, text := range e.KeysOf(record) {
			if k.Class == schema.AddressKey || k.Class == schema.PrefixKey {
				continue
			}
			x.addKey(entity.Zone(e.Zone(record)), Found{Key: text, Record: uint32(record)})
		}
	}
	return x
}

func (x *NameIndex) addKey(zone entity.Zone, found Found) {
	tree := x.zones[zone]
	if tree == nil {
		tree = radix.New()
		x.zones[zone] = tree
	}
	key := fold.Lower(found.Key)
	if x.kind == entities.Asset {
		_, key = schema.MergedShapeOf(found.Key)
	}
	same, _ := tree.Get(key) // several only of identities whose keys are case-sensitive
	have, _ := same.([]Found)
	tree.Insert(key, append(have, found))
}

// WithPrefix yields the keys of a zone that begin with prefix, in ascending order. It
// ignores case, even where lookups do not, because the user of a search may not have
// the exact spelling. An empty prefix matches all keys. The beginning of a MAC may be
// spelled with colons, dashes or dots.
func (x *NameIndex) WithPrefix(zone entity.Zone, prefix string) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		tree := x.zones[zone]
		if tree == nil {
			return
		}
		more := true
		visit := func(_ string, same any) (stop bool) {
			for _, found := range same.([]Found) {
				if more = yield(found); !more {
					return true
				}
			}
			return false
		}
		folded := fold.Lower(fold.Trim(prefix))
		tree.WalkPrefix(folded, visit)
		if mac, ok := macBeginning(folded); ok && x.kind == entities.Asset && mac != folded && more {
			tree.WalkPrefix(mac, visit)
		}
	}
}

// macBeginning writes the beginning of a MAC with dashes, dots or colons as MACs
// are written here: pairs of digits and colons.
func macBeginning(folded string) (string, bool) {
	if !strings.ContainsAny(folded, "-.:") || strings.Trim(folded, "0123456789abcdef-.:") != "" {
		return "", false
	}
	var b strings.Builder
	digits := 0
	for _, c := range []byte(folded) {
		if strings.IndexByte("-.:", c) >= 0 {
			continue
		}
		if digits > 0 && digits%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteByte(c)
		digits++
	}
	return b.String(), digits > 0 && digits <= 16
}
