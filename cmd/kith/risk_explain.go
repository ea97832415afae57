package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

const longRiskExplain = `Explain a risk notable that is stored in a state directory: how every modifier
was scored, what was subtracted and why, how the contributions add up to the
risk score, how severity and priority determine the urgency, and the state of
that rule for the object as of the last commit.

ID is the id of the notable, or the beginning of the id of only one notable.
"kith risk notables" lists the ids. With -o json the notable is printed as it
was written.`

func riskExplainCommand() *cobra.Command {
	var f stateFlags
	c := &cobra.Command{
		Use:     "explain ID",
		Short:   "Explain a risk notable",
		Long:    longRiskExplain,
		Example: "  kith risk explain 6cf352fb --state /var/lib/kith\n  kith risk explain 6cf352fb41c4ae9438bc225281699cdf --state DIR -o json",
		Args:    oneArgument("the id of a notable"),
		RunE:    func(c *cobra.Command, args []string) error { return runExplain(c, &f, args[0]) },

		ValidArgsFunction: completeFromState(&f.state, (*riskView).completeIDs),
	}
	f.register(c)
	f.registerConfig(c)
	return c
}

// runExplain prints the notable with an id and its explanation.
func runExplain(c *cobra.Command, f *stateFlags, id string) (err error) {
	if err := f.checkFlags(); err != nil {
		return err
	}
	v, err := openView(f.state, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	n, err := v.findNotable(f.state, id)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if f.output == "json" {
		return writeNotableJSON(out, n)
	}
	var b strings.Builder
	t := reportPrinter{style: term.StyleOf(out), canvas: term.CanvasOf(out)}
	t.explainNotable(&b, n)
	t.writeCurrentState(&b, v, n)
	_, err = io.WriteString(out, b.String())
	return err
}

// explainNotable writes how the score and the urgency of a notable came about.
func (t *reportPrinter) explainNotable(b *strings.Builder, n *risk.Notable) {
	at := timeText(n.Time)
	t.writeHeadline(b, "", n.Rule, fmt.Sprintf("%s %s at %s", n.Object.Type, n.Name, at))
	var g term.Grid
	g.AddRow("id", n.ID)
	g.AddRow("window", fmt.Sprintf("%s: after %s, up to %s", n.WindowText, timeText(n.Time.Add(-n.Window)), at))
	if n.Trigger == risk.Expiry {
		g.AddRow("trigger", "a modifier that lowered the risk left the window")
	} else {
		g.AddRow("trigger", "a modifier entered the window")
	}
	score := n.Score.String()
	if n.Uncapped != n.Score {
		score += fmt.Sprintf(" (%s before dedup and cap)", n.Uncapped)
	}
	g.AddRow("risk score", score+" from "+modifierText(n.Events))
	g.AddRow("severity", n.Severity.String())
	g.AddRow("urgency", fmt.Sprintf("%s: severity %s, priority %s", n.Urgency, n.Severity, n.Priority))
	t.printWrapped(b, &g, "  ")
	b.WriteByte('\n')
	sumContributions(b, n, t.style)
}

// sumContributions prints the contributions with a running total.
func sumContributions(b *strings.Builder, n *risk.Notable, s term.Style) {
	var g term.Grid
	g.AddRow("time", "counts", "total", "how", "source", "message", "as")
	g.StyleRow(s.Dim)
	var total score.Score
	for i := range n.Contributions {
		x := &n.Contributions[i]
		total = total.Add(x.Value)
		g.AddRow(timeText(x.Time), x.Value.String(), total.String(), arithmeticOf(x), x.Source, x.Message, x.Object)
	}
	if n.Rest.Events > 0 {
		g.AddRow("the rest", n.Rest.Value.String(), total.Add(n.Rest.Value).String(), modifierText(n.Rest.Events))
	}
	g.StackWidth(4, s.Width-len("  "))
	g.Print(b, "  ")
}

// writeCurrentState writes the present state of the notable's rule for its object.
func (t *reportPrinter) writeCurrentState(b *strings.Builder, v *riskView, n *risk.Notable) {
	if r, found := v.Report(n.Object); found {
		t.limit = 10
		for i := range r.Rules {
			if r.Rules[i].Rule == n.Rule {
				fmt.Fprintf(b, "\n  at %s:", timeText(r.At))
				t.writeRule(b, &r.Rules[i])
			}
		}
		return
	}
	fmt.Fprintf(b, "\n  no window contains a modifier of this object any more\n")
}
