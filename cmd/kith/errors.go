package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitLoss   = 3
)

// lossError is the error of a strict run that lost something.
type lossError struct{ lost string }

func (e *lossError) Error() string { return e.lost + " (--strict)" }

// strictf returns a lossError that describes what was lost.
func strictf(format string, args ...any) error {
	return &lossError{fmt.Sprintf(format, args...)}
}

// saidError is an error that was reported already; what is left of it is the
// exit code.
type saidError struct{ err error }

func (e *saidError) Error() string { return e.err.Error() }
func (e *saidError) Unwrap() error { return e.err }

// exitCode returns the exit code for an error. Scripts can distinguish errors by it.
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

// manyErrors is how many problems report prints before it counts the rest.
const manyErrors = 20

// report writes err as "kith: …", one line for each error that it joins, and a
// line for its hint.
func report(w io.Writer, err error) {
	var said *saidError
	if err == nil || isClosedPipe(err) || errors.As(err, &said) {
		return
	}
	reportUpTo(w, err, manyErrors)
}

// reportUpTo is report for at most so many errors.
func reportUpTo(w io.Writer, err error, most int) {
	all := problem.Joined(err)
	for i, e := range all {
		if i == most {
			fmt.Fprintf(w, "kith: and %d more\n", len(all)-i)
			break
		}
		fmt.Fprintf(w, "kith: %s\n", problem.Plain(e.Error()))
	}
	if hint, ok := problem.Hint(err); ok {
		fmt.Fprintf(w, "kith: hint: %s\n", problem.Plain(hint))
	}
}

// fewLosses is how many losses a command prints before it counts them.
const fewLosses = 5

// tellLosses prints the first few losses and a count by reason.
func tellLosses(w io.Writer, losses []*entity.RowError) {
	for _, e := range losses[:min(len(losses), fewLosses)] {
		fmt.Fprintf(w, "kith: %s\n", problem.Plain(e.Error()))
	}
	if len(losses) > 0 {
		fmt.Fprintf(w, "kith: lost in the lists: %s (kith check shows all)\n", countLosses(losses))
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

// strictLoss is the end of a strict run that lost something.
func strictLoss(strict bool, losses []*entity.RowError) error {
	if !strict || len(losses) == 0 {
		return nil
	}
	return strictf("lost in the lists: %s", countLosses(losses))
}
