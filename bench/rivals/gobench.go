package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// gobench prints a Markdown table of what go test -bench printed: a line for
// each benchmark with the median of its runs in every unit.
func gobench(args []string, stdin io.Reader, stdout io.Writer) error {
	in := stdin
	if len(args) > 0 {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	list, err := readBenchmarks(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "| benchmark | n | median (least–greatest) |\n|---|---:|---|\n")
	for _, b := range list {
		fmt.Fprintf(stdout, "| `%s` | %d | %s |\n", b.name, len(b.figures[b.units[0]]), strings.Join(b.lines(), "; "))
	}
	return nil
}

// benchmark is one benchmark with its figures by unit, one for each run.
type benchmark struct {
	name    string
	units   []string
	figures map[string][]float64
}

// readBenchmarks reads lines like "BenchmarkX/a=1-2  100  12.5 ns/op  3 B/op",
// in the order in which names occur first.
func readBenchmarks(r io.Reader) ([]*benchmark, error) {
	var list []*benchmark
	byName := map[string]*benchmark{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i] // GOMAXPROCS
		}
		b := byName[name]
		if b == nil {
			b = &benchmark{name: name, figures: map[string][]float64{}}
			byName[name] = b
			list = append(list, b)
		}
		for i := 2; i+1 < len(words); i += 2 {
			v, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", lines.Text(), err)
			}
			unit := words[i+1]
			if b.figures[unit] == nil {
				b.units = append(b.units, unit)
			}
			b.figures[unit] = append(b.figures[unit], v)
		}
	}
	return list, lines.Err()
}

func (b *benchmark) lines() (out []string) {
	for _, unit := range b.units {
		if f := b.figures[unit]; len(b.units) == 1 || !slices.Contains(hidden, unit) || slices.Max(f) > 0 {
			slices.Sort(f)
			text := significant(f[len(f)/2])
			if f[0] != f[len(f)-1] {
				text += fmt.Sprintf(" (%s–%s)", significant(f[0]), significant(f[len(f)-1]))
			}
			out = append(out, text+" "+unit)
		}
	}
	return out
}

// hidden are units that are left out where they are zero in every run.
var hidden = []string{"B/op", "allocs/op"}

// significant writes a number with three digits that count and thousands.
func significant(v float64) string {
	switch {
	case v >= 1e9:
		return strconv.FormatFloat(v/1e9, 'f', 2, 64) + " G"
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'f', 2, 64) + " M"
	case v >= 1e4:
		return strconv.FormatFloat(v/1e3, 'f', 1, 64) + " k"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
