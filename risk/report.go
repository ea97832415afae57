package risk

import (
	"cmp"
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// Report is what is known of an object, at the clock.
type Report struct {
	Object     string    `json:"risk_object"` // the most frequent spelling
	Type       string    `json:"risk_object_type"`
	Normalized string    `json:"normalized_risk_object"`
	Zone       string    `json:"cim_entity_zone,omitempty"`
	Priority   string    `json:"priority"`
	At         time.Time `json:"at"`
	// Windows tell the totals, shortest window first.
	Windows []WindowReport `json:"windows"`
	// Rules tell where the incident rules stand.
	Rules []RuleReport `json:"rules"`
	// Timeline cuts the longest window into equal parts, oldest first.
	Timeline []Interval `json:"timeline"`
	// Factors are those that held for a modifier of the longest window.
	Factors []FactorCount `json:"factors"`
	// Contributions are the modifiers of the longest window, as in a notable.
	Contributions []json.RawMessage `json:"contributions"`
}

// WindowReport is one window of an object.
type WindowReport struct {
	Window     string                  `json:"window"`
	Events     int                     `json:"risk_event_count"`
	Scores     map[Profile]score.Score `json:"scores"`
	Objects    []string                `json:"risk_objects"`
	Sources    []string                `json:"sources"`
	Tactics    []string                `json:"tactics"`
	Techniques []string                `json:"techniques"`
	Threats    []Threat                `json:"threat_objects"`
}

// RuleReport is where an incident rule stands with an object.
type RuleReport struct {
	Rule      string                 `json:"rule"`
	Window    string                 `json:"window"`
	Condition string                 `json:"when"`
	Holds     bool                   `json:"holds"`
	Severity  string                 `json:"severity,omitempty"` // if it holds
	Measures  map[string]score.Score `json:"measures"`
	Fired     []time.Time            `json:"fired"` // notables not yet forgotten
	// Until is when the condition will cease to hold if nothing comes.
	Until *time.Time `json:"until,omitempty"`
	// Without are the largest contributions, as many as would have to be gone
	// for the condition not to hold.
	Without []json.RawMessage `json:"without,omitempty"`
}

// Interval is a part of a timeline.
type Interval struct {
	Start  time.Time   `json:"start"`
	Events int         `json:"risk_event_count"`
	Score  score.Score `json:"score"`
}

// FactorCount is how many modifiers a factor held for.
type FactorCount struct {
	Factor string `json:"factor"`
	Events int    `json:"risk_event_count"`
}

// Standing is a line of top.
type Standing struct {
	Object     string      `json:"risk_object"`
	Type       string      `json:"risk_object_type"`
	Normalized string      `json:"normalized_risk_object"`
	Zone       string      `json:"cim_entity_zone,omitempty"`
	Priority   string      `json:"priority"`
	Score      score.Score `json:"risk_score"`
	Events     int         `json:"risk_event_count"`
	Sources    int         `json:"sources"`
	Tactics    int         `json:"tactics"`
}

// intervals is how many parts a timeline has.
const intervals = 24

// Windows returns the windows that show and top tell about, shortest first.
func (e *Engine) Windows() []time.Duration { return slices.Sorted(slices.Values(e.program.windows)) }

// Find returns the objects that text may mean, ordered by name: by their key,
// by the name that notables show, by a spelling, or because the resolver says
// so.
func (e *Engine) Find(text string) []Object {
	text = fold.Lower(fold.Trim(text))
	wanted := map[string]bool{text: true}
	for _, typ := range []string{"", typeUser} {
		wanted[e.readers[0].resolve(nameKey{e.program.zone, text, typ}).object.Key] = true
	}
	var found []Object
	for _, s := range e.shards {
		for o := range s.objects.each() {
			name := s.objects.name(o.object)
			if len(o.mods) > 0 && (wanted[name.Key] || name.normalized() == text || s.spelled(&o, text)) {
				found = append(found, name.clone())
			}
		}
	}
	slices.SortFunc(found, compareObjects)
	return found
}

func compareObjects(a, b Object) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Zone, b.Zone))
}

func (s *shard) spelled(o *subject, text string) bool {
	last := uint32(0)
	for i := range o.mods {
		if id := o.mods[i].spelled; id != last {
			if last = id; fold.Equal(s.words.Get(id), text) {
				return true
			}
		}
	}
	return false
}

// Report tells about an object; false if nothing is known of it.
func (e *Engine) Report(name Object) (Report, bool) {
	s := e.shardOf(name)
	id := s.objects.find(name, uint32(hashOf(e.seed, name)))
	if id == 0 {
		return Report{}, false
	}
	o := new(subject)
	if *o = s.objects.subject(id); len(o.mods) == 0 {
		return Report{}, false
	}
	at := e.clock.Now()
	r := Report{
		Type: name.Type, Normalized: name.normalized(), Zone: string(name.Zone), At: at.Time(),
		Rules: []RuleReport{}, Factors: []FactorCount{}, Contributions: []json.RawMessage{},
	}
	p := newProfiler()
	for _, window := range e.Windows() {
		s.loadWindow(o, window, at)
		t := s.tell(o).clone()
		r.Object, r.Priority = t.display, t.priority.String()
		r.Windows = append(r.Windows, s.windowReport(p, window, t))
	}
	if r.Object == "" { // nothing in any window: what is kept for late modifiers
		s.loadWindow(o, time.Duration(eventtime.Never), at)
		t := s.tell(o).clone()
		r.Object, r.Priority = t.display, t.priority.String()
	}
	longest := e.Windows()[len(e.program.windows)-1]
	s.loadWindow(o, longest, at)
	r.Timeline = s.timeline(o, longest, at)
	r.Factors = s.factorCounts(o)
	for i := range s.view.rows {
		r.Contributions = append(r.Contributions, appendContribution(nil, s.words, &o.mods[s.view.rows[i].index], &s.view.rows[i]))
	}
	for i := range s.rules {
		r.Rules = append(r.Rules, s.ruleReport(o, i, at))
	}
	return r, true
}

// loadWindow loads the modifiers of a window into the view, as they are.
func (s *shard) loadWindow(o *subject, window time.Duration, at eventtime.Instant) {
	lo, hi := windowOf(o.mods, at, at.Add(-window))
	s.view.load(&incident{}, s.words, o.mods[lo:hi], lo, at, at)
}

func (s *shard) windowReport(p *profiler, window time.Duration, t told) WindowReport {
	w := WindowReport{
		Window: eventtime.FormatDuration(window), Events: len(s.view.rows), Scores: s.scores(p, s.view.rows),
		Objects: t.spellings, Sources: t.sources, Tactics: t.tactics, Techniques: t.techniques, Threats: []Threat{},
	}
	for _, text := range t.threats {
		w.Threats = append(w.Threats, threatOf(text))
	}
	return w
}

// clone returns t with texts and lists of its own.
func (t told) clone() told {
	t.display = strings.Clone(t.display)
	for _, list := range [...]*[]string{&t.spellings, &t.sources, &t.tactics, &t.techniques, &t.threats} {
		own := make([]string, len(*list))
		for i, text := range *list {
			own[i] = strings.Clone(text)
		}
		*list = own
	}
	return t
}

func (s *shard) timeline(o *subject, window time.Duration, at eventtime.Instant) []Interval {
	start, width := at.Add(-window), (eventtime.Instant(window)+intervals-1)/intervals
	parts := make([]Interval, intervals)
	for i := range parts {
		parts[i].Start = (start + eventtime.Instant(i)*width).Time()
	}
	for i := range s.view.rows {
		m := &o.mods[s.view.rows[i].index]
		part := &parts[(m.at-start-1)/width] // a window begins after its start
		part.Events++
		part.Score = part.Score.Add(s.words.score(m))
	}
	return parts
}

// factorCounts reads the factors of the loaded rows.
func (s *shard) factorCounts(o *subject) []FactorCount {
	counts := map[string]int{}
	for i := range s.view.rows {
		var held struct {
			Adds, Multiplies []struct{ Factor string }
		}
		text := s.words.Get(s.words.kindOf(&o.mods[s.view.rows[i].index]).factors)
		if text == "" || json.Unmarshal([]byte("{"+text+"}"), &held) != nil {
			continue
		}
		names := map[string]bool{}
		for _, f := range append(held.Adds, held.Multiplies...) {
			names[f.Factor] = true
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

func (s *shard) ruleReport(o *subject, rule int, at eventtime.Instant) RuleReport {
	full := *s.rules[rule]
	full.uses = 1<<measureCount - 1
	lo, hi := windowOf(o.mods, at, at.Add(-full.window))
	s.view.load(&full, s.words, o.mods[lo:hi], lo, at, at)
	m := s.view.measure(&full, s.words, o.mods)
	report := RuleReport{Rule: full.name, Window: full.written, Condition: full.text, Measures: map[string]score.Score{}, Fired: []time.Time{}}
	for name := range measureCount {
		report.Measures[name.String()] = m[name]
	}
	if t := o.track(rule); t != nil {
		for _, f := range t.Fired {
			report.Fired = append(report.Fired, f.At.Time())
		}
	}
	if report.Holds = len(s.view.rows) > 0 && full.when.holds(&m); report.Holds {
		report.Severity = full.severity(m[mCapped]).String()
		report.Without = s.without(o, s.rules[rule], lo, hi, at)
		if until := s.until(o, rule, at); until != eventtime.Never {
			x := until.Time()
			report.Until = &x
		}
	}
	return report
}

// without returns the largest contributions, so many that the condition does
// not hold when they are gone, and does with one more there. It is found by
// halving: of thousands every one need not be tried.
func (s *shard) without(o *subject, r *incident, lo, hi int, at eventtime.Instant) []json.RawMessage {
	rows := slices.Clone(s.view.rows)
	slices.SortStableFunc(rows, func(a, b row) int { return b.final.Cmp(a.final) })
	gone := make([]bool, hi-lo)
	mods := make([]mod, 0, hi-lo)
	n := 1 + sort.Search(len(rows)-1, func(n int) bool {
		clear(gone)
		for _, w := range rows[:n+1] {
			gone[w.index-lo] = true
		}
		mods = mods[:0]
		for i, m := range o.mods[lo:hi] {
			if !gone[i] {
				mods = append(mods, m)
			}
		}
		s.view.load(r, s.words, mods, 0, at, at)
		m := s.view.measure(r, s.words, mods)
		return len(s.view.rows) == 0 || !r.when.holds(&m)
	})
	list := make([]json.RawMessage, n)
	for i := range list {
		list[i] = appendContribution(nil, s.words, &o.mods[rows[i].index], &rows[i])
	}
	return list
}

// until returns when the condition, which holds at x, ceases to.
func (s *shard) until(o *subject, rule int, x eventtime.Instant) eventtime.Instant {
	w := s.sweep(o, rule)
	w.track = &track{History: window.History{Spans: []window.Span{{Start: x, End: eventtime.Never}}}}
	w.at = x
	w.fill(x, len(o.mods))
	for next := w.breakpoint(); next != eventtime.Never && w.track.Spans[0].End == eventtime.Never; next = w.breakpoint() {
		w.to(next)
	}
	return w.track.Spans[0].End
}

// Top returns the objects with the highest scores in a window, at most n,
// highest first.
func (e *Engine) Top(window time.Duration, profile Profile, n int) []Standing {
	p := newProfiler()
	list := []Standing{}
	for _, s := range e.shards {
		for o := range s.objects.each() {
			name := s.objects.name(o.object).clone()
			s.loadWindow(&o, window, e.clock.Now())
			if len(s.view.rows) == 0 {
				continue
			}
			t := s.tell(&o).clone()
			list = append(list, Standing{
				Object: t.display, Type: name.Type, Normalized: name.normalized(), Zone: string(name.Zone), Priority: t.priority.String(),
				Score: s.scores(p, s.view.rows)[profile], Events: len(s.view.rows), Sources: len(t.sources), Tactics: len(t.tactics),
			})
		}
	}
	slices.SortFunc(list, func(a, b Standing) int {
		return cmp.Or(b.Score.Cmp(a.Score), strings.Compare(a.Normalized, b.Normalized), strings.Compare(a.Type, b.Type))
	})
	return list[:min(n, len(list))]
}
