package event

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

var nullTokens = []string{
	"", "-", "unknown", "n/a", "null", "none", "(null)", "(empty)", "0.0.0.0", "::", "s-1-0-0", "null sid",
}

// NullTokens returns the values that count as absent, in lower case. They are
// compared ignoring case. A [Preset] may add further ones.
func NullTokens() []string { return slices.Clone(nullTokens) }

// nulls is a set of null tokens.
type nulls struct {
	byLength [][]string
	// lengths[c] has bit n%32 set for every token of length n that begins with c in
	// either case. It rules out nearly all values that are not tokens.
	lengths [256]uint32
}

func newNulls(extra []string) *nulls {
	n := new(nulls)
	for _, token := range append(NullTokens(), extra...) {
		token = fold.Lower(token)
		for len(n.byLength) <= len(token) {
			n.byLength = append(n.byLength, nil)
		}
		n.byLength[len(token)] = append(n.byLength[len(token)], token)
		if len(token) > 0 {
			for _, c := range []byte{token[0], strings.ToUpper(token[:1])[0]} {
				n.lengths[c] |= 1 << (len(token) % 32)
			}
		}
	}
	return n
}

// has reports whether a trimmed value is a null token.
func (n *nulls) has(v []byte) bool { return len(v) == 0 || n.maybe(v) && n.isToken(v) }

// maybe reports whether a value that is not empty may be a null token.
func (n *nulls) maybe(v []byte) bool { return n.lengths[v[0]]>>(uint(len(v))%32)&1 != 0 }

// isToken compares a value with all tokens of its length. It is rarely called.
func (n *nulls) isToken(v []byte) bool {
	if len(v) >= len(n.byLength) {
		return false
	}
	for _, token := range n.byLength[len(v)] {
		if equalFoldASCII(v, token) {
			return true
		}
	}
	return false
}

// drop removes the null tokens from values[from:]. Without a set there are none.
func (n *nulls) drop(values [][]byte, from int) [][]byte {
	if n == nil {
		return values
	}
	kept := values[:from]
	for _, v := range values[from:] {
		if !n.has(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// equalFoldASCII compares v with a lower-case ASCII text of the same length.
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
