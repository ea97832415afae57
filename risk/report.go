package risk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/risk/score"
)

// Report describes a risk object at the time of the clock.
type Report struct {
	Object     string    `json:"risk_object"` // the most frequent spelling
	Type       string    `json:"risk_object_type"`
	Normalized string    `json:"normalized_risk_object"`
	Zone       string    `json:"cim_entity_zone,omitempty"`
	Priority   string    `json:"priority"`
	At         time.Time `json:"at"`
	// Windows are the reporting windows, shortest first.
	Windows []WindowReport `json:"windows"`
	// Rules are the incident rules and whether their conditions are true.
	Rules []RuleReport `json:"rules"`
	// Timeline divides the longest window into equal parts, oldest first.
	Timeline []Interval `json:"timeline"`
	// Factors are those that applied to modifiers of the longest window.
	Factors []FactorCount `json:"factors"`
	// Contributions are the modifiers of the longest window, in the form of a notable.
	Contributions []Contribution `json:"contributions"`
}

// WindowReport describes the modifiers in one reporting window of an object.
type WindowReport struct {
	Window     string                  `json:"window"`
	Events     int                     `json:"risk_event_count"`
	Scores     map[Profile]score.Score `json:"scores"`
	Objects    []string                `json:"risk_objects"`
	Sources    []string                `json:"sources"`
	Tactics    []string                `json:"tactics"`
	Techniques []string                `json:"techniques"`
	Threats    []detect.Threat         `json:"threat_objects"`
}

// RuleReport describes the state of an incident rule for an object.
type RuleReport struct {
	Rule      string                 `json:"rule"`
	Window    string                 `json:"window"`
	Condition string                 `json:"when"`
	Holds     bool                   `json:"holds"`
	Severity  string                 `json:"severity,omitempty"` // if Holds
	Measures  map[string]score.Score `json:"measures"`
	Fired     []time.Time            `json:"fired"`    // times of notables that can still matter
	Notables  []string               `json:"notables"` // IDs of these notables, in the same order
	// Until is when the condition becomes false if no modifier arrives. It is nil if
	// the condition is false or never becomes false.
	Until *time.Time `json:"until,omitempty"`
	// Without are the n largest contributions, for the smallest n such that the
	// condition is false without them.
	Without []Contribution `json:"without,omitempty"`
}

// Interval is a part of a timeline.
type Interval struct {
	Start  time.Time   `json:"start"`
	Events int         `json:"risk_event_count"`
	Score  score.Score `json:"score"`
}

// FactorCount is the number of modifiers that a factor applied to.
type FactorCount struct {
	Factor string `json:"factor"`
	Events int    `json:"risk_event_count"`
}

// Standing is an object in the result of [Engine.Top].
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

// intervals is the number of intervals of a timeline.
const intervals = 24

// Windows returns the lengths of the reporting windows, shortest first.
func (e *Engine) Windows() []time.Duration { return slices.Sorted(slices.Values(e.program.windows)) }

// Find returns the objects whose key, normalised name or one of whose spellings is text,
// ignoring case, and those that text resolves to. They are ordered by key, type and zone.
func (e *Engine) Find(text string) []detect.Object {
	text = fold.Name(text)
	wanted := map[string]bool{text: true}
	for _, typ := range []string{"", "user"} {
		wanted[e.readers[0].Object(text, typ).Key] = true
	}
	var found []detect.Object
	for _, s := range e.shards {
		for o := range s.objects.each() {
			name := s.objects.nameOf(o.object)
			if len(o.mods) > 0 && (wanted[name.Key] || name.Normalized() == text || s.isSpelled(&o, text)) {
				found = append(found, name.Clone())
			}
		}
	}
	slices.SortFunc(found, compareObjects)
	return found
}

func compareObjects(a, b detect.Object) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Zone, b.Zone))
}

// Report returns a report about an object. It reports whether the object has modifiers.
func (e *Engine) Report(name detect.Object) (Report, bool) {
	s := e.shardOf(name)
	id := s.objects.find(name, uint32(name.Hash(e.seed)))
	if id == 0 {
		return Report{}, false
	}
	o := s.objects.viewOf(id)
	if len(o.mods) == 0 {
		return Report{}, false
	}
	at := e.clock.Now()
	p := reporter{shard: s, profiles: newProfiler(), o: &o, at: at}
	r := Report{
		Type: name.Type, Normalized: name.Normalized(), Zone: string(name.Zone), At: at.Time(),
		Rules: []RuleReport{}, Factors: []FactorCount{},
	}
	for _, window := range e.Windows() {
		v := p.loadWindow(window).clone()
		r.Object, r.Priority = v.display, v.priority.String()
		r.Windows = append(r.Windows, p.windowReport(window, v))
	}
	if r.Object == "" { // all modifiers are older than the windows
		v := p.loadWindow(time.Duration(eventtime.Never)).clone()
		r.Object, r.Priority = v.display, v.priority.String()
	}
	longest := e.Windows()[len(e.program.windows)-1]
	p.loadWindow(longest)
	r.Timeline = p.buildTimeline(longest)
	r.Factors = p.countFactors()
	r.Contributions = p.contributionsOf(s.full.entries)
	for i := range s.rules {
		r.Rules = append(r.Rules, p.ruleReport(i))
	}
	return r, true
}

// Top returns the n objects with the highest scores in a window by a profile, highest
// first. It leaves out objects without modifiers in the window.
func (e *Engine) Top(window time.Duration, profile Profile, n int) []Standing {
	profiles := newProfiler()
	list := []Standing{}
	for _, s := range e.shards {
		for o := range s.objects.each() {
			name := s.objects.nameOf(o.object).Clone()
			r := reporter{shard: s, o: &o, at: e.clock.Now()}
			v := r.loadWindow(window)
			if len(s.full.entries) == 0 {
				continue
			}
			list = append(list, Standing{
				Object: strings.Clone(v.display), Type: name.Type, Normalized: name.Normalized(), Zone: string(name.Zone), Priority: v.priority.String(),
				Score: profiles.scoresOf(s.full.entries)[profile], Events: len(s.full.entries), Sources: len(v.sources), Tactics: len(v.tactics),
			})
		}
	}
	slices.SortFunc(list, func(a, b Standing) int {
		return cmp.Or(b.Score.Cmp(a.Score), strings.Compare(a.Normalized, b.Normalized), strings.Compare(a.Type, b.Type))
	})
	return list[:min(max(0, n), len(list))]
}
