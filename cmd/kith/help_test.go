package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/cmd/kith/internal/term"
)

// allCommands returns every command that help lists, the root first.
func allCommands() []*cobra.Command {
	var walk func(c *cobra.Command) []*cobra.Command
	walk = func(c *cobra.Command) []*cobra.Command {
		all := []*cobra.Command{c}
		for _, child := range listedCommands(c) {
			all = append(all, walk(child)...)
		}
		return all
	}
	return walk(newRoot().Command)
}

// helpOf returns the help page of a command.
func helpOf(t *testing.T, c *cobra.Command) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, writeHelp(&b, c))
	return b.String()
}

func TestHelpFitsHelpWidth(t *testing.T) {
	for _, c := range allCommands() {
		for line := range strings.Lines(helpOf(t, c)) {
			line = strings.TrimSuffix(line, "\n")
			assert.LessOrEqual(t, term.Columns(line), helpWidth, "%s: %s", c.CommandPath(), line)
			assert.Equal(t, strings.TrimRight(line, " "), line, "%s: white space at the end", c.CommandPath())
		}
	}
}

func TestHelpIsTheSameForFlagAndCommand(t *testing.T) {
	for _, c := range allCommands() {
		path := strings.Fields(c.CommandPath())[1:]
		if c.Name() == "help" {
			continue
		}
		for _, args := range [][]string{append(slices.Clone(path), "--help"), append([]string{"help"}, path...)} {
			var out, errs bytes.Buffer
			require.Equal(t, exitDone, run(context.Background(), args, strings.NewReader(""), &out, &errs), errs.String())
			assert.Equal(t, helpOf(t, c), out.String(), "kith %q", args)
		}
	}
}

// TestEveryFlagHasAGroupAndAPlaceholder finds flags that were not added by addFlags, and
// values that help does not name.
func TestEveryFlagHasAGroupAndAPlaceholder(t *testing.T) {
	for _, c := range allCommands() {
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if slices.Contains([]string{"help", "version", "no-descriptions"}, f.Name) {
				return
			}
			assert.Contains(t, flagGroups, flagAnnotation(f, groupAnnotation), "%s --%s", c.CommandPath(), f.Name)
			assert.Equal(t, f.Value.Type() != "bool", flagAnnotation(f, placeholderAnnotation) != "", "%s --%s: placeholder", c.CommandPath(), f.Name)
			assert.NotContains(t, f.Usage, "`", "%s --%s", c.CommandPath(), f.Name)
		})
	}
}

func TestHelpStatesEveryDefaultOnce(t *testing.T) {
	for _, c := range allCommands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			text := flagText(f)
			assert.LessOrEqual(t, strings.Count(text, "(default"), 1, "%s --%s: %s", c.CommandPath(), f.Name, text)
			assert.NotContains(t, text, "(default )", "%s --%s", c.CommandPath(), f.Name)
			assert.Contains(t, helpOf(t, c), "--"+f.Name, c.CommandPath())
		})
	}
}

func TestEveryCommandHasAnExample(t *testing.T) {
	for _, c := range allCommands()[1:] {
		assert.NotEmpty(t, c.Short, c.CommandPath())
		if !strings.HasPrefix(c.CommandPath(), "kith completion") {
			assert.NotEmpty(t, c.Example, c.CommandPath())
		}
	}
}

// TestHelpNamesOnlyShippedFiles finds pages that a release does not hold.
func TestHelpNamesOnlyShippedFiles(t *testing.T) {
	script, err := os.ReadFile("../../scripts/release.sh")
	require.NoError(t, err)
	require.Contains(t, string(script), `cp -r docs "$common/docs"`)
	for _, c := range allCommands() {
		for _, path := range regexp.MustCompile(`[\w./-]+\.md\b`).FindAllString(helpOf(t, c), -1) {
			assert.True(t, strings.HasPrefix(path, "docs/"), "%s: %s", c.CommandPath(), path)
			assert.FileExists(t, filepath.Join("../..", path), c.CommandPath())
		}
	}
}

func TestWriteColumnsWraps(t *testing.T) {
	for _, test := range []struct{ label, text, want string }{
		{"  -x", "short", "  -x      short\n"},
		{"  --longer", "on its own line", "  --longer\n          on its own line\n"},
		{"  -x", strings.Repeat("word ", 15), "  -x      " + strings.Repeat("word ", 13) + "word\n          word\n"},
		{"  -x", strings.Repeat("y", 90), "  -x      " + strings.Repeat("y", 90) + "\n"},
	} {
		var b strings.Builder
		writeColumns(&b, test.label, 10, test.text)
		assert.Equal(t, test.want, b.String(), "writeColumns(%q, 10, %q)", test.label, test.text)
	}
}
