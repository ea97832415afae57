package kith_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	mostOneWordNames = 0.15 // share of unexported functions and methods
	mostOddComments  = 30   // lines with a word of oddWords
)

// TestFunctionsNameTheirObject limits the share of unexported functions and methods whose
// name is one word. Such names are fine where the receiver has only one object (lock,
// next), but most of them hide what they act on (add, check, run). In net/netip a third
// of the names are one word, in encoding/json/v2 one in eight.
func TestFunctionsNameTheirObject(t *testing.T) {
	all, oneWord, letters := 0, 0, 0
	for path, file := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.IsExported() || f.Name.Name == "main" || f.Name.Name == "init" || f.Name.Name == "_" {
				continue
			}
			all++
			letters += len(f.Name.Name)
			if strings.IndexFunc(f.Name.Name, unicode.IsUpper) < 0 {
				oneWord++
			}
		}
	}
	share := float64(oneWord) / float64(all)
	t.Logf("%d of %d unexported functions and methods have names of one word (%.1f %%); the mean length is %.1f letters",
		oneWord, all, 100*share, float64(letters)/float64(all))
	assert.LessOrEqual(t, share, mostOneWordNames)
}

// oddWords are words that comments should not use for code: functions return, programs
// report, input is rejected; they do not tell, say, ask, know or forget.
var oddWords = regexp.MustCompile(`(?i)\b(tells?|told|says?|said|answers? (a|the|to|it|them|for|with)|answered|asks?|asked|knows?|speaks?|hears?|` +
	`forgets?|forgotten|owes?|owed|parted|nobody|seldom|whoever|of before|what is no|not to be)\b`)

// TestCommentsUsePlainEnglish limits the number of lines with odd words. A few are right
// where they are: the user of a command knows, documentation says.
func TestCommentsUsePlainEnglish(t *testing.T) {
	var odd []string
	files := goFiles(t)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path == "language_test.go" {
			continue
		}
		for _, group := range files[path].Comments {
			for _, c := range group.List {
				for line := range strings.Lines(c.Text) {
					if oddWords.MatchString(line) && !strings.HasPrefix(line, "//go:") {
						odd = append(odd, fmt.Sprintf("%s: %s", path, strings.TrimSpace(line)))
					}
				}
			}
		}
	}
	t.Logf("%d lines of comments with odd words:\n%s", len(odd), strings.Join(odd, "\n"))
	assert.LessOrEqual(t, len(odd), mostOddComments, "reword comments, or lower the count")
}

// goFiles returns the Go files of the repository by their paths, except generated ones.
func goFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	list, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.go").Output()
	if err != nil {
		t.Skip("needs git to list the files of the repository:", err)
	}
	files := map[string]*ast.File{}
	fset := token.NewFileSet()
	for path := range bytes.SplitSeq(bytes.TrimSuffix(list, []byte{0}), []byte{0}) {
		source, err := os.ReadFile(string(path))
		if os.IsNotExist(err) {
			continue // deleted, but not yet committed
		}
		require.NoError(t, err)
		file, err := parser.ParseFile(fset, string(path), source, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		if !ast.IsGenerated(file) {
			files[string(path)] = file
		}
	}
	return files
}
