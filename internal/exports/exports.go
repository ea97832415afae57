// Package exports lists the columns of the lists that products export: inventories,
// directories and scanners.
//
// The tables are data. Each line of exports.csv is an export: the product, its marks (names of
// columns by which it is recognised), the names that it never has, and the page that the names
// come from. Each line of columns.csv is a column of an export and the field that it
// becomes; of two columns of one field, the first is preferred. A column without a field
// is known to belong to the export, but is not read as a field. The names in events.txt
// are those of logs and tickets, whose rows are not about one machine or person each; of
// them, only letters and digits count.
//
// A header is that of an export if it has all columns of at least one mark, none of the
// columns that the export never has, and none that belongs to logs unless the export has
// that column itself.
package exports

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	_ "embed" // the tables

	"github.com/kithsec/kith/internal/fold"
)

//go:embed exports.csv
var exportsCSV string

//go:embed columns.csv
var columnsCSV string

//go:embed events.txt
var eventsText string

// Export is a list that a product exports. Names of columns are compared ignoring case.
type Export struct {
	Product string     // such as "Microsoft Intune devices"
	Kind    string     // asset or identity
	Marks   [][]string // the header has all names of at least one
	Never   []string   // names that the header does not have
	Page    string     // where the names are published
	Columns []Column   // in order of preference
}

// Column is a column of an export.
type Column struct {
	Name  string // as in the header; a dotted path in JSON
	Field string // that the column becomes; "" for none
	// Clear reports whether the name alone, such as "hostname", states what the column
	// contains, so that a column with this name is worth a note in any list.
	Clear bool
}

// All returns all exports in the order of the table. The result must not be changed.
func All() []Export { return table().exports }

// Of returns the exports of a kind whose columns the header has, the one with most columns
// first; of several, the first of the table. A repeated name counts once.
func Of(kind string, header []string) []*Export {
	t := table()
	has := map[string]bool{}
	for _, name := range header {
		has[fold.Name(name)] = true
	}
	events := t.eventColumns(has)
	type candidate struct {
		export  *Export
		columns int
	}
	var found []candidate
	for i := range t.exports {
		e := &t.exports[i]
		if e.Kind == kind && e.isMarked(has) && e.hasColumns(events) {
			found = append(found, candidate{e, e.count(has)})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return b.columns - a.columns })
	all := make([]*Export, len(found))
	for i, c := range found {
		all[i] = c.export
	}
	return all
}

// isMarked reports whether a header, as its folded names, has a mark of the export and
// none of the names that the export never has.
func (e *Export) isMarked(has map[string]bool) bool {
	hasName := func(name string) bool { return has[fold.Name(name)] }
	lacksName := func(name string) bool { return !hasName(name) }
	return !slices.ContainsFunc(e.Never, hasName) &&
		slices.ContainsFunc(e.Marks, func(mark []string) bool { return !slices.ContainsFunc(mark, lacksName) })
}

// count returns how many columns of the export a header has.
func (e *Export) count(has map[string]bool) int {
	n := 0
	for _, c := range e.Columns {
		if has[fold.Name(c.Name)] {
			n++
		}
	}
	return n
}

// exportTable is the content of the embedded files.
type exportTable struct {
	exports []Export
	events  eventNames
}

// eventNames are the names of columns of logs, reduced to letters and digits.
type eventNames struct {
	whole    map[string]bool
	prefixes []string
}

// isEvent reports whether a folded name is that of a column of logs.
func (n *eventNames) isEvent(name string) bool {
	name = lettersAndDigits(name)
	return n.whole[name] || slices.ContainsFunc(n.prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name)
}

// eventColumns returns the columns of a header that belong to logs.
func (t *exportTable) eventColumns(has map[string]bool) []string {
	var found []string
	for name := range has {
		if t.events.isEvent(name) {
			found = append(found, name)
		}
	}
	return found
}

// hasColumns reports whether an export has all of the columns, given by their folded names.
func (e *Export) hasColumns(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(e.Columns, func(c Column) bool { return fold.Name(c.Name) == name })
	})
}

// table returns the tables, which are parsed once. They are part of the program, so it panics
// if they have an error.
var table = sync.OnceValue(func() *exportTable {
	t, err := parseTable(exportsCSV, columnsCSV, eventsText)
	if err != nil {
		panic(err)
	}
	return t
})

// parseTable parses the three files of the table.
func parseTable(exports, columns, events string) (*exportTable, error) {
	t := &exportTable{events: eventNames{whole: map[string]bool{}}}
	byID := map[string]int{}
	rows, err := readRows("exports.csv", exports, "id", "product", "kind", "marks", "never", "page")
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if _, again := byID[r[0]]; again {
			return nil, fmt.Errorf("exports.csv: two exports have the id %q", r[0])
		}
		byID[r[0]] = len(t.exports)
		e := Export{Product: r[1], Kind: r[2], Never: splitNames(r[4], "|"), Page: r[5]}
		for _, mark := range splitNames(r[3], "|") {
			e.Marks = append(e.Marks, splitNames(mark, "&"))
		}
		t.exports = append(t.exports, e)
	}
	if rows, err = readRows("columns.csv", columns, "id", "column", "field", "clear"); err != nil {
		return nil, err
	}
	for _, r := range rows {
		i, known := byID[r[0]]
		if !known {
			return nil, fmt.Errorf("columns.csv: exports.csv has no id %q", r[0])
		}
		t.exports[i].Columns = append(t.exports[i].Columns, Column{Name: r[1], Field: r[2], Clear: r[3] == "yes"})
	}
	for line := range strings.Lines(events) {
		name := fold.Name(line)
		prefix, isPrefix := strings.CutSuffix(name, "*")
		switch {
		case name == "" || name[0] == '#':
		case isPrefix:
			t.events.prefixes = append(t.events.prefixes, lettersAndDigits(prefix))
		default:
			t.events.whole[lettersAndDigits(name)] = true
		}
	}
	return t, nil
}

// readRows reads the rows of a table, whose header must be want.
func readRows(file, text string, want ...string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], want) {
		return nil, fmt.Errorf("%s: the header must be %s", file, strings.Join(want, ","))
	}
	return rows[1:], nil
}

// splitNames splits names at a separator and trims them. The result of "" is nil.
func splitNames(text, separator string) []string {
	if text == "" {
		return nil
	}
	names := strings.Split(text, separator)
	for i, name := range names {
		names[i] = fold.Trim(name)
	}
	return names
}
