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
	errs   []error
}

func (c *compiler) fail(path string, err error) {
	if err != nil {
		c.errs = append(c.errs, &ConfigError{Path: path, Err: err})
	}
}

// failEach reports the errors of a list of conditions under its path.
func (c *compiler) failEach(path string, err error) {
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
		if errors.As(part, &e) {
			c.fail(path+e.Path(), errors.New(e.Reason))
		} else {
			c.fail(path, part)
		}
	}
}

// compile returns the program of cfg, or an error that joins a *ConfigError
// for everything that is wrong.
func compile(cfg Config, opt Options) (*program, error) {
	c := &compiler{program: &program{attack: newAttackTable(), byName: map[string][]int{}, scoreNotables: cfg.ScoreNotables}, fields: newFields()}
	c.lateness = c.duration("lateness", cfg.Lateness, 24*time.Hour)
	c.future = c.duration("future", cfg.Future, time.Hour)
	c.wall = c.choice("clock", cfg.Clock, "event", "wall") == "wall"
	c.covering = c.choice("roll_up", cfg.RollUp, "exact", "covering") == "covering"
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

func (c *compiler) duration(path, text string, def time.Duration) time.Duration {
	if text == "" {
		return def
	}
	d, err := eventtime.ParseDuration(text)
	c.fail(path, err)
	return d
}

// positive is a duration that must not be zero.
func (c *compiler) positive(path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := eventtime.ParseDuration(text)
	if err == nil && d == 0 {
		err = fmt.Errorf("%q must be longer than nothing", text)
	}
	c.fail(path, err)
	return d
}

// choice returns the word that is given, or the first one.
func (c *compiler) choice(path, word string, words ...string) string {
	if word == "" {
		return words[0]
	}
	if !slices.Contains(words, word) {
		c.fail(path, unknownWord("value", word, words))
	}
	return word
}

func unknownWord(what, word string, words []string) error {
	if near, found := nearest.Of(word, words); found {
		return fmt.Errorf("unknown %s %q (did you mean %q?)", what, word, near)
	}
	return fmt.Errorf("unknown %s %q (use one of %s)", what, word, strings.Join(words, ", "))
}

func (c *compiler) compileWindows(texts []string) {
	if len(texts) == 0 {
		texts = []string{"24h", "7d"}
	}
	for i, text := range texts {
		d := c.positive(fmt.Sprintf("windows[%d]", i), text)
		c.windows = append(c.windows, d)
		c.retention = max(c.retention, d)
	}
}

func (c *compiler) compileZones(opt Options) {
	c.zone = entity.ParseZone(opt.DefaultZone)
	for i, z := range opt.ZoneRules {
		w, err := compileWhen(z.When, c.fields.event)
		c.failEach(fmt.Sprintf("zones.rules[%d].when", i), err)
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
		path := fmt.Sprintf("es_factors[%d]", i)
		k := slices.Index(names, name)
		switch {
		case k < 0:
			c.fail(path, unknownWord("factor", name, names))
		case taken[name]:
			c.fail(path, fmt.Errorf("factor %q is named twice", name))
		default:
			taken[name] = true
			c.factor(path, shipped[k].Factor, shipped[k].Twin)
		}
	}
	for i, f := range cfg.Factors {
		path := fmt.Sprintf("factors[%d]", i)
		if f.Name == "" {
			c.fail(path+".name", errMissing)
		} else if taken[f.Name] {
			c.fail(path+".name", fmt.Errorf("factor %q is there already", f.Name))
		}
		taken[f.Name] = true
		c.factor(path, f, nil)
	}
}

var errMissing = errors.New("is missing")

func (c *compiler) factor(path string, f Factor, twin []entity.Clause) {
	compiled := factor{name: f.Name, add: c.number(path+".add", f.Add), multiply: c.number(path+".multiply", f.Multiply)}
	if f.Add == "" && f.Multiply == "" {
		c.fail(path, errors.New("needs add or multiply"))
	}
	for i, conditions := range [][]entity.Clause{f.When, twin} {
		if i > 0 && conditions == nil {
			continue
		}
		w, err := compileWhen(conditions, c.fields.modifier)
		c.failEach(path+".when", err)
		compiled.when = append(compiled.when, w)
	}
	if f.Enabled == nil || *f.Enabled {
		c.factors = append(c.factors, compiled)
	}
}

// number reads an exact number; nil if none is given. Amounts of the
// configuration are bounded like scores.
func (c *compiler) number(path string, n Number) *score.Decimal {
	if n == "" {
		return nil
	}
	d, err := score.ParseDecimal(strings.TrimSpace(string(n)))
	if err == nil && (d.Exceeds(score.MaxBase) || d.Places() > 30) {
		err = score.ErrRange
	}
	if err != nil {
		c.fail(path, fmt.Errorf("%q: %w", n, err))
		return nil
	}
	return &d
}

// compileRules takes the rules of the configuration, then those of files.
func (c *compiler) compileRules(configured []Rule, files []RuleFile) {
	for i, r := range configured {
		path := fmt.Sprintf("rules[%d]", i)
		if len(r.When) == 0 {
			c.fail(path+".when", errMissing)
		}
		if len(r.RiskObjects) == 0 {
			c.fail(path+".risk_objects", errMissing)
		}
		c.rule(path, r)
	}
	for _, f := range files {
		for i, r := range f.Rules {
			c.rule(fmt.Sprintf("rule_files: %s: rule %d", f.Name, i+1), r)
		}
	}
}

func (c *compiler) compileIncidents(configured []IncidentRule) {
	rules := ShippedIncidentRules()
	paths := make([]string, len(rules))
	for i := range paths {
		paths[i] = "shipped"
	}
	given := map[string]bool{}
	for i, r := range configured {
		path := fmt.Sprintf("incident_rules[%d]", i)
		name := fold.Lower(r.Name)
		switch {
		case r.Name == "":
			c.fail(path+".name", errMissing)
			continue
		case given[name]:
			c.fail(path+".name", fmt.Errorf("rule %q is there already", r.Name))
			continue
		}
		given[name] = true
		if k := slices.IndexFunc(rules, func(s IncidentRule) bool { return fold.Equal(s.Name, r.Name) }); k >= 0 {
			rules[k], paths[k] = r, path
		} else {
			rules, paths = append(rules, r), append(paths, path)
		}
	}
	for i, r := range rules {
		if r.Enabled == nil || *r.Enabled {
			c.incident(paths[i], r)
		}
	}
}

// maxFilters is how many incident rules may have a filter: what a modifier
// passes is a word of bits.
const maxFilters = 64

func (c *compiler) incident(path string, r IncidentRule) {
	compiled := &incident{name: r.Name, digest: r.digest(), written: strings.TrimSpace(r.Window), floor: entity.Low}
	if compiled.window = c.positive(path+".window", r.Window); r.Window == "" {
		c.fail(path+".window", errMissing)
	}
	c.retention = max(c.retention, compiled.window)
	c.condition(path+".when", r.When, compiled)
	c.filter(path+".filter", r.Filter, compiled)
	if r.Decay != "" {
		if half := c.positive(path+".decay", r.Decay); half > 0 {
			compiled.decay = score.NewDecay(half)
		}
	}
	compiled.dedup = map[string]dedupBy{"source": dedupSource, "message": dedupMessage}[c.choice(path+".dedup", r.Dedup, "", "source", "message")]
	c.cap(path+".cap", r.Cap, compiled)
	if r.Aggregate.PSeries != "" {
		if p := c.number(path+".aggregate.p_series", r.Aggregate.PSeries); p != nil {
			if p.Sign() < 0 || p.Exceeds(100) {
				c.fail(path+".aggregate.p_series", fmt.Errorf("%q: want a number from 0 to 100", r.Aggregate.PSeries))
			}
			compiled.series = score.NewSeries(*p)
		}
	}
	compiled.suppress = c.duration(path+".suppress", r.Suppress, 0)
	compiled.refire = c.choice(path+".refire", r.Refire, "once", "severity") == "severity"
	c.severity(path+".severity", r.Severity, compiled)
	c.incidents = append(c.incidents, compiled)
}

func (c *compiler) condition(path, text string, r *incident) {
	if strings.TrimSpace(text) == "" {
		c.fail(path, errMissing)
		return
	}
	parsed, err := parseCondition(text)
	if err != nil {
		c.fail(path, err)
		return
	}
	r.when, r.uses, r.rising, r.text = parsed, parsed.uses(), parsed.rising(), text
}

func (c *compiler) filter(path string, conditions []entity.Clause, r *incident) {
	if len(conditions) == 0 {
		return
	}
	w, err := compileWhen(conditions, c.fields.modifier)
	c.failEach(path, err)
	if len(c.filters) == maxFilters {
		c.fail(path, fmt.Errorf("more than %d rules have a filter", maxFilters))
		return
	}
	r.filter = 1 << len(c.filters)
	c.filters = append(c.filters, w)
}

// cap reads "3x" or an amount. A rule that takes something off and never asks
// for the outcome is a mistake.
func (c *compiler) cap(path string, n Number, r *incident) {
	text := strings.TrimSpace(string(n))
	if factor, times := strings.CutSuffix(strings.ToLower(text), "x"); text != "" {
		d := c.number(path, Number(factor))
		if d != nil && d.Sign() <= 0 {
			c.fail(path, fmt.Errorf("%q must be above 0", text))
		} else if d != nil && times {
			r.cap = limit{set: true, times: d}
		} else if d != nil {
			amount, _ := d.Round() // bounded by number
			r.cap = limit{set: true, absolute: amount}
		}
	}
	if r.when != nil && r.discounts() && !r.uses.has(mCapped) {
		key := ".cap"
		if !r.cap.set {
			key = ".dedup"
		}
		c.fail(strings.TrimSuffix(path, ".cap")+key, errors.New("has no effect: the condition never names capped_score"))
	}
}

func (c *compiler) severity(path string, s Severity, r *incident) {
	if s.Is != "" {
		r.floor = c.level(path, s.Is)
	}
	for i, st := range s.Steps {
		at := fmt.Sprintf("%s[%d]", path, i)
		d := c.number(at+".at_least", st.AtLeast)
		level := c.level(at+".is", st.Is)
		if d == nil {
			if st.AtLeast == "" {
				c.fail(at+".at_least", errMissing)
			}
			continue
		}
		amount, _ := d.Round()
		r.steps = append(r.steps, step{amount, level})
	}
	slices.SortStableFunc(r.steps, func(a, b step) int { return a.atLeast.Cmp(b.atLeast) })
}

func (c *compiler) level(path, word string) entity.Priority {
	p, found := entity.ParsePriority(word)
	if !found || p == entity.Unset {
		c.fail(path, unknownWord("severity", word, []string{"informational", "low", "medium", "high", "critical", "unknown"}))
	}
	return p
}
