// Package problem is the errors that Kith reports to its users.
//
// An error is either a mistake in what the user typed or configured (Usage), or a
// failure while the work is done. It may have a place in a file (InFile) and a
// line that names a remedy (WithHint). Several problems are joined with
// errors.Join, so that all of them are reported at once (Joined).
package problem

import (
	"errors"
	"fmt"
	"io/fs"
)

// usageError is a mistake in what the user typed or configured, in contrast to
// a failure while the work is done.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Usage marks err as a mistake of the user. A nil err stays nil.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// Usagef returns a new error that is marked as usage marks one; %w wraps.
func Usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// IsUsage reports whether err wraps a mistake of the user.
func IsUsage(err error) bool {
	var e *usageError
	return errors.As(err, &e)
}

// hintError is an error with a line that names a remedy.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// WithHint adds a remedy to err. The text of err stays as it is.
func WithHint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// Hint returns the outermost hint of err, and whether there is one.
func Hint(err error) (hint string, ok bool) {
	var e *hintError
	if errors.As(err, &e) {
		return e.hint, true
	}
	return "", false
}

// Joined returns the errors that errors.Join combined, also below the wrappers
// of this package. An error that joins none is returned alone.
func Joined(err error) []error {
	for inner := err; inner != nil; {
		if list, ok := inner.(interface{ Unwrap() []error }); ok {
			var all []error
			for _, e := range list.Unwrap() {
				all = append(all, Joined(e)...)
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

// Cause returns "path: reason" for an error of the file system, without the
// name of the system call that failed.
func Cause(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// InFile is a problem at a place in a file.
type InFile struct {
	File         string
	Line, Column int // from 1; the column counts characters; 0 is the whole file
	Text         string
}

// Error formats p as `kith.yaml:12:7: unknown key "multvalue"`.
func (p *InFile) Error() string { return p.Place() + ": " + p.Text }

// Place formats the place as "kith.yaml:12:7".
func (p *InFile) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}
