package risk

import (
	"fmt"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// Config is how risk is counted. The zero Config is the defaults.
type Config struct {
	// Windows are the reporting windows of [Engine.Report] and [Engine.Top];
	// default 24h and 7d. Modifiers are kept for the longest of these and of the
	// windows of the incident rules, plus Lateness.
	Windows []time.Duration
	// Lateness is how far behind the clock modifiers are accepted; default 24h.
	Lateness time.Duration
	// Future is how far ahead of the wall clock modifiers are accepted; default 1h.
	Future time.Duration
	Clock  Clock
	RollUp RollUp
	// ESFactors are the names of factors of [detect.ESFactors] to use.
	ESFactors []string
	// Factors change the scores of modifiers.
	Factors []detect.Factor
	// Rules turn events into modifiers. See [Options] for those of files.
	Rules []detect.Rule
	// IncidentRules add to [ShippedIncidentRules]; one of the same name replaces
	// it.
	IncidentRules []IncidentRule
	// ScoreNotables counts notables that are fed back in as modifiers.
	ScoreNotables bool
}

// None is a duration of 0 where 0 is the default of another one.
const None time.Duration = -1

// Clock selects what advances the clock of an engine.
type Clock uint8

// The clocks.
const (
	EventClock Clock = iota // the time of the modifiers
	WallClock               // the wall clock, too
)

// String returns the word of the configuration.
func (c Clock) String() string { return wordOf(c, "event", "wall") }

// RollUp controls addresses that match only through a prefix.
type RollUp uint8

// The ways to roll up.
const (
	RollUpExact    RollUp = iota // attributes risk to the address itself
	RollUpCovering               // to the entity that owns the prefix
)

// String returns the word of the configuration.
func (r RollUp) String() string { return wordOf(r, "exact", "covering") }

// IncidentRule is a condition over the window of an object.
type IncidentRule struct {
	Name       string        // that of a shipped rule replaces it
	Window     time.Duration // how long a modifier counts
	WindowText string        // how notables write Window; default as in 7d, 24h, 1h30m
	// When is like "score > 100" or "tactics >= 3 and (sources >= 4 or max >= 80)".
	When          string
	Filter        []entity.Clause // which modifiers count; all must hold
	Decay         time.Duration   // the half-life of scores; 0 for none
	Dedup         Dedup
	Cap           Cap
	PSeries       score.Decimal   // weighs the i-th largest contribution by i^-PSeries; not valid: they are summed
	Suppress      time.Duration   // how long after a notable the rule does not fire for the same object
	Refire        Refire          // whether it fires again in the same span
	Severity      entity.Priority // below all steps; default low
	SeveritySteps []SeverityStep  // over the risk score
	Disabled      bool
}

// Dedup selects which modifiers count as repeats of each other. Of repeats only the
// largest score counts.
type Dedup uint8

// The kinds of repetition.
const (
	DedupNone    Dedup = iota
	DedupSource        // of one source
	DedupMessage       // of one source and message
)

// String returns the word of the configuration, "" for DedupNone.
func (d Dedup) String() string { return wordOf(d, "", "source", "message") }

// Cap limits the contribution of a source to an object. The zero Cap is no limit.
type Cap struct {
	Times  score.Decimal // of the largest of them, or
	Amount score.Decimal
}

// String returns the form of the configuration: 3x or 150, "" for the zero Cap.
func (c Cap) String() string {
	switch {
	case c.Times.IsValid():
		return c.Times.String() + "x"
	case c.Amount.IsValid():
		return c.Amount.String()
	}
	return ""
}

// Refire selects whether a rule fires again while its condition stays true.
type Refire uint8

// The kinds of firing again.
const (
	RefireOnce     Refire = iota // once in a span
	RefireSeverity               // again when the severity rises
)

// String returns the word of the configuration.
func (r Refire) String() string { return wordOf(r, "once", "severity") }

// SeverityStep is the severity from a risk score on.
type SeverityStep struct {
	AtLeast score.Decimal
	Is      entity.Priority
}

// wordOf returns the word of a choice.
func wordOf[T ~uint8](choice T, words ...string) string {
	if int(choice) < len(words) {
		return words[choice]
	}
	return fmt.Sprintf("%d", choice)
}

// ShippedIncidentRules returns the incident rules that are on unless the Config
// replaces or disables them, after those of Splunk Enterprise Security: "Risk
// Threshold Exceeded for Object Over 24 Hour Period" and "ATT&CK Tactic Threshold
// Exceeded for Object Over Previous 7 Days".
func ShippedIncidentRules() []IncidentRule {
	return []IncidentRule{
		{
			Name: "risk_threshold_24h", Window: 24 * time.Hour, When: "score > 100", Refire: RefireSeverity,
			SeveritySteps: []SeverityStep{{score.DecimalOf(100), entity.Medium}, {score.DecimalOf(250), entity.High}, {score.DecimalOf(500), entity.Critical}},
		},
		{
			Name: "attack_tactics_7d", Window: 7 * 24 * time.Hour, When: "tactics >= 3 and sources >= 4",
			Filter: []entity.Clause{{Field: "tactics", Op: "exists"}}, Severity: entity.Medium,
		},
	}
}
