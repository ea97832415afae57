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

// TestDocs runs what README.md and docs/*.md tell people to type, in a clean
// copy of the last commit: every ```sh block after a line "<!-- ci -->". A block
// after "<!-- ci: output -->" is what the commands before it print on standard
// output. The blocks of one file share a folder; $KITH_DOCS asks for the test,
// because it runs the other tests, too.
func TestDocs(t *testing.T) {
	if os.Getenv("KITH_DOCS") == "" {
		t.Skip("set KITH_DOCS=1 to run the commands of the documentation")
	}
	files, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, name := range append([]string{"README.md"}, files...) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		blocks := markedBlocks(string(text))
		if name == "README.md" {
			require.NotEmpty(t, blocks, "README.md shows commands that are run")
		}
		if len(blocks) > 0 {
			t.Run(filepath.Base(name), func(t *testing.T) { runBlocks(t, cleanCopy(t), blocks) })
		}
	}
}

// docBlock is commands, or what those before it print.
type docBlock struct {
	text   string
	output bool
}

var marked = regexp.MustCompile("(?ms)^<!-- ci(: output)? -->\n+```[a-z]*\n(.*?)^```$")

func markedBlocks(text string) []docBlock {
	var blocks []docBlock
	for _, m := range marked.FindAllStringSubmatch(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		blocks = append(blocks, docBlock{text: m[2], output: m[1] != ""})
	}
	return blocks
}

func runBlocks(t *testing.T, dir string, blocks []docBlock) {
	var printed string
	for _, b := range blocks {
		if b.output {
			assert.Equal(t, strings.TrimSpace(b.text), strings.TrimSpace(printed), "what the commands print")
			continue
		}
		t.Logf("%s", b.text)
		printed = shell(t, dir, b.text)
	}
}

// shell runs commands as a person would, one after another until one fails, with
// what `go install` builds on the path.
func shell(t *testing.T, dir, commands string) string {
	t.Helper()
	bin := filepath.Join(dir, ".bin")
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", commands)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "KITH_DOCS=", "GOBIN="+bin, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	require.NoError(t, cmd.Run(), "%s\n%s%s", commands, stdout.String(), stderr.String())
	return stdout.String()
}

// cleanCopy is the last commit; without git, the tree as it is.
func cleanCopy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "kith")
	here, err := os.Getwd()
	require.NoError(t, err)
	if err := exec.Command("git", "clone", "--quiet", "--no-hardlinks", here, dir).Run(); err != nil {
		t.Logf("git clone: %v: using the tree as it is", err)
		require.NoError(t, os.CopyFS(dir, os.DirFS(here)))
	}
	return dir
}

func TestMarkedBlocks(t *testing.T) {
	got := markedBlocks("# x\n```sh\nnot run\n```\n<!-- ci -->\n```sh\ngo version\n```\ntext\n<!-- ci: output -->\n\n```\ngo1\n```\n")
	assert.Equal(t, []docBlock{{text: "go version\n"}, {text: "go1\n", output: true}}, got)
}
