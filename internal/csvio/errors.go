package csvio

import (
	"errors"
	"fmt"
)

// The reasons why a record cannot be read. A SyntaxError wraps one of them.
var (
	ErrBareQuote      = errors.New("quote in an unquoted cell; quote the whole cell and double the quotes in it")
	ErrQuote          = errors.New("text after a closing quote; double a quote that is part of the cell")
	ErrUnterminated   = errors.New("quoted cell is never closed")
	ErrLineTooLong    = errors.New("line is too long")
	ErrCellTooLong    = errors.New("cell is too long")
	ErrTooManyColumns = errors.New("too many columns")
	ErrUTF16          = errors.New("input is UTF-16 or UTF-32; save it as UTF-8")
)

// SyntaxError reports where and why a record cannot be read.
//
// The position is that of the quote for ErrBareQuote, of the closing quote for ErrQuote,
// of the opening quote for ErrUnterminated, of the start of the cell for ErrCellTooLong and
// ErrTooManyColumns, and of the start of the record for the others.
type SyntaxError struct {
	Line   int   // from 1
	Column int   // byte in that line, from 1
	Err    error // wraps one of the sentinels
}

// Error formats e as "line:column: cause", to be appended to a file name and a colon.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns the cause.
func (e *SyntaxError) Unwrap() error { return e.Err }

// The default limits.
const (
	DefaultMaxLine    = 16 << 20
	DefaultMaxCell    = 1 << 20
	DefaultMaxColumns = 4096
)

// maxLine is the largest possible Limits.Line, because the offsets of a span have 31 bits.
const maxLine = 1 << 30

// Limits bounds what a Reader accepts. Zero values mean the defaults.
type Limits struct {
	Line    int // bytes of a record, including line ends in quoted cells but not its own; default 16 MiB, at most 1 GiB
	Cell    int // bytes of a cell's value; default 1 MiB
	Columns int // cells of a record; default 4,096
}

func (l Limits) withDefaults() Limits {
	if l.Line <= 0 {
		l.Line = DefaultMaxLine
	}
	if l.Cell <= 0 {
		l.Cell = DefaultMaxCell
	}
	if l.Columns <= 0 {
		l.Columns = DefaultMaxColumns
	}
	l.Line = min(l.Line, maxLine)
	return l
}

func (l Limits) lineTooLong() error {
	return &limitError{ErrLineTooLong, "line is longer than " + formatSize(l.Line)}
}

func (l Limits) cellTooLong() error {
	return &limitError{ErrCellTooLong, "cell is longer than " + formatSize(l.Cell)}
}

func (l Limits) openCellTooLong() error {
	return &limitError{ErrCellTooLong, "cell is longer than " + formatSize(l.Cell) + "; is its quote closed?"}
}

func (l Limits) tooManyColumns() error {
	return &limitError{ErrTooManyColumns, fmt.Sprintf("more than %d columns", l.Columns)}
}

// limitError wraps a sentinel and has the limit in its text.
type limitError struct {
	is   error
	text string
}

func (e *limitError) Error() string { return e.text }
func (e *limitError) Unwrap() error { return e.is }

// formatSize formats a number of bytes in the largest unit that divides it.
func formatSize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
