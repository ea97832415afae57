package main

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// style says how words stand out on a terminal. The zero style leaves them
// plain.
type style struct{ colours bool }

// styleOf returns the style for w: none unless it is a terminal that can and a
// user who wants (https://no-color.org).
func styleOf(w io.Writer) style {
	return style{isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s style) bold(text string) string { return s.in("1", text) }
func (s style) dim(text string) string  { return s.in("2", text) }

func (s style) in(code, text string) string {
	if !s.colours || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// cell is one cell of a grid: what is written, and how it looks.
type cell struct {
	text string
	look func(string) string
}

// grid is rows of cells that line up. What the cells hold is made harmless for
// terminals as it is added.
type grid struct{ rows [][]cell }

// row adds a row of plain cells.
func (g *grid) row(texts ...string) {
	var cells []cell
	for _, text := range texts {
		cells = append(cells, cell{text: plain(text)})
	}
	g.rows = append(g.rows, cells)
}

// looking makes the last row look so.
func (g *grid) looking(look func(string) string) {
	for i := range g.rows[len(g.rows)-1] {
		g.rows[len(g.rows)-1][i].look = look
	}
}

// widest bounds the width that a column is filled up to: one long value must not
// push the next column out of sight for all.
const widest = 60

// write writes the rows, indented, two spaces between columns and none at the
// ends of lines.
func (g *grid) write(b *strings.Builder, indent string) {
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
