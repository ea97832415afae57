package risk

import (
	"fmt"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk/score"
)

// Config configures an Engine. The zero Config selects the defaults.
type Config struct {
	// Windows are the reporting windows of [Engine.Report] and [Engine.Top]; the
	// default is 24h and 7d. Modifiers are kept for Lateness plus the longest of
	// these windows and those of the incident rules.
	Windows []time.Duration
	// Lateness is how far behind the clock a modifier may be; the default is 24h.
	// Older ones are ignored.
	Lateness time.Duration
	// Future is how far ahead of the wall clock a modifier may be; the default is 1h.
	Future time.Duration
	Clock  Clock
	RollUp RollUp
	// Time lists the paths at which an event may have its time, in the order in which
	// they are tried. orig_time, _time and the times of the event's preset follow.
	Time []string
	// ESFactors are the names of the factors of [detect.ESFactors] that apply.
	ESFactors []string
	// Factors add to the scores of modifiers or multiply them.
	Factors []detect.Factor
	// Rules turn events into modifiers. [Options] has the rules of files.
	Rules []detect.Rule
	// IncidentRules are added to [ShippedIncidentRules]. A rule with the name of a
	// shipped one replaces it.
	IncidentRules []IncidentRule
	// ScoreNotables counts notables in the input as modifiers; by default they are
	// ignored.
	ScoreNotables bool
}

// None stands for a duration of 0 in fields of [Config] where 0 selects a default.
const None time.Duration = -1

// Clock selects what advances the clock of an engine.
type Clock uint8

// The clocks.
const (
	EventClock Clock = iota // the event time of modifiers
	WallClock               // the event time of modifiers and the wall clock
)

// String returns the word for c in the configuration.
func (c Clock) String() string { return wordOf(c, "event", "wall") }

// RollUp selects the object that gets the risk of an address that matches only
// through a prefix.
type RollUp uint8

// The ways to roll up.
const (
	RollUpExact    RollUp = iota // the address itself
	RollUpCovering               // the entity that owns the prefix
)

// String returns the word for r in the configuration.
func (r RollUp) String() string { return wordOf(r, "exact", "covering") }

// IncidentRule emits a notable when a condition over the modifiers in the window of an
// object becomes true.
type IncidentRule struct {
	Name       string
	Window     time.Duration // length of the window
	WindowText string        // text of Window in notables; default such as 7d, 24h or 1h30m
	// When is the condition, such as "score > 100" or
	// "tactics >= 3 and (sources >= 4 or max >= 80)".
	When     string
	Filter   []entity.Clause // a modifier counts only if all clauses are true
	Decay    time.Duration   // half-life of scores; 0 for no decay
	Dedup    Dedup
	Cap      Cap
	PSeries  score.Decimal // weighs the i-th largest contribution by i^-PSeries; if not valid, by 1
	Suppress time.Duration // how long after a notable the object gets no notable for another span
	Refire   Refire
	// Severity is the severity of notables whose score is below all SeveritySteps; the
	// default is low. A rule without both has the steps of the shipped rule
	// risk_threshold_24h: medium from 100, high from 250, critical from 500.
	Severity      entity.Priority
	SeveritySteps []SeverityStep // in any order
	Disabled      bool
}

// Dedup selects which modifiers are repeats of each other. Only the largest score of a
// group of repeats counts.
type Dedup uint8

// The kinds of repetition.
const (
	DedupNone    Dedup = iota // no modifier is a repeat
	DedupSource               // modifiers with the same source
	DedupMessage              // modifiers with the same source and message
)

// String returns the word for d in the configuration, or "" for DedupNone.
func (d Dedup) String() string { return wordOf(d, "", "source", "message") }

// Cap limits the sum of the contributions of one source to an object. If both fields are
// set, Times applies. The zero Cap is no limit.
type Cap struct {
	Times  score.Decimal // a multiple of the largest contribution of the source
	Amount score.Decimal // points
}

// String returns c as the configuration writes it, such as 3x or 150, or "" for the zero
// Cap.
func (c Cap) String() string {
	switch {
	case c.Times.IsValid():
		return c.Times.String() + "x"
	case c.Amount.IsValid():
		return c.Amount.String()
	}
	return ""
}

// Refire selects whether a rule emits further notables while its condition stays true.
type Refire uint8

// The kinds of refiring.
const (
	RefireOnce     Refire = iota // one notable for each span
	RefireSeverity               // another notable when the severity rises
)

// String returns the word for r in the configuration.
func (r Refire) String() string { return wordOf(r, "once", "severity") }

// SeverityStep is the severity of notables whose risk score is at least AtLeast.
type SeverityStep struct {
	AtLeast score.Decimal
	Is      entity.Priority
}

// wordOf returns the word at the index choice, or the number if there is none.
func wordOf[T ~uint8](choice T, words ...string) string {
	if int(choice) < len(words) {
		return words[choice]
	}
	return fmt.Sprintf("%d", choice)
}

// ShippedIncidentRules returns the incident rules that apply unless the Config replaces
// or disables them. They follow those of Splunk Enterprise Security: "Risk
// Threshold Exceeded for Object Over 24 Hour Period" and "ATT&CK Tactic Threshold
// Exceeded for Object Over Previous 7 Days".
func ShippedIncidentRules() []IncidentRule {
	return []IncidentRule{
		{
			Name: "risk_threshold_24h", Window: 24 * time.Hour, When: "score > 100", Refire: RefireSeverity,
			SeveritySteps: shippedSteps(),
		},
		{
			Name: "attack_tactics_7d", Window: 7 * 24 * time.Hour, When: "tactics >= 3 and sources >= 4",
			Filter: []entity.Clause{{Field: "tactics", Op: "exists"}}, Severity: entity.Medium,
		},
	}
}

// shippedSteps returns the steps of risk_threshold_24h, which rules without a severity
// have, too.
func shippedSteps() []SeverityStep {
	return []SeverityStep{{score.DecimalOf(100), entity.Medium}, {score.DecimalOf(250), entity.High}, {score.DecimalOf(500), entity.Critical}}
}
