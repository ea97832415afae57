package term

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
)

// escaper writes lines to a terminal. Characters that the terminal would act on
// are written as JSON escapes, which mean the same in JSON; only line ends and
// tabs stay. It is for terminals alone: elsewhere events keep all their bytes.
type escaper struct {
	to  io.Writer
	buf []byte
}

// NewEscaper returns a writer that escapes what is written to a terminal.
func NewEscaper(to io.Writer) io.Writer { return &escaper{to: to} }

// Write writes whole lines.
func (h *escaper) Write(p []byte) (int, error) {
	h.buf = h.buf[:0]
	for rest := p; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == '\n' || r == '\t' || bytes.HasPrefix(rest, []byte("\r\n")) || !problem.ActsOnTerminal(r):
			h.buf = append(h.buf, rest[:n]...)
		case r == utf8.RuneError && n == 1:
			h.buf = fmt.Appendf(h.buf, `\x%02x`, rest[0])
		default:
			h.buf = fmt.Appendf(h.buf, `\u%04x`, r)
		}
		rest = rest[n:]
	}
	if _, err := h.to.Write(h.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Escape returns JSON text in which the escapes of JSON stand for the characters
// that a terminal would act on.
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

// WriteJSON writes v as one line, with the escapes of Escape: JSON itself requires
// them for the first 32 characters only.
func WriteJSON(w io.Writer, v any) error {
	text, err := jsonobject.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(Escape(text), '\n'))
	return err
}
