package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

const longRiskTop = `List the risk objects with the highest scores in a window, as of the last commit
of a state directory.

The windows are those of the configuration that the state was written with; the
default is the shortest. docs/risk.md explains the profiles.`

type topFlags struct {
	stateFlags
	profile string
	window  string
	limit   int
}

func riskTopCommand() *cobra.Command {
	var f topFlags
	c := &cobra.Command{
		Use:   "top",
		Short: "List the risk objects with the highest scores",
		Long:  longRiskTop,
		Example: `  kith risk top --state /var/lib/kith
  kith risk top --state DIR --type user --window 7d -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.register(c)
	f.registerFilter(c)
	f.registerConfig(c)
	addFlags(c, queryGroup, func(flags *pflag.FlagSet) {
		flags.StringVar(&f.profile, "profile", string(risk.ProfileSum), "score by `PROFILE`: "+strings.Join(profileNames(), ", "))
		flags.StringVar(&f.window, "window", "", "score the modifiers of the last `DURATION`, such as 24h (default the shortest window)")
		flags.IntVar(&f.limit, "limit", 20, "list at most `N` objects; 0 lists all")
	})
	completeWords(c, "profile", profileNames())
	return c
}

func (f *topFlags) run(c *cobra.Command) (err error) {
	if err := errors.Join(f.checkFlags(), checkProfile(f.profile)); err != nil {
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
	window, err := f.windowOf(v)
	if err != nil {
		return err
	}
	list := f.topObjects(c, v, window)
	out := c.OutOrStdout()
	if f.output == "json" {
		for _, x := range list {
			if err := term.WriteJSON(out, x); err != nil {
				return err
			}
		}
		return nil
	}
	_, err = io.WriteString(out, f.headline(v, window)+topTable(list, window, term.StyleOf(out), term.CanvasOf(out)))
	return err
}

// headline returns what the scores of the table count, and up to when.
func (f *topFlags) headline(v *riskView, window time.Duration) string {
	at, ok := v.Clock()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s of the last %s, at %s\n", f.profile, eventtime.FormatDuration(window), timeText(at))
}

// windowOf returns the window of the flag, or the shortest one of the state.
func (f *topFlags) windowOf(v *riskView) (time.Duration, error) {
	windows := v.Windows()
	if f.window == "" {
		return windows[0], nil
	}
	d, err := eventtime.ParseDuration(f.window)
	if err != nil {
		return 0, problem.Usagef("flag --window: %w", err)
	}
	if longest := windows[len(windows)-1]; d > longest || d <= 0 {
		return 0, problem.Usagef("flag --window: %s: must be more than 0s and at most %s, the longest window of the configuration", f.window, eventtime.FormatDuration(longest))
	}
	return d, nil
}

// topObjects returns the objects that flags select, the highest score first.
func (f *topFlags) topObjects(c *cobra.Command, v *riskView, window time.Duration) []risk.Standing {
	all := v.Top(window, risk.Profile(f.profile), math.MaxInt)
	kept := all[:0]
	for _, x := range all {
		if f.matchesFilter(c, x.Type, x.Zone) && (f.limit == 0 || len(kept) < f.limit) {
			kept = append(kept, x)
		}
	}
	return kept
}

// topTable returns the list as a table, with a bar for each score if the terminal is wide
// enough.
func topTable(list []risk.Standing, window time.Duration, s term.Style, c term.Canvas) string {
	var b strings.Builder
	if len(list) == 0 {
		return "no risk in the last " + eventtime.FormatDuration(window) + "\n"
	}
	var g term.Grid
	g.AddRow("object", "type", "zone", "score", "modifiers", "sources", "tactics", "priority")
	g.StyleRow(s.Dim)
	scores := make([]float64, len(list))
	for i, x := range list {
		scores[i] = x.Score.Float()
		g.AddRow(x.Object, x.Type, x.Zone, x.Score.String(), problem.Thousands(x.Events), strconv.Itoa(x.Sources), strconv.Itoa(x.Tactics), x.Priority)
	}
	g.AddBars(c, scores)
	g.FitWidth(s.Width)
	g.Print(&b, "")
	return b.String()
}
