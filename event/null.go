package event

import "slices"

var nullTokens = []string{
	"", "-", "unknown", "n/a", "null", "none", "(null)", "(empty)", "0.0.0.0", "::", "s-1-0-0", "null sid",
}

// NullTokens returns the values that count as absent, in lower case. They are
// compared ignoring case. A [Preset] may add further ones.
func NullTokens() []string { return slices.Clone(nullTokens) }
