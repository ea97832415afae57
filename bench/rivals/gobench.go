package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// printBenchmarks prints the output of go test -bench as a Markdown table, with a row for
// each benchmark and a column for each file. A cell has the median of the runs in every
// unit.
func printBenchmarks(args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) == 0 {
		list, err := readBenchmarks(stdin)
		if err != nil {
			return err
		}
		return writeBenchmarks(stdout, []string{"median (least–greatest)"}, [][]*benchmark{list})
	}
	var heads []string
	var columns [][]*benchmark
	for _, name := range args {
		list, err := readBenchmarkFile(name)
		if err != nil {
			return err
		}
		columns = append(columns, list)
		head := "median (least–greatest)"
		if len(args) > 1 {
			head = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)) + ": " + head
		}
		heads = append(heads, head)
	}
	return writeBenchmarks(stdout, heads, columns)
}

func readBenchmarkFile(name string) ([]*benchmark, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBenchmarks(f)
}

// writeBenchmarks writes a row for every benchmark of the first column.
func writeBenchmarks(w io.Writer, heads []string, columns [][]*benchmark) error {
	fmt.Fprintf(w, "| benchmark | n | %s |\n|---|---:|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for _, b := range columns[0] {
		cells := []string{"`" + b.name + "`", strconv.Itoa(len(b.figures[b.units[0]]))}
		for _, column := range columns {
			i := slices.IndexFunc(column, func(c *benchmark) bool { return c.name == b.name })
			if i < 0 {
				cells = append(cells, "–")
				continue
			}
			cells = append(cells, strings.Join(column[i].formatFigures(), "; "))
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
			return err
		}
	}
	return nil
}

// benchmark is a benchmark with its figures by unit, one for each run.
type benchmark struct {
	name    string
	units   []string
	figures map[string][]float64
}

// readBenchmarks reads lines like "BenchmarkX/a=1-2  100  12.5 ns/op  3 B/op". It returns
// the benchmarks in the order of their first runs.
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

func (b *benchmark) formatFigures() (out []string) {
	for _, unit := range b.units {
		if f := b.figures[unit]; len(b.units) == 1 || !slices.Contains(hiddenUnits, unit) || slices.Max(f) > 0 {
			slices.Sort(f)
			f, unit := readableTimes(f, unit)
			text := formatFigure(f[len(f)/2])
			if f[0] != f[len(f)-1] {
				text += fmt.Sprintf(" (%s–%s)", formatFigure(f[0]), formatFigure(f[len(f)-1]))
			}
			out = append(out, text+" "+unit)
		}
	}
	return out
}

// readableTimes converts long times to larger units.
func readableTimes(f []float64, unit string) ([]float64, string) {
	if unit != "ns/op" {
		return f, unit
	}
	factor := 1.0
	switch median := f[len(f)/2]; {
	case median >= 1e9:
		factor, unit = 1e9, "s/op"
	case median >= 1e6:
		factor, unit = 1e6, "ms/op"
	case median >= 1e4:
		factor, unit = 1e3, "µs/op"
	}
	scaled := make([]float64, len(f))
	for i, v := range f {
		scaled[i] = v / factor
	}
	return scaled, unit
}

// hiddenUnits are omitted if they are zero in every run.
var hiddenUnits = []string{"B/op", "allocs/op"}

// formatFigure formats a number with about three significant digits and a unit prefix.
func formatFigure(v float64) string {
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
