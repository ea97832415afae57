// Package problem defines the errors that Kith reports to its users.
//
// An error is either a mistake in what the user typed or configured ([Usage]), or a
// failure at run time. It may have a place in a file ([InFile]) and a hint that names a
// remedy ([WithHint]). Several problems are joined with errors.Join, so that all of them
// are reported at once ([Joined]).
package problem

import (
	"errors"
	"fmt"
	"io/fs"
)

// usageError is a mistake in what the user typed or configured.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Usage marks err as a mistake of the user. It returns nil for a nil error.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err}
}

// Usagef is like fmt.Errorf, but marks the error as a mistake of the user.
func Usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// IsUsage reports whether err or an error that it wraps is a mistake of the user.
func IsUsage(err error) bool {
	var e *usageError
	return errors.As(err, &e)
}

// hintError is an error with a hint.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// WithHint adds a hint to err, which names a remedy. The text of err does not change.
func WithHint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// Hint returns the outermost hint of err and reports whether there is one.
func Hint(err error) (hint string, ok bool) {
	var e *hintError
	if errors.As(err, &e) {
		return e.hint, true
	}
	return "", false
}

// Joined returns the errors that errors.Join joined, also if err wraps the joined error
// with [Usage] or [WithHint]. It returns any other error alone.
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

// Cause returns an error with the text "path: reason" for an error of the file system. It
// omits the name of the failed system call.
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
	Line, Column int // start at 1, the column counts characters; Line 0 is the whole file
	Text         string
}

// Error returns p as text, such as `kith.yaml:12:7: unknown key "multvalue"`.
func (p *InFile) Error() string { return p.Place() + ": " + p.Text }

// Place returns the place as text, such as "kith.yaml:12:7".
func (p *InFile) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}
