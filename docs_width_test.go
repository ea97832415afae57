package kith_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pageWidth = 100

// TestDocLinesFitTheScreen checks that no line of a page is wider than 100 columns.
// Lines that cannot be broken are exempt: output of a command, JSON samples, links,
// and what a generator or a benchmark wrote.
func TestDocLinesFitTheScreen(t *testing.T) {
	for _, page := range trackedFiles(t, ".md") {
		if strings.HasPrefix(page, "bench/results/") {
			continue // the benchmarks write these
		}
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, line := range findTooWide(string(text)) {
			t.Errorf("%s: %d columns: %s", page, utf8.RuneCountInString(line), line)
		}
	}
}

func TestTooWideLinesAreFound(t *testing.T) {
	wide := strings.Repeat("wide ", 21)
	for text, want := range map[string]int{
		wide:                           1,
		strings.Repeat("ä", pageWidth): 0,
		"```sh\n" + wide + "\n```\n":   1,
		"<!-- ci: output -->\n\n```\n" + wide + "\n```\n" + wide:                      1,
		"```json\n{\"a\":\"" + wide + "\"}\n```\n":                                    0,
		"[x](https://example.com/" + strings.Repeat("a", 100) + ")":                   0,
		"<!-- made by: go generate -->\n" + wide + "\n<!-- end of what is made -->\n": 0,
		"<!-- zeek -->\n| " + wide + " |\n<!-- /zeek -->\n":                           0,
	} {
		assert.Len(t, findTooWide(text), want, "findTooWide(%q)", text)
	}
}

var (
	outputBlock    = regexp.MustCompile("(?ms)^<!-- ci: output -->\n+```[a-z]*\n.*?^```$")
	jsonBlock      = regexp.MustCompile("(?ms)^```json\n.*?^```$")
	generatedBlock = regexp.MustCompile(`(?ms)^<!-- made by: .*?^<!-- end of what is made -->$`)
	generatedTable = regexp.MustCompile(`(?ms)^<!-- [a-z]+ -->\n\|.*?^<!-- /[a-z]+ -->$`)
	measuredTables = regexp.MustCompile(`(?ms)^<!-- begin \S+ -->$.*?^<!-- end \S+ -->$`)
	unbreakable    = regexp.MustCompile(`\S{70,}`)
)

// findTooWide returns the lines of a page that are too wide and could be broken.
func findTooWide(text string) []string {
	for _, exempt := range []*regexp.Regexp{outputBlock, jsonBlock, generatedBlock, generatedTable, measuredTables} {
		text = exempt.ReplaceAllString(text, "")
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if utf8.RuneCountInString(line) > pageWidth && !unbreakable.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// trackedFiles lists the files of this repository whose names end in a suffix;
// without git, those in the tree.
func trackedFiles(t *testing.T, suffix string) []string {
	t.Helper()
	var names []string
	if out, err := exec.Command("git", "ls-files", "-z", "*"+suffix).Output(); err == nil && len(out) > 0 {
		for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
			if _, err := os.Stat(name); err == nil { // git also lists files that were deleted
				names = append(names, name)
			}
		}
		return names
	}
	require.NoError(t, filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, suffix) {
			names = append(names, filepath.ToSlash(path))
		}
		return err
	}))
	return names
}
