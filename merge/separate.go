package merge

import (
	"fmt"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// Join decides which values join rows of assets that contradict each other. Two rows
// contradict each other if both state names (in nt_host and dns) or both state the same custom
// key, and none of these agrees: they describe two machines.
type Join string

// The settings of Join. The zero Join is JoinDistinct.
const (
	// With JoinDistinct, an address or MAC that contradicting rows of one list have is a key
	// of none of these rows, because the list does not state whose it is. In other lists it is
	// still a key. A prefix or a range of MACs remains a key of the highest-ranked of the rows,
	// but joins no rows.
	JoinDistinct Join = "distinct"
	// JoinNames is like JoinDistinct. In addition, a value that contradicting rows of several
	// lists have joins no rows, and is a key of the highest-ranked of them.
	JoinNames Join = "names"
	// With JoinAny, every value joins the rows that have it, as in Enterprise Security.
	JoinAny Join = "any"
)

// check returns an error for a Join that is none of the settings.
func (j Join) check() error {
	if j != "" && j != JoinDistinct && j != JoinNames && j != JoinAny {
		return fmt.Errorf("unknown join %q: use %s, %s or %s", string(j), JoinDistinct, JoinNames, JoinAny)
	}
	return nil
}

// separator finds keys that must not join rows, because rows that contradict each other list
// them.
type separator struct {
	*collector
	find      func(rows []uint32) (a, b uint32, found bool)
	groupEnds []uint32            // of each group of sources, in rank order: 1 + its last row
	withdrawn map[uint32][]uint32 // row → the keys that it loses, ascending
}

// separatesKeys reports whether contradicting rows keep a value from joining rows.
func (c *collector) separatesKeys() bool {
	o := &c.schema.options
	return c.schema.kind == entity.Asset && !o.NoMerge && o.Join != JoinAny && c.keys.shared
}

// separateKeys withdraws addresses and MACs from the contradicting rows of a list that have
// them, marks other keys of contradicting rows as keys that join no rows, and reports both
// as notes. It compares all rows, including identical ones, so keepRows must not have removed
// those from the index yet.
func (c *collector) separateKeys() {
	s := &separator{collector: c, find: newContradictionFinder(c).find, groupEnds: c.groupEnds(), withdrawn: make(map[uint32][]uint32)}
	for id := range c.keys.len() {
		rows, _ := c.keys.rowsWith(uint32(id))
		if len(rows) < 2 {
			continue
		}
		class := c.keys.classOf(uint32(id))
		if class == schema.AddressKey || class == schema.MACKey || class == schema.PrefixKey || class == schema.MACRangeKey {
			s.separateInGroups(uint32(id), rows)
		}
		if c.schema.options.Join == JoinNames && class != rowIDClass {
			s.separateAmongGroups(uint32(id))
		}
	}
	for row, ids := range s.withdrawn { // at the end, because a row can lose many
		c.keys.removeKeys(row, ids)
	}
	if s.splitsIdenticalRows() {
		c.distinct.rebuild()
	}
}

// groupEnds returns 1 + the last row of each group of sources.
func (c *collector) groupEnds() []uint32 {
	var ends []uint32
	end := uint32(0)
	for i := range c.list.Sources {
		end += uint32(c.list.Sources[i].Rows)
		if i > 0 && c.groups[i] != "" && c.groups[i] == c.groups[i-1] {
			ends[len(ends)-1] = end
		} else {
			ends = append(ends, end)
		}
	}
	return ends
}

// separateInGroups separates the rows of each list that list a key. rows are all rows that
// list it.
func (s *separator) separateInGroups(id uint32, rows []uint32) {
	group := 0
	var withdrawn []uint32
	for len(rows) > 1 {
		for s.groupEnds[group] <= rows[0] {
			group++
		}
		n := 1
		for n < len(rows) && rows[n] < s.groupEnds[group] {
			n++
		}
		own := rows[:n]
		rows = rows[n:]
		if n < 2 {
			continue
		}
		a, b, found := s.find(own)
		switch {
		case !found:
		case isSingleKey(s.keys.classOf(id)):
			s.addNote(id, a, b, n, "it is a key of no row of this list; select the current rows with newest or where, or join them with assets.join: any")
			withdrawn = append(withdrawn, own...)
		default:
			s.addNote(id, a, b, n, "it joins no rows, and is a key of the highest-ranked one; select the current rows with newest or where, or join them with assets.join: any")
			s.keys.markSeparate(id)
		}
	}
	if len(withdrawn) > 0 {
		s.keys.removeRows(id, withdrawn)
	}
	for _, row := range withdrawn {
		s.withdrawn[row] = append(s.withdrawn[row], id)
	}
}

// separateAmongGroups marks a key as one that joins no rows if rows of different lists that
// list it contradict each other.
func (s *separator) separateAmongGroups(id uint32) {
	rows, _ := s.keys.rowsWith(id)
	if len(rows) < 2 || s.keys.separate[id] {
		return
	}
	if a, b, found := s.find(rows); found {
		s.addNote(id, a, b, len(rows), "it joins no rows, and is a key of the highest-ranked one; correct the list that is wrong, or join the rows with assets.join: any")
		s.keys.markSeparate(id)
	}
}

// addNote adds the note that rows a and b, which are among n rows with a key, contradict each
// other.
func (s *separator) addNote(id, a, b uint32, n int, consequence string) {
	row := &s.list.Rows[a]
	src := &s.list.Sources[row.Source]
	key := s.keyText(id)
	field := "ip"
	switch s.keys.classOf(id) {
	case schema.MACKey, schema.MACRangeKey:
		field = "mac"
	case schema.NameKey, schema.SuffixKey:
		field = ""
	}
	more := ""
	if n > 2 {
		more = fmt.Sprintf(", and in %s rows in all", problem.Thousands(n))
	}
	s.errs = append(s.errs, &entity.RowError{
		Source: src.Name, Path: src.Path, Line: int(row.Line), Field: field, Loss: entity.Note, Reason: "key of several machines", Value: key,
		Err: fmt.Errorf("%s is on %s and on %s%s: %s", problem.Quote(key), s.describeRow(a), s.describeRow(b), more, consequence),
	})
}

// describeRow returns the first name of a row, or else a custom key, and its place: "web-1
// (hosts.csv:2)".
func (c *collector) describeRow(row uint32) string {
	return fmt.Sprintf("%s (%s)", problem.Shorten(c.nameOfRow(row)), c.placeOf(row))
}

// nameOfRow returns the first name of a row, or else the first value of a custom key.
func (c *collector) nameOfRow(row uint32) string {
	for _, custom := range []bool{false, true} {
		for i := range c.list.Fields {
			f := &c.list.Fields[i]
			if !f.Key || f.Custom != custom || !custom && f.Name != "nt_host" && f.Name != "dns" {
				continue
			}
			for v := range valuesOf(f, c.list.Cell(int(row), i)) {
				if class, _, ok := c.schema.classifyKey(f, v, c.ignored); ok && (custom || class == schema.NameKey) {
					return v
				}
			}
		}
	}
	return "a row without a name"
}

// placeOf returns the file and line of a row, as in "hosts.csv:2".
func (c *collector) placeOf(row uint32) string {
	r := &c.list.Rows[row]
	src := &c.list.Sources[r.Source]
	if src.Path == "" {
		return fmt.Sprintf("%s:%d", src.Name, r.Line)
	}
	return fmt.Sprintf("%s:%d", src.Path, r.Line)
}

// splitsIdenticalRows reports whether a row that lost a key is identical to another row. That
// row may have kept the key, so that the two are no longer identical.
func (s *separator) splitsIdenticalRows() bool {
	if len(s.withdrawn) == 0 || s.distinct.collapsed == 0 {
		return false
	}
	repeated := make(map[uint32]bool)
	for row, first := range s.distinct.representative {
		if first != uint32(row) {
			repeated[first] = true
		}
	}
	for row := range s.withdrawn {
		if repeated[s.distinct.representative[row]] {
			return true
		}
	}
	return false
}
