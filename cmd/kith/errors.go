package main

import (
	"errors"
	"fmt"
	"io"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitLoss   = 3
)

// usageError is wrong usage or configuration: what the user typed, not what
// the world did.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef returns a usageError; %w wraps.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// lossError is the end of a run that was told to be strict and lost something.
type lossError struct{ lost string }

func (e *lossError) Error() string { return e.lost + " (--strict)" }

// strictf returns a lossError that says what was lost.
func strictf(format string, args ...any) error {
	return &lossError{fmt.Sprintf(format, args...)}
}

// hintError is an error with a line that says what to do about it.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// saidError is an error that was reported already; what is left of it is the
// exit code.
type saidError struct{ err error }

func (e *saidError) Error() string { return e.err.Error() }
func (e *saidError) Unwrap() error { return e.err }

// withHint adds what to do about err.
func withHint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// exitCode tells the errors apart that a script may want to tell apart.
func exitCode(err error) int {
	var usage *usageError
	var loss *lossError
	switch {
	case err == nil, isClosedPipe(err):
		return exitDone
	case errors.As(err, &usage):
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
	all := joined(err)
	for i, e := range all {
		if i == most {
			fmt.Fprintf(w, "kith: and %d more\n", len(all)-i)
			break
		}
		fmt.Fprintf(w, "kith: %s\n", plain(e.Error()))
	}
	var h *hintError
	if errors.As(err, &h) {
		fmt.Fprintf(w, "kith: hint: %s\n", plain(h.hint))
	}
}

// joined takes apart what errors.Join put together, through every wrapper of
// this package.
func joined(err error) []error {
	for inner := err; inner != nil; {
		if list, ok := inner.(interface{ Unwrap() []error }); ok {
			var all []error
			for _, e := range list.Unwrap() {
				all = append(all, joined(e)...)
			}
			return all
		}
		switch e := inner.(type) {
		case *usageError:
			inner = e.err
		case *hintError:
			inner = e.err
		default:
			return []error{err}
		}
	}
	return []error{err}
}
