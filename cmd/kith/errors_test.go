package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
)

func TestLossesArePrintedAndCounted(t *testing.T) {
	var losses []*entity.RowError
	for range 3 {
		losses = append(losses, &entity.RowError{Path: "a.csv", Line: 2, Column: 1, Field: "ip", Loss: entity.LostValue, Reason: "bad address", Err: errors.New("bad \x1b[1m")})
	}
	losses = append(losses, &entity.RowError{Path: "a.csv", Line: 3, Loss: entity.LostRow, Reason: "no key", Err: errors.New("no usable key")})
	var b bytes.Buffer
	printLosses(&b, nil, losses, maxPrintedLosses)
	assert.Equal(t, `kith: a.csv:2:1: ip: bad \x1b[1m
kith: a.csv:2:1: ip: bad \x1b[1m
kith: a.csv:2:1: ip: bad \x1b[1m
kith: a.csv:3: no usable key
kith: lost in the lists: 3 values (bad address), 1 row (no key) (kith check shows all)
`, b.String())

	b.Reset()
	printLosses(&b, nil, append(losses, losses...), maxPrintedLosses)
	assert.Equal(t, maxPrintedLosses+1, bytes.Count(b.Bytes(), []byte("\n")), "the first few and a count")
	b.Reset()
	printLosses(&b, []*entity.RowError{{Path: "b.csv", Line: 1, Err: errors.New("no rows")}}, losses, 0)
	assert.Equal(t, "kith: b.csv:1: no rows\nkith: lost in the lists: 3 values (bad address), 1 row (no key) (kith check shows all)\n", b.String())
	b.Reset()
	printLosses(&b, nil, nil, maxPrintedLosses)
	assert.Empty(t, b.String())

	assert.NoError(t, strictListError(true, nil))
	assert.NoError(t, strictListError(false, losses))
	assert.Equal(t, exitLoss, exitCode(strictListError(true, losses)))
}

func TestFirstBadLinesAreReported(t *testing.T) {
	var messages strings.Builder
	b, err := newBadLineReporter("", false, &messages)
	require.NoError(t, err)
	for range 7 {
		require.NoError(t, b.report("a\x1b.ndjson", 7, []byte("x\n"), errors.New("no readable time")))
	}
	b.reportRest()
	require.NoError(t, b.Close())
	assert.Equal(t, strings.Repeat("kith: a\\x1b.ndjson:7: no readable time\n", 5)+"kith: and 2 more\n", messages.String())
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestLongMessagesKeepBeginningAndEnd(t *testing.T) {
	assert.Equal(t, "a.csv:1: x", shortenMessage("a.csv:1: x"))
	long := shortenMessage("a.csv:1: " + strings.Repeat("é", 3000) + ": not a list")
	assert.Len(t, []rune(long), maxMessage)
	assert.Regexp(t, `^a\.csv:1: é+…é+: not a list$`, long)
	assert.Regexp(t, `^(\\xff)+\\?x?f?…f?f?(\\xff)+$`, printable(strings.Repeat("\xff", 700)), "bytes that are not UTF-8 stay readable")
}

func TestHintIsPrintedOnce(t *testing.T) {
	var b strings.Builder
	l := hintList{to: &b}
	l.print()
	l.add("")
	l.add("sort by\x1b[31m time")
	l.print()
	l.add("sort by\x1b[31m time")
	l.add("use auto")
	l.print()
	assert.Equal(t, "kith: hint: sort by\\x1b[31m time\nkith: hint: use auto\n", b.String())
	assert.Equal(t, []string{"sort by\x1b[31m time", "use auto"}, l.texts)

	quiet := hintList{}
	quiet.add("use auto")
	quiet.print()
	assert.Equal(t, []string{"use auto"}, quiet.texts, "--quiet hides hints, but the summary has them")
}
