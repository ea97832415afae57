package merge

import (
	"maps"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/hugepage"
)

// partition divides the rows into entities.
type partition struct {
	entities []entities.Span      // into rows, in the order of their highest-ranked rows
	rows     []entities.JoinedRow // highest-ranked first within an entity
	entityOf []uint32             // row → entity; noEntity for a collapsed row
	joins    int                  // number of rows that were joined to an earlier row
}

const noEntity = ^uint32(0)

// rowSet finds rows that are identical to an earlier one, which means that they have the
// same canonical values in the same zone.
type rowSet struct {
	list           *entities.List
	keys           *keyIndex
	representative []uint32    // row → the first row identical to it, often itself
	collapsed      int         // number of rows that are identical to an earlier one
	index          arena.Index // 1 + row, by its hash, of the rows that represent themselves
}

// addLast adds the row that was last appended to the list and to the keys.
func (s *rowSet) addLast() {
	row := uint32(len(s.representative))
	h := s.hashRow(int(row))
	same, at := s.index.First(h)
	for same != 0 && !s.sameRows(int(row), int(same-1)) {
		same, at = s.index.Next(h, at)
	}
	if same == 0 {
		s.index.Put(h, row+1)
		same = row + 1
	} else {
		s.collapsed++
	}
	s.representative = append(hugepage.Grow(s.representative, 1), same-1)
}

// reserve makes room for the given number of further rows.
func (s *rowSet) reserve(rows int) {
	s.representative = hugepage.Grow(s.representative, rows)
	s.index.Reserve(rows)
}

// hashRow returns a hash of a row. It includes the keys, because rows of a merged lookup
// may differ only in the keys that they list.
func (s *rowSet) hashRow(row int) uint32 {
	const mix = 0xff51afd7ed558ccd
	h := uint64(s.list.Rows[row].ID) + 0x9E3779B97F4A7C15
	for _, k := range s.keys.keysOf(row) {
		h += (uint64(k.id) + 1) * mix // independent of the order of the columns
	}
	for _, cell := range s.list.Cells(row) {
		if cell != 0 { // a later source may have more columns
			h = (h ^ uint64(cell)) * mix
			h ^= h >> 32
		}
	}
	return uint32(h>>32 ^ h>>3)
}

// sameRows reports whether two rows are identical. It compares the keys, too, because
// rows of a merged lookup may list keys that their cells do not show, and because a key may
// have been withdrawn from one of the rows.
func (s *rowSet) sameRows(a, b int) bool {
	x, y := &s.list.Rows[a], &s.list.Rows[b]
	return x.Keys == y.Keys && x.Zone == y.Zone && x.ID == y.ID && sameCells(s.list.Cells(a), s.list.Cells(b)) &&
		maps.Equal(s.list.RangedIn(a), s.list.RangedIn(b)) && s.sameKeys(a, b)
}

func (s *rowSet) sameKeys(a, b int) bool {
	merged := func(row int) bool { return s.list.Sources[s.list.Rows[row].Source].Merged }
	x, y := s.keys.keysOf(a), s.keys.keysOf(b)
	if merged(a) != merged(b) {
		return false
	}
	return slices.Equal(x, y) || !merged(a) && slices.Equal(sortedIDs(x), sortedIDs(y))
}

// sortedIDs returns the numbers of keys in ascending order, because lists differ in the order
// of their columns.
func sortedIDs(keys []rowKey) []uint32 {
	var ids []uint32
	for _, k := range keys {
		ids = append(ids, k.id)
	}
	slices.Sort(ids)
	return ids
}

// sameCells reports whether two rows have the same cells. Cells that one of them lacks
// count as empty.
func sameCells(a, b []entities.TextID) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for i, cell := range b {
		if i < len(a) && a[i] != cell || i >= len(a) && cell != 0 {
			return false
		}
	}
	return true
}

// disjointSets is a union-find structure over rows. The root of a set is its
// highest-ranked row.
type disjointSets []uint32

func newDisjointSets(n int) disjointSets {
	f := make(disjointSets, n)
	for i := range f {
		f[i] = uint32(i)
	}
	return f
}

func (f disjointSets) find(row uint32) uint32 {
	for f[row] != row {
		f[row] = f[f[row]]
		row = f[row]
	}
	return row
}

func (f disjointSets) union(a, b uint32) {
	a, b = f.find(a), f.find(b)
	if a < b {
		f[b] = a
	} else {
		f[a] = b
	}
}

// joiner groups rows into entities.
type joiner struct {
	*collector
	partition partition
	links     map[uint32][]uint32 // keys that joinShortNames joined: short → full names, and back
}

// joinRows joins all rows that share a key, directly or through other rows, into one
// entity, unless the key joins no rows (see rowsJoinedBy).
func (c *collector) joinRows() partition {
	j := joiner{collector: c}
	sets := newDisjointSets(len(j.list.Rows))
	if j.keys.shared {
		j.joinSharedKeys(sets)
	}
	if j.schema.kind == entity.Asset && !j.schema.options.NoMerge && j.joinsNames() {
		j.joinShortNames(sets)
	}
	j.numberEntities(sets)
	if j.partition.joins > 0 {
		j.explainJoins()
	}
	return j.partition
}

// joinSharedKeys unites the sets of the rows that a key joins, for every key.
func (j *joiner) joinSharedKeys(sets disjointSets) {
	for id := range j.keys.len() {
		rows := j.rowsJoinedBy(uint32(id))
		for _, row := range rows {
			sets.union(rows[0], row)
		}
	}
}

// rowsJoinedBy returns the rows that a key joins. There are none if NoMerge is set, if more
// than MaxRowsPerKey rows have the key, or if separateKeys has marked it. The ids of merged
// lookups always join rows.
func (j *joiner) rowsJoinedBy(id uint32) []uint32 {
	rows, _ := j.keys.rowsWith(id)
	switch {
	case len(rows) < 2:
		return nil
	case j.keys.classOf(id) == rowIDClass:
		return rows
	case j.schema.options.NoMerge || len(rows) > j.maxRowsPerKey() || j.keys.separate[id]:
		return nil
	case j.keys.noJoin:
		return slices.DeleteFunc(slices.Clone(rows), func(row uint32) bool { return !j.keys.joins(row, id) })
	}
	return rows
}

// maxRowsPerKey returns the largest number of rows that a key joins.
func (c *collector) maxRowsPerKey() int {
	if n := c.schema.options.MaxRowsPerKey; n > 0 {
		return n
	}
	return DefaultMaxRowsPerKey
}

// numberEntities numbers the entities in the order of their highest-ranked rows.
func (j *joiner) numberEntities(sets disjointSets) {
	to := &j.partition
	to.entityOf = make([]uint32, len(sets))
	for row := range sets {
		to.entityOf[row] = noEntity
		if j.distinct.representative[row] != uint32(row) {
			continue
		}
		root := sets.find(uint32(row))
		if root == uint32(row) {
			to.entityOf[row] = uint32(len(to.entities))
			to.entities = append(hugepage.Grow(to.entities, 1), entities.Span{})
		} else {
			to.entityOf[row] = to.entityOf[root]
			to.joins++
		}
		to.entities[to.entityOf[row]].To++
	}
	at := uint32(0)
	for i, span := range to.entities {
		to.entities[i] = entities.Span{From: at, To: at}
		at += span.To
	}
	to.rows = make([]entities.JoinedRow, at)
	for row, e := range to.entityOf {
		if e != noEntity {
			to.rows[to.entities[e].To] = entities.JoinedRow{Row: uint32(row)}
			to.entities[e].To++
		}
	}
}

// explainJoins records the key that joined each row of an entity but the first. It is a
// breadth-first search over shared keys that starts at the highest-ranked row, so each
// row shares the recorded key with a row that was reached earlier.
func (j *joiner) explainJoins() {
	by := make([]entities.TextID, len(j.partition.entityOf))
	reached := make([]bool, len(j.partition.entityOf))
	walked := make([]bool, j.keys.len())
	var queue []uint32
	for _, span := range j.partition.entities {
		if span.Len() < 2 {
			continue
		}
		first := j.partition.rows[span.From].Row
		reached[first] = true
		queue = append(queue[:0], first)
		for len(queue) > 0 {
			row := queue[0]
			queue = queue[1:]
			j.eachJoined(row, walked, func(other uint32, key entities.TextID) {
				if !reached[other] {
					reached[other] = true
					by[other] = key
					queue = append(queue, other)
				}
			})
		}
	}
	for i := range j.partition.rows {
		j.partition.rows[i].JoinedBy = by[j.partition.rows[i].Row]
	}
}

// eachJoined calls do for every row that a key of a row joins to it, with that key, or the short
// name that joins them. It leaves out the keys that are walked, and marks the others as walked.
func (j *joiner) eachJoined(row uint32, walked []bool, do func(other uint32, key entities.TextID)) {
	for _, k := range j.keys.keysOf(int(row)) {
		if k.ranged || k.noJoin || walked[k.id] {
			continue
		}
		walked[k.id] = true
		for _, other := range j.rowsJoinedBy(k.id) {
			do(other, k.text)
		}
		linked, short := j.linkedRows(k.id)
		for _, other := range linked {
			if j.partition.entityOf[other] == j.partition.entityOf[row] {
				do(other, short)
			}
		}
	}
}
