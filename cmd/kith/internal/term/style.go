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

// Style determines how text is shown on a terminal. The zero Style, which is that of an output
// that is not a terminal, leaves text plain and lines at any length.
type Style struct {
	Colours bool
	Width   int // the columns of the terminal; 0 for no limit
}

// StyleOf returns the style for w. It has colours if w is a terminal, the environment has no
// NO_COLOR (https://no-color.org), and TERM is not dumb.
func StyleOf(w io.Writer) Style {
	return Style{
		Colours: IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		Width:   CanvasOf(w).Width,
	}
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
