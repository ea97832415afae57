package problem

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDidYouMeanIgnoresCase(t *testing.T) {
	known := []string{"ip", "os", "owner", "priority"}
	for _, test := range []struct{ word, want string }{
		{"OS", ` (did you mean "os"?)`},
		{"Ip", ` (did you mean "ip"?)`},
		{"PRIORITY", ` (did you mean "priority"?)`},
		{"ownr", ` (did you mean "owner"?)`},
		{"os", ""},
		{"serial", ""},
	} {
		assert.Equal(t, test.want, DidYouMean(test.word, known), "DidYouMean(%q)", test.word)
	}
}

func TestPluralOfRegularWords(t *testing.T) {
	for _, test := range []struct {
		n    int
		word string
		want string
	}{
		{0, "row", "0 rows"},
		{1, "row", "1 row"},
		{1234567, "row", "1,234,567 rows"},
		{1, "entity", "1 entity"},
		{1000, "entity", "1,000 entities"},
		{999, "key", "999 keys"},
	} {
		assert.Equal(t, test.want, Plural(test.n, test.word), "Plural(%d, %q)", test.n, test.word)
	}
}

func TestPlainEscapesWhatTerminalsActOn(t *testing.T) {
	for in, want := range map[string]string{
		"Jürgen 東京 ✓":   "Jürgen 東京 ✓",
		"\x1b[31mred":   `\x1b[31mred`,
		"a\u202eb":      `a\u202eb`,
		"a\u0085b":      `a\u0085b`,
		"bad \xff byte": `bad \xff byte`,
		"\uFFFD":        `\ufffd`,
		"tab\tnul\x00":  `tab\x09nul\x00`,
	} {
		assert.Equal(t, want, Plain(in), "Plain(%q)", in)
	}
}

func TestQuoteShowsAtMost60Bytes(t *testing.T) {
	sixty := strings.Repeat("0123456789", 6)
	for in, want := range map[string]string{
		"":                                    `""`,
		"a\n\"b\"":                            `"a\n\"b\""`,
		sixty:                                 `"` + sixty + `"`,
		sixty + "x":                           `"` + sixty + `…"`,
		sixty[:59] + "é" + "x":                `"` + sixty[:59] + `…"`,
		sixty[:58] + "é" + "x":                `"` + sixty[:58] + `é…"`,
		strings.Repeat("\x80", 1<<20):         `"` + strings.Repeat(`\x80`, 56) + `…"`,
		strings.Repeat("\xff\x00", 1<<19)[1:]: `"` + strings.Repeat(`\x00\xff`, 30) + `…"`,
	} {
		assert.Equal(t, want, Quote(in), "Quote of %d bytes", len(in))
	}
}

func TestYAMLKeyIsQuotedIfNecessary(t *testing.T) {
	for name, want := range map[string]string{
		"hostname": "hostname", "Name_2": "Name_2", "IP Address": `"IP Address"`, "os.name": `"os.name"`, "": `""`, "12": `"12"`,
		"on": `"on"`, "Null": `"Null"`, "a: b": `"a: b"`, "a\"b\n": `"a\"b\n"`, "Gerät": `"Gerät"`, " x": `" x"`, "#x": `"#x"`,
	} {
		assert.Equal(t, want, YAMLKey(name))
	}
}

func TestShortenQuotedCutsOnlyLongValues(t *testing.T) {
	long := strings.Repeat("L", 61)
	cut := `"` + long[:60] + `…"`
	for message, want := range map[string]string{
		"":                                    "",
		`unknown key "x" (did you mean "y"?)`: `unknown key "x" (did you mean "y"?)`,
		`"` + long + `"`:                      cut,
		`a: "` + long + `": use "b", or "` + long + `"`:           `a: ` + cut + `: use "b", or ` + cut,
		`f("a\"` + long + `"): bad`:                               `f("a\"` + long[:57] + `…"): bad`,
		`has a "[" without a "]" behind it, ` + long + ` and "x"`: `has a "[" without a "]" behind it, ` + long + ` and "x"`,
		`5"x ` + long + ` "`:                                      `5"x ` + long + ` "`,
		`open "` + long:                                           `open "` + long,
		`"` + strings.Repeat("é", 31) + `"`:                       `"` + strings.Repeat("é", 30) + `…"`,
		Quote(strings.Repeat("\xff", 100)):                        Quote(strings.Repeat("\xff", 100)), // is short already
		`"` + long + long + long + long + `…"`:                    cut,
		long + `: "b`:                                             long + `: "b`,
	} {
		assert.Equal(t, want, ShortenQuoted(message), "ShortenQuoted(%s)", message)
	}
}
