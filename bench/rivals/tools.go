package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/kithsec/kith/bench/rivals/internal/tools"
)

// makeFiles implements `rivals make`: it generates the files that tools.sh gives to other
// programs.
func makeFiles(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("make", flag.ContinueOnError)
	f.SetOutput(stderr)
	dir := f.String("dir", ".", "write into this `folder`")
	assets := f.Int("assets", 100_000, "`number` of hosts in the list")
	events := f.Int("events", 200_000, "`number` of events")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	return tools.Make(*dir, *assets, *events)
}

// timeTool implements `rivals time`: it prints a row of the table of tools.
func timeTool(args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("time", flag.ContinueOnError)
	f.SetOutput(stderr)
	name := f.String("name", "", "`name` of the tool")
	in := f.String("in", "", "`file` with events, the standard input of the tool")
	out := f.String("out", "", "`file` for the output of the tool")
	want := f.String("want", "", "`file` with Kith's output for the same events; omit it for Kith itself")
	runs := f.Int("runs", 3, "`number` of runs")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() == 0 || *runs < 1 {
		return errors.New("time needs a command and at least one run")
	}
	timed, err := tools.Time(f.Args(), *in, *out, *runs)
	if err != nil {
		return err
	}
	events, err := os.ReadFile(*in)
	if err != nil {
		return err
	}
	verdict := "–"
	if *want != "" {
		if verdict, err = compareFiles(*want, *out); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(stdout, timed.Row(*name, bytes.Count(events, []byte("\n")), verdict))
	return err
}

func compareFiles(want, got string) (string, error) {
	w, err := os.Open(want)
	if err != nil {
		return "", err
	}
	defer w.Close()
	g, err := os.Open(got)
	if err != nil {
		return "", err
	}
	defer g.Close()
	d, err := tools.Compare(w, g)
	return d.String(), err
}
