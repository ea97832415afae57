package kith_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadmeProgramIsPartOfTheExample checks that each line of the program in
// README.md is in example_test.go, which is run, and that README.md is short.
func TestReadmeProgramIsPartOfTheExample(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	var lines []string
	for line := range strings.Lines(string(example)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	require.Len(t, blocks, 1)
	for line := range strings.Lines(blocks[0][1]) {
		assert.Contains(t, lines, strings.TrimSpace(line))
	}
	assert.Less(t, len(strings.Fields(string(page))), 900, "words")
}
