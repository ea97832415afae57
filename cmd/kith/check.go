package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

const longCheck = `Check the configuration and the lists.

For each list, one line states how it was read. Every problem is reported with
file, line and column: invalid keys and values in the configuration, unreadable
lists, lost values, cells and rows, and notes on values that were normalised.
Then, for each kind of list, the result of merging is summarised: first the
entities that probably are several machines or people, then shared keys,
collisions and conflicts.

A configuration that names no lists is checked without them.

With --columns, the columns of well-known exports are printed instead. If a
list has no key column, they are read as the fields shown, which a note states.

Exit codes: 0 the lists can be used, 1 a list cannot be read, 2 the
configuration is wrong, 3 --strict was given and something was lost.`

type checkFlags struct {
	loadFlags
	output  string
	columns bool
}

var checkFormats = []string{"table", "json"}

func checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check",
		Short: "Report every problem in configuration and lists",
		Long:  longCheck,
		Example: `  kith check --config kith.yaml
  kith check --assets hosts.csv --strict
  kith check --columns
  kith check -o json | jq 'select(.what == "loss").reason' | sort | uniq -c`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.register(c)
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.BoolVar(&f.columns, "columns", false, "print the columns of exports that are recognised, and read no lists")
		flags.StringVarP(&f.output, "output", "o", "table", "write the findings in `FORMAT`: table or json, one object per line")
	})
	completeWords(c, "output", checkFormats)
	return c
}

func (f *checkFlags) run(c *cobra.Command) error {
	if err := checkFlagWord("output", f.output, checkFormats); err != nil {
		return err
	}
	if f.columns {
		return f.writeColumns(c)
	}
	found := f.findProblems(c)
	out := bufio.NewWriter(c.OutOrStdout())
	if err := f.writeFindings(out, c, found); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if failed := found.Err; failed != nil {
		reportErrors(c.ErrOrStderr(), failed, len(problem.Joined(failed)))
		return &reportedError{failed}
	}
	return strictListError(f.strict, found.Losses())
}

// findProblems reads configuration and lists and returns every problem in them.
func (f *checkFlags) findProblems(c *cobra.Command) *lists.Findings {
	cfg, err := f.openPartialConfig()
	if cfg == nil {
		return &lists.Findings{Err: err}
	}
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	defer p.End()
	fetcher := newFetcher(c)
	defer fetcher.Close()
	o := loadOptions(p, fetcher)
	o.Hash, o.NoGuess = true, f.strict
	found := lists.Check(c.Context(), cfg, err, o)
	found.Err = orInterrupted(found.Err)
	return found
}

// writeFindings writes findings as lines of text and a report, or as JSON.
func (f *checkFlags) writeFindings(out io.Writer, c *cobra.Command, found *lists.Findings) error {
	if f.output == "json" {
		return writeFindingsJSON(out, found)
	}
	if found.Loaded != nil && !f.quiet {
		for _, r := range found.Read {
			if _, err := fmt.Fprintln(out, problem.Plain(readLine(&r))); err != nil {
				return err
			}
		}
	}
	notes := configNotes(found)
	for _, note := range notes {
		if _, err := fmt.Fprintln(out, note); err != nil {
			return err
		}
	}
	if found.Loaded == nil {
		return nil
	}
	for _, r := range found.Results() {
		for _, e := range r.Losses {
			if _, err := fmt.Fprintln(out, lossLine(e)); err != nil {
				return err
			}
		}
	}
	if f.quiet {
		return nil
	}
	report := reportTable(found.Results(), term.StyleOf(c.OutOrStdout()))
	if !found.Config.NamesLists() && found.Err == nil {
		report = "no lists are named: the rest of the configuration was checked\n"
	}
	if _, err := io.WriteString(out, "\n"+report); err != nil {
		return err
	}
	if found.Err == nil && len(found.Losses())+len(found.Notices())+len(notes) == 0 {
		_, err := fmt.Fprintln(out, "\nno problem found")
		return err
	}
	return nil
}

// configNotes returns the notes on the configuration and its rule files as lines of text.
func configNotes(found *lists.Findings) (lines []string) {
	for _, e := range found.Unused {
		lines = append(lines, problem.Plain(fmt.Sprintf("%s:%d:%d: note: %s", e.File, e.Line, e.Column, e.Text)))
	}
	for _, e := range ruleNotes(found) {
		lines = append(lines, lossLine(e))
	}
	return lines
}

// ruleNotes returns the notes on the rule files of the configuration that was checked.
func ruleNotes(found *lists.Findings) []*entity.RowError {
	if found.Loaded == nil {
		return nil
	}
	setup, _ := found.Config.RiskSetup() // Check has reported the error
	return setup.Notes
}

// readLine states how a list was read.
func readLine(r *lists.Read) string {
	words := []string{r.Form, problem.Plural(r.Rows, "row")}
	if r.LeftOut > 0 {
		words = append(words, problem.Thousands(r.LeftOut)+" left out by where")
	}
	if r.Superseded > 0 {
		words = append(words, problem.Thousands(r.Superseded)+" left out by newest")
	}
	return r.Path + ": " + strings.Join(words, ", ")
}

// lossLine formats a loss as compilers format errors, so that editors can jump to it.
func lossLine(e *entity.RowError) string {
	words := []string{placeOf(e.Path, e.Line), "lost", e.Err.Error()}
	if e.Column > 0 {
		words[0] += fmt.Sprintf(":%d", e.Column)
	}
	if e.Loss == entity.Note || e.Loss == entity.Contradiction {
		words[1] = string(e.Loss)
	}
	if e.Field != "" {
		words = slices.Insert(words, 2, e.Field)
	}
	return printable(problem.ShortenQuoted(strings.Join(words, ": ")))
}
