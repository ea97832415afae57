package kith_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadmeProgram holds the program in README.md to the example that is run:
// each of its lines stands there.
func TestReadmeProgram(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	var there []string
	for line := range strings.Lines(string(example)) {
		there = append(there, strings.TrimSpace(line))
	}
	blocks := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(string(page), -1)
	require.Len(t, blocks, 1)
	for line := range strings.Lines(blocks[0][1]) {
		assert.Contains(t, there, strings.TrimSpace(line))
	}
	assert.Less(t, len(strings.Fields(string(page))), 900, "words")
}
