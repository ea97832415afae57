package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
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

// reportTables writes reports for people.
type reportTables struct {
	style   term.Style
	canvas  term.Canvas
	profile risk.Profile
	limit   int
}

func (t *reportTables) write(b *strings.Builder, r *risk.Report) {
	zone := ""
	if r.Zone != "" {
		zone = " in zone " + problem.Plain(r.Zone)
	}
	fmt.Fprintf(b, "%s  %s%s, priority %s, at %s\n", t.style.Bold(problem.Plain(r.Object)), problem.Plain(r.Type), zone, r.Priority, timeText(r.At))
	t.windows(b, r)
	t.timeline(b, r)
	for i := range r.Rules {
		t.rule(b, &r.Rules[i])
	}
	t.factors(b, r)
	t.contributions(b, r)
	b.WriteByte('\n')
}

func (t *reportTables) windows(b *strings.Builder, r *risk.Report) {
	profiles := risk.Profiles()
	slices.SortStableFunc(profiles, func(x, y risk.Profile) int {
		switch t.profile {
		case x:
			return -1
		case y:
			return 1
		}
		return 0
	})
	var g term.Grid
	head := []string{"window"}
	for _, p := range profiles {
		head = append(head, string(p))
	}
	g.AddRow(append(head, "modifiers", "sources", "tactics", "techniques", "threat objects")...)
	g.SetLook(t.style.Dim)
	for _, w := range r.Windows {
		row := []string{w.Window}
		for _, p := range profiles {
			row = append(row, w.Scores[p].String())
		}
		for _, n := range []int{w.Events, len(w.Sources), len(w.Tactics), len(w.Techniques), len(w.Threats)} {
			row = append(row, problem.Thousands(n))
		}
		g.AddRow(row...)
	}
	g.Print(b, "  ")
	if len(r.Windows) > 0 {
		t.lists(b, r.Windows[len(r.Windows)-1])
	}
}

// lists names what the longest window holds.
func (t *reportTables) lists(b *strings.Builder, w risk.WindowReport) {
	threats := make([]string, len(w.Threats))
	for i, x := range w.Threats {
		threats[i] = strings.TrimSpace(x.Type + " " + x.Value)
	}
	var g term.Grid
	for _, l := range []struct {
		name   string
		values []string
	}{{"seen as", w.Objects}, {"sources", w.Sources}, {"tactics", w.Tactics}, {"techniques", w.Techniques}, {"threats", threats}} {
		if len(l.values) > 0 {
			g.AddRow(l.name, fewOf(l.values, 8))
		}
	}
	g.Print(b, "  ")
}

func (t *reportTables) timeline(b *strings.Builder, r *risk.Report) {
	if t.canvas.Width < len(r.Timeline)+len("  |  |") || len(r.Timeline) == 0 || len(r.Windows) == 0 {
		return
	}
	values := make([]float64, len(r.Timeline))
	for i, part := range r.Timeline {
		values[i] = part.Score.Float()
	}
	fmt.Fprintf(b, "  |%s|  %s\n", t.canvas.Spark(values), t.style.Dim("the last "+r.Windows[len(r.Windows)-1].Window))
}

// rule says where an incident rule stands, and what would bring the object
// under its threshold.
func (t *reportTables) rule(b *strings.Builder, r *risk.RuleReport) {
	state := "does not hold"
	if r.Holds {
		state = "holds, severity " + r.Severity
	}
	fmt.Fprintf(b, "\n  %s  %s in %s: %s\n", t.style.Bold(problem.Plain(r.Rule)), problem.Plain(r.Condition), r.Window, state)
	var g term.Grid
	measures := make([]string, 0, len(measureNames))
	for _, name := range measureNames {
		if m, found := r.Measures[name]; found {
			measures = append(measures, name+" "+m.String())
		}
	}
	g.AddRow("now", strings.Join(measures, "  "))
	if len(r.Fired) > 0 {
		fired := make([]string, len(r.Fired))
		for i, at := range r.Fired {
			fired[i] = timeText(at)
		}
		g.AddRow("notables", fewOf(fired, 4))
	}
	if r.Until != nil {
		g.AddRow("until", timeText(*r.Until)+", if nothing comes")
	}
	g.Print(b, "    ")
	if len(r.Without) > 0 {
		b.WriteString("    under the threshold without\n")
		t.rows(b, "      ", r.Without, t.limit, false)
	}
}

// measureNames are the names that conditions use, in the order of the manual.
var measureNames = []string{"score", "capped_score", "count", "sources", "tactics", "techniques", "threat_objects", "max"}

func (t *reportTables) factors(b *strings.Builder, r *risk.Report) {
	if len(r.Factors) == 0 {
		return
	}
	b.WriteString("\n  factors\n")
	var g term.Grid
	for _, f := range r.Factors {
		g.AddRow(f.Factor, modifierText(f.Events))
	}
	g.Print(b, "    ")
}

func (t *reportTables) contributions(b *strings.Builder, r *risk.Report) {
	if t.limit == 0 || len(r.Contributions) == 0 {
		return
	}
	b.WriteString("\n  modifiers, the latest last\n")
	t.rows(b, "    ", r.Contributions, t.limit, true)
}

// rows writes contributions, the last or the first of them.
func (t *reportTables) rows(b *strings.Builder, indent string, list []risk.Contribution, limit int, last bool) {
	var g term.Grid
	g.AddRow("time", "counts", "how", "source", "message", "as")
	g.SetLook(t.style.Dim)
	shown := list[:min(limit, len(list))]
	if last {
		shown = list[len(list)-len(shown):]
	}
	for i := range shown {
		x := &shown[i]
		g.AddRow(timeText(x.Time), x.Value.String(), arithmeticOf(x), x.Source, x.Message, x.Object)
	}
	g.Print(b, indent)
	if left := len(list) - len(shown); left > 0 {
		fmt.Fprintf(b, "%s%s\n", indent, remainText(left, "modifier"))
	}
}

// arithmeticOf returns how a contribution was calculated: "(25 +5 vpn) ×1.5
// admin_entity −9 cap".
func arithmeticOf(x *risk.Contribution) string {
	text := x.Base.String()
	for _, f := range x.Adds {
		text += " " + signedText(f.Value.String()) + " " + f.Name
	}
	if len(x.Adds) > 0 && len(x.Multiplies) > 0 {
		text = "(" + text + ")"
	}
	for _, f := range x.Multiplies {
		text += " ×" + f.Value.String() + " " + f.Name
	}
	if !x.Decay.IsOne() {
		text += fmt.Sprintf(" ×%s decay", x.Decay)
	}
	if x.DedupDiscount.Sign() != 0 {
		text += fmt.Sprintf(" −%s dedup", x.DedupDiscount)
	}
	if x.CapDiscount.Sign() != 0 {
		text += fmt.Sprintf(" −%s cap", x.CapDiscount)
	}
	if !x.Rank.IsOne() {
		text += fmt.Sprintf(" ×%s rank", x.Rank)
	}
	return text
}

func signedText(number string) string {
	if strings.HasPrefix(number, "-") {
		return "−" + number[1:]
	}
	return "+" + number
}
