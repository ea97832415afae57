package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

const longLookup = `Look up keys: addresses, MACs, names, prefixes, user names, e-mail addresses.

Each key is looked up as an asset and as an identity, in one zone. The output
shows the entity, the key and the step that matched, its fields, the row that
every value came from, the values that were not kept, the networks around it,
the fields that they fill, and the rows that were joined, with the joining key.

With - as the only key, keys are read from standard input, one per line.
A key that is not found is not an error, except with --strict (exit code 3).`

type lookupFlags struct {
	readFlags
	kind   string
	zone   string
	fill   string
	output string
}

var (
	kindWords     = []string{"asset", "identity"}
	lookupFormats = []string{"table", "json", "yaml"}
)

func lookupCommand() *cobra.Command {
	var f lookupFlags
	c := &cobra.Command{
		Use:   "lookup KEY…",
		Short: "Look up a key and show which rows support the result",
		Long:  longLookup,
		Example: `  kith lookup 10.1.2.3 --assets hosts.csv
  kith lookup 'ACME\jdoe' jdoe@corp.example --kind identity
  cut -f3 alerts.tsv | kith lookup - -o json | jq 'select(.found).fields'`,
		Args: minOneArgument("a key"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.register(c)
	f.printed = 0
	addFlags(c, queryGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.kind, "kind", "", "look up only `KIND`: asset or identity")
		flags.StringVar(&f.zone, "zone", "", "look up in `ZONE` (default that of the configuration)")
		flags.StringVar(&f.fill, "fill", "", "fill fields of an address from its networks by `METHOD`: per_field, inherit or whole (default as configured, else per_field)")
	})
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.output, "output", "o", "table", "write the results in `FORMAT`: table, json or yaml")
	})
	completeWords(c, "kind", kindWords)
	completeWords(c, "fill", config.FillWords())
	completeWords(c, "output", lookupFormats)
	return c
}

func (f *lookupFlags) run(c *cobra.Command, keys []string) error {
	if err := checkFlagWord("output", f.output, lookupFormats); err != nil {
		return err
	}
	kinds, err := parseKinds(f.kind)
	if err != nil {
		return err
	}
	if f.fill != "" {
		if err := checkFlagWord("fill", f.fill, config.FillWords()); err != nil {
			return err
		}
	}
	l, err := f.loadLists(c)
	if err != nil {
		return err
	}
	if len(keys) == 1 && keys[0] == "-" && f.snapshot == "" {
		if err := checkStandardInput(l.Config, "the keys"); err != nil {
			return err
		}
	}
	show, err := f.newResultWriter(c, l, kinds)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.OutOrStdout())
	missed, err := f.lookupAll(c, show, out, keys)
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if f.strict && missed > 0 {
		return newLossError("%s not found", problem.Plural(missed, "key"))
	}
	return strictListError(f.strict, l.Losses())
}

// newResultWriter returns a resultWriter that looks keys up in the lists.
func (f *lookupFlags) newResultWriter(c *cobra.Command, l *lists.Loaded, kinds []entity.Kind) (*resultWriter, error) {
	s, err := l.Tables()
	if err != nil {
		return nil, err
	}
	o := explain.Options{Zone: entity.ParseZone(l.Config.Zones.Default), Kinds: kinds, Fill: s.Fill}
	if c.Flags().Changed("zone") {
		o.Zone = entity.ParseZone(f.zone)
	}
	if f.fill != "" {
		if o.Fill, err = assets.ParseFill(f.fill); err != nil {
			return nil, problem.Usagef("flag --fill: %w", err)
		}
	}
	x, err := explain.New(explain.Lists{Assets: l.Assets.Entities, Identities: l.Identities.Entities, Snapshot: s})
	return &resultWriter{format: f.output, style: term.StyleOf(c.OutOrStdout()), lists: x, options: o}, err
}

// lookupAll looks up the keys, or the lines of standard input, and returns how many were
// not found.
func (f *lookupFlags) lookupAll(c *cobra.Command, show *resultWriter, out *bufio.Writer, keys []string) (missed int, err error) {
	show.w = out
	one := func(key string) error {
		found := show.lists.Lookup(key, show.options)
		if len(found) == 0 {
			missed++
		}
		return show.writeResults(key, found)
	}
	if len(keys) == 1 && keys[0] == "-" {
		return missed, forEachLine(c.InOrStdin(), func(key string) error {
			if err := one(key); err != nil {
				return err
			}
			return out.Flush() // a program that writes keys one at a time waits for each result
		})
	}
	for _, key := range keys {
		if err := one(key); err != nil {
			return missed, err
		}
	}
	return missed, nil
}

// maxKeyLine is the length in bytes of the longest key on standard input.
const maxKeyLine = 1 << 20

// forEachLine calls do for every line that is not blank, without surrounding space.
func forEachLine(in io.Reader, do func(line string) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxKeyLine)
	n := 0
	for lines.Scan() {
		n++
		if line := strings.TrimSpace(lines.Text()); line != "" {
			if err := do(line); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("standard input:%d: %w: write one key per line", n+1, err)
	}
	return nil
}

// parseKinds returns the kinds that a flag names; "" means both.
func parseKinds(flag string) ([]entity.Kind, error) {
	switch flag {
	case "":
		return []entity.Kind{entity.Asset, entity.Identity}, nil
	case "asset":
		return []entity.Kind{entity.Asset}, nil
	case "identity":
		return []entity.Kind{entity.Identity}, nil
	}
	return nil, checkFlagWord("kind", flag, kindWords)
}

// checkFlagWord returns an error unless the value of a flag is one of the known words.
func checkFlagWord(flag, word string, known []string) error {
	if err := problem.KnownWord("value", word, known); err != nil {
		return problem.Usagef("flag --%s: %w", flag, err)
	}
	return nil
}

// minOneArgument accepts one argument or more.
func minOneArgument(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return problem.Usagef("%q needs %s", c.CommandPath(), what)
		}
		return nil
	}
}

// completeWords lets shells complete the value of a flag with words.
func completeWords(c *cobra.Command, flag string, words []string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails only for an unknown flag
}
