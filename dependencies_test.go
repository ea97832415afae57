package kith_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var requirement = regexp.MustCompile(`(?m)^\t(\S+) (v\S+)( // indirect)?$`)

// TestDependenciesAreExplained compares docs/dependencies.md with go.mod: every
// direct dependency has an entry, whose first line states the version in use.
func TestDependenciesAreExplained(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	page, err := os.ReadFile("docs/dependencies.md")
	require.NoError(t, err)
	found := requirement.FindAllStringSubmatch(string(mod), -1)
	require.NotEmpty(t, found)
	untagged := regexp.MustCompile(`^v0\.0\.0-\d{14}-`)
	for _, m := range found {
		path, version, indirect := m[1], m[2], m[3] != ""
		if indirect {
			continue
		}
		if untagged.MatchString(version) {
			version = "untagged"
		}
		line := regexp.MustCompile("(?m)^\\* `" + regexp.QuoteMeta(path) + "` .*$").FindString(string(page))
		assert.Contains(t, line, " "+version+", ", "%s in docs/dependencies.md", path)
	}
}
