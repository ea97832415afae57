package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

const longRiskShow = `Show what a risk object gathered, as of the last commit of a state directory.

OBJECT is any of its spellings, its normalised name, or, with lists or a
snapshot, any key of its entity. Shown are its totals by window and profile, a
timeline, where the incident rules stand and what would bring it under their
thresholds, the factors that held, and what every modifier contributes.

The windows and incident rules are those that the state was written under.`

type showFlags struct {
	lookFlags
	readFlags
	profile string
	limit   int
}

func riskShowCommand() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show OBJECT",
		Short: "Show what a risk object gathered, and why",
		Long:  longRiskShow,
		Example: `  kith risk show jdoe --state /var/lib/kith
  kith risk show 'ACME\jdoe' --state /var/lib/kith --config kith.yaml -o json | jq .rules`,
		Args: oneArgument("an object"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.lookFlags.register(c)
	f.registerFilter(c)
	f.readFlags.register(c)
	flags := c.Flags()
	flags.StringVar(&f.profile, "profile", string(risk.ProfileSum), "`PROFILE` that totals are shown by first: "+strings.Join(profileNames(), ", "))
	flags.IntVar(&f.limit, "limit", 20, "list the `N` latest contributions in a table")
	completeWords(c, "profile", profileNames())
	return c
}

func (f *showFlags) run(c *cobra.Command, text string) (err error) {
	if err := errors.Join(f.lookFlags.check(), checkProfile(f.profile)); err != nil {
		return err
	}
	if f.limit < 0 {
		return problem.Usagef("flag --limit: %d: want 0 or more", f.limit)
	}
	config, err := f.open()
	if err != nil {
		return err
	}
	resolver, losses, err := f.resolver(c, config)
	if err != nil {
		return err
	}
	v, err := openView(f.state, resolver)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	reports := f.reports(c, v, text)
	if err := f.write(c, text, reports); err != nil {
		return err
	}
	if f.strict && len(reports) == 0 {
		return strictf("no risk is known of %s", text)
	}
	return strictLoss(f.strict, losses)
}

func (f *showFlags) reports(c *cobra.Command, v *riskView, text string) []risk.Report {
	var reports []risk.Report
	for _, o := range v.Find(text) {
		if r, found := v.Report(o); found && f.wants(c, o.Type, string(o.Zone)) {
			reports = append(reports, r)
		}
	}
	return reports
}

func (f *showFlags) write(c *cobra.Command, text string, reports []risk.Report) error {
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
	s := reportTables{style: term.StyleOf(out), canvas: term.CanvasOf(out), profile: risk.Profile(f.profile), limit: f.limit}
	for i := range reports {
		s.write(&b, &reports[i])
	}
	if len(reports) == 0 {
		fmt.Fprintf(&b, "%s  no risk is known of it\n", problem.Plain(text))
	}
	_, err := io.WriteString(out, b.String())
	return err
}
