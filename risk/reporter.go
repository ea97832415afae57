package risk

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// reporter makes reports about an object at an instant.
type reporter struct {
	*shard
	profiles *profiler
	o        *objectView
	at       eventtime.Instant
}

// loadWindow loads the modifiers of a window, without decay, dedup or cap, and returns
// their overview.
func (r *reporter) loadWindow(window time.Duration) overview {
	lo, hi := windowRange(r.o.mods, r.at, r.at.Add(-window))
	r.full.loadModifiers(&compiledRule{}, r.dict, r.o.mods[lo:hi], lo, r.at, r.at)
	return r.builder.overviewOf(r.o)
}

// windowReport returns the report of the loaded window.
func (r *reporter) windowReport(window time.Duration, v overview) WindowReport {
	w := WindowReport{
		Window: eventtime.FormatDuration(window), Events: len(r.full.entries), Scores: r.profiles.scoresOf(r.full.entries),
		Objects: v.spellings, Sources: v.sources, Tactics: v.tactics, Techniques: v.techniques, Threats: []detect.Threat{},
	}
	for _, text := range v.threats {
		w.Threats = append(w.Threats, threatOf(text))
	}
	return w
}

// clone returns a deep copy of v.
func (v overview) clone() overview {
	v.display = strings.Clone(v.display)
	for _, list := range [...]*[]string{&v.spellings, &v.sources, &v.tactics, &v.techniques, &v.threats} {
		own := make([]string, len(*list))
		for i, text := range *list {
			own[i] = strings.Clone(text)
		}
		*list = own
	}
	return v
}

// buildTimeline divides the loaded window into equal intervals.
func (r *reporter) buildTimeline(window time.Duration) []Interval {
	start, width := r.at.Add(-window), (eventtime.Instant(window)+intervals-1)/intervals
	parts := make([]Interval, intervals)
	for i := range parts {
		parts[i].Start = (start + eventtime.Instant(i)*width).Time()
	}
	for i := range r.full.entries {
		m := &r.o.mods[r.full.entries[i].index]
		part := &parts[(m.at-start-1)/width] // a window excludes its start
		part.Events++
		part.Score = part.Score.Add(r.dict.scoreOf(m))
	}
	return parts
}

// countFactors counts the modifiers in the loaded window that each factor applied to.
func (r *reporter) countFactors() []FactorCount {
	counts := map[string]int{}
	for i := range r.full.entries {
		held := *r.dict.factors.Value(r.dict.kindOf(&r.o.mods[r.full.entries[i].index]).factors)
		if held == nil {
			continue
		}
		names := map[string]bool{}
		for _, f := range slices.Concat(held.Adds, held.Multiplies) {
			names[f.Name] = true
		}
		for name := range names {
			counts[name]++
		}
	}
	list := []FactorCount{}
	for name, n := range counts {
		list = append(list, FactorCount{name, n})
	}
	slices.SortFunc(list, func(a, b FactorCount) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Factor, b.Factor))
	})
	return list
}

// contributionsOf returns the contributions of some entries.
func (r *reporter) contributionsOf(entries []windowEntry) []Contribution {
	list, c := make([]Contribution, len(entries)), copier{chunk: 1 << 12}
	for i := range list {
		list[i] = r.builder.contributionOf(&r.o.mods[entries[i].index], &entries[i], &c)
	}
	return list
}

// ruleReport returns the report of an incident rule for the object.
func (r *reporter) ruleReport(rule int) RuleReport {
	full := *r.rules[rule]
	full.uses = 1<<measureCount - 1
	lo, hi := windowRange(r.o.mods, r.at, r.at.Add(-full.window))
	r.full.loadModifiers(&full, r.dict, r.o.mods[lo:hi], lo, r.at, r.at)
	m := r.full.computeMeasures(&full, r.dict, r.o.mods)
	report := RuleReport{Rule: full.name, Window: full.windowText, Condition: full.whenText, Measures: map[string]score.Score{}, Fired: []time.Time{}, Notables: []string{}}
	for name := range measureCount {
		report.Measures[name.String()] = m[name]
	}
	if t := r.o.trackOf(rule); t != nil {
		for _, f := range t.Fired {
			report.Fired = append(report.Fired, f.At.Time())
			report.Notables = append(report.Notables, notableID(full.name, r.objects.nameOf(r.o.object), f.At))
		}
	}
	if report.Holds = len(r.full.entries) > 0 && full.when.holds(&m); report.Holds {
		report.Severity = full.severityFor(m[mCapped]).String()
		report.Without = r.findWithout(r.rules[rule], lo, hi)
		if until := r.findUntil(rule); until != eventtime.Never {
			x := until.Time()
			report.Until = &x
		}
	}
	return report
}

// findWithout returns the n largest contributions, for the smallest n such that the
// condition is false without them. It finds n by binary search.
func (r *reporter) findWithout(rule *compiledRule, lo, hi int) []Contribution {
	entries := slices.Clone(r.full.entries)
	slices.SortStableFunc(entries, func(a, b windowEntry) int { return b.final.Cmp(a.final) })
	gone := make([]bool, hi-lo)
	mods := make([]modifier, 0, hi-lo)
	n := 1 + sort.Search(len(entries)-1, func(n int) bool {
		clear(gone)
		for _, w := range entries[:n+1] {
			gone[w.index-lo] = true
		}
		mods = mods[:0]
		for i, m := range r.o.mods[lo:hi] {
			if !gone[i] {
				mods = append(mods, m)
			}
		}
		r.full.loadModifiers(rule, r.dict, mods, 0, r.at, r.at)
		m := r.full.computeMeasures(rule, r.dict, mods)
		return len(r.full.entries) == 0 || !rule.when.holds(&m)
	})
	return r.contributionsOf(entries[:n])
}

// findUntil returns when the condition of a rule, which is true, becomes false if no
// modifier arrives, or Never.
func (r *reporter) findUntil(rule int) eventtime.Instant {
	w := r.newSweep(r.o, rule)
	w.track = &track{History: window.History{Spans: []window.Span{{Start: r.at, End: eventtime.Never}}}}
	w.at = r.at
	w.loadWindow(r.at, len(r.o.mods))
	for next := w.nextBreakpoint(); next != eventtime.Never && w.track.Spans[0].End == eventtime.Never; next = w.nextBreakpoint() {
		w.advanceTo(next)
	}
	return w.track.Spans[0].End
}

// isSpelled reports whether text is, ignoring case, the spelling of o in one of its
// modifiers.
func (s *shard) isSpelled(o *objectView, text string) bool {
	last := uint32(0)
	for i := range o.mods {
		if id := o.mods[i].spelled; id != last {
			if last = id; fold.Equal(s.dict.Get(id), text) {
				return true
			}
		}
	}
	return false
}
