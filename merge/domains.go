package merge

import (
	"github.com/kithsec/kith/internal/arena"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// cutName is a name in nt_host and the domain that was cut off before it: ws-17 and CORP of
// CORP\ws-17. The domain is 0 for other names in such a cell.
type cutName struct {
	row          uint32
	name, domain entities.TextID
}

// restoreDomains puts the domains back before the names that the current list has under
// several domains: CORP\ws-17 and LAB\ws-17 are two machines, and ws-17 is neither. Whether
// a name is such is only known at the end of a list.
func (c *collector) restoreDomains() {
	ambiguous := c.ambiguousNames()
	if len(ambiguous) == 0 {
		return
	}
	for from := 0; from < len(c.cuts); {
		to := from + 1
		for to < len(c.cuts) && c.cuts[to].row == c.cuts[from].row {
			to++
		}
		c.restoreRow(int(c.cuts[from].row), c.cuts[from:to], ambiguous)
		from = to
	}
	c.keys.shared = true
	c.distinct.rebuild()
}

// ambiguousNames returns the folded names that the current list has under several domains.
func (c *collector) ambiguousNames() map[string]bool {
	domains := make(map[entities.TextID]string)
	for _, cut := range c.cuts {
		if _, known := domains[cut.domain]; !known && cut.domain != 0 {
			domains[cut.domain] = fold.Lower(c.list.Texts.Text(cut.domain))
		}
	}
	if len(domains) < 2 {
		return nil // nearly always
	}
	ambiguous, first := make(map[string]bool), make(map[string]string)
	for _, cut := range c.cuts {
		if cut.domain == 0 {
			continue
		}
		name := fold.Lower(c.list.Texts.Text(cut.name))
		if domain, known := first[name]; !known {
			first[name] = domains[cut.domain]
		} else if domain != domains[cut.domain] {
			ambiguous[name] = true
		}
	}
	return ambiguous
}

// restoreRow puts the domains back in the cell and among the keys of a row. cuts are those
// of the row.
func (c *collector) restoreRow(row int, cuts []cutName, ambiguous map[string]bool) {
	at := c.schema.byName["nt_host"]
	f := &c.schema.fields[at]
	restored := make(map[uint32][]string) // key → the names that replace it
	var set schema.ValueSet
	for v := range valuesOf(f, c.list.Cell(row, at)) {
		if !ambiguous[fold.Lower(v)] {
			set.Add(v)
			continue
		}
		var names []string
		for _, cut := range cuts {
			name := c.list.Texts.Text(cut.name)
			if !fold.Equal(name, v) {
				continue
			}
			if cut.domain != 0 {
				name = c.list.Texts.Text(cut.domain) + `\` + name
			}
			if set.Add(name) {
				names = append(names, name)
			}
		}
		if class, key, ok := c.schema.classifyKey(f, v, c.ignored); ok {
			if id, ok := c.keys.findKey(c.list.Rows[row].Zone, class, key); ok {
				restored[id] = names
			}
		}
	}
	c.list.SetCell(row, at, c.list.Texts.Intern(schema.JoinValues(set.Values)))
	c.replaceKeys(row, f, restored)
}

// replaceKeys replaces keys of a row in the group of a field by others. It moves the keys of
// the row to the end of the index.
func (c *collector) replaceKeys(row int, f *schema.Field, by map[uint32][]string) {
	x, zone, group := c.keys, c.list.Rows[row].Zone, c.schema.keyGroup(f)
	old := x.keysOf(row)
	from := len(x.rowKeys)
	for _, k := range old {
		names, replaced := by[k.id]
		if !replaced || k.field != group {
			x.addRowKey(k, from)
			continue
		}
		for _, name := range names {
			class, key, _ := c.schema.classifyKey(f, name, c.ignored)
			text, spelled := c.list.Texts.Intern(key), c.list.Texts.Intern(name)
			x.table.reserve(c.list.Texts.Len())
			id := x.table.intern(tableKey{zone, text, class})
			if int(id) == len(x.firstRow) {
				x.firstRow = append(x.firstRow, uint32(row))
			}
			x.addRowKey(rowKey{id: id, field: k.field, class: class, noJoin: k.noJoin, text: spelled}, from)
		}
	}
	x.spans[row] = entities.Span{From: uint32(from), To: uint32(len(x.rowKeys))}
}

// rebuild finds the identical rows again after rows have changed.
func (s *rowSet) rebuild() {
	n := len(s.representative)
	s.representative, s.collapsed, s.index = s.representative[:0], 0, arena.Index{}
	for range n {
		s.addLast()
	}
}
