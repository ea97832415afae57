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
		folded := fold.Name(prefix)
		tree.WalkPrefix(folded, func(_ string, same any) (stop bool) {
			more = yieldAll(same, yield)
			return !more
		})
		mac, ok := x.macBeginning(folded)
		if !ok || mac == strings.TrimSuffix(folded, ":") || !more {
			return
		}
		tree.WalkPrefix(mac, func(key string, same any) (stop bool) {
			return isMAC(key) && !yieldAll(same, yield)
		})
	}
}

// Containing yields the keys of a zone that contain text, in ascending order. Like WithPrefix
// it ignores case, and text can be a part of a MAC in any spelling that begins with a whole
// octet. It visits every key of the zone.
func (x *NameIndex) Containing(zone entity.Zone, text string) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		tree := x.zones[zone]
		if tree == nil {
			return
		}
		folded := fold.Name(text)
		mac, ok := x.macBeginning(folded)
		tree.Walk(func(key string, same any) (stop bool) {
			found := strings.Contains(key, folded) || ok && isMAC(key) && strings.Contains(key, mac)
			return found && !yieldAll(same, yield)
		})
	}
}

// yieldAll yields the keys of one folded form, a []Found, and reports whether to continue.
func yieldAll(same any, yield func(Found) bool) bool {
	for _, found := range same.([]Found) {
		if !yield(found) {
			return false
		}
	}
	return true
}

// isMAC reports whether a folded key is a MAC or a range of MACs. Names have no colon there.
func isMAC(key string) bool { return len(key) > 2 && key[2] == ':' }

// macBeginning converts the beginning of a MAC, spelled with dashes, dots or colons, to the
// canonical form: pairs of digits separated by colons. It returns false if folded cannot be
// the beginning of a MAC, or if the index is not one of assets.
func (x *NameIndex) macBeginning(folded string) (string, bool) {
	if x.kind != entities.Asset || !strings.ContainsAny(folded, "-.:") || strings.Trim(folded, "0123456789abcdef-.:") != "" {
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
