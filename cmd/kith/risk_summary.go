package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// riskSummary is the summary of a run of kith risk.
type riskSummary struct {
	risk.Summary
	Hints []string `json:"hints,omitempty"`
}

// writeSummary writes the summary as JSON with --summary json. Otherwise it writes a
// line of text, unless --quiet is given or the run failed.
func (f *riskFlags) writeSummary(w io.Writer, s riskSummary, took time.Duration, err error) error {
	if f.summary == "json" {
		return term.WriteJSON(w, s)
	}
	if f.quiet || err != nil {
		return nil
	}
	_, err = fmt.Fprintf(w, "kith: %s\n", summaryText(s.Summary, took))
	return err
}

// summaryText returns the counts that are not zero as text:
// "64 lines in 12ms: 57 counted, 2 duplicates, 1 late, 4 bad; 5 notables".
func summaryText(s risk.Summary, took time.Duration) string {
	var parts []string
	count := func(n int64, always bool, words string) {
		if n > 0 || always {
			parts = append(parts, problem.Thousands(int(n))+" "+words)
		}
	}
	count(s.Counted, true, "counted")
	if s.Duplicates > 0 {
		parts = append(parts, problem.Plural(int(s.Duplicates), "duplicate"))
	}
	count(s.Late, false, "late")
	count(s.Bad, false, "bad")
	count(s.Unmatched, false, "unmatched")
	if s.RuleErrors > 0 {
		parts = append(parts, problem.Plural(int(s.RuleErrors), "rule error"))
	}
	return fmt.Sprintf("%s in %s: %s; %s", problem.Plural(int(s.Lines), "line"), roundDuration(took), strings.Join(parts, ", "), problem.Plural(int(s.Notables), "notable"))
}

// lateHint returns what to do if more modifiers were late than were counted, "" otherwise.
func lateHint(s *risk.Summary) string {
	if s.Late <= s.Counted {
		return ""
	}
	return fmt.Sprintf("%s of %s were too far behind the latest time that was read before them: sort by time, or raise risk.lateness",
		problem.Thousands(int(s.Late)), problem.Plural(int(s.Late+s.Counted), "modifier"))
}

// uncountedError returns the error for the lines and late modifiers that do not count under
// --strict, nil if there are none.
func uncountedError(s *risk.Summary) error {
	var lost []string
	if s.Bad > 0 {
		lost = append(lost, problem.Plural(int(s.Bad), "line"))
	}
	if s.Late > 0 {
		lost = append(lost, problem.Plural(int(s.Late), "late modifier"))
	}
	if lost == nil {
		return nil
	}
	return newLossError("%s not counted", strings.Join(lost, " and "))
}

// roundDuration rounds a duration to the precision of summaries.
func roundDuration(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// outputFiles returns the files that the flags name for output.
func (f *riskFlags) outputFiles() []outputFile {
	return []outputFile{{"--output", f.out}, {"--dead-letter", f.deadLetter}, {"--ack", f.ack}}
}
