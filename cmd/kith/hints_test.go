package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

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
