// Package term formats the output of the command: grids, bars and a progress line for
// terminals, and JSON and YAML whose members keep their order.
//
// Values of lists and events are untrusted, so control characters that a terminal would
// act on are escaped in everything printed here. Colours, bars and the progress line
// appear only if the output is a terminal.
package term

import (
	"io"
	"os"
	"strings"

	"github.com/kithsec/kith/internal/problem"
	"github.com/rivo/uniseg"
)

// Columns returns how many columns a terminal shows text in: two for a wide character,
// such as a Chinese one, none for a combining one.
func Columns(text string) int {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			return uniseg.StringWidth(text)
		}
	}
	return len(text)
}

// Style emphasises text on a terminal. The zero Style leaves it plain.
type Style struct{ Colours bool }

// StyleOf returns the style for w: plain unless w is a terminal, the environment has no
// NO_COLOR (https://no-color.org), and TERM is not dumb.
func StyleOf(w io.Writer) Style {
	return Style{IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Bold returns text in bold.
func (s Style) Bold(text string) string { return s.applySGR("1", text) }

// Dim returns text in a faint colour.
func (s Style) Dim(text string) string { return s.applySGR("2", text) }

// applySGR surrounds text by the escape sequence of a graphic rendition and its reset.
func (s Style) applySGR(code, text string) string {
	if !s.Colours || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// cell is one cell of a grid. A nil style is plain.
type cell struct {
	text  string
	style func(string) string
}

// Grid is a table without lines, whose columns are aligned. It escapes texts for
// terminals as they are added.
type Grid struct{ rows [][]cell }

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
