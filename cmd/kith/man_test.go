package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var manDir = flag.String("man", "", "write the manual pages into this folder")

// TestManPages makes the manual pages, one for every command that help lists.
// It is a test that writes them for a release (-man DIR), so that what makes
// them is no part of the command.
func TestManPages(t *testing.T) {
	dir := *manDir
	if dir == "" {
		dir = t.TempDir()
		t.Setenv("SOURCE_DATE_EPOCH", "0")
	}
	require.NoError(t, os.MkdirAll(dir, 0o755))
	r := newRoot()
	r.DisableAutoGenTag = true
	require.NoError(t, doc.GenManTree(r.Command, &doc.GenManHeader{Section: "1", Source: "kith", Manual: "User commands"}, dir))
	for _, c := range withChildren(r.Command) {
		page, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		require.NoError(t, err)
		assert.Contains(t, string(page), c.Short, c.CommandPath())
	}
}

func withChildren(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			all = append(all, withChildren(child)...)
		}
	}
	return all
}
