package assets

import (
	"iter"
	"strings"

	"github.com/armon/go-radix"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// Found is a key that a search met, and the asset that answers it.
type Found struct {
	Key    string // as it is spelled in the list
	Record uint32 // number in the Entities
}

// NameIndex finds assets by the beginning of a name or of a MAC. It is made for
// people who search, not for events; it never changes and is safe for
// concurrent use.
type NameIndex struct {
	zones map[entity.Zone]*radix.Tree // folded key → Found
}

// NewNameIndex indexes the names, "*." names, MACs and MAC ranges of the
// entities, which must be assets.
func NewNameIndex(merged *entity.Entities) *NameIndex {
	e := entities.Of(merged)
	x := &NameIndex{zones: make(map[entity.Zone]*radix.Tree)}
	for record := range e.Len() {
		for k, text := range e.KeysOf(record) {
			if k.Class == schema.AddressKey || k.Class == schema.PrefixKey {
				continue
			}
			tree := x.zones[entity.Zone(e.Zone(record))]
			if tree == nil {
				tree = radix.New()
				x.zones[entity.Zone(e.Zone(record))] = tree
			}
			_, key := schema.MergedShapeOf(text)
			tree.Insert(key, Found{Key: text, Record: uint32(record)})
		}
	}
	return x
}

// WithPrefix yields the keys of a zone that begin with prefix, ignoring case,
// in ascending order; an empty prefix begins all. The beginning of a MAC may be
// spelled with colons, dashes or dots.
func (x *NameIndex) WithPrefix(zone entity.Zone, prefix string) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		tree := x.zones[zone]
		if tree == nil {
			return
		}
		more := true
		visit := func(_ string, found any) (stop bool) {
			more = yield(found.(Found))
			return !more
		}
		folded := fold.Lower(fold.Trim(prefix))
		tree.WalkPrefix(folded, visit)
		if mac, ok := macBeginning(folded); ok && mac != folded && more {
			tree.WalkPrefix(mac, visit)
		}
	}
}

// macBeginning writes the beginning of a MAC that is parted by dashes, dots or
// colons as MACs are written here: pairs of digits and colons.
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
