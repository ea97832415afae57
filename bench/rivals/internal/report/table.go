// Package report writes measurements as text, as Markdown and as a chart.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

// Table has a row for each contestant and a column for each input.
type Table struct {
	Title   string
	Entry   string   // the unit that Bytes is per, such as "entry"; "" omits bytes and build time
	Unit    string   // "ns" for the time of a lookup, or a rate such as "events/s"
	Inputs  []string // one column for each
	Chart   string   // the input that the chart shows
	Rows    []Row
	Remarks []string // explanations of the figures
}

// Row is one contestant.
type Row struct {
	Name  string
	Own   bool // part of Kith
	Floor bool // not a contestant, but a lower bound of the time
	Bytes float64
	Build time.Duration
	Cells map[string]*measure.Task // by input; inputs that the contestant does not support are absent
	// Verdict states how many answers were compared and how many were wrong.
	Verdict string
}

// Rate reports whether figures are shown as operations per second.
func (t *Table) Rate() bool { return strings.HasSuffix(t.Unit, "/s") }

// formatFigure formats nanoseconds per operation in the unit of the table.
func (t *Table) formatFigure(ns float64) string {
	if t.Rate() {
		return formatRate(1e9 / ns)
	}
	return threeDigits(ns)
}

func formatRate(n float64) string {
	switch {
	case n >= 1e6:
		return threeDigits(n/1e6) + " M"
	case n >= 1e3:
		return threeDigits(n/1e3) + " k"
	}
	return threeDigits(n)
}

func threeDigits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// formatCell returns "median (least–greatest)", or "–" without samples.
func (t *Table) formatCell(r Row, input string) string {
	task := r.Cells[input]
	if task == nil || len(task.Samples) == 0 {
		return "–"
	}
	least, most := task.Samples.Min(), task.Samples.Max()
	if t.Rate() {
		least, most = most, least
	}
	return fmt.Sprintf("%s (%s–%s)", t.formatFigure(task.Samples.Median()), t.formatFigure(least), t.formatFigure(most))
}

// formatRatio returns the time of the row divided by that of base, for the input of the
// chart.
func (t *Table) formatRatio(r, base Row) string {
	task, of := r.Cells[t.Chart], base.Cells[t.Chart]
	if task == nil || of == nil || of.Samples.Median() == 0 {
		return "–"
	}
	return threeDigits(task.Samples.Median()/of.Samples.Median()) + " ×"
}

func (t *Table) firstRow(is func(Row) bool) (Row, bool) {
	i := slices.IndexFunc(t.Rows, is)
	if i < 0 {
		return Row{}, false
	}
	return t.Rows[i], true
}

// textRows returns the cells of the table as text, the header first.
func (t *Table) textRows() [][]string {
	own, hasOwn := t.firstRow(func(r Row) bool { return r.Own })
	floor, hasFloor := t.firstRow(func(r Row) bool { return r.Floor })
	head := []string{""}
	for _, in := range t.Inputs {
		head = append(head, in+", "+t.Unit)
	}
	if hasOwn {
		head = append(head, t.Chart+" ÷ ours")
	}
	if hasFloor {
		head = append(head, "÷ floor")
	}
	head = append(head, "allocs")
	if t.Entry != "" {
		head = append(head, "B/"+t.Entry, "build, s")
	}
	rows := [][]string{append(head, "answers")}
	for _, r := range t.Rows {
		line := []string{r.Name}
		for _, in := range t.Inputs {
			line = append(line, t.formatCell(r, in))
		}
		if hasOwn {
			line = append(line, t.formatRatio(r, own))
		}
		if hasFloor {
			line = append(line, t.formatRatio(r, floor))
		}
		line = append(line, t.formatAllocs(r))
		if t.Entry != "" {
			line = append(line, buildCells(r)...)
		}
		rows = append(rows, append(line, r.Verdict))
	}
	return rows
}

func (t *Table) formatAllocs(r Row) string {
	task := r.Cells[t.Chart]
	switch {
	case task == nil:
		return "–"
	case task.Allocs < 0.005:
		return "0"
	}
	return threeDigits(task.Allocs)
}

func buildCells(r Row) []string {
	if r.Floor {
		return []string{"–", "–"}
	}
	return []string{threeDigits(r.Bytes), fmt.Sprintf("%.3f", r.Build.Seconds())}
}

// WriteText writes the table in columns.
func (t *Table) WriteText(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n", t.Title)
	rows := t.textRows()
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, c := range row {
			line.WriteString(c)
			line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
	fmt.Fprintln(w)
	for _, r := range t.Remarks {
		fmt.Fprintf(w, "%s\n", r)
	}
	fmt.Fprintln(w)
}

// WriteMarkdown writes the table as Markdown, with the rows of Kith in bold.
func (t *Table) WriteMarkdown(w io.Writer) {
	fmt.Fprintf(w, "**%s**\n\n", t.Title)
	for i, row := range t.textRows() {
		if i > 0 && t.Rows[i-1].Own {
			row[0] = "**" + row[0] + "**"
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(w, "|---|%s\n", strings.Repeat("---:|", len(row)-1))
		}
	}
	fmt.Fprintln(w)
	for _, r := range t.Remarks {
		fmt.Fprintf(w, "%s\n", wrapText(r, 100))
	}
	fmt.Fprintln(w)
}

// wrapText replaces blanks by line feeds so that lines have at most width characters, if no
// word is longer.
func wrapText(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, line), "\n")
}

// WriteRaw writes all samples: table, contestant, input, and the figure of each round in
// nanoseconds per operation.
func (t *Table) WriteRaw(w io.Writer) {
	for _, r := range t.Rows {
		for _, in := range t.Inputs {
			task := r.Cells[in]
			if task == nil {
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%s\tallocs=%.3f\tB=%.0f", t.Title, r.Name, in, task.Allocs, task.Bytes)
			for _, s := range task.Samples {
				fmt.Fprintf(w, "\t%.2f", s)
			}
			fmt.Fprintln(w)
		}
	}
}
