package problem

import (
	"strings"
	"unicode"
)

// Plain returns s with escapes for everything that a terminal would act on:
// control characters, marks of the direction of text, and bytes that are not
// UTF-8. Values of lists and events were written by somebody else.
func Plain(s string) string {
	if !strings.ContainsFunc(s, ActsOnTerminal) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == unicode.ReplacementChar && !strings.HasPrefix(s[i:], "\uFFFD"):
			writeHex(&b, `\x`, uint32(s[i]), 2)
		case !ActsOnTerminal(r):
			b.WriteRune(r)
		case r < 0x80:
			writeHex(&b, `\x`, uint32(r), 2)
		default:
			writeHex(&b, `\u`, uint32(r), 4)
		}
	}
	return b.String()
}

// ActsOnTerminal reports whether a terminal might act on r instead of showing it.
func ActsOnTerminal(r rune) bool {
	return r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029'
}

func writeHex(b *strings.Builder, prefix string, v uint32, digits int) {
	b.WriteString(prefix)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b.WriteByte("0123456789abcdef"[v>>shift&15])
	}
}
