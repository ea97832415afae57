package risk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/nearest"
	"github.com/kithsec/kith/risk/score"
)

// program is a Config compiled. It is immutable.
type program struct {
	lateness, future time.Duration
	retention        time.Duration // the longest window
	windows          []time.Duration
	wall             bool
	covering         bool
	scoreNotables    bool
	zone             entity.Zone
	zones            []zoneRule
	factors          []factor
	filters          []when // by bit
	rules            []rule
	byName           map[string][]int // rules without conditions, by folded name
	conditional      []int            // the others
	incidents        []*incident
	paths            *jsonscan.Paths
	attack           *attackTable
	entities         bool // whether fields of an object's entity are asked for
}

type zoneRule struct {
	zone entity.Zone
	when when
}

// factor is a risk factor that is enabled.
type factor struct {
	name          string
	add, multiply *score.Decimal
	when          []when // any of which must hold
}

// compiler gathers what is wrong with a configuration.
type compiler struct {
	*program
	fields *fields
	file   string // of the rule that is compiled, if it is of a file
	rule   int    // its number, from 1
	errs   []error
}

func (c *compiler) fail(at Path, err error) {
	if err != nil {
		c.errs = append(c.errs, &ConfigError{File: c.file, Rule: c.rule, Path: at, Err: err})
	}
}

// failEach reports the errors of a list of conditions under its path.
func (c *compiler) failEach(at Path, err error) {
	if err == nil {
		return
	}
	var joined interface{ Unwrap() []error }
	parts := []error{err}
	if errors.As(err, &joined) {
		parts = joined.Unwrap()
	}
	for _, part := range parts {
		var e *cond.Error
		if !errors.As(part, &e) {
			c.fail(at, part)
			continue
		}
		at := at.At(e.Clause).Key(e.Key)
		if e.Index >= 0 {
			at = at.At(e.Index)
		}
		c.fail(at, errors.New(e.Reason))
	}
}

// compile returns the program of cfg, or an error that joins a *ConfigError
// for everything that is wrong.
func compile(cfg Config, opt Options) (*program, error) {
	c := &compiler{program: &program{attack: newAttackTable(), byName: map[string][]int{}, scoreNotables: cfg.ScoreNotables}, fields: newFields()}
	c.lateness, c.future = durationOr(cfg.Lateness, 24*time.Hour), durationOr(cfg.Future, time.Hour)
	c.wall, c.covering = cfg.Clock == WallClock, cfg.RollUp == RollUpCovering
	c.checkChoice(Path{}.Key("clock"), cfg.Clock <= WallClock, cfg.Clock)
	c.checkChoice(Path{}.Key("roll_up"), cfg.RollUp <= RollUpCovering, cfg.RollUp)
	c.compileWindows(cfg.Windows)
	c.compileZones(opt)
	c.compileFactors(cfg)
	c.compileRules(cfg.Rules, opt.Rules)
	c.compileIncidents(cfg.IncidentRules)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	paths, err := jsonscan.Compile(c.fields.paths)
	if err != nil {
		return nil, fmt.Errorf("too many fields: %w", err)
	}
	c.paths, c.entities = paths, c.fields.entity
	return c.program, nil
}

// durationOr returns d, the default if it is 0, and 0 if it is None.
func durationOr(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}

// checkChoice reports a value that is not one of its type.
func (c *compiler) checkChoice(at Path, known bool, choice fmt.Stringer) {
	if !known {
		c.fail(at, fmt.Errorf("unknown value %s", choice))
	}
}

func unknownWord(what, word string, words []string) error {
	if near, found := nearest.Of(word, words); found {
		return fmt.Errorf("unknown %s %q (did you mean %q?)", what, word, near)
	}
	return fmt.Errorf("unknown %s %q (use one of %s)", what, word, strings.Join(words, ", "))
}

var errNotPositive = errors.New("must be longer than nothing")

func (c *compiler) compileWindows(windows []time.Duration) {
	if len(windows) == 0 {
		windows = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour}
	}
	for i, d := range windows {
		if d <= 0 {
			c.fail(Path{}.Key("windows").At(i), errNotPositive)
		}
		c.windows = append(c.windows, d)
		c.retention = max(c.retention, d)
	}
}

func (c *compiler) compileZones(opt Options) {
	c.zone = entity.ParseZone(opt.DefaultZone)
	for i, z := range opt.ZoneRules {
		w, err := compileWhen(z.When, c.fields.event)
		c.failEach(Path{}.Key("zones").Key("rules").At(i).Key("when"), err)
		c.zones = append(c.zones, zoneRule{entity.ParseZone(z.Zone), w})
	}
}

func (c *compiler) compileFactors(cfg Config) {
	shipped := ESFactors()
	names := make([]string, len(shipped))
	for i, f := range shipped {
		names[i] = f.Name
	}
	taken := map[string]bool{}
	for i, name := range cfg.ESFactors {
		at := Path{}.Key("es_factors").At(i)
		k := slices.Index(names, name)
		switch {
		case k < 0:
			c.fail(at, unknownWord("factor", name, names))
		case taken[name]:
			c.fail(at, fmt.Errorf("factor %q is named twice", name))
		default:
			taken[name] = true
			c.factor(at, shipped[k].Factor, shipped[k].Twin)
		}
	}
	for i, f := range cfg.Factors {
		at := Path{}.Key("factors").At(i)
		if f.Name == "" {
			c.fail(at.Key("name"), errMissing)
		} else if taken[f.Name] {
			c.fail(at.Key("name"), fmt.Errorf("factor %q is there already", f.Name))
		}
		taken[f.Name] = true
		c.factor(at, f, nil)
	}
}

var errMissing = errors.New("is missing")

func (c *compiler) factor(at Path, f Factor, twin []entity.Clause) {
	compiled := factor{name: f.Name, add: c.amount(at.Key("add"), f.Add), multiply: c.amount(at.Key("multiply"), f.Multiply)}
	if !f.Add.IsValid() && !f.Multiply.IsValid() {
		c.fail(at, errors.New("needs add or multiply"))
	}
	for i, conditions := range [][]entity.Clause{f.When, twin} {
		if i > 0 && conditions == nil {
			continue
		}
		w, err := compileWhen(conditions, c.fields.modifier)
		c.failEach(at.Key("when"), err)
		compiled.when = append(compiled.when, w)
	}
	if !f.Disabled {
		c.factors = append(c.factors, compiled)
	}
}

// amount returns a number, nil if it is not valid, and reports one that is out of
// range.
func (c *compiler) amount(at Path, d score.Decimal) *score.Decimal {
	if !d.IsValid() {
		return nil
	}
	if !d.InRange() {
		c.fail(at, fmt.Errorf("%q: %w", d, score.ErrRange))
	}
	return &d
}

// compileRules takes the rules of the configuration, then those of files.
func (c *compiler) compileRules(configured []Rule, files []RuleFile) {
	for i, r := range configured {
		at := Path{}.Key("rules").At(i)
		if len(r.When) == 0 {
			c.fail(at.Key("when"), errMissing)
		}
		if len(r.RiskObjects) == 0 {
			c.fail(at.Key("risk_objects"), errMissing)
		}
		c.compileRule(at, r)
	}
	for _, f := range files {
		for i, r := range f.Rules {
			c.file, c.rule = f.Name, i+1
			c.compileRule(nil, r)
		}
	}
	c.file, c.rule = "", 0
}

func (c *compiler) compileIncidents(configured []IncidentRule) {
	rules := ShippedIncidentRules()
	places := make([]Path, len(rules))
	for i := range places {
		places[i] = Path{}.Key("shipped")
	}
	given := map[string]bool{}
	for i, r := range configured {
		at := Path{}.Key("incident_rules").At(i)
		name := fold.Lower(r.Name)
		switch {
		case r.Name == "":
			c.fail(at.Key("name"), errMissing)
			continue
		case given[name]:
			c.fail(at.Key("name"), fmt.Errorf("rule %q is there already", r.Name))
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
			c.incident(places[i], r)
		}
	}
}

// maxFilters is how many incident rules may have a filter: what a modifier
// passes is a word of bits.
const maxFilters = 64

func (c *compiler) incident(at Path, r IncidentRule) {
	compiled := &incident{
		name: r.Name, digest: r.digest(), window: r.Window, written: r.WindowText, floor: r.Severity,
		dedup: r.Dedup, suppress: r.Suppress, refire: r.Refire == RefireSeverity,
	}
	if compiled.written == "" {
		compiled.written = eventtime.FormatDuration(r.Window)
	}
	if compiled.floor == entity.Unset {
		compiled.floor = entity.Low
	}
	switch {
	case r.Window == 0:
		c.fail(at.Key("window"), errMissing)
	case r.Window < 0:
		c.fail(at.Key("window"), errNotPositive)
	}
	c.retention = max(c.retention, compiled.window)
	c.condition(at.Key("when"), r.When, compiled)
	c.filter(at.Key("filter"), r.Filter, compiled)
	switch {
	case r.Decay > 0:
		compiled.decay = score.NewDecay(r.Decay)
	case r.Decay < 0:
		c.fail(at.Key("decay"), errNotPositive)
	}
	if r.Suppress < 0 {
		c.fail(at.Key("suppress"), errors.New("must not be negative"))
	}
	c.checkChoice(at.Key("dedup"), r.Dedup <= DedupMessage, r.Dedup)
	c.checkChoice(at.Key("refire"), r.Refire <= RefireSeverity, r.Refire)
	c.cap(at, r.Cap, compiled)
	if p := c.amount(at.Key("aggregate").Key("p_series"), r.PSeries); p != nil {
		if p.Sign() < 0 || p.Exceeds(100) {
			c.fail(at.Key("aggregate").Key("p_series"), fmt.Errorf("%q: want a number from 0 to 100", p))
		}
		compiled.series = score.NewSeries(*p)
	}
	c.severity(at.Key("severity"), r, compiled)
	c.incidents = append(c.incidents, compiled)
}

func (c *compiler) condition(at Path, text string, r *incident) {
	if strings.TrimSpace(text) == "" {
		c.fail(at, errMissing)
		return
	}
	parsed, err := parseCondition(text)
	if err != nil {
		c.fail(at, err)
		return
	}
	r.when, r.uses, r.rising, r.text = parsed, parsed.uses(), parsed.rising(), text
}

func (c *compiler) filter(at Path, conditions []entity.Clause, r *incident) {
	if len(conditions) == 0 {
		return
	}
	w, err := compileWhen(conditions, c.fields.modifier)
	c.failEach(at, err)
	if len(c.filters) == maxFilters {
		c.fail(at, fmt.Errorf("more than %d rules have a filter", maxFilters))
		return
	}
	r.filter = 1 << len(c.filters)
	c.filters = append(c.filters, w)
}

// cap sets the limit of a source. A rule that discounts something and never uses
// the result is a mistake.
func (c *compiler) cap(at Path, limit Cap, r *incident) {
	d := c.amount(at.Key("cap"), limit.Amount)
	if limit.Times.IsValid() {
		d = c.amount(at.Key("cap"), limit.Times)
	}
	switch {
	case d == nil:
	case d.Sign() <= 0:
		c.fail(at.Key("cap"), fmt.Errorf("%q must be above 0", limit))
	case limit.Times.IsValid():
		r.cap = sourceLimit{set: true, times: d}
	default:
		amount, _ := d.Round() // in range
		r.cap = sourceLimit{set: true, absolute: amount}
	}
	if r.when != nil && r.discounts() && !r.uses.has(mCapped) {
		key := "cap"
		if !r.cap.set {
			key = "dedup"
		}
		c.fail(at.Key(key), errors.New("has no effect: the condition never names capped_score"))
	}
}

func (c *compiler) severity(at Path, r IncidentRule, compiled *incident) {
	c.level(at, compiled.floor)
	for i, st := range r.SeveritySteps {
		at := at.At(i)
		c.level(at.Key("is"), st.Is)
		d := c.amount(at.Key("at_least"), st.AtLeast)
		if d == nil {
			c.fail(at.Key("at_least"), errMissing)
			continue
		}
		amount, _ := d.Round()
		compiled.steps = append(compiled.steps, step{amount, st.Is})
	}
	slices.SortStableFunc(compiled.steps, func(a, b step) int { return a.atLeast.Cmp(b.atLeast) })
}

func (c *compiler) level(at Path, p entity.Priority) {
	if p == entity.Unset || p > entity.Critical {
		c.fail(at, fmt.Errorf("unknown severity %d", p))
	}
}
