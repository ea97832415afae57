package exports

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
)

var update = flag.Bool("update", false, "rewrite the table in docs/exports.md")

const (
	pageFile = "../../docs/exports.md"
	pageFrom = "<!-- made by: go test ./internal/exports -update -->\n"
	pageTo   = "<!-- end of what is made -->\n"
)

// TestPageListsTheTable compares the table in docs/exports.md with that of the package.
func TestPageListsTheTable(t *testing.T) {
	page, err := os.ReadFile(pageFile)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), pageFrom)
	require.True(t, found)
	_, after, found := strings.Cut(rest, pageTo)
	require.True(t, found)
	want := before + pageFrom + "\n" + pageTable("asset", "Assets") + "\n" + pageTable("identity", "Identities") + "\n" + pageTo + after
	if *update {
		require.NoError(t, os.WriteFile(pageFile, []byte(want), 0o600))
		return
	}
	assert.Equal(t, want, string(page), "run: go test ./internal/exports -update")
}

// hasKeyInMark reports whether an export always has a key column, so that its columns are only
// noted.
func hasKeyInMark(e *Export) bool {
	return slices.ContainsFunc(e.Marks, func(mark []string) bool {
		return slices.ContainsFunc(mark, func(name string) bool {
			return slices.Contains([]string{"ip", "mac", "nt_host", "dns", "identity", "email"}, fold.Name(name))
		})
	})
}

// pageTable returns the exports of a kind as a table: a row for each export.
func pageTable(kind, title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | fields, and the columns that become them |\n|---|---|\n", title)
	for _, e := range All() {
		if e.Kind != kind || hasKeyInMark(&e) {
			continue
		}
		var fields []string
		columns := map[string][]string{}
		for _, c := range e.Columns {
			if c.Field == "" {
				continue
			}
			if columns[c.Field] == nil {
				fields = append(fields, c.Field)
			}
			columns[c.Field] = append(columns[c.Field], "`"+c.Name+"`")
		}
		var cells []string
		for _, field := range fields {
			cells = append(cells, fmt.Sprintf("%s: %s", field, strings.Join(columns[field], ", ")))
		}
		fmt.Fprintf(&b, "| [%s](%s) | %s |\n", e.Product, e.Page, strings.Join(cells, "; "))
	}
	return b.String()
}
