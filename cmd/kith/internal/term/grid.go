package term

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/problem"
	"github.com/rivo/uniseg"
)

// cell is one cell of a grid. A nil style is plain.
type cell struct {
	text  string
	style func(string) string
}

// Grid is a table without lines, whose columns are aligned. It escapes texts for
// terminals as they are added.
type Grid struct {
	rows [][]cell
	kept int // number of first columns that FitWidth does not cut
}

// AddRow adds a row of plain cells.
func (g *Grid) AddRow(texts ...string) {
	var cells []cell
	for _, text := range texts {
		cells = append(cells, cell{text: problem.Plain(text)})
	}
	g.rows = append(g.rows, cells)
}

// StyleRow applies a style to the last row.
func (g *Grid) StyleRow(style func(string) string) {
	for i := range g.rows[len(g.rows)-1] {
		g.rows[len(g.rows)-1][i].style = style
	}
}

// maxColumnWidth limits the width that a column is padded to, so that one long value does
// not shift the next column in all rows.
const maxColumnWidth = 60

// Print writes the rows, indented, with two spaces between columns and none at the
// ends of lines.
func (g *Grid) Print(b *strings.Builder, indent string) {
	var widths []int
	for _, row := range g.rows {
		for i, c := range row[:max(0, len(row)-1)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(maxColumnWidth, Columns(c.text)))
		}
	}
	for _, row := range g.rows {
		for len(row) > 0 && row[len(row)-1].text == "" {
			row = row[:len(row)-1]
		}
		if len(row) > 0 {
			b.WriteString(indent)
		}
		for i, c := range row {
			text := c.text
			if c.style != nil {
				text = c.style(text)
			}
			b.WriteString(text)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", 2+max(0, widths[i]-Columns(c.text))))
			}
		}
		b.WriteByte('\n')
	}
}

// AddBars appends a bar to each of the last len(values) rows; its length is in
// proportion to the value. It does nothing if the canvas is too narrow for bars.
func (g *Grid) AddBars(c Canvas, values []float64) {
	const least, most = 8, 30
	room := c.Width - g.width() - 2
	if room < least {
		return
	}
	highest := maxOrZero(values)
	rows := g.rows[len(g.rows)-len(values):]
	for i, value := range values {
		rows[i] = append(rows[i], cell{text: c.Bar(value, highest, min(room, most))})
	}
}

// width returns the number of columns of the widest row.
func (g *Grid) width() int {
	var bare Grid
	for _, row := range g.rows {
		cells := make([]cell, len(row))
		for i, c := range row {
			cells[i].text = c.text
		}
		bare.rows = append(bare.rows, cells)
	}
	var b strings.Builder
	bare.Print(&b, "")
	most := 0
	for line := range strings.Lines(b.String()) {
		most = max(most, Columns(strings.TrimSuffix(line, "\n")))
	}
	return most
}

const (
	leastColumnWidth = 6 // the least width to which FitWidth and WrapWidth narrow a column
	fairColumnWidth  = 8 // the least width of the last columns before FitWidth narrows others
)

// KeepColumns makes FitWidth not cut the first n columns.
func (g *Grid) KeepColumns(n int) { g.kept = n }

// FitWidth cuts texts so that, if possible, no line is longer than width columns, and marks
// each cut with an ellipsis. It first leaves out columns that are empty below the first row,
// and then cuts the last columns, because the first ones say what a row is about. Width 0 is
// no limit.
func (g *Grid) FitWidth(width int) {
	widths, fits := g.columnWidths(width)
	if fits {
		return
	}
	narrowColumns(widths, max(g.kept, len(widths)/2+1), fairColumnWidth, width)
	narrowColumns(widths, g.kept, leastColumnWidth, width)
	for _, row := range g.rows {
		for i := range row {
			row[i].text = cutColumns(row[i].text, widths[i])
		}
	}
}

// WrapWidth is like FitWidth, but continues long texts in further lines instead of cutting
// them.
func (g *Grid) WrapWidth(width int) {
	widths, fits := g.columnWidths(width)
	if fits {
		return
	}
	narrowColumns(widths, 0, leastColumnWidth, width)
	var lines [][]cell
	for _, row := range g.rows {
		from := len(lines)
		for i, c := range row {
			for n, text := range wrapColumns(c.text, widths[i]) {
				if from+n == len(lines) {
					lines = append(lines, make([]cell, len(row)))
				}
				lines[from+n][i] = cell{text, c.style}
			}
		}
	}
	g.rows = lines
}

// columnWidths returns the widths of the columns, and reports whether no line is longer than
// the given width. If one is, it has left out the columns that are empty below the first row.
func (g *Grid) columnWidths(width int) (widths []int, fits bool) {
	if width <= 0 || g.width() <= width {
		return nil, true
	}
	g.dropEmptyColumns()
	for _, row := range g.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Columns(c.text))
		}
	}
	return widths, false
}

// narrowColumns narrows the widest of the columns from the given one on, until lines of all
// columns have at most the given width or these columns have the least width.
func narrowColumns(widths []int, from, least, width int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width && from < len(widths); total-- {
		widest := from
		for i := from; i < len(widths); i++ {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= least {
			return
		}
		widths[widest]--
	}
}

// dropEmptyColumns leaves out the columns that are empty below the first row.
func (g *Grid) dropEmptyColumns() {
	if len(g.rows) < 2 {
		return
	}
	for i := len(g.rows[0]) - 1; i > 0; i-- {
		used := slices.ContainsFunc(g.rows[1:], func(row []cell) bool { return i < len(row) && row[i].text != "" })
		if used {
			continue
		}
		for n, row := range g.rows {
			if i < len(row) {
				g.rows[n] = slices.Delete(row, i, i+1)
			}
		}
	}
}

// cutColumns returns a text, or its beginning with an ellipsis if it is wider than width.
func cutColumns(text string, width int) string {
	if Columns(text) <= width {
		return text
	}
	head, _ := splitColumns(text, width-1)
	return strings.TrimRight(head, " ") + "…"
}

// wrapColumns returns a text in lines of at most width columns, broken at blanks if possible.
// It returns at least one line.
func wrapColumns(text string, width int) []string {
	var lines []string
	for {
		head, rest := splitColumns(text, width)
		if rest == "" {
			return append(lines, text)
		}
		if at := strings.LastIndexByte(head, ' '); at > 0 && !strings.HasPrefix(rest, " ") {
			head, rest = text[:at], text[at:]
		}
		lines = append(lines, strings.TrimRight(head, " "))
		text = strings.TrimLeft(rest, " ")
	}
}

// splitColumns splits a text after at most width columns. The head has at least one character
// unless the text is empty.
func splitColumns(text string, width int) (head, rest string) {
	end, used := 0, 0
	for state, tail := -1, text; tail != ""; {
		var character string
		var columns int
		character, tail, columns, state = uniseg.FirstGraphemeClusterInString(tail, state)
		if used += columns; used > width && end > 0 {
			break
		}
		end += len(character)
	}
	return text[:end], text[end:]
}

// WrapLine returns a text in lines of at most width columns. Lines after the first begin with
// the indent. Width 0 is no limit.
func WrapLine(text, indent string, width int) string {
	if width <= len(indent) {
		return text
	}
	lines := wrapColumns(text, width-len(indent))
	return strings.Join(lines, "\n"+indent)
}
