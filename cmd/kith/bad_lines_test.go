package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFirstBadLinesAreReported(t *testing.T) {
	var told strings.Builder
	b, err := openBadLines("", false, &told)
	require.NoError(t, err)
	for range 7 {
		require.NoError(t, b.add("a\x1b.ndjson", 7, []byte("x\n"), errors.New("no readable time")))
	}
	b.reportRest()
	require.NoError(t, b.Close())
	assert.Equal(t, strings.Repeat("kith: a\\x1b.ndjson:7: no readable time\n", 5)+"kith: and 2 more\n", told.String())
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
