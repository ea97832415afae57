package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// reportPrinter writes risk reports as tables.
type reportPrinter struct {
	style   term.Style
	canvas  term.Canvas
	profile risk.Profile
	limit   int
}

// writeReport writes everything that a report has.
func (t *reportPrinter) writeReport(b *strings.Builder, r *risk.Report) {
	zone := ""
	if r.Zone != "" {
		zone = " in zone " + r.Zone
	}
	t.writeHeadline(b, "", r.Object, fmt.Sprintf("%s%s, priority %s, at %s", r.Type, zone, r.Priority, timeText(r.At)))
	t.writeWindows(b, r)
	t.writeTimeline(b, r)
	for i := range r.Rules {
		t.writeRule(b, &r.Rules[i])
	}
	t.writeFactors(b, r)
	t.writeContributions(b, r)
	b.WriteByte('\n')
}

// writeHeadline writes a name in bold, followed by a text. A line that is too long for the
// terminal continues in the next one.
func (t *reportPrinter) writeHeadline(b *strings.Builder, indent, name, text string) {
	name = problem.Plain(name)
	line := term.WrapLine(name+"  "+problem.Plain(text), indent+"  ", t.style.Width)
	if rest, ok := strings.CutPrefix(line, name); ok {
		line = t.style.Bold(name) + rest
	}
	b.WriteString(indent + line + "\n")
}

// writeWindows writes the scores of every window, those of the chosen profile first.
func (t *reportPrinter) writeWindows(b *strings.Builder, r *risk.Report) {
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
	g.StyleRow(t.style.Dim)
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
	g.TransposeWidth(t.style.Width - len("  "))
	t.printWrapped(b, &g, "  ")
	if len(r.Windows) > 0 {
		t.writeLists(b, r.Windows[len(r.Windows)-1])
	}
}

// writeLists writes the sources, tactics and other values of a window.
func (t *reportPrinter) writeLists(b *strings.Builder, w risk.WindowReport) {
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
			g.AddRow(l.name, joinFirst(l.values, 8))
		}
	}
	t.printWrapped(b, &g, "  ")
}

// writeTimeline draws the scores over the longest window if the terminal is wide enough.
func (t *reportPrinter) writeTimeline(b *strings.Builder, r *risk.Report) {
	if t.canvas.Width < len(r.Timeline)+len("  |  |") || len(r.Timeline) == 0 || len(r.Windows) == 0 {
		return
	}
	values := make([]float64, len(r.Timeline))
	for i, part := range r.Timeline {
		values[i] = part.Score.Float()
	}
	fmt.Fprintf(b, "  |%s|  %s\n", t.canvas.Spark(values), t.style.Dim("the last "+r.Windows[len(r.Windows)-1].Window))
}

// writeRule writes the state of an incident rule, and the modifiers without which its
// condition would be false.
func (t *reportPrinter) writeRule(b *strings.Builder, r *risk.RuleReport) {
	state := "false"
	if r.Holds {
		state = "true, severity " + r.Severity
	}
	b.WriteByte('\n')
	t.writeHeadline(b, "  ", r.Rule, fmt.Sprintf("%s in %s: %s", r.Condition, r.Window, state))
	var g term.Grid
	measures := make([]string, 0, len(measureNames))
	for _, name := range measureNames {
		if m, found := r.Measures[name]; found {
			measures = append(measures, name+" "+m.String())
		}
	}
	g.AddRow("now", strings.Join(measures, "  "))
	addNotables(&g, r)
	if r.Until != nil {
		g.AddRow("until", timeText(*r.Until)+", if nothing new arrives")
	}
	t.printWrapped(b, &g, "    ")
	if len(r.Without) > 0 {
		b.WriteString("    the condition would be false without\n")
		t.writeRows(b, "      ", r.Without, t.limit, false)
	}
}

// addNotables adds a row for each of the latest notables of a rule, with the id for
// kith risk explain.
func addNotables(g *term.Grid, r *risk.RuleReport) {
	const most = 4
	earlier := max(0, len(r.Fired)-most)
	name := "notables"
	if earlier > 0 {
		g.AddRow(name, problem.Thousands(earlier)+" earlier")
		name = ""
	}
	for i := earlier; i < len(r.Fired); i++ {
		g.AddRow(name, timeText(r.Fired[i])+"  "+r.Notables[i])
		name = ""
	}
}

// printWrapped prints a table whose long texts continue in further lines if the terminal is
// narrower than the table.
func (t *reportPrinter) printWrapped(b *strings.Builder, g *term.Grid, indent string) {
	g.WrapWidth(t.style.Width - len(indent))
	g.Print(b, indent)
}

// measureNames are the names that conditions use, in the order of the documentation.
var measureNames = []string{"score", "capped_score", "count", "sources", "tactics", "techniques", "threat_objects", "max"}

// writeFactors writes how many modifiers each factor changed.
func (t *reportPrinter) writeFactors(b *strings.Builder, r *risk.Report) {
	if len(r.Factors) == 0 {
		return
	}
	b.WriteString("\n  factors\n")
	var g term.Grid
	for _, f := range r.Factors {
		g.AddRow(f.Factor, modifierText(f.Events))
	}
	t.printWrapped(b, &g, "    ")
}

// writeContributions writes the latest contributions.
func (t *reportPrinter) writeContributions(b *strings.Builder, r *risk.Report) {
	if t.limit == 0 || len(r.Contributions) == 0 {
		return
	}
	b.WriteString("\n  modifiers, the latest last\n")
	t.writeRows(b, "    ", r.Contributions, t.limit, true)
}

// writeRows writes the first limit contributions, or the last ones.
func (t *reportPrinter) writeRows(b *strings.Builder, indent string, list []risk.Contribution, limit int, last bool) {
	var g term.Grid
	g.AddRow("time", "counts", "how", "source", "message", "as")
	g.StyleRow(t.style.Dim)
	shown := list[:min(limit, len(list))]
	if last {
		shown = list[len(list)-len(shown):]
	}
	for i := range shown {
		x := &shown[i]
		g.AddRow(timeText(x.Time), x.Value.String(), arithmeticOf(x), x.Source, x.Message, x.Object)
	}
	g.StackWidth(3, t.style.Width-len(indent))
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

// signedText puts a sign before a number.
func signedText(number string) string {
	if strings.HasPrefix(number, "-") {
		return "−" + number[1:]
	}
	return "+" + number
}
