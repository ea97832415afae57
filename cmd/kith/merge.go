package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
)

const longMerge = `Merge ranked lists into one record per entity.

Rows that share a key become one entity. The report shows first which entities
are made of rows that contradict each other, or are unusually large; then how
many rows were joined, the fields on which lists disagree, keys that too many
rows share, and what was lost. Without --out or --snapshot nothing is written.

With --out DIR the merged lookups (` + merge.AssetsByString + `,
` + merge.AssetsByCIDR + `, ` + merge.IdentitiesExpanded + `) and the whole report
(` + merge.ReportFile + `) are written there, all together or not at all. A merged
lookup is itself a list that every command reads.

With --diff DIR every entity that is new, gone or changed compared with the
lookups in DIR is printed instead of the report, before anything is written: as
a line of JSON, or with --output table in a table.`

type mergeFlags struct {
	loadFlags
	out        string
	diff       string
	output     string
	splunk     bool
	splunkRows bool
	provenance bool
	snapshot   string
}

var mergeFormats = []string{"table", "json"}

func mergeCommand() *cobra.Command {
	var f mergeFlags
	c := &cobra.Command{
		Use:   "merge",
		Short: "Merge ranked lists into lookup files and a report",
		Long:  longMerge,
		Example: `  kith merge --assets cmdb.csv --assets cloud.csv --out lookups
  kith merge --config kith.yaml --diff lookups --out lookups
  kith merge --config kith.yaml --diff lookups -o table
  kith merge --config kith.yaml --snapshot lists.kith -q
  kith merge --config kith.yaml -o json | jq .asset.conflicts`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.register(c)
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.output, "output", "o", "table", "print the report in `FORMAT`: table or json; with --diff the changes, as json if the flag is not given")
		flags.StringVar(&f.out, "out", "", "write the merged lookups into `DIR`")
		flags.BoolVar(&f.splunk, "splunk", false, "write cells with several values as Splunk does: on separate lines, with __mv_ columns")
		flags.BoolVar(&f.splunkRows, "splunk-rows", false, "like --splunk, but with one row per key, for lookups of Splunk that compare whole cells")
		flags.BoolVar(&f.provenance, "provenance", false, "also write "+merge.ProvenanceFile+", which names the row that every value came from")
		flags.StringVar(&f.snapshot, "snapshot", "", "write a snapshot to `FILE`, which other commands load much faster than lists")
		flags.StringVar(&f.diff, "diff", "", "print the changes compared with the merged lookups in `DIR`")
	})
	completeWords(c, "output", mergeFormats)
	_ = c.MarkFlagDirname("out")
	_ = c.MarkFlagDirname("diff")
	return c
}

// checkFlags returns an error for flags that are invalid or exclude each other.
func (f *mergeFlags) checkFlags(c *cobra.Command) error {
	if err := checkFlagWord("output", f.output, mergeFormats); err != nil {
		return err
	}
	for flag, set := range map[string]bool{"splunk": f.splunk, "splunk-rows": f.splunkRows, "provenance": f.provenance} {
		if set && f.out == "" {
			return problem.WithHint(problem.Usagef("flag --%s needs --out, which writes the lookups", flag), "add --out DIR")
		}
	}
	for _, flag := range []string{"out", "diff", "snapshot"} {
		if c.Flags().Changed(flag) && c.Flag(flag).Value.String() == "" {
			return problem.Usagef("flag --%s needs a path, not an empty string", flag)
		}
	}
	if f.diff != "" && !c.Flags().Changed("output") {
		f.output = "json"
	}
	return nil
}

func (f *mergeFlags) run(c *cobra.Command) error {
	if err := f.checkFlags(c); err != nil {
		return err
	}
	snapshot, folder := outputFile{"--snapshot", f.snapshot}, outputFile{"--out", f.out}
	if err := errors.Join(snapshot.checkReplaceable(), folder.checkFolder(f.outputPaths())); err != nil {
		return err
	}
	config, err := f.openConfig()
	if err != nil {
		return err
	}
	if err := distinctFiles([]outputFile{snapshot}, append(config.NamedFiles(), f.outputPaths()...), nil); err != nil {
		return err
	}
	l, err := f.loadListsOf(c, config, true)
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
	if err := f.writeFiles(c, l); err != nil {
		return err
	}
	return strictListError(f.strict, l.Losses())
}

// writeOptions returns the options for writing the merged lookups.
func (f *mergeFlags) writeOptions() merge.WriteOptions {
	return merge.WriteOptions{Splunk: f.splunk || f.splunkRows, KeyRows: f.splunkRows, Provenance: f.provenance}
}

// outputPaths returns the files that --out writes. They may also be inputs: those are
// read completely before all files are replaced at once.
func (f *mergeFlags) outputPaths() []string {
	if f.out == "" {
		return nil
	}
	var paths []string
	for _, name := range []string{merge.AssetsByString, merge.AssetsByCIDR, merge.IdentitiesExpanded, merge.ReportFile, merge.ProvenanceFile} {
		paths = append(paths, filepath.Join(f.out, name))
	}
	return paths
}

// printResult prints the changes with --diff, otherwise the report.
func (f *mergeFlags) printResult(out io.Writer, c *cobra.Command, l *lists.Loaded) error {
	switch {
	case f.diff != "":
		return f.printDiff(out, l.Results(), term.StyleOf(c.OutOrStdout()))
	case f.output == "json":
		return merge.WriteReport(out, l.Results()...)
	case f.quiet:
		return nil
	}
	_, err := io.WriteString(out, reportTable(l.Results(), term.StyleOf(c.OutOrStdout())))
	return err
}

// printDiff prints the changes compared with the lookups in a folder.
func (f *mergeFlags) printDiff(out io.Writer, results []*merge.Result, style term.Style) error {
	if !holdsLookup(f.diff) {
		return problem.WithHint(fmt.Errorf("%s: no merged lookups to compare with", f.diff), "write them with kith merge --out %s", f.diff)
	}
	var t diffTable
	for change, err := range merge.Diff(f.diff, results...) {
		if err != nil {
			return err
		}
		if f.output == "table" {
			t.addChange(change)
		} else if err := term.WriteJSON(out, change); err != nil {
			return err
		}
	}
	if f.output == "table" {
		_, err := io.WriteString(out, t.text(style))
		return err
	}
	return nil
}

// holdsLookup reports whether a folder holds a merged lookup. Compared with a folder
// without any, every entity would be new.
func holdsLookup(dir string) bool {
	return slices.ContainsFunc([]string{merge.AssetsByString, merge.AssetsByCIDR, merge.IdentitiesExpanded}, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	})
}

// writeFiles writes the merged lookups and the snapshot if their flags are given.
func (f *mergeFlags) writeFiles(c *cobra.Command, l *lists.Loaded) error {
	p := term.NewProgress(c.ErrOrStderr(), f.quiet)
	defer p.End()
	if c.Context().Err() != nil {
		return errInterrupted
	}
	if f.out != "" {
		p.Begin("writing "+f.out, "rows", 0)
		err := merge.Write(f.out, f.writeOptions(), l.Results()...)
		if err != nil {
			return fmt.Errorf("%w; existing files are unchanged", problem.Cause(f.out, err))
		}
	}
	if f.snapshot != "" {
		p.Begin("writing "+f.snapshot, "rows", 0)
		return l.WriteSnapshot(f.snapshot)
	}
	return nil
}
