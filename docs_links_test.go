package kith_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	relativeLink = regexp.MustCompile(`\]\(([^):\s]+)\)`) // no scheme
	heading      = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fencedBlock  = regexp.MustCompile("(?ms)^```.*?^```$")
)

// TestDocLinks follows every link between the pages of this repository, to a
// file that is there and to a heading that it has.
func TestDocLinks(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	more, err := filepath.Glob("*/*.md")
	require.NoError(t, err)
	for _, page := range append(pages, more...) {
		for _, m := range relativeLink.FindAllStringSubmatch(prose(t, page), -1) {
			name, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if name != "" {
				target = filepath.Join(filepath.Dir(page), name)
			}
			if _, err := os.Stat(target); !assert.NoError(t, err, "%s links to %s", page, m[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, anchors(prose(t, target)), anchor, "%s links to %s", page, m[1])
		}
	}
}

// prose is a page without its blocks of code.
func prose(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	return fencedBlock.ReplaceAllString(string(text), "")
}

// anchors are the names that the forges give the headings of a page.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\w\s-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}
