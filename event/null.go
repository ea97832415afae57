package event

import (
	"math"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// NullTokens returns the values that count as absent under every preset, in lower
// case. They are compared ignoring case. A [Preset] can add its own.
func NullTokens() []string { return slices.Clone(schema.NullTokens[:]) }

// nullSet is a set of null tokens. The nil set is empty; dropTokens is its only
// method that may be called.
type nullSet struct {
	byLength [][]string // ASCII tokens in lower case
	unicode  []string   // other tokens, whose length can depend on their case
	// lengths[c] has bit n%32 set for every ASCII token of length n that begins with c
	// in either case. It filters out nearly all values that are not tokens. If there
	// are tokens in unicode, all bits are set.
	lengths [256]uint32
}

// newNulls returns the set of the shared null tokens and the extra ones of a preset.
func newNulls(extra []string) *nullSet {
	n := new(nullSet)
	for _, token := range append(NullTokens(), extra...) {
		ascii := fold.IsASCII(token) // the lower case of other letters can be ASCII: that of İ is i
		token = fold.Lower(token)
		if !ascii {
			n.unicode = append(n.unicode, token)
			continue
		}
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
	if n.unicode != nil {
		for c := range n.lengths {
			n.lengths[c] = math.MaxUint32
		}
	}
	return n
}

// has reports whether a trimmed value is a null token.
func (n *nullSet) has(v []byte) bool { return len(v) == 0 || n.mayHave(v) && n.matchesToken(v) }

// mayHave reports whether a non-empty value passes the filter by length and first byte.
func (n *nullSet) mayHave(v []byte) bool { return n.lengths[v[0]]>>(uint(len(v))%32)&1 != 0 }

// matchesToken reports whether a value equals a token. It is called only for the few
// values that pass the filter.
func (n *nullSet) matchesToken(v []byte) bool {
	if len(v) < len(n.byLength) {
		for _, token := range n.byLength[len(v)] {
			if fold.Equal(bytestext.String(v), token) {
				return true
			}
		}
	}
	for _, token := range n.unicode {
		if fold.Equal(bytestext.String(v), token) {
			return true
		}
	}
	return false
}

// dropTokens removes the null tokens from values[from:] and returns values.
func (n *nullSet) dropTokens(values [][]byte, from int) [][]byte {
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
