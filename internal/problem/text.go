package problem

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/nearest"
)

// DidYouMean returns ` (did you mean "x"?)` with the known word that is nearest to word,
// or "" if none is near. A known word that differs only in case is always near.
func DidYouMean(word string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, word) && k != word {
			return fmt.Sprintf(" (did you mean %q?)", k)
		}
	}
	if near, ok := nearest.Of(word, known); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// KnownWord returns an error unless word is one of known. The error names the nearest
// known word, or all if none is near.
func KnownWord(what, word string, known []string) error {
	if slices.Contains(known, word) {
		return nil
	}
	if near := DidYouMean(word, known); near != "" {
		return fmt.Errorf("unknown %s %q%s", what, word, near)
	}
	return fmt.Errorf("unknown %s %q: use %s", what, word, strings.Join(known, ", "))
}

// UnknownWord returns the error for a word that is not one of known. The error names the
// nearest known word, or all if none is near.
func UnknownWord(what, word string, known []string) error {
	if near := DidYouMean(word, known); near != "" {
		return fmt.Errorf("unknown %s %q%s", what, word, near)
	}
	named := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == "" }) // "" may be a default
	return fmt.Errorf("unknown %s %q (use one of %s)", what, word, strings.Join(named, ", "))
}

// Plural returns n and word, in the plural if n is not 1: "1 row", "12 rows", "1,200
// entities".
func Plural(n int, word string) string {
	switch root, y := strings.CutSuffix(word, "y"); {
	case n == 1:
	case y && !strings.ContainsAny(root[len(root)-1:], "aeiou"):
		word = root + "ies"
	default:
		word += "s"
	}
	return Thousands(n) + " " + word
}

// Thousands returns n with commas between groups of three digits: 1,234,567.
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plain returns s with escapes for everything that a terminal might act on: control
// characters, bidirectional formatting characters, and bytes that are not UTF-8. Values
// of lists and events may come from an attacker.
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

// MaxQuoted is how many bytes of a value messages quote. A list that is a binary file can have
// a value of a megabyte.
const MaxQuoted = 60

// Shorten returns s, or its first MaxQuoted bytes and an ellipsis if it is longer.
func Shorten(s string) string {
	if len(s) <= MaxQuoted {
		return s
	}
	end := MaxQuoted
	for end > MaxQuoted-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// Quote quotes at most MaxQuoted bytes of a value for a message, with the escapes of Go.
func Quote(s string) string { return strconv.Quote(Shorten(s)) }

// ShortenQuoted returns a message in which the values between double quotes are shortened as
// Shorten does. Quotes in values must be escaped, as strconv.Quote escapes them. A quote that is
// next to other text on the wrong side, as in 5"x, does not begin or end a value.
func ShortenQuoted(message string) string {
	var b strings.Builder
	for {
		from, to, ok := quotedIn(message)
		if !ok {
			b.WriteString(message)
			return b.String()
		}
		b.WriteString(message[:from])
		value := message[from:to]
		if !isShortened(value) {
			value = Shorten(value)
		}
		b.WriteString(value)
		b.WriteByte('"')
		message = message[to+1:]
	}
}

// isShortened reports whether a quoted value may be the result of Quote. Its escapes take up
// to four bytes for one of the value.
func isShortened(quoted string) bool {
	return strings.HasSuffix(quoted, "…") && len(quoted) <= 4*MaxQuoted+len("…")
}

// quotedIn returns the range of the first value between double quotes, without the quotes.
func quotedIn(message string) (from, to int, ok bool) {
	for i := range len(message) {
		if message[i] != '"' || i > 0 && !strings.ContainsRune(" ([{:=,\n", rune(message[i-1])) {
			continue
		}
		for end := i + 1; end < len(message); end++ {
			switch {
			case message[end] == '\\':
				end++
			case message[end] == '"' && (end+1 == len(message) || strings.ContainsRune(" )]}:,;.?\n", rune(message[end+1]))):
				return i + 1, end, true
			}
		}
		break // no later value ends either
	}
	return 0, 0, false
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

// YAMLKey returns a name as a key in YAML, quoted if necessary, so that a hint can be pasted
// into the configuration.
func YAMLKey(name string) string {
	lower := strings.ToLower(name)
	isWord := strings.Trim(lower, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && strings.ContainsAny(lower, "abcdefghijklmnopqrstuvwxyz")
	if isWord && !slices.Contains(yamlWords, lower) {
		return name
	}
	return strconv.Quote(name)
}

// yamlWords are the words that are not strings in YAML, some of them only in version 1.1.
var yamlWords = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
