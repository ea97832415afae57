package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/problem"
)

// fewBadLines is how many bad lines a command reports before it counts them.
const fewBadLines = 5

// badLines reports lines that could not be processed: the first few to the user,
// all of them to a file of dead letters if there is one.
type badLines struct {
	*inputs.DeadLetters
	report io.Writer // nil to report nothing
	n      int
}

// openBadLines opens the file at path, if there is one: anew, or to append to it.
func openBadLines(path string, appending bool, report io.Writer) (*badLines, error) {
	letters, err := inputs.OpenDeadLetters(path, appending)
	return &badLines{letters, report, 0}, err
}

// add reports one line; raw is nil if it was too long.
func (b *badLines) add(file string, line int64, raw []byte, reason error) error {
	if b.n++; b.n <= fewBadLines && b.report != nil {
		fmt.Fprintf(b.report, "kith: %s:%d: %s\n", problem.Plain(file), line, problem.Plain(reason.Error()))
	}
	return b.Add(file, line, bytes.TrimSuffix(raw, []byte{'\n'}), reason)
}

// reportRest reports how many lines were not reported one by one.
func (b *badLines) reportRest() {
	if b.report != nil && b.n > fewBadLines {
		fmt.Fprintf(b.report, "kith: and %s more\n", problem.Thousands(b.n-fewBadLines))
	}
}
