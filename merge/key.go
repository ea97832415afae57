package merge

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// key says which key a canonical value of a key field is, or false if it names
// nobody. The text is what compares equal.
func (s *schema) key(f *entity.Field, v string, ignored *entity.Ignored) (entity.KeyClass, string, bool) {
	if v == "" {
		return 0, "", false
	}
	if s.kind == entity.Identity {
		if ignored.Text(v) {
			return 0, "", false
		}
		return entity.NameKey, s.compare(v), true
	}
	class, key := assets.Classify(f.Type, v)
	return class, key, !ignored.Value(key) && !ignored.Text(v)
}

// compare returns the form in which names compare.
func (s *schema) compare(name string) string {
	if s.options.CaseSensitive {
		return name
	}
	return entity.Fold(name)
}

// keyField says to which group of key fields a field belongs.
func (s *schema) keyField(f *entity.Field) entity.KeyField {
	switch f.Name {
	case "ip":
		return entity.KeyIP
	case "mac":
		return entity.KeyMAC
	case "nt_host", "identity":
		return entity.KeyNTHost
	case "dns", "email":
		return entity.KeyDNS
	}
	return entity.KeyCustom
}

// stated is one key that a row states.
type stated struct {
	id     uint32 // in keyIndex
	field  entity.KeyField
	class  entity.KeyClass
	ranged bool
	text   entity.TextID // as spelled
}

// keyIndex numbers the keys of all zones and knows which rows carry each.
type keyIndex struct {
	table *keyTable
	texts *entity.Interner
	of    []stated
	spans []entity.Span // per row, into of

	seen map[place]int // the keys of a row of many, to where they stand in of

	carriers []uint32     // rows, by key
	rows     []carrierSet // per key
}

// carrierSet is where the rows that carry a key stand in carriers: those that
// state it, then those that a range left it to; ascending, so best-ranked
// first.
type carrierSet struct{ from, ranged, to uint32 }

// place is one key in one group of key fields.
type place struct {
	id    uint32
	field entity.KeyField
}

// number returns the number of a key, whose text is in the form in which keys
// compare.
func (x *keyIndex) number(zone entity.TextID, class entity.KeyClass, key string) uint32 {
	return x.table.number(tableKey{zone, x.texts.Intern(key), class})
}

// find returns the number of a key in a zone, or false if no row states it.
func (x *keyIndex) find(zone entity.TextID, class entity.KeyClass, key string) (uint32, bool) {
	text, ok := x.texts.Find(key)
	if !ok {
		return 0, false
	}
	return x.table.find(tableKey{zone, text, class})
}

// rowIDClass marks the pseudo key that joins the rows of one merged entity.
const rowIDClass = entity.KeyClass(0xff)

func newKeyIndex(texts *entity.Interner) *keyIndex {
	return &keyIndex{table: newKeyTable(), texts: texts, seen: make(map[place]int)}
}

// foundKey is a key in the row at hand, its texts numbered as in what is about
// to be interned.
type foundKey struct {
	field         entity.KeyField
	class         entity.KeyClass
	ranged        bool
	spelled, text int
}

// addRow adds the keys of the next row.
func (x *keyIndex) addRow(zone entity.TextID, found []foundKey, texts []entity.TextID) {
	from := len(x.of)
	for _, k := range found { // so that the waits for memory overlap
		x.table.touch(tableKey{zone, texts[k.text], k.class})
	}
	for _, k := range found {
		id := x.table.number(tableKey{zone, texts[k.text], k.class})
		x.add(stated{id, k.field, k.class, k.ranged, texts[k.spelled]}, from)
	}
	x.endRow(from)
}

func (x *keyIndex) endRow(from int) {
	x.spans = append(x.spans, entity.Span{From: uint32(from), To: uint32(len(x.of))})
}

// valuesOf yields the values of a canonical cell of a field, which is not empty.
func valuesOf(f *entity.Field, cell string) iter.Seq[string] {
	if f.Multi {
		return strings.SplitSeq(cell, entity.Separator)
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
	x.of = append(x.of, k)
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
func (s *schema) states(f *entity.Field) bool {
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
func (s *schema) generatesFrom(columns map[string]int) bool {
	return slices.ContainsFunc(s.generators, func(g generator) bool {
		return !slices.ContainsFunc(g.columns, func(name string) bool {
			_, there := columns[entity.Fold(name)]
			return !there
		})
	})
}

// addMerged adds the keys of the last row, one of a merged lookup: those that its asset or
// identity column lists, each in the group of the field that shows it. A key
// that no field shows was cut by a limit and stands behind the shown ones of
// its group.
func (x *keyIndex) addMerged(s *schema, l *entity.List, ignored *entity.Ignored) {
	row := len(l.Rows) - 1
	r := l.Rows[row]
	from := len(x.of)
	defer func() { x.endRow(from) }()
	if r.ID != 0 {
		x.add(stated{id: x.table.number(tableKey{r.Zone, r.ID, rowIDClass}), class: rowIDClass, text: r.ID}, from)
	}
	shown := x.shownKeys(s, l, row, ignored)
	var keys []stated
	for v := range strings.SplitSeq(l.Texts.Text(r.Keys), entity.Separator) {
		if class, key := s.mergedKey(v); !ignored.Value(key) && !ignored.Text(v) {
			text := l.Texts.Intern(v)
			keys = append(keys, stated{id: x.number(r.Zone, class, key), class: class, text: text})
		}
	}
	group(keys, shown)
	for _, k := range keys {
		x.add(k, from)
		for g := entity.KeyIP; g <= entity.KeyCustom; g++ {
			if shown[k.id]&g.Bit() != 0 {
				k.field = g
				x.add(k, from)
			}
		}
	}
}

// group finds for the listed keys of a merged row groups that keep their order:
// they were listed by the first group that stated them, which is at most the
// first that shows them, because a limit may have cut them there.
func group(keys []stated, shown map[uint32]uint8) {
	const none = math.MaxUint8
	bound := entity.KeyField(none)
	for i := len(keys) - 1; i >= 0; i-- {
		for g := entity.KeyIP; g <= entity.KeyCustom; g++ {
			if shown[keys[i].id]&g.Bit() != 0 {
				bound = min(bound, g)
				break
			}
		}
		keys[i].field = bound
	}
	last := entity.KeyIP
	for i := range keys {
		if keys[i].field == none { // behind all that are shown
			keys[i].field = last
		}
		last = keys[i].field
	}
}

// shownKeys says which groups of key fields of a row show each key.
func (x *keyIndex) shownKeys(s *schema, l *entity.List, row int, ignored *entity.Ignored) map[uint32]uint8 {
	shown := make(map[uint32]uint8)
	for i, cell := range l.Cells(row) {
		f := &s.fields[i]
		if cell == 0 || !f.Key {
			continue
		}
		for v := range valuesOf(f, l.Texts.Text(cell)) {
			if class, key, ok := s.key(f, v, ignored); ok {
				shown[x.number(l.Rows[row].Zone, class, key)] |= s.keyField(f).Bit()
			}
		}
	}
	return shown
}

// mergedKey recognises a key of a merged lookup by its shape.
func (s *schema) mergedKey(v string) (entity.KeyClass, string) {
	if s.kind == entity.Identity {
		return entity.NameKey, s.compare(v)
	}
	return assets.MergedShape(strings.TrimSuffix(v, "."))
}

// invert fills carriers: for every key the rows that carry it, of those that
// stand for themselves.
func (x *keyIndex) invert(standsFor []uint32) {
	last := make([]uint32, len(x.table.keys)) // row+1 that was counted last
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
	x.rows = make([]carrierSet, len(x.table.keys))
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
	x.carriers = make([]uint32, at)
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
	set := x.rows[id]
	return x.carriers[set.from:set.ranged], x.carriers[set.ranged:set.to]
}

// classOf returns the class of a key.
func (x *keyIndex) classOf(id uint32) entity.KeyClass { return x.table.keys[id].class }

// textOf returns the form in which a key compares.
func (x *keyIndex) textOf(id uint32) entity.TextID { return x.table.keys[id].text }
