package main

import (
	"fmt"
	"strconv"

	"github.com/kithsec/kith/internal/nearest"
)

// didYouMean returns ` (did you mean "x"?)` with the known word that is
// nearest to word, or nothing if none is near.
func didYouMean(word string, known []string) string {
	if near, ok := nearest.Of(word, known); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

func quoted(s string) string { return strconv.Quote(s) }
