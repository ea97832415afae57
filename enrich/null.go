package enrich

import (
	"bytes"
	"strings"

	"github.com/kithsec/kith/entity"
)

// nullTokens are the values that say that there is no value; they are not
// looked up (SPEC 4). They are compared ignoring case.
var nullTokens = []string{
	"", "-", "unknown", "n/a", "null", "none", "(null)", "(empty)", "0.0.0.0", "::", "s-1-0-0", "null sid",
}

// NullTokens returns the values that are not looked up, lower-cased. Presets
// may add to them.
func NullTokens() []string { return append([]string(nil), nullTokens...) }

// nulls is a set of null tokens.
type nulls struct {
	byLength [][]string
	begin    [256 / 64]uint64 // the bytes that tokens begin with, in either case
}

func newNulls(extra []string) nulls {
	n := nulls{}
	for _, token := range append(NullTokens(), extra...) {
		token = entity.Fold(token)
		for len(n.byLength) <= len(token) {
			n.byLength = append(n.byLength, nil)
		}
		n.byLength[len(token)] = append(n.byLength[len(token)], token)
		if len(token) > 0 {
			for _, c := range []byte{token[0], strings.ToUpper(token[:1])[0]} {
				n.begin[c/64] |= 1 << (c % 64)
			}
		}
	}
	return n
}

// has reports whether a trimmed value is a null token.
func (n *nulls) has(v []byte) bool {
	if len(v) == 0 {
		return len(n.byLength) > 0
	}
	if c := v[0]; len(v) >= len(n.byLength) || n.begin[c/64]>>(c%64)&1 == 0 {
		return false
	}
	for _, token := range n.byLength[len(v)] {
		if equalFoldASCII(v, token) {
			return true
		}
	}
	return false
}

// dropFrom removes the null tokens from values[from:].
func (n *nulls) dropFrom(values [][]byte, from int) [][]byte {
	kept := values[:from]
	for _, v := range values[from:] {
		if !n.has(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// equalFoldASCII compares v with lower-case ASCII text of the same length.
func equalFoldASCII(v []byte, lower string) bool {
	for i, c := range v {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// trim removes the white space around a value.
func trim(v []byte) []byte {
	if n := len(v); n > 0 && v[0] > ' ' && v[0] < 0x80 && v[n-1] > ' ' && v[n-1] < 0x80 {
		return v
	}
	return bytes.TrimSpace(v)
}
