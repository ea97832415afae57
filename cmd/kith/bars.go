package main

import (
	"io"
	"math"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"
)

// canvas says what can be drawn: nothing if the output is no terminal.
type canvas struct {
	width int  // in columns; 0 draws nothing
	utf8  bool // blocks instead of letters
}

// canvasOf returns what w can show.
func canvasOf(w io.Writer) canvas {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return canvas{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return canvas{}
	}
	return canvas{width, speaksUTF8(runtime.GOOS, os.Getenv)}
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

// spark draws one column for each value, the highest as high as can be. What is
// not above zero is blank.
func (c canvas) spark(values []float64) string {
	if c.width == 0 {
		return ""
	}
	steps := []rune(".:-=+*#%")
	if c.utf8 {
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

// bar draws value as a part of highest in at most width columns, in eighths
// where it can.
func (c canvas) bar(value, highest float64, width int) string {
	if c.width == 0 || value <= 0 || highest <= 0 || width <= 0 {
		return ""
	}
	eighths := max(1, int(math.Round(value/highest*float64(width)*8)))
	if !c.utf8 {
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
