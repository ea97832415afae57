package term

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
)

// escaper writes lines of JSON to a terminal. It replaces characters that the terminal
// would act on, except line ends and tabs, with JSON escapes of the same meaning. For
// outputs that are not terminals it must not be used: there, events keep all their bytes.
type escaper struct {
	to  io.Writer
	buf []byte
}

// NewEscaper returns a writer that escapes what is written to a terminal.
func NewEscaper(to io.Writer) io.Writer { return &escaper{to: to} }

// Write writes p, which must be whole lines.
func (e *escaper) Write(p []byte) (int, error) {
	e.buf = e.buf[:0]
	for rest := p; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == '\n' || r == '\t' || bytes.HasPrefix(rest, []byte("\r\n")) || !problem.ActsOnTerminal(r):
			e.buf = append(e.buf, rest[:n]...)
		case r == utf8.RuneError && n == 1:
			e.buf = fmt.Appendf(e.buf, `\x%02x`, rest[0])
		default:
			e.buf = fmt.Appendf(e.buf, `\u%04x`, r)
		}
		rest = rest[n:]
	}
	if _, err := e.to.Write(e.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Escape writes JSON escapes in place of the characters of a JSON text that a terminal
// would act on. It returns text itself if there are none.
func Escape(text []byte) []byte {
	if !bytes.ContainsFunc(text, problem.ActsOnTerminal) {
		return text
	}
	var b []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if problem.ActsOnTerminal(r) {
			b = fmt.Appendf(b, `\u%04x`, r)
		} else {
			b = append(b, text[:n]...)
		}
		text = text[n:]
	}
	return b
}

// WriteJSON writes v as one line of JSON, escaped by Escape: JSON itself requires
// escapes for the first 32 characters only.
func WriteJSON(w io.Writer, v any) error {
	text, err := jsonobject.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(Escape(text), '\n'))
	return err
}
