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
	told io.Writer // nil reports to nobody
	n    int
}

// openBadLines opens the file at path, if there is one: anew, or to append to it.
func openBadLines(path string, appending bool, told io.Writer) (*badLines, error) {
	letters, err := inputs.OpenDeadLetters(path, appending)
	return &badLines{letters, told, 0}, err
}

// add reports one line; raw is nil if it was too long.
func (b *badLines) add(file string, line int64, raw []byte, reason error) error {
	if b.n++; b.n <= fewBadLines && b.told != nil {
		fmt.Fprintf(b.told, "kith: %s:%d: %s\n", problem.Plain(file), line, problem.Plain(reason.Error()))
	}
	return b.Add(file, line, bytes.TrimSuffix(raw, []byte{'\n'}), reason)
}

// tellRest reports how many lines were not reported one by one.
func (b *badLines) tellRest() {
	if b.told != nil && b.n > fewBadLines {
		fmt.Fprintf(b.told, "kith: and %s more\n", problem.Thousands(b.n-fewBadLines))
	}
}
