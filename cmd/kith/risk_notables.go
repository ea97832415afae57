package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

const longRiskNotables = `List the risk notables that are stored in a state directory, the latest last.

OBJECT selects those of one risk object, by any spelling that they list. The
table shows as much of each id as "kith risk explain" needs. With -o json each
notable is printed on one line, as it was written.`

type notablesFlags struct {
	stateFlags
	rule  string
	limit int
}

func riskNotablesCommand() *cobra.Command {
	var f notablesFlags
	c := &cobra.Command{
		Use:   "notables [OBJECT]",
		Short: "List the risk notables of a state",
		Long:  longRiskNotables,
		Example: `  kith risk notables --state /var/lib/kith
  kith risk notables jdoe --state DIR --limit 0 -o json`,
		Args: atMostOneArgument,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },

		ValidArgsFunction: completeFromState(&f.state, (*riskView).completeObjects),
	}
	f.register(c)
	f.registerFilter(c)
	f.registerConfig(c)
	addFlags(c, queryGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.rule, "rule", "", "list only notables of the incident rule `NAME`")
		flags.IntVar(&f.limit, "limit", 20, "list the `N` latest notables; 0 lists all")
	})
	return c
}

// atMostOneArgument accepts one argument or none.
func atMostOneArgument(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return problem.Usagef("%q takes at most one argument, also got %q", c.CommandPath(), args[1])
	}
	return nil
}

func (f *notablesFlags) run(c *cobra.Command, args []string) (err error) {
	if err := f.checkFlags(); err != nil {
		return err
	}
	if f.limit < 0 {
		return problem.Usagef("flag --limit: %d: must be 0 or more", f.limit)
	}
	v, err := openView(f.state, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	kept, short, err := f.selectNotables(c, v, args)
	if err != nil {
		return withStateHint(inStateDir(f.state, err))
	}
	shown := kept
	if f.limit > 0 {
		shown = kept[max(0, len(kept)-f.limit):]
	}
	if err := f.writeNotables(c.OutOrStdout(), v, shown, short); err != nil {
		return err
	}
	if earlier := len(kept) - len(shown); earlier > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "kith: %s earlier; --limit 0 lists all\n", problem.Thousands(earlier))
	}
	return nil
}

// listedNotable is what the list of notables shows.
type listedNotable struct {
	id, rule, object, typ, zone string
	at                          time.Time
	score                       score.Score
	urgency                     string
}

// selectNotables returns the notables that flags and arguments select, the latest last, and
// the number of first digits by which the ids of all notables differ.
func (f *notablesFlags) selectNotables(c *cobra.Command, v *riskView, args []string) (kept []listedNotable, short int, err error) {
	short = leastShortID
	last := ""
	for n, err := range risk.StoredNotables(v.log, "") {
		if err != nil {
			return nil, 0, err
		}
		short = max(short, commonPrefix(last, n.ID)+1)
		last = n.ID
		zone := string(n.Object.Zone)
		if f.matchesFilter(c, n.Object.Type, zone) && (f.rule == "" || fold.Equal(f.rule, n.Rule)) && (len(args) == 0 || isObject(n, args[0])) {
			kept = append(kept, listedNotable{n.ID, n.Rule, n.Name, n.Object.Type, zone, n.Time, n.Score, n.Urgency.String()})
		}
	}
	slices.SortStableFunc(kept, func(a, b listedNotable) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	return kept, short, nil
}

// leastShortID is the least number of digits of an id that are shown.
const leastShortID = 8

// commonPrefix returns the length of the longest common prefix of two texts.
func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// isObject reports whether text is a name of the object of a notable.
func isObject(n *risk.Notable, text string) bool {
	text = fold.Trim(text)
	names := append([]string{n.Name, n.Object.Key, n.Object.Normalized()}, n.Spellings...)
	return slices.ContainsFunc(names, func(name string) bool { return fold.Equal(name, text) })
}

// writeNotables writes notables as a table, with the beginnings of their ids, or as JSON lines.
func (f *notablesFlags) writeNotables(out io.Writer, v *riskView, list []listedNotable, short int) error {
	if f.output == "json" {
		for _, x := range list {
			n, _, err := risk.StoredNotable(v.log, x.id)
			if err != nil {
				return withStateHint(inStateDir(f.state, err))
			}
			if err := writeNotableJSON(out, n); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		_, err := io.WriteString(out, "no notables\n")
		return err
	}
	_, err := io.WriteString(out, notableTable(list, short, term.StyleOf(out)))
	return err
}

// writeNotableJSON writes a notable as it was written to the output of kith risk.
func writeNotableJSON(out io.Writer, n *risk.Notable) error {
	_, err := out.Write(append(term.Escape(n.AppendJSON(nil)), '\n'))
	return err
}

func notableTable(list []listedNotable, short int, s term.Style) string {
	var g term.Grid
	g.AddRow("id", "time", "score", "urgency", "object", "type", "zone", "rule")
	g.StyleRow(s.Dim)
	for _, x := range list {
		g.AddRow(x.id[:min(short, len(x.id))], timeText(x.at), x.score.String(), x.urgency, x.object, x.typ, x.zone, x.rule)
	}
	var b strings.Builder
	g.KeepColumns(4)
	g.FitWidth(s.Width)
	g.Print(&b, "")
	return b.String()
}

// findNotable returns the notable whose id is text, or the only one whose id begins with it.
func (v *riskView) findNotable(dir, text string) (*risk.Notable, error) {
	id := fold.Name(text)
	if id == "" {
		return nil, problem.WithHint(problem.Usagef("the id of a notable must not be empty"), "kith risk notables --state %s lists the notables", dir)
	}
	var first *risk.Notable
	var all []string
	for n, err := range risk.StoredNotables(v.log, id) {
		if err != nil {
			return nil, withStateHint(inStateDir(dir, err))
		}
		if first == nil {
			first = n
		}
		if all = append(all, n.ID); n.ID == id {
			return n, nil
		}
	}
	switch len(all) {
	case 0:
		err := fmt.Errorf("%s: no notable has the id %s (%s stored)", dir, problem.Quote(text), problem.Plural(v.log.Len(risk.NotableSpace), "notable"))
		return nil, problem.WithHint(err, "kith risk notables --state %s lists them", dir)
	case 1:
		return first, nil
	}
	return nil, fmt.Errorf("%s: the ids of %s begin with %s: %s", dir, problem.Plural(len(all), "notable"), problem.Quote(text), joinFirst(all, 5))
}
