package merge

import (
	"math"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// mergedRow holds the keys of a row of a merged lookup. Its key column, asset or
// identity, lists all of them. The cells of key fields show them too, but only as many
// as their limits allow.
type mergedRow struct {
	cell       string // of the key column
	column     int    // index of the key column
	errsBefore int    // number of errors of the batch before the key column
	shown      []shownKey
	listed     []string // the values of the key column
	keys       []listedKey
	shownAt    map[classedKey]int // key → index in shown; nil unless there are many
}

// classedKey is a key and its class.
type classedKey struct {
	class schema.KeyClass
	key   string
}

// shownKey is a key that a cell shows.
type shownKey struct {
	classedKey
	fields  uint8 // bit set of the groups of key fields that show it
	noJoin  bool  // no field that shows it joins rows
	value   string
	spelled textRef // reference to value, if it is the only value of its cell; else 0
}

// listedKey is a key that the key column lists.
type listedKey struct {
	foundKey
	fields uint8 // bit set of the groups of key fields that show it
}

func (m *mergedRow) reset() {
	if max(len(m.listed), len(m.shown)) > 1<<16 { // do not keep the memory of unusually large rows
		*m = mergedRow{}
	}
	m.cell = ""
	m.shown, m.listed, m.keys = m.shown[:0], m.listed[:0], m.keys[:0]
	m.shownAt = nil
}

// readKeyCell reads the key column. Usually it repeats the keys that the cells show, and
// then it is not parsed again.
func (r *reader) readKeyCell() {
	m := &r.merged
	switch {
	case m.cell == "":
		return
	case !m.listsShownKeys():
		r.parseKeyCell()
		m.listed = append(m.listed, r.cell.Values...)
		m.cell = r.cellText()
	}
	r.hasKey = m.cell != ""
	if r.schema.kind == entity.Identity {
		r.row.listed = r.addText(m.cell)
	}
}

// parseKeyCell parses the key column. It moves the losses of the column to their place
// among the losses of the row, which are in the order of the columns.
func (r *reader) parseKeyCell() {
	m, before := &r.merged, len(r.batch.errs)
	r.parseCell(&keyListField, m.column, m.cell)
	lost := slices.Clone(r.batch.errs[before:])
	r.batch.errs = slices.Insert(r.batch.errs[:before], m.errsBefore, lost...)
}

// listsShownKeys reports whether the key column lists exactly the keys that the cells
// show, each once and in the same order. If so, it fills listed.
func (m *mergedRow) listsShownKeys() bool {
	rest := m.cell
	for i := range m.shown {
		var found bool
		if i > 0 {
			if rest, found = strings.CutPrefix(rest, schema.Separator); !found {
				return false
			}
		}
		if rest, found = strings.CutPrefix(rest, m.shown[i].value); !found {
			return false
		}
	}
	if rest != "" || len(m.shown) == 0 {
		return false
	}
	for i := range m.shown {
		m.listed = append(m.listed, m.shown[i].value)
	}
	return true
}

// addShownKeys adds the keys that the cell of a field shows.
func (r *reader) addShownKeys(f *schema.Field, cell textRef) {
	m := &r.merged
	for _, v := range r.cell.Values {
		class, key, ok := r.schema.classifyKey(f, v, r.ignored)
		if !ok {
			continue
		}
		bit := r.schema.keyGroup(f).Bit()
		if at, ok := m.findShown(classedKey{class, key}); ok {
			m.shown[at].fields |= bit
			m.shown[at].noJoin = m.shown[at].noJoin && f.NoJoin
			continue
		}
		k := shownKey{classedKey: classedKey{class, key}, fields: bit, noJoin: f.NoJoin, value: v}
		if len(r.cell.Values) == 1 {
			k.spelled = cell
		}
		m.addShown(k)
	}
}

// addShown adds a key to shown, and to shownAt if there are many.
func (m *mergedRow) addShown(k shownKey) {
	if len(m.shown) == mapThreshold {
		m.shownAt = make(map[classedKey]int)
		for i, have := range m.shown {
			m.shownAt[have.classedKey] = i
		}
	}
	if m.shownAt != nil {
		m.shownAt[k.classedKey] = len(m.shown)
	}
	m.shown = append(m.shown, k)
}

// findShown returns the index of a key in shown, or false if no cell shows it.
func (m *mergedRow) findShown(k classedKey) (int, bool) {
	if m.shownAt != nil {
		at, ok := m.shownAt[k]
		return at, ok
	}
	for i := range m.shown {
		if m.shown[i].classedKey == k {
			return i, true
		}
	}
	return 0, false
}

// appendMergedKeys appends the keys of a row of a merged lookup to the batch: the id of
// the row, and the keys that its key column lists, each in the groups of the fields that
// show it. A key that no field shows was cut by a limit; it follows the shown keys of its
// group.
func (r *reader) appendMergedKeys() {
	if id := r.row.id; id != 0 {
		r.batch.keys = append(r.batch.keys, foundKey{class: rowIDClass, spelled: id, text: id})
	}
	for i, v := range r.merged.listed {
		r.appendListedKey(i, v)
	}
	assignGroups(r.merged.keys)
	for _, k := range r.merged.keys {
		if k.fields == 0 {
			k.noJoin = r.schema.joinsNone(k.field)
		}
		r.batch.keys = append(r.batch.keys, k.foundKey)
		first := k.field
		for g := entities.KeyIP; g <= entities.KeyCustom; g++ {
			if g != first && k.fields&g.Bit() != 0 {
				k.field = g
				r.batch.keys = append(r.batch.keys, k.foundKey)
			}
		}
	}
}

// appendListedKey appends key i of the key column. Usually it is shown key i, which has
// been classified already.
func (r *reader) appendListedKey(i int, v string) {
	m := &r.merged
	if i < len(m.shown) && m.shown[i].value == v {
		r.appendMergedKey(v, m.shown[i].key, m.shown[i].class, &m.shown[i])
		return
	}
	class, key, ok := r.schema.classifyMergedKey(v, r.ignored)
	if !ok {
		return
	}
	if at, ok := m.findShown(classedKey{class, key}); ok {
		r.appendMergedKey(v, key, class, &m.shown[at])
	} else {
		r.appendMergedKey(v, key, class, &shownKey{})
	}
}

// appendMergedKey appends a key of the key column to the keys of the row. The shown key
// is the zero shownKey if no cell shows it.
func (r *reader) appendMergedKey(v, key string, class schema.KeyClass, shown *shownKey) {
	k := listedKey{foundKey{class: class, noJoin: shown.noJoin}, shown.fields}
	if k.spelled = shown.spelled; shown.value != v || k.spelled == 0 {
		k.spelled = r.addText(v)
	}
	if k.text = k.spelled; key != v {
		k.text = r.addText(key)
	}
	r.merged.keys = append(r.merged.keys, k)
}

// assignGroups assigns each listed key of a merged row to a group of key fields, so that
// the groups are ascending. The key column was written in the order of the first group that
// has each key. This group is not after the first group that shows the key, but it may be
// before it, because a limit may have cut the key there.
func assignGroups(keys []listedKey) {
	const none = math.MaxUint8
	bound := entities.KeyField(none)
	for i := len(keys) - 1; i >= 0; i-- {
		for g := entities.KeyIP; g <= entities.KeyCustom; g++ {
			if keys[i].fields&g.Bit() != 0 {
				bound = min(bound, g)
				break
			}
		}
		keys[i].field = bound
	}
	last := entities.KeyIP
	for i := range keys {
		if keys[i].field == none { // no shown key follows
			keys[i].field = last
		}
		last = keys[i].field
	}
}

// joinsNone reports whether none of the fields of a group joins rows.
func (s *listFields) joinsNone(g entities.KeyField) bool {
	found := false
	for i := range s.fields {
		f := &s.fields[i]
		if !s.isKeyField(f) || s.keyGroup(f) != g {
			continue
		}
		if !f.NoJoin {
			return false
		}
		found = true
	}
	return found
}
