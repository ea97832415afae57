package detect

import (
	"strconv"
	"time"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/risk/score"
)

// Config configures how a [Detector] turns events into facts. With the zero Config it
// reads risk modifiers, and does not change their scores.
type Config struct {
	// Zone determines the zone of events that do not state one.
	Zone event.ZoneOptions
	// Times are the paths at which an event may have its time, in the order in which they
	// are tried. orig_time, _time and the times of the event's preset follow.
	Times []string
	// Presets are presets in addition to the shipped ones; see [event.Options].
	Presets []event.Preset
	// Unwrap selects which JSON objects are envelopes of events. An object with a
	// risk_object is never one.
	Unwrap event.Unwrap
	// If Covering is set, the risk of an address that matches only through a prefix is
	// attributed to the entity that owns the prefix, and not to the address itself.
	Covering bool
	// Future is how far the time of an event may be ahead of the clock of the Reader
	// before it is rejected.
	Future time.Duration
	// ScoreNotables makes risk notables count as modifiers. By default notables that
	// are fed back into the input are ignored.
	ScoreNotables bool
	ESFactors     []string // the names of factors of ESFactors to enable
	Factors       []Factor
	Rules         []Rule
	RuleFiles     []RuleFile
	// Filters are conditions over modifiers, at most MaxFilters. Bit i of
	// Fact.Filters is set if Filters[i] holds.
	Filters [][]entity.Clause
}

// Factor changes the score of the modifiers for which its conditions hold. It needs
// Add or Multiply.
type Factor struct {
	Name     string          // shown in notables
	Add      score.Decimal   // added to the base score, before any factor multiplies it
	Multiply score.Decimal   // multiplies the score
	When     []entity.Clause // all must hold
	Disabled bool
}

// Rule turns events into modifiers.
type Rule struct {
	Name  string // the source of the modifiers
	Label string // another name by which a rule without conditions applies; may be ""
	// When holds the conditions, all of which must hold. The rules of a Config must
	// have conditions. A rule of a file that has none applies to the events of a search,
	// which is named by search_name, or else by source. Case is ignored. The search selects
	// the rules whose Name is its name; if there are none, those whose Label is its name;
	// and if there are none, those whose Name or Label is the title in the name of a
	// correlation search, such as "ESCU - Title - Rule" or "Access - Title - Rule".
	When          []entity.Clause
	RiskObjects   []RiskObject   // each value of their fields makes a modifier
	ThreatObjects []ThreatObject // are recorded in every modifier
	Message       string         // may contain $field$ tokens
	Attack        []string       // technique ids, tactic ids and names of tactics
	Score         score.Decimal  // of risk objects that state no score
	ScoreField    ScoreField     // instead of Score: reads it from the event
}

// RiskObject names the event field that holds a risk object.
type RiskObject struct {
	Field string // a path in the event
	// Type is system, user or any other word. By default it is system if the object
	// resolves to an asset, user if it resolves to an identity, and otherwise other.
	Type string
	// Score is the base score of the modifier, unless the event has a risk_score. By
	// default it is that of the rule.
	Score score.Decimal
	// ScoreField reads the base score from the event, unless the event has a risk_score.
	// If the event has no score there, the rule makes no modifier of this object, and
	// Reading.ScoreErr states why. It takes the place of Score.
	ScoreField ScoreField
}

// ThreatObject names the event field that holds a threat object.
type ThreatObject struct {
	Field string // a path in the event
	Type  string // ip_address, file_hash or any other word
}

// RuleFile holds the rules of a file.
type RuleFile struct {
	Name  string // for error messages
	Rules []Rule
	Notes []RuleNote // by ParseRuleFile, for the user; a Config ignores them
}

// RuleNote states something about a rule file that may be a mistake, such as a saved search
// that makes no modifiers.
type RuleNote struct {
	Rule int // number of the rule in the file, from 1; 0 for the file as a whole
	Text string
}

// ConfigError reports an error in a value of a Config or in a rule of a file. Packages
// risk and config use it for their configuration, too.
type ConfigError struct {
	File string // the name of the RuleFile, or "" for an error in the Config itself
	Rule int    // number of the rule in the file, from 1
	Path Path   // of the value in the Config or the rule
	Err  error  // a *risk.SyntaxError if the condition of an incident rule is malformed
}

// Error returns the place and the error, such as "factors[0].name: is missing".
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

// Key returns p with a key appended. It does not change p.
func (p Path) Key(key string) Path { return append(p[:len(p):len(p)], PathElement{Key: key}) }

// At returns p with an index appended. It does not change p.
func (p Path) At(i int) Path { return append(p[:len(p):len(p)], PathElement{Index: i}) }

// LastKey returns the last element of p that is a key, or "" if there is none.
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
