package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

// diffTable shows changes in a table, a row for each field of a changed entity.
type diffTable struct {
	grid                 term.Grid
	added, gone, changed int
}

// addChange adds the rows of a change.
func (t *diffTable) addChange(c merge.Change) {
	if t.added+t.gone+t.changed == 0 {
		t.grid.AddRow("change", "kind", "key", "field", "before", "after")
	}
	switch c.Change {
	case "new":
		t.added++
	case "gone":
		t.gone++
	default:
		t.changed++
	}
	if len(c.Fields) == 0 {
		t.grid.AddRow(c.Change, c.Kind, c.Key)
		return
	}
	for i, field := range slices.Sorted(maps.Keys(c.Fields)) {
		before, after := differingValues(c.Fields[field])
		if i > 0 {
			t.grid.AddRow("", "", "", field, before, after)
			continue
		}
		t.grid.AddRow(c.Change, c.Kind, c.Key, field, before, after)
	}
}

// differingValues returns the values that only the old or only the new cell has, or all
// values if the cells differ only in their order.
func differingValues(c merge.FieldChange) (before, after string) {
	without := func(values, other []string) []string {
		return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(other, v) })
	}
	removed, added := without(c.Old, c.New), without(c.New, c.Old)
	if len(removed)+len(added) == 0 {
		removed, added = c.Old, c.New
	}
	return strings.Join(removed, "  "), strings.Join(added, "  ")
}

// text returns the table, and a line that counts the changes.
func (t *diffTable) text(style term.Style) string {
	if t.added+t.gone+t.changed == 0 {
		return "no changes\n"
	}
	var b strings.Builder
	t.grid.WrapWidth(style.Width)
	t.grid.Print(&b, "")
	fmt.Fprintf(&b, "\n%s new, %s gone, %s changed\n", problem.Thousands(t.added), problem.Thousands(t.gone), problem.Thousands(t.changed))
	return b.String()
}
