package entity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Separator parts the values of a multi-value cell.
const Separator = "|"

// Trim removes the white space around a value.
func Trim(s string) string { return strings.TrimSpace(s) }

// Fold returns s in rune-wise lower case, which is what "ignoring case" means
// everywhere in Kith. Bytes that are not UTF-8 stay as they are.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return string(AppendFold(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

// AppendFold appends Fold(s) to dst.
func AppendFold[T ~string | ~[]byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

// EqualFold reports whether a and b are equal ignoring case.
func EqualFold(a, b string) bool { return a == b || Fold(a) == Fold(b) }

// SplitValues returns the values of a multi-value cell: trimmed, without empty
// ones and without repeats ignoring case, first spelling kept.
func SplitValues(cell string) []string {
	var values []string
	for v := range strings.SplitSeq(cell, Separator) {
		if v = Trim(v); v != "" && !ContainsFold(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// JoinValues is the inverse of SplitValues.
func JoinValues(values []string) string { return strings.Join(values, Separator) }

// ContainsFold reports whether values holds v, ignoring case.
func ContainsFold(values []string, v string) bool {
	for _, have := range values {
		if EqualFold(have, v) {
			return true
		}
	}
	return false
}
