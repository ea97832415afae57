// Package keysearch finds entities by the beginning of a key, and inside or around a network.
// Its indexes are built on demand. Enrichment does not use them.
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
	Key    string // in the spelling of the list
	Record uint32 // number of the entity in its Store
}

// NameIndex finds entities by the beginning of a key: for assets, of a name or a MAC. It is
// immutable and safe for concurrent use.
type NameIndex struct {
	kind  entities.Kind
	zones map[entity.Zone]*radix.Tree // folded key → []Found
}

// NewNameIndex indexes the keys of the entities. Of assets it indexes names, "*." names, MACs
// and MAC ranges.
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
	same, _ := tree.Get(key) // only keys of case-sensitive identities can have the same folded form
	have, _ := same.([]Found)
	tree.Insert(key, append(have, found))
}

// WithPrefix yields the keys of a zone that begin with prefix, in ascending order. It ignores
// case, even if lookups do not, because the user of a search may not know the exact
// spelling. An empty prefix matches all keys. The beginning of a MAC can be spelled with
// colons, dashes or dots.
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
		folded := fold.Name(prefix)
		tree.WalkPrefix(folded, visit)
		if mac, ok := macBeginning(folded); ok && x.kind == entities.Asset && mac != folded && more {
			tree.WalkPrefix(mac, visit)
		}
	}
}

// macBeginning converts the beginning of a MAC, spelled with dashes, dots or colons, to the
// canonical form: pairs of digits separated by colons. It returns false if folded cannot be
// the beginning of a MAC.
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
