package cond

import (
	"bytes"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/fold"
)

// matchLike reports whether pattern matches the whole of s, ignoring case. If a
// character does not match, it backtracks to the last %, which then takes one character
// more. The time is at most proportional to the product of the lengths. A byte that is
// not UTF-8 counts as a character.
func matchLike(pattern, s string) bool {
	after, from := "", "" // the pattern after the last %, and the text on which it was tried last
	tried := false
	var p, c [utf8.UTFMax]byte
	for s != "" || pattern != "" {
		if pattern != "" && pattern[0] == '%' {
			pattern = pattern[1:]
			after, from, tried = pattern, s, true
			continue
		}
		if pattern != "" && s != "" {
			want, n := fold.AppendLowerRune(p[:0], pattern)
			got, m := fold.AppendLowerRune(c[:0], s)
			if pattern[0] == '_' || bytes.Equal(want, got) {
				pattern, s = pattern[n:], s[m:]
				continue
			}
		}
		if !tried || from == "" {
			return false
		}
		_, m := fold.AppendLowerRune(c[:0], from)
		from = from[m:]
		pattern, s = after, from
	}
	return true
}
