package term

import (
	"io"
	"math"
	"os"
	"runtime"
	"strings"

	xterm "golang.org/x/term"
)

// Canvas is the room for drawings. The zero Canvas, of an output that is not a
// terminal, draws nothing.
type Canvas struct {
	Width int  // in columns; 0 draws nothing
	UTF8  bool // blocks instead of letters
}

// CanvasOf returns the canvas of w.
func CanvasOf(w io.Writer) Canvas {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return Canvas{}
	}
	width, _, err := xterm.GetSize(int(f.Fd()))
	if err != nil {
		return Canvas{}
	}
	return Canvas{width, speaksUTF8(runtime.GOOS, os.Getenv)}
}

// speaksUTF8 reads the locale as POSIX orders its variables. Windows has none,
// and its terminals do.
func speaksUTF8(system string, getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return system == "windows"
}

// Spark draws one column for each value, scaled to the highest. Values that are
// not positive are blank.
func (c Canvas) Spark(values []float64) string {
	if c.Width == 0 {
		return ""
	}
	steps := []rune(".:-=+*#%")
	if c.UTF8 {
		steps = []rune("▁▂▃▄▅▆▇█")
	}
	highest := largest(values)
	var b strings.Builder
	for _, v := range values {
		if v <= 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(steps[int(math.Ceil(v/highest*float64(len(steps))))-1])
	}
	return b.String()
}

// Bar draws value as a part of highest in at most width columns, in eighths
// where it can.
func (c Canvas) Bar(value, highest float64, width int) string {
	if c.Width == 0 || value <= 0 || highest <= 0 || width <= 0 {
		return ""
	}
	eighths := max(1, int(math.Round(value/highest*float64(width)*8)))
	if !c.UTF8 {
		return strings.Repeat("#", (eighths+7)/8)
	}
	bar := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return bar
}

func largest(values []float64) float64 {
	highest := 0.0
	for _, v := range values {
		highest = max(highest, v)
	}
	return highest
}
