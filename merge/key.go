package merge

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/hugepage"
	"github.com/kithsec/kith/internal/schema"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// key returns the class and the key of a canonical value of a key field, and false if
// it names no entity. Equal keys have equal texts. Addresses and MACs that name no
// entity were dropped when their cells were read.
func (s *listFields) key(f *schema.Field, v string, ignored *schema.Ignored) (schema.KeyClass, string, bool) {
	if v == "" {
		return 0, "", false
	}
	if s.kind == entity.Identity {
		if ignored.Text(v) {
			return 0, "", false
		}
		return schema.NameKey, s.compare(v), true
	}
	class, key := schema.Classify(f.Type, v)
	return class, key, (f.Addressed() || !ignored.Value(key)) && !ignored.Text(v)
}

// compare returns the form in which names compare.
func (s *listFields) compare(name string) string {
	if s.options.CaseSensitive {
		return name
	}
	return fold.Lower(name)
}

// keyField returns the group of key fields that a field belongs to.
func (s *listFields) keyField(f *schema.Field) entities.KeyField {
	switch f.Name {
	case "ip":
		return entities.KeyIP
	case "mac":
		return entities.KeyMAC
	case "nt_host", "identity":
		return entities.KeyNTHost
	case "dns", "email":
		return entities.KeyDNS
	}
	return entities.KeyCustom
}

// stated is one key that a row states.
type stated struct {
	id     uint32 // in keyIndex
	field  entities.KeyField
	class  schema.KeyClass
	ranged bool
	text   entities.TextID // as spelled
}

// keyIndex numbers the keys of all zones and stores which rows carry each.
type keyIndex struct {
	table *keyTable
	texts *entities.Interner
	of    []stated
	spans []entities.Span // per row, into of

	seen map[place]int // the keys of a row of many, to where they stand in of

	first  []uint32 // per key: the first row that carries it
	shared bool     // another row carries one of the keys, too, or a range left one

	carriers []uint32     // rows, by key
	rows     []carrierSet // per key; unless shared, only first is used
}

// carrierSet is where the rows that carry a key stand in carriers: those that
// state it, then those that a range left it to; ascending, so best-ranked
// first.
type carrierSet struct{ from, ranged, to uint32 }

// place is one key in one group of key fields.
type place struct {
	id    uint32
	field entities.KeyField
}

// find returns the number of a key in a zone, or false if no row states it.
func (x *keyIndex) find(zone entities.TextID, class schema.KeyClass, key string) (uint32, bool) {
	text, ok := x.texts.Find(key)
	if !ok {
		return 0, false
	}
	return x.table.find(tableKey{zone, text, class})
}

// rowIDClass marks the pseudo key that joins the rows of one merged entity.
const rowIDClass = schema.KeyClass(0xff)

func newKeyIndex(texts *entities.Interner) *keyIndex {
	return &keyIndex{table: newKeyTable(), texts: texts, seen: make(map[place]int)}
}

// reserve makes room for the keys of so many more rows.
func (x *keyIndex) reserve(rows, keys, texts int) {
	x.spans, x.of = hugepage.Grow(x.spans, rows), hugepage.Grow(x.of, keys)
	x.first = hugepage.Grow(x.first, min(keys, texts))
	x.table.keys, x.table.first = hugepage.Grow(x.table.keys, min(keys, texts)), hugepage.Grow(x.table.first, texts)
}

// addRow adds the keys of the next row; ids are the numbers of the texts that they
// refer to.
func (x *keyIndex) addRow(zone entities.TextID, found []foundKey, ids []entities.TextID) {
	from, row := len(x.of), uint32(len(x.spans))
	for _, k := range found {
		id := x.table.number(tableKey{zone, ids[k.text], k.class})
		if int(id) == len(x.first) {
			x.first = append(hugepage.Grow(x.first, 1), row)
		}
		x.shared = x.shared || x.first[id] != row || k.ranged
		x.add(stated{id, k.field, k.class, k.ranged, ids[k.spelled]}, from)
	}
	x.spans = append(hugepage.Grow(x.spans, 1), entities.Span{From: uint32(from), To: uint32(len(x.of))})
}

// valuesOf yields the values of a canonical cell of a field, which is not empty.
func valuesOf(f *schema.Field, cell string) iter.Seq[string] {
	if f.Multi {
		return strings.SplitSeq(cell, schema.Separator)
	}
	return func(yield func(string) bool) { yield(cell) }
}

// manyKeys is the number of keys from which a map finds one of them faster
// than looking at each.
const manyKeys = 32

// add adds a key to the row whose keys begin at from, once per field.
func (x *keyIndex) add(k stated, from int) {
	if i, ok := x.has(place{k.id, k.field}, from); ok {
		x.of[i].ranged = x.of[i].ranged && k.ranged
		return
	}
	x.of = append(hugepage.Grow(x.of, 1), k)
}

// has finds a key of the row whose keys begin at from.
func (x *keyIndex) has(p place, from int) (int, bool) {
	n := len(x.of) - from
	if n < manyKeys {
		for i := from; i < len(x.of); i++ {
			if x.of[i].id == p.id && x.of[i].field == p.field {
				return i, true
			}
		}
		return 0, false
	}
	if n == manyKeys {
		clear(x.seen)
		for i := from; i < len(x.of); i++ {
			x.seen[place{x.of[i].id, x.of[i].field}] = i
		}
	}
	i, ok := x.seen[p]
	if !ok {
		x.seen[p] = len(x.of)
	}
	return i, ok
}

// states reports whether the values of a field are keys: for identities that is
// configured.
func (s *listFields) states(f *schema.Field) bool {
	if !f.Key {
		return false
	}
	if s.kind != entity.Identity || s.options.Keys == nil || f.Custom {
		return true
	}
	return slices.Contains(s.options.Keys, f.Name)
}

// generatesFrom reports whether keys can be generated from columns, whose names
// are folded.
func (s *listFields) generatesFrom(columns map[string]int) bool {
	return slices.ContainsFunc(s.generators, func(g generator) bool {
		return !slices.ContainsFunc(g.columns, func(name string) bool {
			_, there := columns[fold.Lower(name)]
			return !there
		})
	})
}

// mergedKey classifies a key of a merged lookup by its shape, and returns false if it
// names no entity.
func (s *listFields) mergedKey(v string, ignored *schema.Ignored) (schema.KeyClass, string, bool) {
	if s.kind == entity.Identity {
		return schema.NameKey, s.compare(v), !ignored.Text(v)
	}
	class, key := schema.MergedShapeOf(strings.TrimSuffix(v, "."))
	return class, key, !ignored.Value(key) && !ignored.Text(v)
}

// invert fills carriers: for every key the rows that carry it, of those that
// stand for themselves.
func (x *keyIndex) invert(standsFor []uint32) {
	if !x.shared {
		return
	}
	last := hugepage.Scratch[uint32](x.len()) // row+1 that was counted last
	each := func(visit func(row int, id uint32, ranged bool)) {
		clear(last)
		for row, self := range standsFor {
			if self != uint32(row) {
				continue
			}
			left := false
			for _, k := range x.keysOf(row) {
				left = left || k.ranged
				if !k.ranged && last[k.id] != uint32(row)+1 {
					last[k.id] = uint32(row) + 1
					visit(row, k.id, false)
				}
			}
			if !left {
				continue
			}
			for _, k := range x.keysOf(row) {
				if last[k.id] != uint32(row)+1 {
					last[k.id] = uint32(row) + 1
					visit(row, k.id, true)
				}
			}
		}
	}
	x.rows = hugepage.Scratch[carrierSet](x.len())
	each(func(_ int, id uint32, ranged bool) {
		if ranged {
			x.rows[id].to++
		} else {
			x.rows[id].ranged++
		}
	})
	at := uint32(0)
	for id, n := range x.rows {
		x.rows[id] = carrierSet{at, at, at + n.ranged}
		at += n.ranged + n.to
	}
	x.carriers = hugepage.Scratch[uint32](int(at))
	each(func(row int, id uint32, ranged bool) {
		set := &x.rows[id]
		if ranged {
			x.carriers[set.to] = uint32(row)
			set.to++
		} else {
			x.carriers[set.ranged] = uint32(row)
			set.ranged++
		}
	})
}

// keysOf returns the keys that a row states.
func (x *keyIndex) keysOf(row int) []stated {
	return x.of[x.spans[row].From:x.spans[row].To]
}

// rowsWith returns the rows that state a key and those that a range left it
// to, each best-ranked first.
func (x *keyIndex) rowsWith(id uint32) (state, ranged []uint32) {
	if !x.shared {
		return x.first[id : id+1], nil
	}
	set := x.rows[id]
	return x.carriers[set.from:set.ranged], x.carriers[set.ranged:set.to]
}

// len returns the number of keys.
func (x *keyIndex) len() int { return len(x.table.keys) }

// classOf returns the class of a key.
func (x *keyIndex) classOf(id uint32) schema.KeyClass { return x.table.keys[id].class }

// textOf returns the form in which a key compares.
func (x *keyIndex) textOf(id uint32) entities.TextID { return x.table.keys[id].text }
