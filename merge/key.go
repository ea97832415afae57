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

// classifyKey returns the class and the key of a canonical value of a key field, or false
// if the value is empty or a placeholder. Equal keys have equal texts. Placeholder
// addresses and MACs were dropped when their cells were read.
func (s *listFields) classifyKey(f *schema.Field, v string, ignored *schema.Ignored) (schema.KeyClass, string, bool) {
	if v == "" {
		return 0, "", false
	}
	if s.kind == entity.Identity {
		if ignored.Text(v) {
			return 0, "", false
		}
		return schema.NameKey, s.foldKey(v), true
	}
	class, key := schema.Classify(f.Type, v)
	return class, key, (f.Addressed() || !ignored.Value(key)) && !ignored.Text(v)
}

// foldKey returns the form in which names are compared.
func (s *listFields) foldKey(name string) string {
	if s.options.CaseSensitive {
		return name
	}
	return fold.Lower(name)
}

// keyGroup returns the group of key fields that a field belongs to.
func (s *listFields) keyGroup(f *schema.Field) entities.KeyField {
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

// rowKey is one key of a row.
type rowKey struct {
	id     uint32 // number of the key in the keyIndex
	field  entities.KeyField
	class  schema.KeyClass
	ranged bool            // a single address that comes from a range and is not listed itself
	noJoin bool            // no field that lists the key joins rows
	text   entities.TextID // as spelled
}

// keyIndex numbers the keys of all zones and stores which rows have each.
type keyIndex struct {
	table   *keyTable
	texts   *entities.Interner
	rowKeys []rowKey
	spans   []entities.Span // per row, into rowKeys

	rowKeyAt map[fieldKey]int // the keys of the current row, if there are many → index in rowKeys

	firstRow []uint32 // per key: the first row that has it
	shared   bool     // whether two rows share a key, or a key comes from a range
	noJoin   bool     // whether a row lists a key in a field that does not join rows

	separate map[uint32]bool // keys that join no rows, because the rows contradict each other

	// Filled by indexRows, if shared. Otherwise firstRow has the only row of each key.
	rowsByKey   []uint32    // rows, grouped by key
	boundsByKey []rowBounds // per key
}

// rowBounds holds the bounds of the rows of one key in rowsByKey: the rows that list the
// key are in [from, ranged), those that have it only through a range are in [ranged, to).
// Both are ascending, so the highest-ranked row is first.
type rowBounds struct{ from, ranged, to uint32 }

// fieldKey is one key in one group of key fields.
type fieldKey struct {
	id    uint32
	field entities.KeyField
}

// findKey returns the number of a key in a zone, or false if no row has it.
func (x *keyIndex) findKey(zone entities.TextID, class schema.KeyClass, key string) (uint32, bool) {
	text, ok := x.texts.Find(key)
	if !ok {
		return 0, false
	}
	return x.table.find(tableKey{zone, text, class})
}

// rowIDClass is the class of a pseudo key, the id of an entity in a merged lookup. It
// joins the rows of that entity.
const rowIDClass = schema.KeyClass(0xff)

func newKeyIndex(texts *entities.Interner) *keyIndex {
	return &keyIndex{table: &keyTable{}, texts: texts, rowKeyAt: make(map[fieldKey]int)}
}

// reserve makes room for the given numbers of further rows, keys of rows, and texts.
func (x *keyIndex) reserve(rows, keys, texts int) {
	x.spans, x.rowKeys = hugepage.Grow(x.spans, rows), hugepage.Grow(x.rowKeys, keys)
	x.firstRow = hugepage.Grow(x.firstRow, min(keys, texts))
	x.table.keys, x.table.firstKey = hugepage.Grow(x.table.keys, min(keys, texts)), hugepage.Grow(x.table.firstKey, texts)
}

// addRow adds the keys of the next row. A textRef n of a key refers to text ids[n].
func (x *keyIndex) addRow(zone entities.TextID, found []foundKey, ids []entities.TextID) {
	from, row := len(x.rowKeys), uint32(len(x.spans))
	for _, k := range found {
		id := x.table.intern(tableKey{zone, ids[k.text], k.class})
		if int(id) == len(x.firstRow) {
			x.firstRow = append(hugepage.Grow(x.firstRow, 1), row)
		}
		x.shared = x.shared || x.firstRow[id] != row || k.ranged
		x.noJoin = x.noJoin || k.noJoin
		x.addRowKey(rowKey{id, k.field, k.class, k.ranged, k.noJoin, ids[k.spelled]}, from)
	}
	x.spans = append(hugepage.Grow(x.spans, 1), entities.Span{From: uint32(from), To: uint32(len(x.rowKeys))})
}

// valuesOf yields the values of a canonical cell of a field. A cell of a multi-value
// field must not be empty.
func valuesOf(f *schema.Field, cell string) iter.Seq[string] {
	if f.Multi {
		return strings.SplitSeq(cell, schema.Separator)
	}
	return func(yield func(string) bool) { yield(cell) }
}

// mapThreshold is the number of keys of a row at which a map lookup becomes faster than a
// linear search.
const mapThreshold = 32

// addRowKey adds a key to the current row, unless the row already has it in the same
// group of key fields. The keys of the row begin at index from.
func (x *keyIndex) addRowKey(k rowKey, from int) {
	if i, ok := x.findRowKey(fieldKey{k.id, k.field}, from); ok {
		x.rowKeys[i].ranged = x.rowKeys[i].ranged && k.ranged
		x.rowKeys[i].noJoin = x.rowKeys[i].noJoin && k.noJoin
		return
	}
	x.rowKeys = append(hugepage.Grow(x.rowKeys, 1), k)
}

// findRowKey returns the index of a key of the current row, whose keys begin at index
// from. If the row does not have it, the caller appends it.
func (x *keyIndex) findRowKey(p fieldKey, from int) (int, bool) {
	n := len(x.rowKeys) - from
	if n < mapThreshold {
		for i := from; i < len(x.rowKeys); i++ {
			if x.rowKeys[i].id == p.id && x.rowKeys[i].field == p.field {
				return i, true
			}
		}
		return 0, false
	}
	if n == mapThreshold {
		clear(x.rowKeyAt)
		for i := from; i < len(x.rowKeys); i++ {
			x.rowKeyAt[fieldKey{x.rowKeys[i].id, x.rowKeys[i].field}] = i
		}
	}
	i, ok := x.rowKeyAt[p]
	if !ok {
		x.rowKeyAt[p] = len(x.rowKeys)
	}
	return i, ok
}

// isKeyField reports whether the values of a field are keys. For identities,
// Options.Keys selects which key fields are used.
func (s *listFields) isKeyField(f *schema.Field) bool {
	if !f.Key {
		return false
	}
	if s.kind != entity.Identity || s.options.Keys == nil || f.Custom {
		return true
	}
	return slices.Contains(s.options.Keys, f.Name)
}

// generatesKeyFrom reports whether a generator finds all its columns among the given
// ones, whose names are folded.
func (s *listFields) generatesKeyFrom(columns map[string]int) bool {
	return slices.ContainsFunc(s.generators, func(g generator) bool {
		return !slices.ContainsFunc(g.columns, func(name string) bool {
			_, there := columns[fold.Lower(name)]
			return !there
		})
	})
}

// classifyMergedKey classifies a key in the key column of a merged lookup by its shape. It
// returns false for a placeholder.
func (s *listFields) classifyMergedKey(v string, ignored *schema.Ignored) (schema.KeyClass, string, bool) {
	if s.kind == entity.Identity {
		return schema.NameKey, s.foldKey(v), !ignored.Text(v)
	}
	class, key := schema.MergedShapeOf(strings.TrimSuffix(v, "."))
	return class, key, !ignored.Value(key) && !ignored.Text(v)
}

// indexRows fills rowsByKey with the rows of every key. It is a counting sort: a first pass
// over all rows counts the rows of each key, and a second one places them.
func (x *keyIndex) indexRows() {
	if !x.shared {
		return
	}
	last := hugepage.Scratch[uint32](x.len())
	eachRow := func(visit func(row int, id uint32, ranged bool)) {
		clear(last)
		for row := range x.spans {
			x.eachKey(row, last, visit)
		}
	}
	x.boundsByKey = hugepage.Scratch[rowBounds](x.len())
	eachRow(func(_ int, id uint32, ranged bool) {
		if ranged {
			x.boundsByKey[id].to++
		} else {
			x.boundsByKey[id].ranged++
		}
	})
	at := uint32(0)
	for id, n := range x.boundsByKey {
		x.boundsByKey[id] = rowBounds{at, at, at + n.ranged}
		at += n.ranged + n.to
	}
	x.rowsByKey = hugepage.Scratch[uint32](int(at))
	eachRow(func(row int, id uint32, ranged bool) {
		set := &x.boundsByKey[id]
		if ranged {
			x.rowsByKey[set.to] = uint32(row)
			set.to++
		} else {
			x.rowsByKey[set.ranged] = uint32(row)
			set.ranged++
		}
	})
}

// keepRows removes rows that are represented by an identical one from rowsByKey. Identical
// rows have the same keys.
func (x *keyIndex) keepRows(representative []uint32) {
	if !x.shared {
		return
	}
	keep := func(to, from, end uint32) uint32 {
		for _, row := range x.rowsByKey[from:end] {
			if representative[row] == row {
				x.rowsByKey[to] = row
				to++
			}
		}
		return to
	}
	for id := range x.boundsByKey {
		set := &x.boundsByKey[id]
		if set.to-set.from < 2 {
			continue // an identical row would have the key, too
		}
		end := set.ranged
		set.ranged = keep(set.from, set.from, end)
		set.to = keep(set.ranged, end, set.to)
	}
}

// removeKeys removes keys from a row. ids are ascending.
func (x *keyIndex) removeKeys(row uint32, ids []uint32) {
	span := &x.spans[row]
	kept := slices.DeleteFunc(x.rowKeys[span.From:span.To], func(k rowKey) bool {
		_, found := slices.BinarySearch(ids, k.id)
		return found
	})
	span.To = span.From + uint32(len(kept))
}

// removeRows removes rows that list a key from rowsByKey.
func (x *keyIndex) removeRows(id uint32, rows []uint32) {
	set := &x.boundsByKey[id]
	listed := slices.DeleteFunc(x.rowsByKey[set.from:set.ranged], func(row uint32) bool {
		_, found := slices.BinarySearch(rows, row)
		return found
	})
	ranged := x.rowsByKey[set.ranged:set.to]
	set.ranged = set.from + uint32(len(listed))
	set.to = set.ranged + uint32(copy(x.rowsByKey[set.ranged:], ranged))
}

// markSeparate makes a key join no rows.
func (x *keyIndex) markSeparate(id uint32) {
	if x.separate == nil {
		x.separate = make(map[uint32]bool)
	}
	x.separate[id] = true
}

// joins reports whether a row lists a key in a field that joins rows.
func (x *keyIndex) joins(row, id uint32) bool {
	return slices.ContainsFunc(x.keysOf(int(row)), func(k rowKey) bool { return k.id == id && !k.ranged && !k.noJoin })
}

// eachKey visits every key of a row once, those that the row lists before those that only
// a range of the row contains. last holds, by key, 1 + the last row for which the key was
// visited.
func (x *keyIndex) eachKey(row int, last []uint32, visit func(row int, id uint32, ranged bool)) {
	hasRanged := false
	visitOnce := func(k rowKey) {
		if last[k.id] != uint32(row)+1 {
			last[k.id] = uint32(row) + 1
			visit(row, k.id, k.ranged)
		}
	}
	for _, k := range x.keysOf(row) {
		if k.ranged {
			hasRanged = true
		} else {
			visitOnce(k)
		}
	}
	if !hasRanged {
		return
	}
	for _, k := range x.keysOf(row) {
		visitOnce(k)
	}
}

// keysOf returns the keys of a row.
func (x *keyIndex) keysOf(row int) []rowKey {
	return x.rowKeys[x.spans[row].From:x.spans[row].To]
}

// rowsWith returns the rows that list a key, and those that have it only through a
// range, each highest-ranked first.
func (x *keyIndex) rowsWith(id uint32) (listed, ranged []uint32) {
	if !x.shared {
		return x.firstRow[id : id+1], nil
	}
	set := x.boundsByKey[id]
	return x.rowsByKey[set.from:set.ranged], x.rowsByKey[set.ranged:set.to]
}

// len returns the number of keys.
func (x *keyIndex) len() int { return len(x.table.keys) }

// classOf returns the class of a key.
func (x *keyIndex) classOf(id uint32) schema.KeyClass { return x.table.keys[id].class }

// textOf returns a key in the form in which keys are compared.
func (x *keyIndex) textOf(id uint32) entities.TextID { return x.table.keys[id].text }
