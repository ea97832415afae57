package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kithsec/kith/internal/nearest"
)

// didYouMean returns ` (did you mean "x"?)` with the known word that is
// nearest to word, or nothing if none is near. One that differs in case alone is
// the nearest, however short it is.
func didYouMean(word string, known []string) string {
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

func quoted(s string) string { return strconv.Quote(s) }
