package main

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

const longSearch = `Search entities by a part of a key, or around and inside a network.

A prefix such as ws- or jd finds the assets and identities that have a key with
this beginning, ignoring case; with --anywhere also those that have the text
inside a key. The beginning of a MAC may be written with colons, dashes or dots.

A network such as 10.1.0.0/16, an address, or the beginning of one such as
10.1. or 2001:db8:1: finds the networks around it, and the networks and hosts
inside it.

All zones are searched unless one is named.`

type searchFlags struct {
	readFlags
	kind     string
	zone     string
	output   string
	limit    int
	anywhere bool
}

var searchFormats = []string{"table", "json"}

func searchCommand() *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "search TEXT|CIDR",
		Short: "List entities by a part of a key, or inside a network",
		Long:  longSearch,
		Example: `  kith search ws- --assets hosts.csv
  kith search web --anywhere --assets hosts.csv
  kith search 10.1. --assets hosts.csv
  kith search 10.1.0.0/16 -o json | jq -r .key
  kith search jd --kind identity`,
		Args: oneArgument("the beginning of a key, or a network"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.register(c)
	f.printed = 0
	addFlags(c, queryGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.kind, "kind", "", "list only `KIND`: asset or identity")
		flags.StringVar(&f.zone, "zone", "", "search only `ZONE` (default all)")
		flags.BoolVar(&f.anywhere, "anywhere", false, "find the text anywhere in a key, not only at its beginning")
		flags.IntVar(&f.limit, "limit", 100, "list at most `N` entities; 0 lists all")
	})
	addFlags(c, outputGroup, func(flags *pflag.FlagSet) {
		flags.StringVarP(&f.output, "output", "o", "table", "write the list in `FORMAT`: table or json")
	})
	completeWords(c, "kind", kindWords)
	completeWords(c, "output", searchFormats)
	return c
}

func (f *searchFlags) run(c *cobra.Command, text string) error {
	if err := checkFlagWord("output", f.output, searchFormats); err != nil {
		return err
	}
	kinds, err := parseKinds(f.kind)
	if err != nil {
		return err
	}
	if f.limit < 0 {
		return problem.Usagef("flag --limit: %d: must be 1 or more, or 0 for no limit", f.limit)
	}
	q, err := explain.ParseQuery(text)
	if err != nil {
		return err
	}
	q.Anywhere = f.anywhere
	l, err := f.loadLists(c)
	if err != nil {
		return err
	}
	if q.Network.IsValid() && q.Prefix == "" && !slices.Contains(kinds, entity.Asset) {
		return problem.WithHint(problem.Usagef("%q is a network, which contains no identities", fold.Trim(text)), "--kind asset")
	}
	x, err := explain.New(explain.Lists{Assets: l.Assets.Entities, Identities: l.Identities.Entities})
	if err != nil {
		return err
	}
	o := explain.SearchOptions{Kinds: kinds, Limit: f.limit}
	if c.Flags().Changed("zone") {
		o.Zones = []entity.Zone{entity.ParseZone(f.zone)}
	}
	hits, more, err := x.Search(q, o)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.OutOrStdout())
	if err := writeHits(out, hits, f.output, term.StyleOf(c.OutOrStdout())); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if more > 0 && !f.quiet {
		fmt.Fprintf(c.ErrOrStderr(), "kith: %s more; --limit 0 lists all\n", problem.Thousands(more))
	}
	return strictListError(f.strict, l.Losses())
}

// writeHits writes hits as JSON lines or as a table.
func writeHits(out *bufio.Writer, hits []explain.Hit, format string, style term.Style) error {
	if format == "json" {
		for _, h := range hits {
			if err := term.WriteJSON(out, h); err != nil {
				return err
			}
		}
		return nil
	}
	if len(hits) == 0 {
		_, err := out.WriteString("nothing found\n")
		return err
	}
	_, err := out.WriteString(hitTable(hits, style))
	return err
}

// hitTable returns hits as a table.
func hitTable(hits []explain.Hit, style term.Style) string {
	var b strings.Builder
	var g term.Grid
	zoned := slices.ContainsFunc(hits, func(h explain.Hit) bool { return h.Zone() != "" })
	head := []string{"found", "kind", "entity", "priority", "owner", "category"}
	if zoned {
		head = append(head[:2], append([]string{"zone"}, head[2:]...)...)
	}
	g.AddRow(head...)
	g.StyleRow(style.Dim)
	for _, h := range hits {
		row := []string{foundBy(h), h.Kind().String()}
		if zoned {
			row = append(row, cmp.Or(string(h.Zone()), "-"))
		}
		who := h.Text("owner")
		if h.Kind() == entity.Identity {
			who = strings.TrimSpace(h.Text("first") + " " + h.Text("last"))
		}
		g.AddRow(append(row, h.Key(), h.Text("priority"), who, h.Text("category"))...)
	}
	g.FitWidth(style.Width)
	g.Print(&b, "")
	return b.String()
}

// foundBy returns the keys that an entity was found by.
func foundBy(h explain.Hit) string {
	text := joinFirst(h.Matched, 3)
	if h.Match == "around" {
		return "around: " + text
	}
	return text
}

// oneArgument accepts exactly one argument.
func oneArgument(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return problem.Usagef("%q needs %s", c.CommandPath(), what)
		case len(args) > 1:
			return problem.Usagef("%q takes one argument, also got %q", c.CommandPath(), args[1])
		}
		return nil
	}
}
