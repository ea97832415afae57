package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
)

const longMerge = `Merge ranked lists into one record per entity.

Rows that share a key become one entity; the report says how many, which lists
disagree on what, which keys too many rows share, and what was lost. Without
--out nothing is written.

With --out DIR the merged lookups are written there (` + merge.AssetsByString + `,
` + merge.AssetsByCIDR + `, ` + merge.IdentitiesExpanded + `) and the whole report
(` + merge.ReportFile + `), all together or not at all. A merged lookup is itself a list
that every command reads.

With --diff DIR every entity that is new, gone or changed against an earlier
output is printed as a line of JSON, before anything is written.`

type mergeFlags struct {
	loadFlags
	out        string
	diff       string
	output     string
	splunk     bool
	provenance bool
	snapshot   string
}

var mergeForms = []string{"table", "json"}

func mergeCommand() *cobra.Command {
	var f mergeFlags
	c := &cobra.Command{
		Use:   "merge",
		Short: "Merge ranked lists into lookup files and a report",
		Long:  longMerge,
		Example: `  kith merge --assets cmdb.csv --assets cloud.csv --identities hr.csv --out lookups
  kith merge --config kith.yaml --diff lookups --out lookups
  kith merge --config kith.yaml --snapshot lists.kith -q
  kith merge --config kith.yaml -o json | jq .asset.conflicts`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.register(c)
	flags := c.Flags()
	flags.StringVar(&f.out, "out", "", "write the merged lookups into `DIR`")
	flags.BoolVar(&f.splunk, "splunk", false, "write lookups as Splunk's own hold several values: by lines, with __mv_ columns")
	flags.BoolVar(&f.provenance, "provenance", false, "write "+merge.ProvenanceFile+", too: where every value came from")
	flags.StringVar(&f.snapshot, "snapshot", "", "write what other commands read instead of lists, and start with at once, into `FILE`")
	flags.StringVar(&f.diff, "diff", "", "print what changes against the merged lookups in `DIR`")
	flags.StringVarP(&f.output, "output", "o", "table", "`FORM` of the report: table or json")
	completeWords(c, "output", mergeForms)
	_ = c.MarkFlagDirname("out")
	_ = c.MarkFlagDirname("diff")
	return c
}

func (f *mergeFlags) check(c *cobra.Command) error {
	if err := knownFlag("output", f.output, mergeForms); err != nil {
		return err
	}
	for flag, set := range map[string]bool{"splunk": f.splunk, "provenance": f.provenance} {
		if set && f.out == "" {
			return problem.WithHint(problem.Usagef("flag --%s says how lookups are written, but not where", flag), "add --out DIR")
		}
	}
	for _, flag := range []string{"out", "diff", "snapshot"} {
		if c.Flags().Changed(flag) && c.Flag(flag).Value.String() == "" {
			return problem.Usagef("flag --%s needs a path, not an empty text", flag)
		}
	}
	if f.diff != "" && c.Flags().Changed("output") {
		return problem.WithHint(problem.Usagef("--diff prints changes, and --output a report: they cannot share the output"), "leave one of them out")
	}
	return nil
}

func (f *mergeFlags) run(c *cobra.Command) error {
	if err := f.check(c); err != nil {
		return err
	}
	config, err := f.open()
	if err != nil {
		return err
	}
	if err := distinctFiles([]outputFile{{"--snapshot", f.snapshot}}, append(config.NamedFiles(), f.lookups()...), nil); err != nil {
		return err
	}
	l, err := f.loadFrom(c, config, true)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.OutOrStdout())
	if err := f.printResult(out, c, l); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.write(c, l); err != nil {
		return err
	}
	return strictLoss(f.strict, l.Losses())
}

// lookups returns the files that --out writes. They may be lists that are read:
// those are read to their ends before the files are replaced, all at once.
func (f *mergeFlags) lookups() []string {
	if f.out == "" {
		return nil
	}
	var paths []string
	for _, name := range []string{merge.AssetsByString, merge.AssetsByCIDR, merge.IdentitiesExpanded, merge.ReportFile, merge.ProvenanceFile} {
		paths = append(paths, filepath.Join(f.out, name))
	}
	return paths
}

// printResult prints the changes or the report.
func (f *mergeFlags) printResult(out io.Writer, c *cobra.Command, l *lists.Loaded) error {
	switch {
	case f.diff != "":
		return printDiff(out, f.diff, l.Results())
	case f.output == "json":
		return merge.WriteReport(out, l.Results()...)
	case f.quiet:
		return nil
	}
	_, err := io.WriteString(out, reportTable(l.Results(), term.StyleOf(c.OutOrStdout())))
	return err
}

func printDiff(out io.Writer, dir string, results []*merge.Result) error {
	if !holdsLookup(dir) {
		return problem.WithHint(fmt.Errorf("%s: no merged lookup is there to compare with", dir), "make one with kith merge --out %s", dir)
	}
	for change, err := range merge.Diff(dir, results...) {
		if err != nil {
			return err
		}
		if err := term.WriteJSON(out, change); err != nil {
			return err
		}
	}
	return nil
}

// holdsLookup reports whether a folder holds any merged lookup: without one
// everything would be new.
func holdsLookup(dir string) bool {
	return slices.ContainsFunc([]string{merge.AssetsByString, merge.AssetsByCIDR, merge.IdentitiesExpanded}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
}

// write writes the merged lookups and the snapshot, if their flags are given.
func (f *mergeFlags) write(c *cobra.Command, l *lists.Loaded) error {
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	defer p.End()
	if c.Context().Err() != nil {
		return errInterrupted
	}
	if f.out != "" {
		p.Begin("writing "+f.out, "rows", 0)
		err := merge.Write(f.out, merge.WriteOptions{Splunk: f.splunk, Provenance: f.provenance}, l.Results()...)
		if err != nil {
			return fmt.Errorf("%w; the files of before are as they were", problem.Cause(f.out, err))
		}
	}
	if f.snapshot != "" {
		p.Begin("writing "+f.snapshot, "rows", 0)
		return l.WriteSnapshot(f.snapshot)
	}
	return nil
}
