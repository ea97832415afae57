package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

// topOffenders is how many shared keys and collisions a report shows; its JSON
// form has all.
const topOffenders = 5

// reportTable writes reports for people.
func reportTable(results []*merge.Result, s term.Style) string {
	var b strings.Builder
	for i, r := range results {
		if i > 0 {
			b.WriteByte('\n')
		}
		kindReport(&b, &r.Report, r.Losses, s)
	}
	return b.String()
}

func kindReport(b *strings.Builder, r *merge.Report, losses []*entity.RowError, s term.Style) {
	fmt.Fprintf(b, "%s  %s of %s became %s with %s: %s joined another, %s identical\n",
		s.Bold(r.Kind), problem.Plural(r.Rows, "row"), problem.Plural(len(r.Sources), "source"), problem.Plural(r.Entities, "entity"), problem.Plural(r.Keys, "key"),
		problem.Plural(r.Joins, "row"), problem.Thousands(r.Identical))
	var sources term.Grid
	sources.AddRow("source", "rows", "lost", "file")
	sources.SetLook(s.Dim)
	for _, src := range r.Sources {
		sources.AddRow(src.Name, problem.Thousands(src.Rows), problem.Thousands(src.Lost), src.Path)
	}
	sources.Print(b, "  ")
	section(b, s, counted(r.Conflicts), "conflicts", "entities whose rows disagree")
	section(b, s, counted(r.Cut), "cut", "values beyond the limit")
	section(b, s, sharedRows(r), "shared keys", "rows that carry one and are not joined by it")
	section(b, s, collisionRows(r), "collisions", "who answers, and who does not")
	section(b, s, counted(reasons(losses, false)), "lost", "how often")
	section(b, s, counted(reasons(losses, true)), "noted", "how often")
	if n := len(r.LeftOut); n > 0 {
		section(b, s, [][]string{{problem.Plural(n, "entity"), "better-ranked ones have all their keys: " + originList(r.LeftOut, n)}}, "left out", "")
	}
}

// section writes rows under a head, or nothing if there are none.
func section(b *strings.Builder, s term.Style, rows [][]string, name, what string) {
	if len(rows) == 0 {
		return
	}
	var g term.Grid
	g.AddRow(name, what)
	g.SetLook(s.Dim)
	for _, row := range rows {
		g.AddRow(row...)
	}
	b.WriteByte('\n')
	g.Print(b, "  ")
}

// counted sorts counts, the largest first.
func counted(counts map[string]int) [][]string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	var rows [][]string
	for _, name := range names {
		rows = append(rows, []string{name, problem.Thousands(counts[name])})
	}
	return rows
}

// reasons counts losses, or notes, by what and why.
func reasons(losses []*entity.RowError, notes bool) map[string]int {
	counts := map[string]int{}
	for _, e := range losses {
		switch {
		case (e.Loss == entity.Note) != notes:
		case notes:
			counts[e.Reason]++
		default:
			counts[string(e.Loss)+": "+e.Reason]++
		}
	}
	return counts
}

func sharedRows(r *merge.Report) [][]string {
	var rows [][]string
	for i, k := range r.SharedKeys {
		if i == topOffenders {
			return append(rows, []string{"and " + problem.Thousands(len(r.SharedKeys)-i) + " more"})
		}
		rows = append(rows, []string{k.Key, problem.Thousands(k.Rows), originList(k.By, k.Rows)})
	}
	return rows
}

func collisionRows(r *merge.Report) [][]string {
	var rows [][]string
	for i, k := range r.Collisions {
		if i == topOffenders {
			return append(rows, []string{"and " + problem.Thousands(len(r.Collisions)-i) + " more"})
		}
		rows = append(rows, []string{
			k.Key, fmt.Sprintf("%s, not %s (%s)", placeOf(k.Winner.Source, k.Winner.Line), originList(k.Losers, len(k.Losers)), k.Why),
		})
	}
	return rows
}

// originList names the first rows of n.
func originList(origins []merge.Origin, n int) string {
	const few = 3
	var places []string
	for _, o := range origins[:min(few, len(origins))] {
		places = append(places, placeOf(o.Source, o.Line))
	}
	if n > len(places) {
		places = append(places, "…")
	}
	return strings.Join(places, " ")
}
