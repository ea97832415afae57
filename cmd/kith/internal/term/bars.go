package term

import (
	"io"
	"math"
	"os"
	"runtime"
	"strings"

	xterm "golang.org/x/term"
)

// Canvas draws bars for a terminal of a certain width. The zero Canvas is for an
// output that is not a terminal, and draws nothing.
type Canvas struct {
	Width int  // in columns; 0 draws nothing
	UTF8  bool // draw block characters, otherwise ASCII
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
	return Canvas{width, localeIsUTF8(runtime.GOOS, os.Getenv)}
}

// localeIsUTF8 reports whether the locale is UTF-8. The variables have the precedence
// that POSIX gives them. Windows does not set them, and its terminals are UTF-8.
func localeIsUTF8(system string, getenv func(string) string) bool {
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
	highest := maxOrZero(values)
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

// Bar draws a bar of value/highest times width columns, in steps of an eighth of a
// column with UTF-8, and of a whole column without.
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

// maxOrZero returns the largest value, or 0 if none is positive.
func maxOrZero(values []float64) float64 {
	highest := 0.0
	for _, v := range values {
		highest = max(highest, v)
	}
	return highest
}
