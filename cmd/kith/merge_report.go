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

// maxReportRows is how many shared keys and collisions a table shows. As JSON, a report
// has all of them.
const maxReportRows = 5

// reportTable returns the reports of merging as tables.
func reportTable(results []*merge.Result, s term.Style) string {
	var b strings.Builder
	for i, r := range results {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeKindReport(&b, &r.Report, r.Losses, s)
	}
	return b.String()
}

// writeKindReport writes the report on the lists of one kind.
func writeKindReport(b *strings.Builder, r *merge.Report, losses []*entity.RowError, s term.Style) {
	summary := fmt.Sprintf("%s of %s became %s with %s: %s joined another, %s identical",
		problem.Plural(r.Rows, "row"), problem.Plural(len(r.Sources), "source"), problem.Plural(r.Entities, "entity"), problem.Plural(r.Keys, "key"),
		problem.Plural(r.Joins, "row"), problem.Thousands(r.Identical))
	fmt.Fprintf(b, "%s  %s\n", s.Bold(r.Kind), term.WrapLine(summary, strings.Repeat(" ", len(r.Kind)+2), s.Width))
	writeSuspects(b, s, r)
	var sources term.Grid
	sources.AddRow("source", "rows", "lost", "file")
	sources.StyleRow(s.Dim)
	for _, src := range r.Sources {
		sources.AddRow(src.Name, problem.Thousands(src.Rows), problem.Thousands(src.Lost), src.Path)
	}
	sources.FitWidth(s.Width - len(indent))
	sources.Print(b, indent)
	writeSection(b, s, conflictRows(r), "conflicts", "entities whose rows disagree")
	writeSection(b, s, countRows(r.Cut), "cut", "values over the limit")
	writeSection(b, s, sharedRows(r), "shared keys", "rows that have the key and are not joined by it")
	writeSection(b, s, collisionRows(r), "collisions", "the row that has the key, and those that do not")
	writeSection(b, s, countRows(countReasons(losses, false)), "lost", "count")
	writeSection(b, s, countRows(countReasons(losses, true)), "noted", "count")
	if n := len(r.LeftOut); n > 0 {
		writeSection(b, s, [][]string{{problem.Plural(n, "entity"), "no key leads to them: " + originList(r.LeftOut, n)}}, "left out", "")
	}
}

// writeSection writes rows under a head. It writes nothing if there are no rows.
func writeSection(b *strings.Builder, s term.Style, rows [][]string, name, what string) {
	if len(rows) == 0 {
		return
	}
	writeTable(b, s, rows, name, what)
}

// writeTable writes rows under a head.
func writeTable(b *strings.Builder, s term.Style, rows [][]string, head ...string) {
	var g term.Grid
	g.AddRow(head...)
	g.StyleRow(s.Dim)
	for _, row := range rows {
		g.AddRow(row...)
	}
	b.WriteByte('\n')
	g.WrapWidth(s.Width - len(indent))
	g.Print(b, indent)
}

// maxReportedSuspects is how many contradictions, and how many large entities, a table shows.
const maxReportedSuspects = 10

// writeSuspects writes the entities that probably describe several machines or people.
func writeSuspects(b *strings.Builder, s term.Style, r *merge.Report) {
	var rows [][]string
	for i, c := range r.Contradictions {
		if i == maxReportedSuspects {
			rows = append(rows, []string{andMore(len(r.Contradictions) - i)})
			break
		}
		rows = append(rows, []string{firstFew(c.Names, ", "), firstFew(c.JoinedBy, ", "), problem.Thousands(c.Rows), originList(c.Between[:], len(c.Between))})
	}
	if len(rows) > 0 {
		writeTable(b, s, rows, "contradictions", "joined by", "rows", "between")
	}
	rows = nil
	for i, e := range r.Large {
		if i == maxReportedSuspects {
			rows = append(rows, []string{andMore(len(r.Large) - i)})
			break
		}
		var shared []string
		for _, k := range e.Shared {
			shared = append(shared, fmt.Sprintf("%s (%s)", k.Key, problem.Plural(k.Rows, "row")))
		}
		rows = append(rows, []string{e.Key, problem.Thousands(e.Rows), problem.Thousands(e.Keys), firstFew(shared, ", ")})
	}
	if len(rows) > 0 {
		writeTable(b, s, rows, "large entities", "rows", "keys", "keys of most rows")
	}
	if len(r.Contradictions)+len(r.Large) > 0 {
		b.WriteByte('\n')
	}
}

func andMore(n int) string { return "and " + problem.Thousands(n) + " more" }

// firstFew joins the first few of some texts.
func firstFew(texts []string, separator string) string {
	const few = 3
	if len(texts) > few {
		texts = append(slices.Clone(texts[:few]), "…")
	}
	return strings.Join(texts, separator)
}

// countRows returns counts as rows, the largest first.
func countRows(counts map[string]int) [][]string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	var rows [][]string
	for _, name := range names {
		rows = append(rows, []string{name, problem.Thousands(counts[name])})
	}
	return rows
}

// conflictRows returns the fields on which rows disagree, those of the most entities first,
// with the number of entities and the keys of a few.
func conflictRows(r *merge.Report) [][]string {
	const few = 3
	rows := countRows(r.Conflicts)
	for i, row := range rows {
		keys := r.ConflictKeys[row[0]]
		text := row[1] + ": " + strings.Join(keys[:min(few, len(keys))], "  ")
		if r.Conflicts[row[0]] > few {
			text += "  …"
		}
		rows[i][1] = strings.TrimSuffix(text, ": ")
	}
	return rows
}

// countReasons counts losses by what was lost and the reason, or notes by the reason.
func countReasons(losses []*entity.RowError, notes bool) map[string]int {
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

// sharedRows returns the rows of the table of shared keys.
func sharedRows(r *merge.Report) [][]string {
	var rows [][]string
	for i, k := range r.SharedKeys {
		if i == maxReportRows {
			return append(rows, []string{andMore(len(r.SharedKeys) - i)})
		}
		rows = append(rows, []string{k.Key, problem.Thousands(k.Rows), originList(k.By, k.Rows)})
	}
	return rows
}

// collisionRows returns the rows of the table of collisions.
func collisionRows(r *merge.Report) [][]string {
	var rows [][]string
	for i, k := range r.Collisions {
		if i == maxReportRows {
			return append(rows, []string{andMore(len(r.Collisions) - i)})
		}
		rows = append(rows, []string{
			k.Key, fmt.Sprintf("%s, not %s (%s)", placeOf(k.Winner.Source, k.Winner.Line), originList(k.Losers, len(k.Losers)), k.Why),
		})
	}
	return rows
}

// originList formats the places of the first of n rows.
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
