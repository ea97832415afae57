package risk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk/score"
)

// program is a compiled Config. It is immutable.
type program struct {
	lateness    time.Duration
	retention   time.Duration // the longest window
	windows     []time.Duration
	wallClock   bool
	incidents   []*compiledRule
	filterCount int // of incident rules
	detector    *detect.Detector
}

// compiler compiles a Config and collects its errors.
type compiler struct {
	*program
	detect      detect.Config
	filterPaths []detect.Path // of the filters of incident rules, by bit
	errs        []error
}

func (c *compiler) addError(at detect.Path, err error) {
	if err != nil {
		c.errs = append(c.errs, &detect.ConfigError{Path: at, Err: err})
	}
}

// compileConfig compiles cfg. The error joins a *detect.ConfigError for every invalid
// value.
func compileConfig(cfg Config, opt Options) (*program, error) {
	c := &compiler{program: &program{}}
	c.lateness, c.wallClock = durationOr(cfg.Lateness, 24*time.Hour), cfg.Clock == WallClock
	c.checkChoice(detect.Path{}.Key("clock"), cfg.Clock <= WallClock, cfg.Clock)
	c.checkChoice(detect.Path{}.Key("roll_up"), cfg.RollUp <= RollUpCovering, cfg.RollUp)
	c.detect = detect.Config{
		Future: durationOr(cfg.Future, time.Hour), Covering: cfg.RollUp == RollUpCovering, ScoreNotables: cfg.ScoreNotables,
		Zone: opt.Zone, Times: cfg.Time, Presets: opt.Presets, Unwrap: opt.Unwrap, ESFactors: cfg.ESFactors, Factors: cfg.Factors, Rules: cfg.Rules, RuleFiles: opt.Rules,
	}
	if opt.MaxContributions < 0 {
		c.errs = append(c.errs, fmt.Errorf("maximum number of contributions is %d: must be 0 (all) or more", opt.MaxContributions))
	}
	c.compileWindows(cfg.Windows)
	c.compileIncidents(cfg.IncidentRules)
	c.compileDetector()
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return c.program, nil
}

// compileDetector compiles the detector. It must be called after all filters were
// collected. It replaces the paths of errors in filters, because the detector
// identifies filters only by their numbers.
func (c *compiler) compileDetector() {
	var err error
	if c.detector, err = detect.New(c.detect); err == nil {
		return
	}
	for _, part := range problem.Joined(err) {
		var bad *detect.ConfigError
		if errors.As(part, &bad) && len(bad.Path) > 1 && bad.Path[0].Key == "filters" {
			bad.Path = slices.Concat(c.filterPaths[bad.Path[1].Index], bad.Path[2:])
		}
		c.errs = append(c.errs, part)
	}
}

// durationOr returns d, or byDefault if d is 0, or 0 if d is None.
func durationOr(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}

// checkChoice adds an error if choice is not a known value of its type.
func (c *compiler) checkChoice(at detect.Path, known bool, choice fmt.Stringer) {
	if !known {
		c.addError(at, fmt.Errorf("unknown value %s", choice))
	}
}

var errNotPositive = errors.New("must be greater than 0")

func (c *compiler) compileWindows(windows []time.Duration) {
	if len(windows) == 0 {
		windows = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour}
	}
	for i, d := range windows {
		if d <= 0 {
			c.addError(detect.Path{}.Key("windows").At(i), errNotPositive)
		}
		c.windows = append(c.windows, d)
		c.retention = max(c.retention, d)
	}
}

var errMissing = errors.New("is missing")

// compileAmount returns d, or nil if d is not set. It adds an error if d is out of range.
func (c *compiler) compileAmount(at detect.Path, d score.Decimal) *score.Decimal {
	if !d.IsValid() {
		return nil
	}
	if !d.InRange() {
		c.addError(at, fmt.Errorf("%q: %w", d, score.ErrRange))
	}
	return &d
}

func (c *compiler) compileIncidents(configured []IncidentRule) {
	rules := ShippedIncidentRules()
	places := make([]detect.Path, len(rules))
	for i := range places {
		places[i] = detect.Path{}.Key("shipped")
	}
	given := map[string]bool{}
	for i, r := range configured {
		at := detect.Path{}.Key("incident_rules").At(i)
		name := fold.Lower(r.Name)
		switch {
		case r.Name == "":
			c.addError(at.Key("name"), errMissing)
			continue
		case given[name]:
			c.addError(at.Key("name"), fmt.Errorf("a rule named %q is already defined", r.Name))
			continue
		}
		given[name] = true
		if k := slices.IndexFunc(rules, func(s IncidentRule) bool { return fold.Equal(s.Name, r.Name) }); k >= 0 {
			rules[k], places[k] = r, at
		} else {
			rules, places = append(rules, r), append(places, at)
		}
	}
	for i, r := range rules {
		if !r.Disabled {
			c.compileIncident(places[i], r)
		}
	}
}

func (c *compiler) compileIncident(at detect.Path, r IncidentRule) {
	compiled := &compiledRule{
		name: r.Name, digest: r.digest(), window: r.Window, windowText: r.WindowText, baseSeverity: r.Severity,
		dedup: r.Dedup, suppress: r.Suppress, refire: r.Refire == RefireSeverity,
	}
	if compiled.windowText == "" {
		compiled.windowText = eventtime.FormatDuration(r.Window)
	}
	if r.Severity == entity.Unset && len(r.SeveritySteps) == 0 {
		r.SeveritySteps = shippedSteps()
	}
	if compiled.baseSeverity == entity.Unset {
		compiled.baseSeverity = entity.Low
	}
	switch {
	case r.Window == 0:
		c.addError(at.Key("window"), errMissing)
	case r.Window < 0:
		c.addError(at.Key("window"), errNotPositive)
	}
	c.retention = max(c.retention, compiled.window)
	c.compileCondition(at.Key("when"), r.When, compiled)
	c.compileFilter(at.Key("filter"), r.Filter, compiled)
	switch {
	case r.Decay > 0:
		compiled.decay = score.NewDecay(r.Decay)
	case r.Decay < 0:
		c.addError(at.Key("decay"), errNotPositive)
	}
	if r.Suppress < 0 {
		c.addError(at.Key("suppress"), errors.New("must not be negative"))
	}
	c.checkChoice(at.Key("dedup"), r.Dedup <= DedupMessage, r.Dedup)
	c.checkChoice(at.Key("refire"), r.Refire <= RefireSeverity, r.Refire)
	c.compileCap(at, r.Cap, compiled)
	if p := c.compileAmount(at.Key("aggregate").Key("p_series"), r.PSeries); p != nil {
		if p.Sign() < 0 || p.Exceeds(100) {
			c.addError(at.Key("aggregate").Key("p_series"), fmt.Errorf("%q: must be a number from 0 to 100", p))
		}
		compiled.series = score.NewSeries(*p)
	}
	c.compileSeverity(at.Key("severity"), r, compiled)
	c.incidents = append(c.incidents, compiled)
}

func (c *compiler) compileCondition(at detect.Path, text string, r *compiledRule) {
	if strings.TrimSpace(text) == "" {
		c.addError(at, errMissing)
		return
	}
	parsed, err := parseCondition(text)
	if err != nil {
		c.addError(at, err)
		return
	}
	r.when, r.uses, r.monotone, r.whenText = parsed, parsed.usedMeasures(), parsed.isMonotone(), text
}

func (c *compiler) compileFilter(at detect.Path, clauses []entity.Clause, r *compiledRule) {
	if len(clauses) == 0 {
		return
	}
	r.filter = 1 << min(c.filterCount, detect.MaxFilters-1)
	c.filterCount++
	c.filterPaths, c.detect.Filters = append(c.filterPaths, at), append(c.detect.Filters, clauses)
}

// compileCap sets the limit of a source. It adds an error if the rule has a cap or dedup
// and its condition does not use capped_score, because they would have no effect.
func (c *compiler) compileCap(at detect.Path, limit Cap, r *compiledRule) {
	d := c.compileAmount(at.Key("cap"), limit.Amount)
	if limit.Times.IsValid() {
		d = c.compileAmount(at.Key("cap"), limit.Times)
	}
	switch {
	case d == nil:
	case d.Sign() <= 0:
		c.addError(at.Key("cap"), fmt.Errorf("%q: must be greater than 0", limit))
	case limit.Times.IsValid():
		r.cap = sourceLimit{set: true, times: d}
	default:
		amount, _ := d.Round() // in range
		r.cap = sourceLimit{set: true, absolute: amount}
	}
	if r.when != nil && r.hasDiscounts() && !r.uses.has(mCapped) {
		key := "cap"
		if !r.cap.set {
			key = "dedup"
		}
		c.addError(at.Key(key), errors.New("has no effect: the condition never names capped_score"))
	}
}

func (c *compiler) compileSeverity(at detect.Path, r IncidentRule, compiled *compiledRule) {
	c.checkSeverity(at, compiled.baseSeverity)
	for i, st := range r.SeveritySteps {
		at := at.At(i)
		c.checkSeverity(at.Key("is"), st.Is)
		d := c.compileAmount(at.Key("at_least"), st.AtLeast)
		if d == nil {
			c.addError(at.Key("at_least"), errMissing)
			continue
		}
		amount, _ := d.Round()
		compiled.steps = append(compiled.steps, severityStep{amount, st.Is})
	}
	slices.SortStableFunc(compiled.steps, func(a, b severityStep) int { return a.atLeast.Cmp(b.atLeast) })
}

func (c *compiler) checkSeverity(at detect.Path, p entity.Priority) {
	if p == entity.Unset || p > entity.Critical {
		c.addError(at, fmt.Errorf("unknown severity %d", p))
	}
}
