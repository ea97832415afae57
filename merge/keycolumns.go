package merge

import (
	"maps"
	"slices"

	"github.com/kithsec/kith/entity"
)

// KeyColumns returns the columns that identify an entity of a kind. A list can be merged if
// it has all columns of at least one element: a key field, the columns that a convention of
// Options.Keys reads, or the columns that make a list a merged lookup.
func KeyColumns(kind entity.Kind, o Options) ([][]string, error) {
	s, err := newListFields(kind, o)
	if err != nil {
		return nil, err
	}
	var all [][]string
	for i := range s.fields {
		if f := &s.fields[i]; s.isKeyField(f) {
			all = append(all, []string{f.Name})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
		if _, standard := s.byName[name]; !standard && o.Fields[name].Key == On {
			all = append(all, []string{name})
		}
	}
	for _, g := range s.generators {
		all = append(all, slices.Clone(g.columns))
	}
	name := kind.String()
	return append(all, []string{name, name + "_id", name + "_tag"}), nil
}
