package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

// Risk is the block risk. The zero Risk means the defaults. Durations are written like
// 7d, 24h, 1h30m, 90s or 250ms.
type Risk struct {
	Windows       []string       `yaml:"windows"`        // the windows that show and top report; default 24h and 7d. Modifiers are kept for the longest window, including those of incident rules, plus the lateness
	Lateness      string         `yaml:"lateness"`       // how far behind the clock a modifier may be; default 24h
	Future        string         `yaml:"future"`         // how far ahead of the wall clock a modifier may be; default 1h
	Clock         string         `yaml:"clock"`          // event, or wall: the clock follows the wall clock, too; default event
	RollUp        string         `yaml:"roll_up"`        // who gets the risk of an address that matches only through a network: the address itself (exact), or the entity that owns the network (covering); default exact
	Time          []string       `yaml:"time"`           // where events have their time, the first path with one does; then orig_time, _time, and the times of the event's preset
	ESFactors     []string       `yaml:"es_factors"`     // names of the ES factors to enable: admin_user, contractor_user, critical_priority_destination, high_priority_user, pci_source, watchlisted_priority_user, watchlisted_user
	Factors       []RiskFactor   `yaml:"factors"`        // change the scores of modifiers
	RuleFiles     []string       `yaml:"rule_files"`     // files of detection content, or saved searches of Splunk, whose rules are added; paths are relative to the folder of this file
	Rules         []RiskRule     `yaml:"rules"`          // turn events into modifiers
	IncidentRules []IncidentRule `yaml:"incident_rules"` // added to the shipped rules; a rule with the name of a shipped one replaces it
	ScoreNotables bool           `yaml:"score_notables"` // treat notables in the input as modifiers
}

// WithRules returns r with the rules and the rule files of another block. A reload uses it,
// because it changes only these.
func (r Risk) WithRules(of Risk) Risk {
	r.Rules, r.RuleFiles = of.Rules, of.RuleFiles
	return r
}

// RiskFactor changes the scores of modifiers for which its conditions are true.
type RiskFactor struct {
	Name     string          `yaml:"name"`     // shown in notables whose score it changed
	Add      Number          `yaml:"add"`      // added to the score, before factors multiply
	Multiply Number          `yaml:"multiply"` // multiplies the score
	When     []entity.Clause `yaml:"when"`     // conditions that must all be true
	Enabled  *bool           `yaml:"enabled"`  // the factor applies; default true
}

// RiskRule turns events into modifiers.
type RiskRule struct {
	Name          string          `yaml:"name"`            // the source of the modifiers
	When          []entity.Clause `yaml:"when"`            // conditions that must all be true; required
	RiskObjects   []RiskObject    `yaml:"risk_objects"`    // each makes one modifier; a field that is empty in the event is skipped
	ThreatObjects []ThreatObject  `yaml:"threat_objects"`  // recorded with every modifier
	Message       string          `yaml:"message"`         // the message of the modifiers, which may contain $field$ tokens
	MitreAttack   entity.Literals `yaml:"mitre_attack"`    // technique ids, tactic ids and tactic names
	MitreAttackID entity.Literals `yaml:"mitre_attack_id"` // another name for mitre_attack
	RiskScore     Score           `yaml:"risk_score"`      // the score of risk objects that have none: a number, or the field of the event that has it; see risk objects
}

// RiskObject names the event field that contains a risk object.
type RiskObject struct {
	Field string `yaml:"field"` // a path in the event
	Type  string `yaml:"type"`  // system, user or a word of your own; default the kind of entity that the object resolves to, or else other
	Score Score  `yaml:"score"` // a number, or {field: alert.severity, map: {critical: 80}}: the score in the map for the text of this field, ignoring case, or else the number that is there. If there is none, the rule makes no modifier, which counts as a rule error. A risk_score in the event overrides it; default the score of the rule
}

// ThreatObject names the event field that contains a threat object.
type ThreatObject struct {
	Field string `yaml:"field"` // a path in the event
	Type  string `yaml:"type"`  // ip_address, file_hash or any other word
}

// IncidentRule is a condition over the window of an object.
type IncidentRule struct {
	Name      string          `yaml:"name"`      // a rule with the name of a shipped one replaces it
	Window    string          `yaml:"window"`    // how long a modifier counts
	When      string          `yaml:"when"`      // the condition, like score > 100, or tactics >= 3 and (sources >= 4 or max >= 80)
	Filter    []entity.Clause `yaml:"filter"`    // conditions that must all be true for a modifier to count
	Decay     string          `yaml:"decay"`     // the half-life of scores; default none
	Dedup     string          `yaml:"dedup"`     // source, or message: of the modifiers that share it, only the one with the largest score counts; default none
	Cap       Multiple        `yaml:"cap"`       // the most that a source can add to the score of an object: an amount, or a multiple of its largest score, like 3x; default none
	Aggregate Aggregate       `yaml:"aggregate"` // sum, or {p_series: 1.5}; default sum
	Suppress  string          `yaml:"suppress"`  // how long after a notable the rule emits no other for the same object; default 0
	Refire    string          `yaml:"refire"`    // once, or severity: fires again when the severity rises; default once
	Severity  Severity        `yaml:"severity"`  // a name, or steps {at_least, is} over the risk score; default medium from 100, high from 250, critical from 500, else low. A blank or null one is unknown
	Enabled   *bool           `yaml:"enabled"`   // the rule applies; default true. The value false also removes a shipped rule
}

// Number is a number as written, with or without quotes; "" means that the key is absent.
type Number string

// UnmarshalYAML accepts a number or a string. YAML packages pass decode, which decodes the
// value into a pointer.
func (n *Number) UnmarshalYAML(decode func(any) error) error { return decode((*string)(n)) }

// Score is a number, or the field of an event that has it. The zero Score means that the key
// is absent.
type Score struct {
	Number Number
	From   ScoreField
}

// ScoreField names the event field that contains a score.
type ScoreField struct {
	Field string            `yaml:"field"` // a path in the event
	Map   map[string]Number `yaml:"map"`   // the scores of texts, ignoring case
}

// UnmarshalYAML accepts a number, a string or {field, map}. YAML packages pass decode, which
// decodes the value into a pointer.
func (s *Score) UnmarshalYAML(decode func(any) error) error {
	*s = Score{}
	if decode(&s.Number) == nil {
		return nil
	}
	s.Number = ""
	var list []string
	if decode(&list) == nil {
		return errScoreField
	}
	err := decode(&s.From)
	if err == nil && s.From.Field == "" {
		s.From, err = ScoreField{}, errScoreField
	}
	return err
}

var errScoreField = errors.New("must be a number, or {field: alert.severity, map: {critical: 80}}")

// Multiple is a number, or a multiple such as 3x, as written; "" means that the key is
// absent.
type Multiple string

// UnmarshalYAML accepts a number or a string. YAML packages pass decode, which decodes the
// value into a pointer.
func (m *Multiple) UnmarshalYAML(decode func(any) error) error { return decode((*string)(m)) }

// Aggregate selects how contributions are combined into a score: their sum or, if PSeries
// is set, their sum weighted by rank.
type Aggregate struct {
	PSeries Number `yaml:"p_series"`
}

var errAggregate = errors.New("must be sum or {p_series: 1.5}")

// UnmarshalYAML accepts `sum` or `{p_series: 1.5}`.
func (a *Aggregate) UnmarshalYAML(decode func(any) error) error {
	*a = Aggregate{}
	var word string
	if decode(&word) == nil {
		if word != "sum" {
			return errAggregate
		}
		return nil
	}
	type keys Aggregate
	if err := decode((*keys)(a)); err != nil {
		return err
	}
	if a.PSeries == "" {
		return errAggregate
	}
	return nil
}

// Severity is a severity by name (Is), or by steps over the risk score.
type Severity struct {
	Is    string
	Steps []SeverityStep
}

// SeverityStep is the severity of risk scores of at least AtLeast.
type SeverityStep struct {
	AtLeast Number `yaml:"at_least"`
	Is      string `yaml:"is"`
}

// unknownSeverity is the severity of rules whose severity is blank or null.
const unknownSeverity = "unknown"

// UnmarshalNull sets the severity to unknown.
func (s *Severity) UnmarshalNull() { *s = Severity{Is: unknownSeverity} }

// UnmarshalYAML accepts a name or a list of steps. A blank name is unknown.
func (s *Severity) UnmarshalYAML(decode func(any) error) error {
	*s = Severity{}
	if decode(&s.Is) == nil {
		if strings.TrimSpace(s.Is) == "" {
			s.Is = unknownSeverity
		}
		return nil
	}
	s.Is = ""
	return decode(&s.Steps)
}

// Config translates r. The error joins a [*detect.ConfigError] for every value that
// cannot be parsed. Config replaces such a value with a valid one, so that [risk.New] can
// check the rest.
func (r *Risk) Config() (risk.Config, error) {
	t := riskParser{}
	c := risk.Config{
		Lateness: t.parseDurationOrNone(detect.Path{}.Key("lateness"), r.Lateness), Future: t.parseDurationOrNone(detect.Path{}.Key("future"), r.Future),
		Clock:         parseWord(&t, detect.Path{}.Key("clock"), r.Clock, risk.EventClock, risk.WallClock),
		RollUp:        parseWord(&t, detect.Path{}.Key("roll_up"), r.RollUp, risk.RollUpExact, risk.RollUpCovering),
		Time:          r.Time,
		ESFactors:     r.ESFactors,
		ScoreNotables: r.ScoreNotables,
	}
	for i, text := range r.Windows {
		c.Windows = append(c.Windows, t.parsePositive(detect.Path{}.Key("windows").At(i), text))
	}
	for i := range r.Factors {
		c.Factors = append(c.Factors, t.parseFactor(detect.Path{}.Key("factors").At(i), &r.Factors[i]))
	}
	for i := range r.Rules {
		c.Rules = append(c.Rules, t.parseRule(detect.Path{}.Key("rules").At(i), &r.Rules[i]))
	}
	for i := range r.IncidentRules {
		c.IncidentRules = append(c.IncidentRules, t.parseIncidentRule(detect.Path{}.Key("incident_rules").At(i), &r.IncidentRules[i]))
	}
	return c, errors.Join(t.errs...)
}

// riskParser parses the values of a Risk and collects their errors.
type riskParser struct{ errs []error }

func (t *riskParser) addError(at detect.Path, err error) {
	t.errs = append(t.errs, &detect.ConfigError{Path: at, Err: err})
}

func (t *riskParser) parseFactor(at detect.Path, f *RiskFactor) detect.Factor {
	factor := detect.Factor{
		Name: f.Name, Add: t.parseNumber(at.Key("add"), f.Add), Multiply: t.parseNumber(at.Key("multiply"), f.Multiply),
		When: f.When, Disabled: f.Enabled != nil && !*f.Enabled,
	}
	return factor
}

func (t *riskParser) parseRule(at detect.Path, r *RiskRule) detect.Rule {
	rule := detect.Rule{
		Name: r.Name, When: r.When, Message: r.Message, Attack: slices.Concat(r.MitreAttack, r.MitreAttackID),
	}
	rule.Score, rule.ScoreField = t.parseScore(at.Key("risk_score"), r.RiskScore)
	for i, o := range r.RiskObjects {
		object := detect.RiskObject{Field: o.Field, Type: o.Type}
		object.Score, object.ScoreField = t.parseScore(at.Key("risk_objects").At(i).Key("score"), o.Score)
		rule.RiskObjects = append(rule.RiskObjects, object)
	}
	for _, o := range r.ThreatObjects {
		rule.ThreatObjects = append(rule.ThreatObjects, detect.ThreatObject(o))
	}
	return rule
}

func (t *riskParser) parseIncidentRule(at detect.Path, r *IncidentRule) risk.IncidentRule {
	rule := risk.IncidentRule{
		Name: r.Name, Window: t.parsePositive(at.Key("window"), r.Window), WindowText: strings.TrimSpace(r.Window), When: r.When, Filter: r.Filter,
		Decay: t.parsePositive(at.Key("decay"), r.Decay), Dedup: parseWord(t, at.Key("dedup"), r.Dedup, risk.DedupNone, risk.DedupSource, risk.DedupMessage),
		Cap: t.parseCap(at.Key("cap"), r.Cap), PSeries: t.parseNumber(at.Key("aggregate").Key("p_series"), r.Aggregate.PSeries),
		Suppress: t.parseDuration(at.Key("suppress"), r.Suppress), Refire: parseWord(t, at.Key("refire"), r.Refire, risk.RefireOnce, risk.RefireSeverity),
		Disabled: r.Enabled != nil && !*r.Enabled,
	}
	at = at.Key("severity")
	if r.Severity.Is != "" {
		rule.Severity = t.parseSeverity(at, r.Severity.Is)
	}
	for i, s := range r.Severity.Steps {
		step := at.At(i)
		rule.SeveritySteps = append(rule.SeveritySteps, risk.SeverityStep{AtLeast: t.parseNumber(step.Key("at_least"), s.AtLeast), Is: t.parseSeverity(step.Key("is"), s.Is)})
	}
	return rule
}

// parseDuration parses a duration; "" is 0.
func (t *riskParser) parseDuration(at detect.Path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := eventtime.ParseDuration(text)
	if err != nil {
		t.addError(at, err)
	}
	return d
}

// parseDurationOrNone parses a duration for which a written 0 means risk.None, not the
// default.
func (t *riskParser) parseDurationOrNone(at detect.Path, text string) time.Duration {
	d := t.parseDuration(at, text)
	if text != "" && d == 0 {
		return risk.None
	}
	return d
}

// parsePositive parses a duration that must not be 0.
func (t *riskParser) parsePositive(at detect.Path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := eventtime.ParseDuration(text)
	if err == nil && d == 0 {
		err = fmt.Errorf("%q must be greater than 0", text)
	}
	if err != nil {
		t.addError(at, err)
		return time.Hour
	}
	return d
}

func (t *riskParser) parseNumber(at detect.Path, n Number) score.Decimal {
	if n == "" {
		return score.Decimal{}
	}
	d, err := score.ParseAmount(strings.TrimSpace(string(n)))
	if err != nil {
		t.addError(at, fmt.Errorf("%q: %w", n, err))
		d, _ = score.ParseAmount("1")
	}
	return d
}

func (t *riskParser) parseScore(at detect.Path, s Score) (score.Decimal, detect.ScoreField) {
	field := detect.ScoreField{Field: s.From.Field}
	for _, text := range slices.Sorted(maps.Keys(s.From.Map)) {
		if field.Map == nil {
			field.Map = map[string]score.Decimal{}
		}
		field.Map[text] = t.parseNumber(at.Key("map"), s.From.Map[text])
	}
	return t.parseNumber(at, s.Number), field
}

// parseCap parses a multiple, such as "3x", or an amount.
func (t *riskParser) parseCap(at detect.Path, n Multiple) risk.Cap {
	text := strings.ToLower(strings.TrimSpace(string(n)))
	factor, times := strings.CutSuffix(text, "x")
	if text == "" {
		return risk.Cap{}
	}
	before := len(t.errs)
	d := t.parseNumber(at, Number(factor))
	switch {
	case factor == "":
		t.addError(at, fmt.Errorf("%q: %w", n, score.ErrSyntax))
		return risk.Cap{}
	case len(t.errs) > before:
		return risk.Cap{}
	case times:
		return risk.Cap{Times: d}
	}
	return risk.Cap{Amount: d}
}

func (t *riskParser) parseSeverity(at detect.Path, word string) entity.Priority {
	p, found := entity.ParsePriority(word)
	if !found || p == entity.Unset {
		t.addError(at, problem.UnknownWord("severity", word, []string{"informational", "low", "medium", "high", "critical", "unknown"}))
		return entity.Low
	}
	return p
}

// parseWord returns the choice that a word names, or the first choice if the word is "".
func parseWord[T fmt.Stringer](t *riskParser, at detect.Path, word string, choices ...T) T {
	if word == "" {
		return choices[0]
	}
	var words []string
	for _, c := range choices {
		if c.String() == word {
			return c
		}
		words = append(words, c.String())
	}
	t.addError(at, problem.UnknownWord("value", word, words))
	return choices[0]
}
