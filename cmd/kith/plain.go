package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain returns s without anything that a terminal would act on: control
// characters, those that turn the direction of text around, and bytes that
// are no UTF-8 are shown as escapes. What a list or an event holds was written
// by somebody else.
func plain(s string) string {
	if !strings.ContainsFunc(s, acts) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == unicode.ReplacementChar && !strings.HasPrefix(s[i:], "\uFFFD"):
			writeHex(&b, `\x`, uint32(s[i]), 2)
		case !acts(r):
			b.WriteRune(r)
		case r < 0x80:
			writeHex(&b, `\x`, uint32(r), 2)
		default:
			writeHex(&b, `\u`, uint32(r), 4)
		}
	}
	return b.String()
}

func acts(r rune) bool {
	return r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029'
}

func writeHex(b *strings.Builder, prefix string, v uint32, digits int) {
	b.WriteString(prefix)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b.WriteByte("0123456789abcdef"[v>>shift&15])
	}
}

// harmless writes lines to a terminal. What that would act on is shown as the
// escape of JSON, which means the same in it; only line ends and tabs stay.
// Elsewhere not a byte of an event is changed, so it is for terminals alone.
type harmless struct {
	to  io.Writer
	buf []byte
}

// Write writes whole lines.
func (h *harmless) Write(p []byte) (int, error) {
	h.buf = h.buf[:0]
	for rest := p; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == '\n' || r == '\t' || bytes.HasPrefix(rest, []byte("\r\n")) || !acts(r):
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
