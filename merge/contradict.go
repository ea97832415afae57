package merge

import (
	"encoding/binary"
	"slices"
)

// contradictionFinder finds two rows that contradict each other, which means that they
// describe two machines.
//
// Rows are compared by the items that they state: the names in nt_host and dns are one item,
// and each custom key is another. Two rows contradict each other if there are items that both
// state, and none of those agrees. A custom key agrees if the rows share a value.
// Names agree if two of them are equal, or if one is the first label of the other or the
// first 15 characters of that label, as in NetBIOS names. Names that begin with "*.", names
// that have the form of an address or a MAC, and placeholders are not compared. A row of a
// merged lookup also states the names that its cells show, because the row may list only
// some of the keys of its entity.
//
// Comparing each row with every other would take hours for a value that 100,000 rows have.
// The finder therefore collects the rows that state the same items in a family, and keeps
// a search tree for it. Each node of the tree has a witness, which is a row. The path to the
// node contains values, and the witness is the first row of the family that no value of the
// path connects with another. A query walks down the tree: if a row does not agree with the
// witness of a node, the two contradict each other; otherwise a value connects them, and the
// query continues at the child for this value. Each step uses up another value of the row,
// so a query takes at most as many steps as the row has values, and most families have only
// a few nodes.
type contradictionFinder struct {
	*collector
	customKeys []int // columns
	nameFields []int // columns

	// State of the current call of find.
	families []rowFamily
	claims   []claim // backs the statements
	effort   int     // left
	names    []uint32
	key      []byte

	verdicts map[string]verdict // what find returned for rows with many keys, by the rows
	kept     int                // total length of the keys of verdicts
}

// verdict is a result of find.
type verdict struct {
	a, b  uint32
	found bool
}

// Rows that together have more than manyKeys keys often share many of them, so that the
// verdict about them is kept. maxKeptVerdicts bounds the memory in bytes.
const (
	manyKeys        = 256
	maxKeptVerdicts = 16 << 20
)

// A search may compare leastEffort values, and searchEffort more for each value that the rows
// state. That is several times more than rows of real lists need.
const (
	leastEffort  = 1 << 16
	searchEffort = 64
)

// rowFamily holds the rows that state the same items.
type rowFamily struct {
	items uint64
	rows  []statement
	root  witness
}

// witness is a node of the search tree of a family.
type witness struct {
	row      int          // index in rowFamily.rows; the number of rows if every row is connected
	path     []connection // from the root
	children []*witness   // by the last element of their paths
}

// connection is a value that connects a row with others.
type connection struct {
	claim  claim
	isForm bool // the value is a shorter form of a name of the row, and connects it only with rows that state it
}

func newContradictionFinder(c *collector) *contradictionFinder {
	f := &contradictionFinder{collector: c, verdicts: make(map[string]verdict)}
	for i := range c.list.Fields {
		switch field := &c.list.Fields[i]; {
		case field.Custom && field.Key:
			f.customKeys = append(f.customKeys, i)
		case field.Name == "nt_host" || field.Name == "dns":
			f.nameFields = append(f.nameFields, i)
		}
	}
	return f
}

// find returns two of some rows that contradict each other, the higher-ranked first, or false
// if there are none. The rows are ascending and belong to one zone. If the search takes too
// long, which happens only if the values were chosen for this purpose, find returns two rows
// whose names differ.
func (f *contradictionFinder) find(rows []uint32) (a, b uint32, found bool) {
	if !f.haveManyKeys(rows) {
		v := f.compare(rows)
		return v.a, v.b, v.found
	}
	f.key = f.key[:0]
	for _, row := range rows {
		f.key = binary.LittleEndian.AppendUint32(f.key, row)
	}
	v, known := f.verdicts[string(f.key)]
	if !known {
		v = f.compare(rows)
		if f.kept += len(f.key); f.kept > maxKeptVerdicts {
			clear(f.verdicts)
			f.kept = len(f.key)
		}
		f.verdicts[string(f.key)] = v
	}
	return v.a, v.b, v.found
}

// haveManyKeys reports whether rows have more than manyKeys keys together.
func (f *contradictionFinder) haveManyKeys(rows []uint32) bool {
	n := 0
	for _, row := range rows {
		if n += f.keys.spans[row].Len(); n > manyKeys {
			return true
		}
	}
	return false
}

// compare is find without verdicts that were kept.
func (f *contradictionFinder) compare(rows []uint32) verdict {
	if f.shareName(rows) {
		return verdict{}
	}
	a, b, found := f.search(rows)
	return verdict{a, b, found}
}

// shareName reports whether the rows agree because all of them state the same name, or none
// of them states an item. It is the fast path of compare.
func (f *contradictionFinder) shareName(rows []uint32) bool {
	named := false
	for _, row := range rows {
		from := len(f.names)
		if !named {
			f.names, from = f.names[:0], 0
		}
		f.names = f.appendNames(f.names, row)
		switch own := f.names[from:]; {
		case len(own) == 0:
			if len(f.customKeys) > 0 {
				return false
			}
		case !named:
			named = true
		case from*len(own) > manyKeys*manyKeys:
			return false // search is faster
		default:
			kept := f.names[:0]
			for _, name := range f.names[:from] {
				if slices.Contains(own, name) {
					kept = append(kept, name)
				}
			}
			if f.names = kept; len(kept) == 0 {
				return false
			}
		}
	}
	return true
}

// search is compare without its fast path.
func (f *contradictionFinder) search(rows []uint32) (a, b uint32, found bool) {
	f.families, f.claims = f.families[:0], f.claims[:0]
	for _, row := range rows {
		f.addToFamily(f.stateRow(row))
	}
	f.effort = leastEffort + searchEffort*len(f.claims)
	for i := range f.families {
		for j := range f.families[i].rows {
			s := &f.families[i].rows[j]
			for k := range f.families {
				other := &f.families[k]
				if other.items&s.items == 0 {
					continue
				}
				if row, found := f.searchFamily(other, s); found {
					return min(row, s.row), max(row, s.row), true
				}
			}
		}
	}
	return 0, 0, false
}

// addToFamily adds a row to the family of the rows that state the same items.
func (f *contradictionFinder) addToFamily(s statement) {
	if s.items == 0 {
		return
	}
	i := slices.IndexFunc(f.families, func(other rowFamily) bool { return other.items == s.items })
	if i < 0 {
		i = len(f.families)
		f.families = append(f.families, rowFamily{items: s.items})
	}
	f.families[i].rows = append(f.families[i].rows, s)
}

// searchFamily returns a row of a family that s contradicts, or false if there is none.
func (f *contradictionFinder) searchFamily(in *rowFamily, s *statement) (row uint32, found bool) {
	for at := &in.root; at.row < len(in.rows); {
		other := &in.rows[at.row]
		f.effort -= len(s.stated) + len(s.forms) + len(other.stated) + len(other.forms)
		by, connected := connect(s, other)
		if !connected || f.effort < 0 && other.row != s.row {
			return other.row, true
		}
		at = f.childOf(in, at, by)
	}
	return 0, false
}

// connect returns a value by which s agrees with another row, or false if they do not agree.
// It prefers values that s states to shorter forms of them.
func connect(s, other *statement) (connection, bool) {
	if c, ok := firstCommon(s.stated, other.stated); ok {
		return connection{claim: c}, true
	}
	if c, ok := firstCommon(s.stated, other.forms); ok {
		return connection{claim: c}, true
	}
	c, ok := firstCommon(s.forms, other.stated)
	return connection{claim: c, isForm: true}, ok
}

// firstCommon returns the first element that is in both of two ascending lists.
func firstCommon(a, b []claim) (claim, bool) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			return a[0], true
		case a[0] < b[0]:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return 0, false
}

// connects reports whether the connection of a row connects it with s.
func (by connection) connects(s *statement) bool {
	if _, found := slices.BinarySearch(s.stated, by.claim); found {
		return true
	}
	if by.isForm {
		return false
	}
	_, found := slices.BinarySearch(s.forms, by.claim)
	return found
}

// childOf returns the child of a node for a value, which it adds to the tree if necessary.
func (f *contradictionFinder) childOf(in *rowFamily, at *witness, by connection) *witness {
	for _, child := range at.children {
		f.effort--
		if child.path[len(child.path)-1] == by {
			return child
		}
	}
	child := &witness{row: at.row + 1, path: append(slices.Clone(at.path), by)}
	for child.row < len(in.rows) && f.effort >= 0 && f.connectsAny(child.path, &in.rows[child.row]) {
		child.row++
	}
	at.children = append(at.children, child)
	return child
}

// connectsAny reports whether any of some values connects a row with s.
func (f *contradictionFinder) connectsAny(path []connection, s *statement) bool {
	for i := len(path) - 1; i >= 0; i-- {
		f.effort--
		if path[i].connects(s) {
			return true
		}
	}
	return false
}
