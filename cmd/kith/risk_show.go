package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

const longRiskShow = `Show the risk of an object, as of the last commit of a state directory.

OBJECT is any spelling of the object, its normalised name, or, with lists or a
snapshot, any key of its entity. The output shows the totals by window and
profile, a timeline, the state of the incident rules, the modifiers without
which the object would be below their thresholds, the factors that applied, and
the contribution of every modifier.

The windows and incident rules are those of the configuration that the state was
written with.`

type showFlags struct {
	stateFlags
	readFlags
	profile string
	limit   int
}

func riskShowCommand() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show OBJECT",
		Short: "Show the risk of an object, and why",
		Long:  longRiskShow,
		Example: `  kith risk show jdoe --state /var/lib/kith
  kith risk show 'ACME\jdoe' --state DIR -c kith.yaml -o json | jq .rules`,
		Args: oneArgument("an object"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },

		ValidArgsFunction: completeFromState(&f.state, (*riskView).completeObjects),
	}
	f.stateFlags.register(c)
	f.registerFilter(c)
	f.readFlags.register(c)
	addFlags(c, queryGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.profile, "profile", string(risk.ProfileSum), "show the totals of `PROFILE` first: "+strings.Join(profileNames(), ", "))
		flags.IntVar(&f.limit, "limit", 20, "list the `N` latest contributions in a table")
	})
	completeWords(c, "profile", profileNames())
	return c
}

func (f *showFlags) run(c *cobra.Command, text string) (err error) {
	if err := errors.Join(f.stateFlags.checkFlags(), checkProfile(f.profile)); err != nil {
		return err
	}
	if f.limit < 0 {
		return problem.Usagef("flag --limit: %d: must be 0 or more", f.limit)
	}
	config, err := f.openConfig()
	if err != nil {
		return err
	}
	resolver, losses, err := f.openResolver(c, config)
	if err != nil {
		return err
	}
	v, err := openView(f.state, resolver)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	reports := f.findReports(c, v, text)
	if err := f.writeReports(c, v, text, reports); err != nil {
		return err
	}
	if f.strict && len(reports) == 0 {
		return newLossError("%s: no risk recorded", text)
	}
	return strictListError(f.strict, losses)
}

// findReports returns the reports on the objects that text names and flags select.
func (f *showFlags) findReports(c *cobra.Command, v *riskView, text string) []risk.Report {
	var reports []risk.Report
	for _, o := range v.Find(text) {
		if r, found := v.Report(o); found && f.matchesFilter(c, o.Type, string(o.Zone)) {
			reports = append(reports, r)
		}
	}
	return reports
}

// writeReports writes reports as JSON lines or tables, or states that there are
// none, and which names are similar.
func (f *showFlags) writeReports(c *cobra.Command, v *riskView, text string, reports []risk.Report) error {
	out := c.OutOrStdout()
	if f.output == "json" {
		for _, r := range reports {
			if err := term.WriteJSON(out, r); err != nil {
				return err
			}
		}
		if len(reports) == 0 {
			return term.WriteJSON(out, jsonobject.Object{{"risk_object", text}, {"found", false}})
		}
		return nil
	}
	var b strings.Builder
	s := reportPrinter{style: term.StyleOf(out), canvas: term.CanvasOf(out), profile: risk.Profile(f.profile), limit: f.limit}
	for i := range reports {
		s.writeReport(&b, &reports[i])
	}
	if len(reports) == 0 {
		fmt.Fprintf(&b, "%s  no risk recorded\n", problem.Plain(text))
		if near := v.namesNear(text); len(near) > 0 {
			fmt.Fprintf(&b, "  did you mean %s?\n", problem.Plain(strings.Join(near, " or ")))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
