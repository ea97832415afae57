package term

import "strings"

// StackWidth makes rows that are wider than width columns take two lines or more: the cells
// from the given column on follow in lines of their own, which begin at the second column. The
// last cell before them may take several lines, too. If no row is too wide, or width is 0,
// nothing changes.
func (g *Grid) StackWidth(from, width int) {
	if width <= 0 || g.width() <= width {
		return
	}
	g.dropEmptyColumns()
	widths := make([]int, from)
	for _, row := range g.rows {
		for i, c := range row[:min(from, len(row))] {
			widths[i] = max(widths[i], Columns(c.text))
		}
	}
	beforeLast := 0
	for _, w := range widths[:from-1] {
		beforeLast += w + 2
	}
	stacked := Grid{}
	for _, row := range g.rows {
		head := row[:min(from, len(row))]
		stacked.addWrapped(head, max(leastColumnWidth, width-beforeLast))
		if rest := joinCells(row[len(head):]); rest != "" {
			stacked.addWrapped([]cell{{}, {rest, row[0].style}}, max(leastColumnWidth, width-widths[0]-2))
		}
	}
	g.rows = stacked.rows
}

// addWrapped adds a row whose last cell continues in further rows if it is wider than width
// columns.
func (g *Grid) addWrapped(row []cell, width int) {
	last := len(row) - 1
	for i, text := range wrapColumns(row[last].text, width) {
		line := make([]cell, len(row))
		if i == 0 {
			copy(line, row)
		}
		line[last] = cell{text, row[last].style}
		g.rows = append(g.rows, line)
	}
}

// joinCells returns the texts of cells that are not empty, separated by two spaces.
func joinCells(row []cell) string {
	var texts []string
	for _, c := range row {
		if c.text != "" {
			texts = append(texts, c.text)
		}
	}
	return strings.Join(texts, "  ")
}

// TransposeWidth exchanges rows and columns if a line is longer than width columns. The cells
// of the first row, which become the first column, keep their style. Width 0 is no limit.
func (g *Grid) TransposeWidth(width int) {
	if width <= 0 || g.width() <= width {
		return
	}
	var rows [][]cell
	for _, row := range g.rows {
		for i, c := range row {
			if i == len(rows) {
				rows = append(rows, nil)
			}
			rows[i] = append(rows[i], c)
		}
	}
	g.rows = rows
}
