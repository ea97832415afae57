package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

const longLookup = `Look up keys: addresses, MACs, names, prefixes, user names, e-mail addresses.

Each key is tried as an asset and as an identity, in one zone. What answers is
shown with the key and the step that matched, its fields, the row that every
value came from and the values that lost to it, the networks around it and what
they would fill in, and the rows that were joined, with the key that joined them.

With - as the only key, keys are read from standard input, one a line.
A key that nothing answers is no failure, unless --strict is given (exit 3).`

type lookupFlags struct {
	readFlags
	kind   string
	zone   string
	fill   string
	output string
}

var (
	kindWords   = []string{"asset", "identity"}
	lookupForms = []string{"table", "json", "yaml"}
)

func lookupCommand() *cobra.Command {
	var f lookupFlags
	c := &cobra.Command{
		Use:   "lookup KEY…",
		Short: "Say what a key is, why, and who says so",
		Long:  longLookup,
		Example: `  kith lookup 10.1.2.3 --assets hosts.csv
  kith lookup 'ACME\jdoe' jdoe@corp.example --kind identity
  cut -f3 alerts.tsv | kith lookup - -o json | jq -r 'select(.found).fields.owner'`,
		Args: someArguments("a key"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.register(c)
	flags := c.Flags()
	flags.StringVar(&f.kind, "kind", "", "look for one `KIND` only: asset or identity")
	flags.StringVar(&f.zone, "zone", "", "`ZONE` to ask (default: the default zone)")
	flags.StringVar(&f.fill, "fill", "", "how networks fill empty fields: per_field, inherit or whole (`WAY`; default that of the configuration, else per_field)")
	flags.StringVarP(&f.output, "output", "o", "table", "`FORM` of the answers: table, json or yaml")
	completeWords(c, "kind", kindWords)
	completeWords(c, "fill", config.FillWords())
	completeWords(c, "output", lookupForms)
	return c
}

func (f *lookupFlags) run(c *cobra.Command, keys []string) error {
	if err := knownFlag("output", f.output, lookupForms); err != nil {
		return err
	}
	kinds, err := parseKinds(f.kind)
	if err != nil {
		return err
	}
	if f.fill != "" {
		if err := knownFlag("fill", f.fill, config.FillWords()); err != nil {
			return err
		}
	}
	l, err := f.load(c)
	if err != nil {
		return err
	}
	show, err := f.explainer(c, l, kinds)
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
		return strictf("nothing answers %s", problem.Plural(missed, "key"))
	}
	return strictLoss(f.strict, l.Losses())
}

// explainer returns a resultWriter for the lists.
func (f *lookupFlags) explainer(c *cobra.Command, l *lists.Loaded, kinds []entity.Kind) (*resultWriter, error) {
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
	return &resultWriter{form: f.output, style: term.StyleOf(c.OutOrStdout()), lists: x, options: o}, err
}

// lookupAll looks up the keys, or the lines of standard input, and returns how many
// lead to no entity.
func (f *lookupFlags) lookupAll(c *cobra.Command, show *resultWriter, out *bufio.Writer, keys []string) (missed int, err error) {
	show.w = out
	one := func(key string) error {
		found := show.lists.Lookup(key, show.options)
		if len(found) == 0 {
			missed++
		}
		return show.write(key, found)
	}
	if len(keys) == 1 && keys[0] == "-" {
		return missed, eachLine(c.InOrStdin(), func(key string) error {
			if err := one(key); err != nil {
				return err
			}
			return out.Flush() // a program that writes keys one by one waits for each result
		})
	}
	for _, key := range keys {
		if err := one(key); err != nil {
			return missed, err
		}
	}
	return missed, nil
}

// maxKeyLine is the longest line of standard input that is taken for a key.
const maxKeyLine = 1 << 20

// eachLine calls do for every line that is not blank, trimmed.
func eachLine(in io.Reader, do func(line string) error) error {
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
		return fmt.Errorf("standard input:%d: %w: one key a line is wanted", n+1, err)
	}
	return nil
}

// parseKinds returns the kinds that a flag names; none is both.
func parseKinds(flag string) ([]entity.Kind, error) {
	switch flag {
	case "":
		return []entity.Kind{entity.Asset, entity.Identity}, nil
	case "asset":
		return []entity.Kind{entity.Asset}, nil
	case "identity":
		return []entity.Kind{entity.Identity}, nil
	}
	return nil, knownFlag("kind", flag, kindWords)
}

// knownFlag reports a flag whose value is not one of a fixed set.
func knownFlag(flag, word string, known []string) error {
	if err := problem.KnownWord("value", word, known); err != nil {
		return problem.Usagef("flag --%s: %w", flag, err)
	}
	return nil
}

// someArguments wants one argument or more.
func someArguments(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return problem.Usagef("%q wants %s", c.CommandPath(), what)
		}
		return nil
	}
}

// completeWords lets shells complete the value of a flag.
func completeWords(c *cobra.Command, flag string, words []string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
}
