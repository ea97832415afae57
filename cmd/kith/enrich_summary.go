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
)

// enrichSummary is what a run did.
type enrichSummary struct {
	enrich.Stats
	matched []int64 // by role
	took    time.Duration
	reloads int64
}

func newEnrichSummary(s enrich.Stats, took time.Duration, reloads int64) enrichSummary {
	summary := enrichSummary{Stats: s, took: took, reloads: reloads}
	for role := range event.Role(event.NumRoles) {
		summary.matched = append(summary.matched, s.Matched(role))
	}
	return summary
}

// writeSummary writes the summary: as JSON if that was requested, otherwise in words
// unless the command is quiet.
func (f *enrichFlags) writeSummary(w io.Writer, s enrichSummary) error {
	if f.summary == "json" {
		return term.WriteJSON(w, s.object())
	}
	if f.quiet {
		return nil
	}
	_, err := io.WriteString(w, s.text())
	return err
}

// rate returns events a second.
func (s *enrichSummary) rate() float64 {
	return math.Round(float64(s.Events) / max(s.took.Seconds(), 1e-6))
}

// object is the summary for machines; roles stand in the order of events.
func (s *enrichSummary) object() jsonobject.Object {
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
		{"events_per_second", s.rate()},
		{"bytes_in", s.BytesIn},
		{"bytes_out", s.BytesOut},
		{"reloads", s.reloads},
	}
	if s.LostMembers > 0 {
		o.Add("lost_members", s.LostMembers)
	}
	return o
}

// text writes the summary for people.
func (s *enrichSummary) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kith: %s in %s, %s/s\n", problem.Plural(int(s.Events), "event"), rounded(s.took), problem.Thousands(int(s.rate())))
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
	if s.Bad > 0 {
		row("bad", "", s.Bad)
	}
	if s.reloads > 0 {
		row("reloads", "", s.reloads)
	}
	if s.LostMembers > 0 {
		fmt.Fprintf(&b, "  %s of later events had no column and are lost\n", problem.Plural(int(s.LostMembers), "member"))
	}
	return b.String()
}

func badEventError(file string, line int64, err error) error {
	return fmt.Errorf("%s:%d: %w", file, line, err)
}
