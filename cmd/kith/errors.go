package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitLoss   = 3
)

// lossError is the error of a run with --strict that lost something.
type lossError struct{ lost string }

func (e *lossError) Error() string { return e.lost + " (--strict)" }

// newLossError returns a lossError with a formatted description of what was lost.
func newLossError(format string, args ...any) error {
	return &lossError{fmt.Sprintf(format, args...)}
}

// reportedError is an error that was reported already. It only decides the exit code.
type reportedError struct{ err error }

func (e *reportedError) Error() string { return e.err.Error() }
func (e *reportedError) Unwrap() error { return e.err }

// exitCode returns the exit code for an error.
func exitCode(err error) int {
	var loss *lossError
	switch {
	case err == nil, isClosedPipe(err):
		return exitDone
	case problem.IsUsage(err):
		return exitUsage
	case errors.As(err, &loss):
		return exitLoss
	}
	return exitFailed
}

// maxReportedErrors is how many problems reportError prints before it counts the rest.
const maxReportedErrors = 20

// reportError writes err to w as "kith: …", one line for each error that it joins, and
// a line for its hint. It writes nothing for an error that was reported already.
func reportError(w io.Writer, err error) {
	var reported *reportedError
	if err == nil || isClosedPipe(err) || errors.As(err, &reported) {
		return
	}
	reportErrors(w, err, maxReportedErrors)
}

// reportErrors is like reportError, but prints at most limit errors.
func reportErrors(w io.Writer, err error, limit int) {
	all := problem.Joined(err)
	for i, e := range all {
		if i == limit {
			fmt.Fprintf(w, "kith: and %d more\n", len(all)-i)
			break
		}
		fmt.Fprintf(w, "kith: %s\n", errorText(e))
	}
	if hint, ok := problem.Hint(err); ok {
		fmt.Fprintf(w, "kith: hint: %s\n", printable(hint))
	}
}

// maxMessage is how many characters of a message are printed. A list that is a binary
// file can have a value of a megabyte.
const maxMessage = 600

// printable returns a message as it is printed: without characters that a terminal would
// act on, and not too long.
func printable(text string) string { return shortenMessage(problem.Plain(text)) }

// errorText returns the text of an error for the terminal. It quotes at most problem.MaxQuoted
// bytes of each value.
func errorText(err error) string { return printable(problem.ShortenQuoted(err.Error())) }

// shortenMessage replaces the middle of a long message with an ellipsis: its beginning
// names the place, its end the reason. The text must be valid UTF-8.
func shortenMessage(text string) string {
	runes := []rune(text)
	if len(runes) <= maxMessage {
		return text
	}
	const end = maxMessage / 3
	return string(runes[:maxMessage-end-1]) + "…" + string(runes[len(runes)-end:])
}

// maxPrintedLosses is how many losses a command prints before it counts them. A command that
// looks something up prints none, so that they do not push its result off the screen.
const maxPrintedLosses = 5

// printLosses prints all notices and at most the given number of losses, and then counts all
// losses by reason.
func printLosses(w io.Writer, notices, losses []*entity.RowError, most int) {
	for _, e := range slices.Concat(notices, losses[:min(len(losses), most)]) {
		fmt.Fprintf(w, "kith: %s\n", errorText(e))
	}
	if len(losses) > 0 {
		fmt.Fprintf(w, "kith: lost in the lists: %s (kith check shows all)\n", countLosses(losses))
	}
}

// printRuleNotes prints the first notes on rule files, and how many more there are.
func printRuleNotes(w io.Writer, notes []*entity.RowError) {
	for _, e := range notes[:min(len(notes), maxPrintedLosses)] {
		fmt.Fprintf(w, "kith: %s\n", errorText(e))
	}
	if more := len(notes) - maxPrintedLosses; more > 0 {
		fmt.Fprintf(w, "kith: and %s on rule files (kith check shows all)\n", problem.Plural(more, "more note"))
	}
}

// printStale prints which lists could not be fetched, so that earlier copies are in use.
func printStale(w io.Writer, stale []*lists.StaleError) {
	for _, e := range stale {
		fmt.Fprintf(w, "kith: %s\n", errorText(e))
	}
}

// countLosses counts losses by what was lost and why, the most frequent first:
// "12 values (bad address), 2 rows (no key)".
func countLosses(losses []*entity.RowError) string {
	type group struct {
		loss   entity.Loss
		reason string
		n      int
	}
	var groups []group
	for _, e := range losses {
		i := slices.IndexFunc(groups, func(g group) bool { return g.loss == e.Loss && g.reason == e.Reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{loss: e.Loss, reason: e.Reason})
		}
		groups[i].n++
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.n, a.n) })
	var words []string
	for _, g := range groups {
		words = append(words, fmt.Sprintf("%s (%s)", problem.Plural(g.n, string(g.loss)), g.reason))
	}
	return strings.Join(words, ", ")
}

// strictListError returns the error of a run with --strict in which losses occurred in
// the lists, nil without --strict or losses.
func strictListError(strict bool, losses []*entity.RowError) error {
	if !strict || len(losses) == 0 {
		return nil
	}
	return newLossError("lost in the lists: %s", countLosses(losses))
}

// maxReportedBadLines is how many bad lines a command reports; further ones are only
// counted.
const maxReportedBadLines = 5

// badLineReporter reports lines that could not be processed: the first few to the user,
// all of them to the dead-letter file if there is one.
type badLineReporter struct {
	*inputs.DeadLetters
	to    io.Writer // nil to report nothing
	n     int
	first []byte // the beginning of the first line
}

// maxFirstLine is how many bytes of the first bad line are kept.
const maxFirstLine = 256

// newBadLineReporter returns a reporter to w and, unless path is empty, to the
// dead-letter file at path, which is truncated or appended to.
func newBadLineReporter(path string, appending bool, w io.Writer) (*badLineReporter, error) {
	letters, err := inputs.OpenDeadLetters(path, appending)
	return &badLineReporter{DeadLetters: letters, to: w}, err
}

// report reports one line. raw is nil if the line was too long to be held.
func (b *badLineReporter) report(file string, line int64, raw []byte, reason error) error {
	if b.n == 0 {
		b.first = bytes.Clone(raw[:min(len(raw), maxFirstLine)])
	}
	if b.n++; b.n <= maxReportedBadLines && b.to != nil {
		fmt.Fprintf(b.to, "kith: %s:%d: %s\n", problem.Plain(file), line, errorText(reason))
	}
	return b.Add(file, line, bytes.TrimSuffix(raw, []byte{'\n'}), reason)
}

// leadingSpace is what may precede the first value of an input: white space and a byte
// order mark.
const leadingSpace = " \t\ufeff"

// arrayHint is what to do with an input that is a JSON array.
const arrayHint = "the input begins with a JSON array: leave out --in ndjson, or use --in json"

// beginWithArray reports whether the first bad line begins with a JSON array.
func (b *badLineReporter) beginWithArray() bool {
	return bytes.HasPrefix(bytes.TrimLeft(b.first, leadingSpace), []byte{'['})
}

// reportRest reports how many bad lines were counted but not reported.
func (b *badLineReporter) reportRest() {
	if b.to != nil && b.n > maxReportedBadLines {
		fmt.Fprintf(b.to, "kith: and %s more\n", problem.Thousands(b.n-maxReportedBadLines))
	}
}

// scoreErrorReporter returns a function that reports rules that find no score in an event. It
// returns nil if to is nil.
func scoreErrorReporter(to io.Writer) func(*detect.ScoreError) {
	if to == nil {
		return nil
	}
	return func(e *detect.ScoreError) { fmt.Fprintf(to, "kith: %s\n", errorText(e)) }
}

// hintList collects the hints of a run, each of them once, for the user and for the member
// "hints" of the summary. A hint states what to change if the run did not do what the user
// meant. It does not change the run.
type hintList struct {
	to      io.Writer // nil with --quiet
	texts   []string
	printed int // number of texts that were printed
}

// add adds a hint, unless it is empty or was added before.
func (l *hintList) add(hint string) {
	if hint != "" && !slices.Contains(l.texts, hint) {
		l.texts = append(l.texts, hint)
	}
}

// print prints the hints that were added since it was last called.
func (l *hintList) print() {
	if l.to != nil {
		for _, hint := range l.texts[l.printed:] {
			fmt.Fprintf(l.to, "kith: hint: %s\n", printable(hint))
		}
	}
	l.printed = len(l.texts)
}
