package lists

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

// SourceCount counts what one list contributes to a version.
type SourceCount struct {
	Rows     int // rows with a key
	Entities int // entities that are made of at least one of the rows
}

// SourceChange states how a reload changed one list.
type SourceChange struct {
	Kind          entity.Kind
	Name          string // of the source in the configuration
	Before, After SourceCount
}

// String formats the change for a message, such as "cmdb: 1,204 → 1,210 rows, 1,190 → 1,196
// assets".
func (c SourceChange) String() string {
	return fmt.Sprintf("%s: %s → %s, %s → %s", c.Name, problem.Thousands(c.Before.Rows), problem.Plural(c.After.Rows, "row"),
		problem.Thousands(c.Before.Entities), problem.Plural(c.After.Entities, c.Kind.String()))
}

// sourceState is what a reload compares between two versions of one list. All files of a glob
// are one list.
type sourceState struct {
	kind    entity.Kind
	name    string
	count   SourceCount
	columns map[string][]merge.Column // by the name of the file
}

// sourcesOf returns the states of all lists, those of assets first.
func sourcesOf(l *Loaded) []sourceState {
	var all []sourceState
	for _, r := range l.Results() {
		from := len(all)
		kind := r.Entities.Kind()
		at := make([]int, len(r.Report.Sources)) // source of the report → index in all
		for i := range r.Report.Sources {
			src := &r.Report.Sources[i]
			name := cmp.Or(src.Group, src.Name)
			at[i] = from + slices.IndexFunc(all[from:], func(s sourceState) bool { return s.name == name })
			if at[i] < from {
				at[i] = len(all)
				all = append(all, sourceState{kind: kind, name: name, columns: map[string][]merge.Column{}})
			}
			all[at[i]].count.Rows += src.Rows
			all[at[i]].columns[src.Name] = src.Columns
		}
		countEntities(entities.Of(r.Entities), all, at)
	}
	return all
}

// countEntities counts the entities of each list. Source i of the store belongs to the list
// all[at[i]].
func countEntities(store *entities.Store, all []sourceState, at []int) {
	last := make([]int, len(all)) // 1 + the last record that was counted
	for record := range store.Len() {
		for _, row := range store.Rows(record) {
			list := at[store.List.Rows[row.Row].Source]
			if last[list] != record+1 {
				last[list] = record + 1
				all[list].count.Entities++
			}
		}
	}
}

// changesOf returns the changes of the lists whose number of rows or entities changed.
func changesOf(v, before *Version) []SourceChange {
	var all []SourceChange
	for _, c := range compareSources(v, before) {
		if c.Before != c.After {
			all = append(all, c)
		}
	}
	return all
}

// compareSources compares the lists of the version before v with those of v. A list that the
// configuration no longer has is left out; one that is absent has no rows.
func compareSources(v, before *Version) []SourceChange {
	var all []SourceChange
	for _, old := range before.sources {
		if configuredSource(v.Config, old.kind, old.name) == nil {
			continue
		}
		c := SourceChange{Kind: old.kind, Name: old.name, Before: old.count}
		if now := v.findSource(old.kind, old.name); now != nil {
			c.After = now.count
		}
		all = append(all, c)
	}
	return all
}

// findSource returns the state of a list, or nil if v did not read it.
func (v *Version) findSource(kind entity.Kind, name string) *sourceState {
	for i := range v.sources {
		if s := &v.sources[i]; s.kind == kind && s.name == name {
			return s
		}
	}
	return nil
}

// configuredSource returns the source with that name in a configuration, or nil.
func configuredSource(c *config.Config, kind entity.Kind, name string) *config.Source {
	_, list := c.Lists(kind)
	i := slices.IndexFunc(list.Sources, func(s config.Source) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &list.Sources[i]
}

// checkSources returns an error for each list of which v lacks too large a share of the rows
// or entities, and one for each column that a list has lost although its values are keys or
// the configuration renames it.
func checkSources(v, before *Version) (lost, columns error) {
	limit := v.Config.Reload.MaxLoss
	exceeds := func(before, after int) bool {
		return float64(before-after)/float64(max(before, 1)) > limit
	}
	for _, c := range compareSources(v, before) {
		if exceeds(c.Before.Rows, c.After.Rows) || exceeds(c.Before.Entities, c.After.Entities) {
			lost = errors.Join(lost, fmt.Errorf("%v: more than the allowed share of %v is missing", c, limit))
		}
	}
	for _, old := range before.sources {
		now, s := v.findSource(old.kind, old.name), configuredSource(v.Config, old.kind, old.name)
		if now != nil && s != nil {
			columns = errors.Join(columns, checkColumns(&old, now, s))
		}
	}
	return lost, columns
}

// checkColumns returns an error for each column that a file of a list has lost although its
// values are keys or the source renames it.
func checkColumns(before, now *sourceState, s *config.Source) error {
	var problems []error
	for _, file := range slices.Sorted(maps.Keys(before.columns)) {
		columns, found := now.columns[file]
		if !found {
			continue
		}
		for _, c := range before.columns[file] {
			isSame := func(other merge.Column) bool { return fold.Equal(other.Stated, c.Stated) }
			isSameKey := func(other merge.Column) bool { return other.Key && fold.Equal(other.Name, c.Name) }
			switch {
			case c.Key && !slices.ContainsFunc(columns, isSameKey):
				problems = append(problems, fmt.Errorf("%s: the key column %s is missing%s", file, problem.Quote(c.Name), renamedFrom(c)))
			case c.Name != "" && renames(s, c.Stated) && !slices.ContainsFunc(columns, isSame):
				problems = append(problems, fmt.Errorf("%s: the column %s, which columns renames to %s, is missing", file, problem.Quote(c.Stated), problem.Quote(c.Name)))
			}
		}
	}
	return errors.Join(problems...)
}

// renamedFrom returns the part of a message that states the name of a column in the header, or
// "" if the column was not renamed.
func renamedFrom(c merge.Column) string {
	if fold.Equal(c.Stated, c.Name) {
		return ""
	}
	return fmt.Sprintf(" (in the list %s)", problem.Quote(c.Stated))
}

// renames reports whether a source renames a column.
func renames(s *config.Source, column string) bool {
	for from := range s.Columns {
		if fold.Name(from) == fold.Name(column) {
			return true
		}
	}
	return false
}
