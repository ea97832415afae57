package detect

import (
	"strconv"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/risk/score"
)

// Config chooses what a [Detector] makes of events. The zero Config reads risk
// modifiers as they are.
type Config struct {
	// Zone gives a zone to the events that have none of their own.
	Zone event.ZoneOptions
	// Covering attributes the risk of an address that only a prefix covers to the
	// entity that owns the prefix, instead of to the address itself.
	Covering bool
	// Future is how far events may be ahead of the clock that Readers are reset to.
	Future time.Duration
	// ScoreNotables reads risk notables that are fed back in as modifiers.
	ScoreNotables bool
	ESFactors     []string // names of ESFactors to use
	Factors       []Factor
	Rules         []Rule
	RuleFiles     []RuleFile
	// Filters are conditions over modifiers, of which there may be 64. Bit i of
	// Fact.Filters is set if the i-th holds.
	Filters [][]entity.Clause
}

// Factor changes the score of modifiers for which its conditions hold.
type Factor struct {
	Name     string          // in the notables that show its effect
	Add      score.Decimal   // added to the score, before factors multiply
	Multiply score.Decimal   // multiplies the score
	When     []entity.Clause // all must hold
	Disabled bool
}

// Rule turns events into modifiers.
type Rule struct {
	Name string // the source of the modifiers
	// When must hold. In a Config it is required; a rule of a file without it
	// applies to events whose search_name, else source, equals Name, ignoring case.
	When          []entity.Clause
	RiskObjects   []RiskObject   // become a modifier each; fields that are empty are skipped
	ThreatObjects []ThreatObject // are noted with every modifier
	Message       string         // may hold $field$ tokens
	Attack        []string       // technique ids, tactic ids and tactic names
	Score         score.Decimal  // of risk objects without a score
}

// RiskObject names the event field that holds a risk object.
type RiskObject struct {
	Field string        // a path in the event
	Type  string        // system, user or a word of your own; default by what the object resolves to, else other
	Score score.Decimal // a risk_score in the event overrides it; default that of the rule
}

// ThreatObject names the event field that holds a threat object.
type ThreatObject struct {
	Field string // a path in the event
	Type  string // ip_address, file_hash or any other word
}

// RuleFile holds the rules of a file.
type RuleFile struct {
	Name  string // for errors
	Rules []Rule
}

// ConfigError reports an error in a value of a Config or in a rule of a file.
type ConfigError struct {
	File string // of rules; "" for the Config itself
	Rule int    // of the file, counted from 1
	Path Path   // in the Config or the rule
	Err  error  // a *SyntaxError for a condition that cannot be parsed
}

// Error formats e as "incident_rules[2].when: line 1, column 9: …".
func (e *ConfigError) Error() string {
	place := e.Path.String()
	if e.Rule > 0 {
		if place != "" {
			place = "." + place
		}
		place = "rule " + strconv.Itoa(e.Rule) + place
	}
	if e.File != "" {
		place = "rule_files: " + e.File + ": " + place
	}
	return place + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// Path is the place of a value: keys and indexes, from the outside in.
type Path []PathElement

// PathElement is a key, or an index if Key is "".
type PathElement struct {
	Key   string
	Index int
}

// Key returns p with a key at its end.
func (p Path) Key(key string) Path { return append(p[:len(p):len(p)], PathElement{Key: key}) }

// At returns p with an index at its end.
func (p Path) At(i int) Path { return append(p[:len(p):len(p)], PathElement{Index: i}) }

// LastKey returns the last key of p.
func (p Path) LastKey() string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].Key != "" {
			return p[i].Key
		}
	}
	return ""
}

// String formats p as "incident_rules[2].when".
func (p Path) String() string {
	text := ""
	for i, e := range p {
		switch {
		case e.Key == "":
			text += "[" + strconv.Itoa(e.Index) + "]"
		case i > 0:
			text += "." + e.Key
		default:
			text = e.Key
		}
	}
	return text
}
