package kith_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	absentDocument = regexp.MustCompile(`\b(?:SPEC|DESIGN|LOOKUP|STREAM|HOUSE|STYLE)(?:\.md\b| \d)|\bDESIGN\b`)
	namedPage      = regexp.MustCompile(`[\w./-]*\w\.md\b`)
	relativeLink   = regexp.MustCompile(`\]\(([^):\s]+)\)`) // no scheme
	heading        = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fencedBlock    = regexp.MustCompile("(?ms)^```.*?^```$")
)

// TestDocLinksLeadToFilesAndHeadings follows every link between the pages of this
// repository, to a file and, if the link has an anchor, to a heading of that file.
func TestDocLinksLeadToFilesAndHeadings(t *testing.T) {
	for _, page := range trackedFiles(t, ".md") {
		for _, m := range relativeLink.FindAllStringSubmatch(readProse(t, page), -1) {
			name, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if name != "" {
				target = filepath.Join(filepath.Dir(page), name)
			}
			if _, err := os.Stat(target); !assert.NoError(t, err, "%s links to %s", page, m[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, parseAnchors(readProse(t, target)), anchor, "%s links to %s", page, m[1])
		}
	}
}

// readProse returns a page without its code blocks.
func readProse(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	return fencedBlock.ReplaceAllString(string(text), "")
}

// parseAnchors returns the names that code hosts give the headings of a page.
func parseAnchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\w\s-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// TestDocsCiteOnlyWhatIsInTheRepository checks that no page and no Go comment refers
// to a document that a reader of this repository cannot open.
func TestDocsCiteOnlyWhatIsInTheRepository(t *testing.T) {
	pages := trackedFiles(t, ".md")
	known := map[string]bool{}
	for _, page := range pages {
		known[filepath.Base(page)] = true
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		assert.Empty(t, findAbsentDocuments(string(text), known), page)
	}
	files := token.NewFileSet()
	for _, name := range trackedFiles(t, ".go") {
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution|parser.ParseComments)
		require.NoError(t, err)
		for _, group := range file.Comments {
			assert.Empty(t, findAbsentDocuments(group.Text(), known), files.Position(group.Pos()).String())
		}
	}
}

func TestAbsentDocumentsAreFound(t *testing.T) {
	known := map[string]bool{"README.md": true}
	for text, want := range map[string][]string{
		"as LOOKUP 2.2 states":              {"LOOKUP 2"},
		"the table in DESIGN.md":            {"DESIGN.md"},
		"see DESIGN":                        {"DESIGN"},
		"see docs/gone.md":                  {"docs/gone.md"},
		"see README.md and bench/README.md": nil,
		"see https://example.com/paper.md":  nil,
		"RFC 8259 and *.md files":           nil,
	} {
		assert.Equal(t, want, findAbsentDocuments(text, known), "findAbsentDocuments(%q)", text)
	}
}

var address = regexp.MustCompile(`https?://\S+`)

// findAbsentDocuments returns the documents that a text cites and that are not known.
func findAbsentDocuments(text string, known map[string]bool) []string {
	text = address.ReplaceAllString(text, "")
	cited := absentDocument.FindAllString(text, -1)
	for _, name := range namedPage.FindAllString(text, -1) {
		if !known[filepath.Base(name)] && !absentDocument.MatchString(name) {
			cited = append(cited, name)
		}
	}
	return cited
}
