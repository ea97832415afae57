package kith_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocs runs the commands in README.md and docs/*.md: every ```sh block after a
// line "<!-- ci -->". A block after "<!-- ci: output -->" must equal what the commands
// before it print on standard output. The blocks of one page share a folder, a clean
// copy of the last commit. The test runs only if $KITH_DOCS is set, because the
// commands include `go test ./...`.
func TestDocs(t *testing.T) {
	if os.Getenv("KITH_DOCS") == "" {
		t.Skip("set KITH_DOCS=1 to run the commands of the documentation")
	}
	files, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "kith") // one folder for all pages, so that builds are cached
	for _, name := range append([]string{"README.md"}, files...) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		blocks := parseMarkedBlocks(string(text))
		if name == "README.md" {
			require.NotEmpty(t, blocks, "README.md has no block after <!-- ci -->")
		}
		if len(blocks) > 0 {
			t.Run(filepath.Base(name), func(t *testing.T) {
				skipWithoutPrograms(t, blocks)
				copyCommit(t, dir)
				runBlocks(t, dir, blocks)
			})
		}
	}
}

// otherPrograms matches the programs that the commands use and that a system with Go and
// git may lack.
var otherPrograms = regexp.MustCompile(`\b(jq|python3)\b`)

// skipWithoutPrograms skips a page if a program that its commands use is not installed.
func skipWithoutPrograms(t *testing.T, blocks []docBlock) {
	for _, b := range blocks {
		for _, program := range otherPrograms.FindAllString(b.text, -1) {
			if _, err := exec.LookPath(program); err != nil && !b.output {
				t.Skipf("%s is not installed", program)
			}
		}
	}
}

// docBlock contains commands, or the output of the commands before it.
type docBlock struct {
	text   string
	output bool
}

var markedBlock = regexp.MustCompile("(?ms)^<!-- ci(: output)? -->\n+```[a-z]*\n(.*?)^```$")

func parseMarkedBlocks(text string) []docBlock {
	var blocks []docBlock
	for _, m := range markedBlock.FindAllStringSubmatch(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		blocks = append(blocks, docBlock{text: m[2], output: m[1] != ""})
	}
	return blocks
}

func runBlocks(t *testing.T, dir string, blocks []docBlock) {
	var printed string
	for _, b := range blocks {
		if b.output {
			assert.Equal(t, strings.TrimSpace(b.text), strings.TrimSpace(printed), "output of the commands")
			continue
		}
		t.Logf("%s", b.text)
		printed = runShell(t, dir, b.text)
	}
}

// runShell runs commands one after another until one fails, with the folder of
// `go install` in the path, and returns their standard output.
func runShell(t *testing.T, dir, commands string) string {
	t.Helper()
	bin := filepath.Join(dir, ".bin")
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", commands)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "KITH_DOCS=", "GOBIN="+bin, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	require.NoError(t, cmd.Run(), "%s\n%s%s", commands, stdout.String(), stderr.String())
	return stdout.String()
}

// copyCommit replaces a folder with a copy of the last commit; without git, of the tree.
func copyCommit(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(dir))
	here, err := os.Getwd()
	require.NoError(t, err)
	if err := exec.Command("git", "clone", "--quiet", "--no-hardlinks", here, dir).Run(); err != nil {
		t.Logf("git clone: %v: using the tree as it is", err)
		require.NoError(t, os.CopyFS(dir, os.DirFS(here)))
	}
}

func TestMarkedBlocksOmitUnmarkedCommands(t *testing.T) {
	got := parseMarkedBlocks("# x\n```sh\nnot run\n```\n<!-- ci -->\n```sh\ngo version\n```\ntext\n<!-- ci: output -->\n\n```\ngo1\n```\n")
	assert.Equal(t, []docBlock{{text: "go version\n"}, {text: "go1\n", output: true}}, got)
}
