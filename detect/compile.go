package detect

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/cond"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk/score"
)

// Detector is a compiled [Config]. It is immutable and may be used by any number of
// goroutines, each with its own [Reader].
type Detector struct{ *program }

// program is the content of a Detector, which Readers share.
type program struct {
	schema        *event.Schema
	paths         paths
	zone          entity.Zone // the default
	future        time.Duration
	covering      bool
	scoreNotables bool
	factors       []factor
	filters       []condition // by bit
	rules         []rule
	named         ruleNames // rules without conditions
	conditional   []int     // rules with conditions
	attack        *attackTable
	readsEntities bool // a condition or a message refers to a field of an object's entity
}

// paths are the paths that are read in every event.
type paths struct {
	object, objectType, score, message, source, searchName event.Path
	threat, threatType, searchID, resultID, priority       event.Path
	rule, contributions                                    event.Path
	attack                                                 [6]event.Path
}

// attackPaths are the paths at which events name techniques and tactics.
var attackPaths = [6]string{
	"annotations.mitre_attack", "annotations.mitre_attack_id", "annotations.mitre_technique_id", "annotations.mitre_tactic_id",
	"annotations.mitre_attack.mitre_technique_id", "annotations.mitre_attack.mitre_tactic_id",
}

// factor is a compiled Factor that is enabled.
type factor struct {
	name          string
	add, multiply *score.Decimal // nil if not given
	when          []condition    // the factor applies if any of them holds
}

// compiler compiles a Config and collects the errors.
type compiler struct {
	*program
	builder    *event.Builder
	file       string // of the current rule, or "" if it is in the Config
	ruleNumber int    // of the current rule in its file, from 1
	errs       []error
}

// New compiles a Config. The error joins a [*ConfigError] for each mistake in it.
func New(cfg Config) (*Detector, error) {
	c := &compiler{
		program: &program{
			attack: newAttackTable(),
			zone:   cfg.Zone.Default, future: cfg.Future, covering: cfg.Covering, scoreNotables: cfg.ScoreNotables,
		},
		builder: event.NewBuilder(event.Options{Presets: cfg.Presets, Zone: cfg.Zone, Verbatim: true}),
	}
	c.addPaths()
	c.addTimes(cfg.Times)
	c.checkZones(cfg.Zone)
	c.compileFactors(cfg)
	c.compileRules(cfg.Rules, cfg.RuleFiles)
	c.compileFilters(cfg.Filters)
	c.builder.Unwrap(cfg.Unwrap)
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	var err error
	if c.schema, err = c.builder.Build(); err != nil {
		return nil, fmt.Errorf("too many fields: %w", err)
	}
	return &Detector{c.program}, nil
}

func (c *compiler) addPaths() {
	path := c.builder.Path
	c.paths = paths{
		object: path("risk_object"), objectType: path("risk_object_type"), score: path("risk_score"),
		message: path("risk_message"), source: path("source"), searchName: path("search_name"),
		threat: path("threat_object"), threatType: path("threat_object_type"),
		searchID: path("orig_sid"), resultID: path("orig_rid"), priority: path("risk_object_priority"),
		rule: path("rule"), contributions: path("contributions"),
	}
	for i, text := range attackPaths {
		c.paths.attack[i] = path(text)
	}
}

// reportError adds a ConfigError unless err is nil.
func (c *compiler) reportError(at Path, err error) {
	if err != nil {
		c.errs = append(c.errs, &ConfigError{File: c.file, Rule: c.ruleNumber, Path: at, Err: err})
	}
}

// reportConditionErrors reports the errors in the clauses at a path.
func (c *compiler) reportConditionErrors(at Path, err error) {
	if err == nil {
		return
	}
	for _, part := range problem.Joined(err) {
		var e *cond.Error
		if !errors.As(part, &e) {
			c.reportError(at, part)
			continue
		}
		at := at.At(e.Clause).Key(e.Key)
		if e.Index >= 0 {
			at = at.At(e.Index)
		}
		c.reportError(at, errors.New(e.Reason))
	}
}

// checkZones reports errors in the fields of zones and the zone rules. The Builder compiles
// them.
func (c *compiler) checkZones(zone event.ZoneOptions) {
	for i, field := range zone.Fields {
		c.reportError(Path{}.Key("zones").Key("field").At(i), event.CheckPath(field))
	}
	for i, r := range zone.Rules {
		_, err := c.compileCondition(r.When, nil)
		c.reportConditionErrors(Path{}.Key("zones").Key("rules").At(i).Key("when"), err)
	}
}

func (c *compiler) compileFactors(cfg Config) {
	shipped := ESFactors()
	names := make([]string, len(shipped))
	for i, f := range shipped {
		names[i] = f.Name
	}
	seen := map[string]bool{}
	for i, name := range cfg.ESFactors {
		at := Path{}.Key("es_factors").At(i)
		k := slices.Index(names, name)
		switch {
		case k < 0:
			c.reportError(at, problem.UnknownWord("factor", name, names))
		case seen[name]:
			c.reportError(at, fmt.Errorf("factor %q is listed twice", name))
		default:
			seen[name] = true
			c.compileFactor(at, shipped[k].Factor, shipped[k].Twin)
		}
	}
	for i, f := range cfg.Factors {
		at := Path{}.Key("factors").At(i)
		if f.Name == "" {
			c.reportError(at.Key("name"), errMissing)
		} else if seen[f.Name] {
			c.reportError(at.Key("name"), fmt.Errorf("factor %q already exists", f.Name))
		}
		seen[f.Name] = true
		c.compileFactor(at, f, nil)
	}
}

var errMissing = errors.New("is missing")

// compileFactor compiles a factor. twin may be nil. Errors in disabled factors are
// reported, too.
func (c *compiler) compileFactor(at Path, f Factor, twin []entity.Clause) {
	compiled := factor{name: f.Name, add: c.checkAmount(at.Key("add"), f.Add), multiply: c.checkAmount(at.Key("multiply"), f.Multiply)}
	if !f.Add.IsValid() && !f.Multiply.IsValid() {
		c.reportError(at, errors.New("needs add or multiply"))
	}
	for i, clauses := range [][]entity.Clause{f.When, twin} {
		if i > 0 && clauses == nil {
			continue
		}
		when, err := c.compileCondition(clauses, c.modifierField)
		c.reportConditionErrors(at.Key("when"), err)
		compiled.when = append(compiled.when, when)
	}
	if !f.Disabled {
		c.factors = append(c.factors, compiled)
	}
}

// checkAmount returns a number, or nil if it is not given, and reports a number that is
// out of range.
func (c *compiler) checkAmount(at Path, d score.Decimal) *score.Decimal {
	if !d.IsValid() {
		return nil
	}
	if !d.InRange() {
		c.reportError(at, score.ErrRange) // the number is not quoted: it can have a billion digits
	}
	return &d
}

// compileRules compiles the rules of the Config, then those of files.
func (c *compiler) compileRules(configured []Rule, files []RuleFile) {
	for i, r := range configured {
		at := Path{}.Key("rules").At(i)
		if len(r.When) == 0 {
			c.reportError(at.Key("when"), errMissing)
		}
		if len(r.RiskObjects) == 0 {
			c.reportError(at.Key("risk_objects"), errMissing)
		}
		c.compileRule(at, r)
	}
	for _, f := range files {
		for i, r := range f.Rules {
			c.file, c.ruleNumber = f.Name, i+1
			c.compileRule(nil, r)
		}
	}
	c.file, c.ruleNumber = "", 0
}

// MaxFilters is the largest number of filters in a Config.
const MaxFilters = 64

func (c *compiler) compileFilters(filters [][]entity.Clause) {
	for i, clauses := range filters {
		at := Path{}.Key("filters").At(i)
		when, err := c.compileCondition(clauses, c.modifierField)
		c.reportConditionErrors(at, err)
		if i == MaxFilters {
			c.reportError(at, fmt.Errorf("more than %d rules have a filter", MaxFilters))
			return
		}
		c.filters = append(c.filters, when)
	}
}

// compileCondition compiles clauses. fieldOf returns the field of a modifier with a
// name; if it is nil, the condition is over events.
func (c *compiler) compileCondition(clauses []entity.Clause, fieldOf func(name string) field) (condition, error) {
	compiled, err := c.builder.Condition(clauses)
	if err != nil {
		return condition{}, err
	}
	when := condition{event: compiled}
	for _, name := range compiled.Fields() {
		if fieldOf != nil {
			when.fields = append(when.fields, fieldOf(name))
		}
	}
	return when, nil
}
