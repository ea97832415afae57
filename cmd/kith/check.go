package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

const longCheck = `Check the configuration and the lists.

Every problem is told with file, line and column: keys and values of the
configuration that cannot be meant, lists that cannot be read, every value, cell
and row that is lost, and notes on what was read otherwise than it was written.
Then, for each kind, what merging decided: shared keys, collisions, conflicts.

Exit codes: 0 the lists can be used, 1 a list cannot be read, 2 the
configuration is wrong, 3 --strict was given and something is lost.`

type checkFlags struct {
	loadFlags
	output string
}

var checkForms = []string{"table", "json"}

func checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check",
		Short: "Report every problem of configuration and lists",
		Long:  longCheck,
		Example: `  kith check --config kith.yaml
  kith check --assets hosts.csv --strict
  kith check -o json | jq 'select(.what == "loss") | .reason' | sort | uniq -c`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.register(c)
	c.Flags().StringVarP(&f.output, "output", "o", "table", "`FORM` of the findings: table or json, one object a line")
	completeWords(c, "output", checkForms)
	return c
}

func (f *checkFlags) run(c *cobra.Command) error {
	if err := knownFlag("output", f.output, checkForms); err != nil {
		return err
	}
	found := f.check(c)
	out := bufio.NewWriter(c.OutOrStdout())
	if err := f.write(out, c, found); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if failed := found.Err; failed != nil {
		reportUpTo(c.ErrOrStderr(), failed, len(problem.Joined(failed)))
		return &saidError{failed}
	}
	return strictLoss(f.strict, found.Losses())
}

// check reads configuration and lists as far as they can be read.
func (f *checkFlags) check(c *cobra.Command) *lists.Findings {
	cfg, err := f.openWrong()
	if cfg == nil {
		return &lists.Findings{Err: err}
	}
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	defer p.End()
	o := loadOptions(p)
	o.Hash = true
	found := lists.Check(c.Context(), cfg, err, o)
	found.Err = orInterrupted(found.Err)
	return found
}

// write writes what was found.
func (f *checkFlags) write(out io.Writer, c *cobra.Command, found *lists.Findings) error {
	if f.output == "json" {
		return writeFindings(out, found)
	}
	if found.Loaded == nil {
		return nil
	}
	for _, e := range found.Unused {
		if _, err := fmt.Fprintln(out, problem.Plain(fmt.Sprintf("%s:%d:%d: note: %s", e.File, e.Line, e.Column, e.Text))); err != nil {
			return err
		}
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
	if len(found.Losses())+len(found.Unused) > 0 {
		report = "\n" + report
	}
	if _, err := io.WriteString(out, report); err != nil {
		return err
	}
	if found.Err == nil && len(found.Losses())+len(found.Unused) == 0 {
		_, err := fmt.Fprintln(out, "\nno problem found")
		return err
	}
	return nil
}

// lossLine formats a loss as compilers format errors, so that editors find the place.
func lossLine(e *entity.RowError) string {
	words := []string{placeOf(e.Path, e.Line), "lost", e.Err.Error()}
	if e.Column > 0 {
		words[0] += fmt.Sprintf(":%d", e.Column)
	}
	if e.Loss == entity.Note {
		words[1] = "note"
	}
	if e.Field != "" {
		words = slices.Insert(words, 2, e.Field)
	}
	return problem.Plain(strings.Join(words, ": "))
}
