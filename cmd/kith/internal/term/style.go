// Package term prints for people and programs: grids, bars and a line of
// progress on terminals, and JSON and YAML whose members keep their order.
//
// What lists and events hold was written by somebody else, so everything printed
// here has the characters escaped that a terminal would act on. Colours, bars and
// progress appear only if the output is a terminal.
package term

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/problem"
)

// Style marks words on a terminal. The zero Style leaves them plain.
type Style struct{ Colours bool }

// StyleOf returns the style for w: plain unless w is a terminal with colours and
// the user has not switched them off (https://no-color.org).
func StyleOf(w io.Writer) Style {
	return Style{IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Bold returns text in bold.
func (s Style) Bold(text string) string { return s.in("1", text) }

// Dim returns text in a faint colour.
func (s Style) Dim(text string) string { return s.in("2", text) }

func (s Style) in(code, text string) string {
	if !s.Colours || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// cell is one cell of a grid: its text, and the style it is printed in.
type cell struct {
	text string
	look func(string) string
}

// Grid is rows of cells whose columns line up. Texts are escaped for terminals as
// they are added.
type Grid struct{ rows [][]cell }

// AddRow adds a row of plain cells.
func (g *Grid) AddRow(texts ...string) {
	var cells []cell
	for _, text := range texts {
		cells = append(cells, cell{text: problem.Plain(text)})
	}
	g.rows = append(g.rows, cells)
}

// SetLook applies a style to the last row.
func (g *Grid) SetLook(look func(string) string) {
	for i := range g.rows[len(g.rows)-1] {
		g.rows[len(g.rows)-1][i].look = look
	}
}

// widest bounds the width that a column is padded to, so that one long value does
// not push the next column out of sight in all rows.
const widest = 60

// Print writes the rows, indented, with two spaces between columns and none at the
// ends of lines.
func (g *Grid) Print(b *strings.Builder, indent string) {
	var widths []int
	for _, row := range g.rows {
		for i, c := range row[:max(0, len(row)-1)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(widest, utf8.RuneCountInString(c.text)))
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
			if c.look != nil {
				text = c.look(text)
			}
			b.WriteString(text)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", 2+max(0, widths[i]-utf8.RuneCountInString(c.text))))
			}
		}
		b.WriteByte('\n')
	}
}

// AddBars adds a bar for each of the last rows, one a value, as long as the value
// compared with the highest. It adds none if the canvas has no room for them.
func (g *Grid) AddBars(c Canvas, values []float64) {
	const least, most = 8, 30
	room := c.Width - g.width() - 2
	if room < least {
		return
	}
	highest := largest(values)
	rows := g.rows[len(g.rows)-len(values):]
	for i, value := range values {
		rows[i] = append(rows[i], cell{text: c.Bar(value, highest, min(room, most))})
	}
}

// width returns how many columns the rows take.
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
		most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return most
}
