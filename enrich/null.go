package enrich

import (
	"bytes"
	"strings"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/fold"
)

// nulls is a set of null tokens.
type nulls struct {
	byLength [][]string
	// lengths has for each byte, in either case, a bit for the length, modulo 32,
	// of every token that begins with it. That tells nearly all values from tokens.
	lengths [256]uint32
}

func newNulls(extra []string) *nulls {
	n := new(nulls)
	for _, token := range append(event.NullTokens(), extra...) {
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

// isToken compares a value with all tokens of its length. It is seldom called.
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

// dropFrom removes the null tokens from values[from:]; without a set none.
func (n *nulls) dropFrom(values [][]byte, from int) [][]byte {
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
	if trimmed(v) {
		return v
	}
	return bytes.TrimSpace(v)
}

// trimmed reports whether a value surely has no white space around it.
func trimmed(v []byte) bool { return len(v) > 0 && visible(v[0]) && visible(v[len(v)-1]) }

// visible reports whether a byte is a character of ASCII that is not white space.
func visible(c byte) bool { return c-'!' < 0x80-'!' }
