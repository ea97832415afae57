package stream

import (
	"bytes"
	"context"
	"io"

	"github.com/kithsec/kith/internal/zeeklog"
)

// Form is how the events of an input are separated and written.
type Form uint8

// The forms.
const (
	FormLines  Form = iota // one JSON object per line
	FormValues             // JSON objects on any number of lines, or in arrays
	FormZeek               // lines of Zeek's default log format
)

// Inspect reads the beginning of an input, which is not consumed, and returns its form.
//
// An input has FormValues if it begins with a record separator, or with an opening bracket
// that an opening brace, a closing bracket or a line end follows, or with an object that its
// first line does not close and that the next line, which does not begin with an opening
// brace, continues. It also has FormValues if a second object follows the first on its line, or
// if the first line is longer than what is inspected, or is continued, and begins an array that
// Arrays opens. A byte order mark and blank lines may precede that. An input that begins
// with #separator has FormZeek. All others have FormLines.
func (r *Input) Inspect(ctx context.Context) Form {
	form := FormLines
	r.peek(ctx, func(head []byte) (known bool) {
		form, known = inspect(head)
		return known
	})
	return form
}

// InspectBetween is like Inspect, but calls the functions that it receives while the input
// waits, as Run does with Options.Between. If one returns an error, InspectBetween returns it,
// and the Input must not be used any more.
func (r *Input) InspectBetween(ctx context.Context, between <-chan func() error) (Form, error) {
	if between == nil {
		return r.Inspect(ctx), nil
	}
	inspected := make(chan Form, 1)
	go func() { inspected <- r.Inspect(ctx) }()
	for {
		select {
		case form := <-inspected:
			return form, nil
		case call := <-between:
			if err := call(); err != nil {
				return FormLines, err
			}
		}
	}
}

// FormOf returns the form of an input that begins with head, as Inspect does.
func FormOf(head []byte) Form {
	form, _ := inspect(head)
	return form
}

// inspect returns the form of an input that begins with head, and whether more of the input
// would not change that.
func inspect(head []byte) (f Form, known bool) {
	switch {
	case zeeklog.Begins(head):
		return FormZeek, true
	case zeeklog.CanBegin(head), len(head) < len(byteOrderMark) && bytes.HasPrefix([]byte(byteOrderMark), head):
		return FormLines, false
	}
	isSequence, known := beginsSequence(head)
	if isSequence {
		f = FormValues
	}
	return f, known
}

// beginsSequence reports whether an input that begins with head has FormValues, and whether
// that is known.
func beginsSequence(head []byte) (isSequence, known bool) {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	switch {
	case len(head) == 0:
		return false, false
	case head[0] == recordSeparator:
		return true, true
	case head[0] == '[':
		rest := bytes.TrimLeft(head[1:], " \t\r")
		return len(rest) > 0 && (rest[0] == '{' || rest[0] == ']' || rest[0] == '\n'), len(rest) > 0
	case head[0] != '{':
		return false, true
	}
	line, rest, ended := bytes.Cut(head, []byte{'\n'})
	var value valueScanner
	switch n, closed, err := value.scan(line); {
	case err != nil:
		return false, true
	case closed:
		next := skipBlanks(line, n)
		return next < len(line) && line[next] == '{', ended || next < len(line)
	}
	if rest = bytes.TrimLeft(rest, " \t\r\n"); len(rest) == 0 || rest[0] == '{' {
		var f arrayFinder
		return f.beginsArray(line), ended && len(rest) > 0
	}
	return true, true
}

// Resume is like Open, but leaves out the first offset bytes of src.
func (f Form) Resume(ctx context.Context, src *Input, maxLine int, offset int64) (Source, error) {
	if offset == 0 {
		return f.Open(src, maxLine, 0, 0), nil
	}
	var before zeeklog.Directives
	lines, err := src.Skip(ctx, offset, &before)
	if f == FormZeek {
		return NewZeek(src, maxLine, lines, offset, before.Header), err
	}
	return f.Open(src, maxLine, lines, offset), err
}

// Open returns the JSON events of an input that has a form. lines and offset are the number
// of lines and of bytes that precede src in the input. A maxLine of 0 means DefaultMaxLine.
func (f Form) Open(src io.Reader, maxLine int, lines, offset int64) Source {
	switch f {
	case FormValues:
		return NewValues(src, maxLine, lines, offset)
	case FormZeek:
		return NewZeek(src, maxLine, lines, offset, zeeklog.Header{})
	}
	return NewLines(src, maxLine, lines, offset)
}
