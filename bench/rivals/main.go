// Command rivals compares Kith with other packages, in one process, on the same keys and
// events:
//
//	go run . lookup -markdown -svg ../lookup.svg
//
// README.md in the parent folder explains the tables.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kithsec/kith/bench/rivals/internal/csvread"
	"github.com/kithsec/kith/bench/rivals/internal/events"
	"github.com/kithsec/kith/bench/rivals/internal/lookup"
	"github.com/kithsec/kith/bench/rivals/internal/measure"
	"github.com/kithsec/kith/bench/rivals/internal/names"
	"github.com/kithsec/kith/bench/rivals/internal/report"
)

const usage = `usage: rivals lookup|names|json|csv [flags]
       rivals gobench [FILE…]           print the output of go test -bench as a Markdown table
       rivals make [flags]              generate lists and events for tools.sh
       rivals time [flags] COMMAND…     time a tool and compare its output with Kith's
`

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "rivals: %v\n", err)
		}
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	prefixes, svg, raw string
	assets, keys       int
	rounds             int
	budget             time.Duration
	markdown           bool
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return flag.ErrHelp
	}
	switch args[0] {
	case "gobench":
		return printBenchmarks(args[1:], stdin, stdout)
	case "make":
		return makeFiles(args[1:], stderr)
	case "time":
		return timeTool(args[1:], stdout, stderr)
	}
	s, err := parseFlags(args[0], args[1:], stderr)
	if err != nil {
		return err
	}
	tables, err := runMeasurements(args[0], s, stderr)
	if err != nil {
		return err
	}
	return s.writeTables(tables, stdout)
}

func parseFlags(name string, args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.prefixes, "prefixes", "", "`file` of the full Internet table, one prefix per line, plain or gzipped; \"none\" omits it (default: the file in the module bart)")
	f.IntVar(&s.assets, "assets", 1_000_000, "`number` of hosts, names, rows or assets")
	f.IntVar(&s.keys, "keys", 1<<20, "`number` of different keys per probe")
	f.IntVar(&s.rounds, "rounds", 7, "`number` of interleaved samples of each cell")
	f.DurationVar(&s.budget, "budget", 100*time.Millisecond, "minimum processor time of a sample")
	f.BoolVar(&s.markdown, "markdown", false, "print Markdown")
	f.StringVar(&s.svg, "svg", "", "draw a chart into `file`")
	f.StringVar(&s.raw, "raw", "", "write every sample to `file`")
	f.Usage = func() {
		fmt.Fprint(stderr, usage)
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if s.rounds < 1 || s.assets < 1000 || s.keys < 1<<12 {
		return s, errors.New("need at least one round, 1000 assets and 4096 keys")
	}
	return s, nil
}

func runMeasurements(name string, s settings, progress io.Writer) ([]*report.Table, error) {
	m := measure.Options{Rounds: s.rounds, Budget: s.budget}
	switch name {
	case "lookup":
		file, err := prefixFile(s.prefixes)
		if err != nil {
			return nil, err
		}
		return lookup.Run(lookup.Options{Measure: m, Assets: s.assets, Prefixes: file, Keys: s.keys, Progress: progress})
	case "names":
		return names.Run(names.Options{Measure: m, Names: s.assets, Keys: s.keys, Progress: progress})
	case "json":
		return events.Run(events.Options{Measure: m, Assets: s.assets, Progress: progress})
	case "csv":
		return csvread.Run(csvread.Options{Measure: m, Rows: s.assets, Progress: progress})
	}
	return nil, fmt.Errorf("%q: not one of lookup, names, json, csv, gobench", name)
}

// prefixFile returns the file of the full Internet table: the file in the flag, or else
// the file in the tests of bart. It returns "" if the table is to be omitted.
func prefixFile(flag string) (string, error) {
	switch flag {
	case "none":
		return "", nil
	case "":
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gaissmai/bart").Output()
		if err != nil {
			return "", fmt.Errorf("cannot find the prefixes in the module bart: %w; use -prefixes FILE or -prefixes none", err)
		}
		return filepath.Join(strings.TrimSpace(string(dir)), "internal", "tests", "testdata", "prefixes.txt.gz"), nil
	}
	return flag, nil
}

func (s settings) writeTables(tables []*report.Table, stdout io.Writer) error {
	for _, t := range tables {
		if s.markdown {
			t.WriteMarkdown(stdout)
		} else {
			t.WriteText(stdout)
		}
	}
	if s.raw != "" {
		if err := writeFile(s.raw, func(w io.Writer) error {
			for _, t := range tables {
				t.WriteRaw(w)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if s.svg == "" {
		return nil
	}
	return writeFile(s.svg, func(w io.Writer) error { return report.WriteChart(w, tables) })
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
