package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kithsec/kith/entity"
)

// Config says how risk is counted: the `risk:` block of the configuration. The
// zero Config is the defaults.
type Config struct {
	// Windows are those that show and top tell about; default 24h and 7d. What
	// is kept is the longest of these and of the incident rules', plus Lateness.
	Windows []string `yaml:"windows" json:"windows,omitempty"`
	// Lateness is how far behind the clock a modifier may be; default 24h.
	Lateness string `yaml:"lateness" json:"lateness,omitempty"`
	// Future is how far ahead of the wall clock a modifier may be; default 1h.
	Future string `yaml:"future" json:"future,omitempty"`
	// Clock is "event" (default) or "wall".
	Clock string `yaml:"clock" json:"clock,omitempty"`
	// RollUp is "exact" (default) or "covering": whether an address that only
	// a prefix covers stays itself or becomes the entity that owns the prefix.
	RollUp string `yaml:"roll_up" json:"roll_up,omitempty"`
	// ESFactors names factors of [ESFactors] to be used.
	ESFactors []string `yaml:"es_factors" json:"es_factors,omitempty"`
	// Factors change the scores of modifiers.
	Factors []Factor `yaml:"factors" json:"factors,omitempty"`
	// RuleFiles are read by the caller: see [ParseRules] and [Options].
	RuleFiles []string `yaml:"rule_files" json:"rule_files,omitempty"`
	// Rules turn events into modifiers.
	Rules []Rule `yaml:"rules" json:"rules,omitempty"`
	// IncidentRules add to [ShippedIncidentRules]; one of the same name
	// replaces it.
	IncidentRules []IncidentRule `yaml:"incident_rules" json:"incident_rules,omitempty"`
	// ScoreNotables counts notables that are fed back in as modifiers.
	ScoreNotables bool `yaml:"score_notables" json:"score_notables,omitempty"`
}

// Factor changes the score of modifiers for which its conditions hold.
type Factor struct {
	Name     string          `yaml:"name" json:"name"`                   // in the notables that show its effect
	Add      Number          `yaml:"add" json:"add,omitempty"`           // added to the score, before factors multiply
	Multiply Number          `yaml:"multiply" json:"multiply,omitempty"` // multiplies the score
	When     []entity.Clause `yaml:"when" json:"when,omitempty"`         // all must hold
	Enabled  *bool           `yaml:"enabled" json:"enabled,omitempty"`   // default true
}

// Rule turns events into modifiers.
type Rule struct {
	Name string `yaml:"name" json:"name"` // the source of the modifiers
	// When must hold. In the configuration it must be given; a rule of a rule
	// file without it applies to events whose search_name, else source, equals
	// Name, ignoring case.
	When []entity.Clause `yaml:"when" json:"when,omitempty"`
	// RiskObjects become a modifier each; fields that are empty are skipped.
	RiskObjects []RiskObject `yaml:"risk_objects" json:"risk_objects,omitempty"`
	// ThreatObjects are noted with every modifier.
	ThreatObjects []ThreatObject `yaml:"threat_objects" json:"threat_objects,omitempty"`
	// Message may hold $field$ tokens.
	Message string `yaml:"message" json:"message,omitempty"`
	// MitreAttack holds technique ids, tactic ids and tactic names.
	MitreAttack entity.Literals `yaml:"mitre_attack" json:"mitre_attack,omitempty"`
	// MitreAttackID is another name of MitreAttack.
	MitreAttackID entity.Literals `yaml:"mitre_attack_id" json:"mitre_attack_id,omitempty"`
	// RiskScore is for risk objects without a Score.
	RiskScore Number `yaml:"risk_score" json:"risk_score,omitempty"`
}

// RiskObject names the event field that holds a risk object.
type RiskObject struct {
	Field string `yaml:"field" json:"field"`           // a path in the event
	Type  string `yaml:"type" json:"type,omitempty"`   // system, user or a word of your own; default by what the object resolves to, else other
	Score Number `yaml:"score" json:"score,omitempty"` // a risk_score in the event overrides it; default that of the rule
}

// ThreatObject names the event field that holds a threat object.
type ThreatObject struct {
	Field string `yaml:"field" json:"field"`         // a path in the event
	Type  string `yaml:"type" json:"type,omitempty"` // ip_address, file_hash or any other word
}

// IncidentRule is a condition over the window of an object (SPEC 6.4).
type IncidentRule struct {
	Name      string          `yaml:"name" json:"name"`                    // that of a shipped rule replaces it
	Window    string          `yaml:"window" json:"window,omitempty"`      // how long a modifier counts
	When      string          `yaml:"when" json:"when,omitempty"`          // like score > 100, or tactics >= 3 and (sources >= 4 or max >= 80)
	Filter    []entity.Clause `yaml:"filter" json:"filter,omitempty"`      // which modifiers count; all must hold
	Decay     string          `yaml:"decay" json:"decay,omitempty"`        // the half-life of scores; default none
	Dedup     string          `yaml:"dedup" json:"dedup,omitempty"`        // source or message: of what repeats itself the largest score counts; default none
	Cap       Number          `yaml:"cap" json:"cap,omitempty"`            // what a source can give an object at most: 3x its largest score, or an amount; default none
	Aggregate Aggregate       `yaml:"aggregate" json:"aggregate,omitzero"` // sum or {p_series: 1.5}; default sum
	Suppress  string          `yaml:"suppress" json:"suppress,omitempty"`  // how long after a notable the rule is quiet about its object; default 0
	Refire    string          `yaml:"refire" json:"refire,omitempty"`      // once, or severity: speaks again when that rises; default once
	Severity  Severity        `yaml:"severity" json:"severity,omitzero"`   // a name, or steps {at_least, is} over the risk score
	Enabled   *bool           `yaml:"enabled" json:"enabled,omitempty"`    // false removes the rule; default true
}

// Number is a number as it is written, in a file with or without quotes. It is
// read exactly; "" is none.
type Number string

// UnmarshalYAML takes a number or a text. decode is how YAML packages offer
// what is there.
func (n *Number) UnmarshalYAML(decode func(any) error) error { return decode((*string)(n)) }

// UnmarshalJSON takes a number or a text. A null is none.
func (n *Number) UnmarshalJSON(data []byte) error {
	*n = ""
	switch data = bytes.TrimSpace(data); {
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(n))
	case string(data) == "null":
	case data[0] == '-' || data[0] >= '0' && data[0] <= '9':
		*n = Number(data)
	default:
		return fmt.Errorf("want a number, found %s", data)
	}
	return nil
}

// Aggregate is how contributions become a score. The zero Aggregate sums.
type Aggregate struct {
	// PSeries weighs the i-th largest positive contribution by i^-PSeries.
	PSeries Number
}

type aggregateKeys struct {
	PSeries Number `yaml:"p_series" json:"p_series"`
}

var errAggregate = errors.New("want sum or {p_series: 1.5}")

// UnmarshalYAML takes `sum` or `{p_series: 1.5}`.
func (a *Aggregate) UnmarshalYAML(decode func(any) error) error {
	var word string
	if decode(&word) == nil {
		return a.named(word)
	}
	var keys aggregateKeys
	if err := decode(&keys); err != nil {
		return err
	}
	return a.keyed(keys)
}

// UnmarshalJSON takes the same as JSON.
func (a *Aggregate) UnmarshalJSON(data []byte) error {
	var word string
	if json.Unmarshal(data, &word) == nil {
		return a.named(word)
	}
	var keys aggregateKeys
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	return a.keyed(keys)
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (a Aggregate) MarshalJSON() ([]byte, error) {
	if a.PSeries == "" {
		return []byte(`"sum"`), nil
	}
	return json.Marshal(aggregateKeys(a))
}

func (a *Aggregate) named(word string) error {
	*a = Aggregate{}
	if word != "sum" {
		return errAggregate
	}
	return nil
}

func (a *Aggregate) keyed(keys aggregateKeys) error {
	if *a = Aggregate(keys); a.PSeries == "" {
		return errAggregate
	}
	return nil
}

// Severity is a severity by name, or by steps over the risk score.
type Severity struct {
	Is    string
	Steps []SeverityStep
}

// SeverityStep is the severity from a risk score on.
type SeverityStep struct {
	AtLeast Number `yaml:"at_least" json:"at_least"`
	Is      string `yaml:"is" json:"is"`
}

// UnmarshalYAML takes a name or a list of steps.
func (s *Severity) UnmarshalYAML(decode func(any) error) error {
	*s = Severity{}
	if decode(&s.Is) == nil {
		return nil
	}
	s.Is = ""
	return decode(&s.Steps)
}

// UnmarshalJSON takes a name or a list of steps.
func (s *Severity) UnmarshalJSON(data []byte) error {
	*s = Severity{}
	if json.Unmarshal(data, &s.Is) == nil {
		return nil
	}
	s.Is = ""
	return json.Unmarshal(data, &s.Steps)
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (s Severity) MarshalJSON() ([]byte, error) {
	if s.Steps == nil {
		return json.Marshal(s.Is)
	}
	return json.Marshal(s.Steps)
}

// ConfigError says which key of a Config is wrong.
type ConfigError struct {
	Path string // below `risk:`, as in "incident_rules[2].when"
	Err  error  // a *SyntaxError for a condition that does not parse
}

// Error formats e as "incident_rules[2].when: line 1, column 9: …".
func (e *ConfigError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ConfigError) Unwrap() error { return e.Err }

// ShippedIncidentRules are the incident rules that are on unless the
// configuration replaces or removes them, after those of Splunk Enterprise
// Security: "Risk Threshold Exceeded for Object Over 24 Hour Period" and "ATT&CK
// Tactic Threshold Exceeded for Object Over Previous 7 Days".
func ShippedIncidentRules() []IncidentRule {
	return []IncidentRule{
		{
			Name: "risk_threshold_24h", Window: "24h", When: "score > 100", Refire: "severity",
			Severity: Severity{Steps: []SeverityStep{{"100", "medium"}, {"250", "high"}, {"500", "critical"}}},
		},
		{
			Name: "attack_tactics_7d", Window: "7d", When: "tactics >= 3 and sources >= 4",
			Filter: []entity.Clause{{Field: "tactics", Op: "exists"}}, Severity: Severity{Is: "medium"},
		},
	}
}

// Resolver tells which entity a text names. enrich.Snapshot is one.
type Resolver interface {
	// Resolve answers text in a zone; objectType "user" asks the identities
	// first, everything else the assets. It may be called concurrently.
	Resolve(zone, text, objectType string) (entity.Resolved, bool)
}

// Namer is what a Resolver may be, too, so that objects are named without
// reading all that is known of their entities. It is asked in place of Resolve
// if no factor, filter or message of the configuration names a field of the
// entity. enrich.Snapshot is one.
type Namer interface {
	Resolver
	// AppendName answers as Resolve does: it appends the canonical key of the
	// entity to dst, and tells of its kind, of the step that found it, and of its
	// priority after filling. If nothing is found, dst comes back as it was. It
	// may be called concurrently.
	AppendName(dst []byte, zone entity.Zone, text, objectType string) (name []byte, kind entity.Kind, step entity.Step, priority entity.Priority, found bool)
	// AppendNames answers many names as AppendName answers one: it appends their
	// keys to dst and sets to[i] to what there is to say of texts[i]. It may be
	// called concurrently.
	AppendNames(dst []byte, zone entity.Zone, objectType string, texts []string, to []entity.Named) []byte
}
