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

// Detector is a compiled [Config]. It never changes and may be used by any number
// of goroutines, each with a [Reader] of its own.
type Detector struct{ *program }

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
	byName        map[string][]int // rules without conditions, by folded name
	conditional   []int            // the others
	attack        *attackTable
	entities      bool // whether fields of an object's entity are read
}

// paths are the paths that are read in every event.
type paths struct {
	object, objectType, score, message, source, searchName event.Path
	threat, threatType, searchID, resultID, priority       event.Path
	rule, contributions                                    event.Path
	attack                                                 [6]event.Path
}

// attackPaths are the paths at which an event can name techniques and tactics.
var attackPaths = [6]string{
	"annotations.mitre_attack", "annotations.mitre_attack_id", "annotations.mitre_technique_id", "annotations.mitre_tactic_id",
	"annotations.mitre_attack.mitre_technique_id", "annotations.mitre_attack.mitre_tactic_id",
}

// factor is a risk factor that is enabled.
type factor struct {
	name          string
	add, multiply *score.Decimal
	when          []condition // any of which must hold
}

// compiler gathers what is wrong with a Config.
type compiler struct {
	*program
	builder *event.Builder
	file    string // of the rule that is compiled, if it is of a file
	rule    int    // its number, from 1
	errs    []error
}

// New compiles a Config. The error joins a [*ConfigError] for everything that is
// wrong with it.
func New(cfg Config) (*Detector, error) {
	c := &compiler{
		program: &program{
			attack: newAttackTable(), byName: map[string][]int{},
			zone: cfg.Zone.Default, future: cfg.Future, covering: cfg.Covering, scoreNotables: cfg.ScoreNotables,
		},
		builder: event.NewBuilder(event.Options{Zone: cfg.Zone, Verbatim: true}),
	}
	c.addPaths()
	c.checkZones(cfg.Zone.Rules)
	c.compileFactors(cfg)
	c.compileRules(cfg.Rules, cfg.RuleFiles)
	c.compileFilters(cfg.Filters)
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
	c.builder.Time("orig_time", "_time")
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
	for _, part := range problem.Joined(err) {
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

// checkZones reports what is wrong with zone rules: the Builder compiles them.
func (c *compiler) checkZones(rules []event.ZoneRule) {
	for i, r := range rules {
		_, err := c.condition(r.When, nil)
		c.failEach(Path{}.Key("zones").Key("rules").At(i).Key("when"), err)
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
			c.fail(at, problem.UnknownWord("factor", name, names))
		case taken[name]:
			c.fail(at, fmt.Errorf("factor %q is named twice", name))
		default:
			taken[name] = true
			c.compileFactor(at, shipped[k].Factor, shipped[k].Twin)
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
		c.compileFactor(at, f, nil)
	}
}

var errMissing = errors.New("is missing")

func (c *compiler) compileFactor(at Path, f Factor, twin []entity.Clause) {
	compiled := factor{name: f.Name, add: c.amount(at.Key("add"), f.Add), multiply: c.amount(at.Key("multiply"), f.Multiply)}
	if !f.Add.IsValid() && !f.Multiply.IsValid() {
		c.fail(at, errors.New("needs add or multiply"))
	}
	for i, clauses := range [][]entity.Clause{f.When, twin} {
		if i > 0 && clauses == nil {
			continue
		}
		when, err := c.condition(clauses, c.modifierField)
		c.failEach(at.Key("when"), err)
		compiled.when = append(compiled.when, when)
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
		c.fail(at, score.ErrRange) // without the number, which may have a billion digits
	}
	return &d
}

// compileRules compiles the rules of the configuration, then those of files.
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

// MaxFilters is how many filters a Config may have.
const MaxFilters = 64

func (c *compiler) compileFilters(filters [][]entity.Clause) {
	for i, clauses := range filters {
		at := Path{}.Key("filters").At(i)
		when, err := c.condition(clauses, c.modifierField)
		c.failEach(at, err)
		if i == MaxFilters {
			c.fail(at, fmt.Errorf("more than %d rules have a filter", MaxFilters))
			return
		}
		c.filters = append(c.filters, when)
	}
}

// condition compiles clauses. It reads fields by read, or those of events if read is
// nil.
func (c *compiler) condition(clauses []entity.Clause, read func(name string) field) (condition, error) {
	compiled, err := c.builder.Condition(clauses)
	if err != nil {
		return condition{}, err
	}
	when := condition{event: compiled}
	for _, name := range compiled.Fields() {
		if err := event.CheckPath(name); err != nil {
			return condition{}, err
		}
		if read != nil {
			when.fields = append(when.fields, read(name))
		}
	}
	return when, nil
}
