package merge

import (
	"bytes"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
)

// Lookups returns the merged lookups of a result by file name, without writing files.
func Lookups(r *Result) map[string]string { return LookupsIn(r, WriteOptions{}) }

// LookupsIn returns the merged lookups in the form that o selects.
func LookupsIn(r *Result, o WriteOptions) map[string]string {
	files := map[string]string{}
	l := newLookup(entities.Of(r.Entities))
	for _, file := range lookupFilesOf(r.Entities.Kind()) {
		var b bytes.Buffer
		if err := l.writeRows(csvio.NewWriter(&b), file.subset, o); err != nil {
			panic(err)
		}
		files[file.name] = b.String()
	}
	return files
}

// Search is the outcome of a search for two rows that contradict each other.
type Search struct {
	A, B   int // lines
	Found  bool
	Effort int // number of values that were compared
	Claims int // number of values that the rows state
}

// SearchRows searches all rows of a list of assets for two that contradict each other.
func SearchRows(src Source, o Options) Search {
	c := collectAssets(src, o)
	f := newContradictionFinder(c)
	var rows []uint32
	for row := range c.list.Rows {
		rows = append(rows, uint32(row))
	}
	a, b, found := f.find(rows)
	out := Search{Found: found, Claims: len(f.claims)}
	if found {
		out.A, out.B = int(c.list.Rows[a].Line), int(c.list.Rows[b].Line)
	}
	if len(f.families) > 0 {
		out.Effort = leastEffort + searchEffort*len(f.claims) - f.effort
	}
	return out
}

// CountVerdicts returns how many sets of rows were compared to separate the keys of a list.
func CountVerdicts(src Source) int {
	c := collectAssets(src, Options{})
	c.keys.indexRows()
	f := newContradictionFinder(c)
	s := &separator{collector: c, find: f.find, groupEnds: c.groupEnds(), withdrawn: make(map[uint32][]uint32)}
	for id := range c.keys.len() {
		if rows, _ := c.keys.rowsWith(uint32(id)); len(rows) > 1 {
			s.separateInGroups(uint32(id), rows)
		}
	}
	return len(f.verdicts)
}

// collectAssets reads a list of assets.
func collectAssets(src Source, o Options) *collector {
	s, err := newListFields(entity.Asset, o)
	if err != nil {
		panic(err)
	}
	c := newCollector(s)
	if err := c.readSource(0, src); err != nil {
		panic(err)
	}
	c.list.Fields = s.fields
	return c
}
