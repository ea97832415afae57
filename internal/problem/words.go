package problem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/nearest"
)

// DidYouMean returns ` (did you mean "x"?)` with the known word that is nearest to
// word, or "" if none is near. A known word that differs only in case is nearest,
// however short it is.
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

// KnownWord returns an error unless word is one of known: it names the nearest of
// them, or all.
func KnownWord(what, word string, known []string) error {
	if slices.Contains(known, word) {
		return nil
	}
	if near := DidYouMean(word, known); near != "" {
		return fmt.Errorf("unknown %s %q%s", what, word, near)
	}
	return fmt.Errorf("unknown %s %q: use %s", what, word, strings.Join(known, ", "))
}

// UnknownWord returns the error of a word that is not one of known.
func UnknownWord(what, word string, known []string) error {
	if near := DidYouMean(word, known); near != "" {
		return fmt.Errorf("unknown %s %q%s", what, word, near)
	}
	return fmt.Errorf("unknown %s %q (use one of %s)", what, word, strings.Join(known, ", "))
}

// Plural writes "1 row", "12 rows", "1,200 entities".
func Plural(n int, word string) string {
	switch root, entity := strings.CutSuffix(word, "ty"); {
	case n == 1:
	case entity:
		word = root + "ties"
	default:
		word += "s"
	}
	return Thousands(n) + " " + word
}

// Thousands writes 1234567 as 1,234,567.
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
