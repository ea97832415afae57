//go:build long && linux

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kithsec/kith/internal/problem"
)

// soakLines are lines for enrich and risk, and the counts that one pass must give, by a
// calculation of its own.
type soakLines struct {
	lines      [][]byte // with line feeds
	counts     soakCounts
	clockSteps int // how often the clock of the events jumps
}

// soakCounts are counts of kith risk --summary json.
type soakCounts struct {
	Lines, Counted, Duplicates, Late, Bad, Unmatched int
}

// String describes the counts in words.
func (a soakCounts) String() string {
	return fmt.Sprintf("%s lines: %s counted, %s duplicates, %s late, %s malformed, %s without a rule",
		problem.Thousands(a.Lines), problem.Thousands(a.Counted), problem.Thousands(a.Duplicates), problem.Thousands(a.Late), problem.Thousands(a.Bad), problem.Thousands(a.Unmatched))
}

const (
	soakLineCount = 40_000
	soakWindow    = 30 * time.Minute // the longest
	soakLateness  = 5 * time.Minute
)

const soakRisk = `assets: {sources: [{path: hosts.csv}]}
identities: {sources: [{path: people.csv}]}
enrich: {fields: [priority, mark]}
risk:
  windows: [30m]
  lateness: 5m
  rules:
    - name: Denied
      when: [{field: action, op: "=", value: denied}, {field: user_priority, op: "=", value: high}]
      risk_objects: [{field: user, type: user, score: 7}]
  incident_rules:
    - {name: risk_threshold_24h, window: 20m, when: score > 300, refire: severity, severity: [{at_least: 400, is: high}]}
    - {name: quiet, window: 10m, when: capped_score < 8, dedup: source, suppress: 3m}
    - {name: attack_tactics_7d, enabled: false}
`

// newSoakLines generates modifiers, events to which a rule applies or does not apply,
// duplicates, late lines and malformed lines. Their clock jumps forward by hours, and
// back for a while by more than the lateness.
func newSoakLines(rng *rand.Rand) soakLines {
	var s soakLines
	known := map[string]time.Time{} // counted lines and their times
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	clock, back := at, 0
	for i := range soakLineCount {
		at = at.Add(time.Duration(rng.IntN(200)) * time.Millisecond)
		switch step := rng.IntN(4000); {
		case step == 0:
			at = at.Add(3 * time.Hour)
			s.clockSteps++
		case step == 1 && back == 0:
			back = 150
			s.clockSteps++
		}
		stamp := at
		if back > 0 {
			back--
			stamp = at.Add(-soakLateness - time.Minute)
		}
		line := soakLine(rng, i, stamp)
		if i > 0 && rng.IntN(40) == 0 {
			line = string(s.lines[i-1-rng.IntN(min(i, 50))])
			stamp = soakTime(line, stamp)
		}
		s.lines = append(s.lines, []byte(line))
		s.counts.countLine(line, stamp, known, &clock)
	}
	return s
}

// soakLine generates line i.
func soakLine(rng *rand.Rand, i int, at time.Time) string {
	stamp := at.Format("2006-01-02T15:04:05.000Z")
	user := rng.IntN(60)
	switch kind := rng.IntN(100); {
	case kind < 2:
		return fmt.Sprintf("oops %d\n", i)
	case kind < 12:
		return fmt.Sprintf(`{"_time":"%s","n":%d,"user":"u%d","action":"allowed"}`+"\n", stamp, i, user)
	case kind < 30:
		return fmt.Sprintf(`{"_time":"%s","n":%d,"user":"U%d","src":"10.0.%d.1","action":"denied"}`+"\n", stamp, i, user, rng.IntN(200))
	}
	return fmt.Sprintf(`{"_time":"%s","n":%d,"risk_object":"u%d","risk_object_type":"user","risk_score":%d,"source":"s%d"}`+"\n",
		stamp, i, user, rng.IntN(25)-6, rng.IntN(4))
}

// soakTime returns the time in a line, or fallback if it has none.
func soakTime(line string, fallback time.Time) time.Time {
	const from = len(`{"_time":"`)
	if len(line) < from+24 {
		return fallback
	}
	if at, err := time.Parse(time.RFC3339, line[from:from+24]); err == nil {
		return at
	}
	return fallback
}

// countLine counts a line as documented: known lines first, then late ones.
func (a *soakCounts) countLine(line string, at time.Time, known map[string]time.Time, clock *time.Time) {
	a.Lines++
	switch counted, again := known[line]; {
	case line[0] == 'o':
		a.Bad++
	case len(line) > 60 && line[len(line)-10:] == "allowed\"}\n":
		a.Unmatched++
	case again && counted.Add(soakWindow+soakLateness).After(*clock):
		a.Duplicates++
	case at.Before(clock.Add(-soakLateness)):
		a.Late++
	default:
		a.Counted++
		known[line] = at
		if at.After(*clock) {
			*clock = at
		}
	}
}
