package main

import (
	"fmt"
	"io"
	"slices"
)

// hintList collects the hints of a run, each of them once: for the user, and for the member
// "hints" of the summary. A hint states what to change if the run did not do what was meant;
// the run goes on as it would without it.
type hintList struct {
	to      io.Writer // nil with --quiet
	texts   []string
	printed int // number of texts that were printed
}

// add adds a hint, unless it is empty or was added before.
func (l *hintList) add(hint string) {
	if hint != "" && !slices.Contains(l.texts, hint) {
		l.texts = append(l.texts, hint)
	}
}

// print prints the hints that were added since it was last called.
func (l *hintList) print() {
	if l.to != nil {
		for _, hint := range l.texts[l.printed:] {
			fmt.Fprintf(l.to, "kith: hint: %s\n", printable(hint))
		}
	}
	l.printed = len(l.texts)
}
