package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
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
	var found findings
	found.loaded, found.failed = f.examine(c)
	if l := found.loaded; l != nil {
		found.idle = append(unusedKeys(l.config, entity.Asset), unusedKeys(l.config, entity.Identity)...)
	}
	out := bufio.NewWriter(c.OutOrStdout())
	if err := f.write(out, c, &found); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if failed := found.failed; failed != nil {
		reportUpTo(c.ErrOrStderr(), failed, len(problem.Joined(failed)))
		return &saidError{failed}
	}
	return strictLoss(f.strict, found.losses())
}

// findings is what kith check found.
type findings struct {
	*loaded                   // nil if the configuration cannot be used
	failed  error             // joined errors
	idle    []*problem.InFile // what is said of columns that no list has
}

// examine reads configuration and lists as far as they can be read, and returns
// what was read, and the joined errors.
func (f *checkFlags) examine(c *cobra.Command) (*loaded, error) {
	config, err := f.openWrong()
	if config == nil {
		return nil, err
	}
	if err := config.Check(err); err != nil {
		return nil, err
	}
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	defer p.End()
	p.Begin("reading and merging lists", "rows", 0)
	l := &loaded{config: config}
	var assetErr, identityErr error
	l.assets, assetErr = mergeReadable(c, config, p, entity.Asset)
	l.identities, identityErr = mergeReadable(c, config, p, entity.Identity)
	err = errors.Join(assetErr, identityErr)
	if c.Context().Err() != nil {
		return nil, errInterrupted
	}
	if err == nil && len(config.Assets.Sources)+len(config.Identities.Sources) == 0 {
		err = noLists(config)
	}
	if err == nil { // a list that cannot be read may have the columns
		var s *enrich.Snapshot
		if s, err = l.enrichSnapshot(); err == nil {
			err = config.CheckEnrich(s)
		}
	}
	return l, err
}

// mergeReadable merges the lists that can be read and returns the errors of the
// others. The result is nil if there is no merging them at all.
func mergeReadable(cmd *cobra.Command, c *config.Config, p *term.Progress, kind entity.Kind) (*merge.Result, error) {
	lists, err := c.Expand(kind)
	problems := []error{c.HintAbsent(err)}
	for {
		r, err := mergeKind(cmd.Context(), c, p, hashed, kind, lists)
		if err == nil {
			return r, errors.Join(problems...)
		}
		var source *merge.SourceError
		broken := -1
		if errors.As(err, &source) {
			broken = slices.IndexFunc(lists, func(s config.Source) bool { return s.Name == source.Source })
		}
		// Without a list that cannot be read, a column may be missing, too.
		if broken >= 0 || len(problems) == 1 && problems[0] == nil {
			problems = append(problems, err)
		}
		if broken < 0 {
			return nil, errors.Join(problems...)
		}
		lists = slices.Delete(slices.Clone(lists), broken, broken+1)
	}
}

// write writes what was found.
func (f *checkFlags) write(out io.Writer, c *cobra.Command, found *findings) error {
	if f.output == "json" {
		return writeFindings(out, found)
	}
	if found.loaded == nil {
		return nil
	}
	for _, e := range found.idle {
		if _, err := fmt.Fprintf(out, "%s\n", problem.Plain(placed(e, "note"))); err != nil {
			return err
		}
	}
	for _, r := range found.results() {
		for _, e := range r.Losses {
			if _, err := fmt.Fprintln(out, lossLine(e)); err != nil {
				return err
			}
		}
	}
	if f.quiet {
		return nil
	}
	report := reportTable(found.results(), term.StyleOf(c.OutOrStdout()))
	if len(found.losses())+len(found.idle) > 0 {
		report = "\n" + report
	}
	if _, err := io.WriteString(out, report); err != nil {
		return err
	}
	if found.failed == nil && len(found.losses())+len(found.idle) == 0 {
		_, err := fmt.Fprintln(out, "\nno problem found")
		return err
	}
	return nil
}

// lossLine says what was lost as compilers do, so that editors find the place.
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

// placed writes a problem as lossLine writes losses.
func placed(p *problem.InFile, what string) string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, what, p.Text)
}
