package problem

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Jürgen 東京 ✓":   "Jürgen 東京 ✓",
		"\x1b[31mred":   `\x1b[31mred`,
		"a\u202eb":      `a\u202eb`,
		"a\u0085b":      `a\u0085b`,
		"bad \xff byte": `bad \xff byte`,
		"\uFFFD":        `\ufffd`,
		"tab\tnul\x00":  `tab\x09nul\x00`,
	} {
		assert.Equal(t, want, Plain(in), "plain(%q)", in)
	}
}
