package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// enrichSummary counts what a run did.
type enrichSummary struct {
	enrich.Stats
	matched []int64 // by role
	took    time.Duration
	reloads int64
	risk    *risk.Summary // nil without --risk
	hints   []string
}

func newEnrichSummary(s enrich.Stats, took time.Duration, reloads int64) enrichSummary {
	summary := enrichSummary{Stats: s, took: took, reloads: reloads}
	for role := range event.Role(event.NumRoles) {
		summary.matched = append(summary.matched, s.Matched(role))
	}
	return summary
}

// writeSummary writes the summary as JSON with --summary json, and otherwise as text unless
// --quiet is given.
func (f *enrichFlags) writeSummary(w io.Writer, s enrichSummary) error {
	if f.summary == "json" {
		return term.WriteJSON(w, s.jsonObject())
	}
	if f.quiet {
		return nil
	}
	_, err := io.WriteString(w, s.asText())
	return err
}

// eventsPerSecond returns the rate of the run.
func (s *enrichSummary) eventsPerSecond() float64 {
	return math.Round(float64(s.Events) / max(s.took.Seconds(), 1e-6))
}

// jsonObject returns the summary as a JSON object, with the roles in order of their
// numbers.
func (s *enrichSummary) jsonObject() jsonobject.Object {
	matched := jsonobject.Object{}
	for role, n := range s.matched {
		matched.Add(event.Role(role).String(), n)
	}
	o := jsonobject.Object{
		{"events", s.Events},
		{"matched", matched},
		{"unmatched", s.Unmatched},
		{"bad", s.Bad},
		{"elapsed_seconds", math.Round(s.took.Seconds()*1e6) / 1e6},
		{"events_per_second", s.eventsPerSecond()},
		{"bytes_in", s.BytesIn},
		{"bytes_out", s.BytesOut},
		{"reloads", s.reloads},
	}
	if s.Ambiguous > 0 {
		o.Add("ambiguous", s.Ambiguous)
	}
	if s.LostMembers > 0 {
		o.Add("lost_members", s.LostMembers)
	}
	if s.risk != nil {
		o.Add("risk", s.risk)
	}
	if len(s.hints) > 0 {
		o.Add("hints", s.hints)
	}
	return o
}

// asText returns the summary as lines of text.
func (s *enrichSummary) asText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kith: %s in %s, %s/s\n", problem.Plural(int(s.Events), "event"), roundDuration(s.took), problem.Thousands(int(s.eventsPerSecond())))
	row := func(name, what string, n int64) {
		fmt.Fprintf(&b, "  %-9s  %-8s  %*s\n", name, what, len(problem.Thousands(int(s.Events))), problem.Thousands(int(n)))
	}
	head := "matched"
	for role, n := range s.matched {
		if n > 0 {
			row(head, event.Role(role).String(), n)
			head = ""
		}
	}
	row("unmatched", "", s.Unmatched)
	if s.Ambiguous > 0 {
		row("ambiguous", "", s.Ambiguous)
	}
	if s.Bad > 0 {
		row("bad", "", s.Bad)
	}
	if s.reloads > 0 {
		row("reloads", "", s.reloads)
	}
	if s.LostMembers > 0 {
		fmt.Fprintf(&b, "  %s lost: no column in the CSV header\n", problem.Plural(int(s.LostMembers), "member"))
	}
	if s.risk != nil {
		fmt.Fprintf(&b, "kith: risk: %s\n", summaryText(*s.risk, s.took))
	}
	return b.String()
}

// badEventError adds the place of an event to its error.
func badEventError(file string, line int64, err error) error {
	return fmt.Errorf("%s:%d: %w", file, line, err)
}
