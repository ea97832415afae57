package lists

import (
	"flag"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/listform"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

var update = flag.Bool("update", false, "rewrite testdata/exports/entities.txt")

const exportsDir = "../testdata/exports"

// exportSection matches a section of the README of the exports, and exportBlock a
// configuration in it.
var (
	exportSection = regexp.MustCompile(`(?m)^## (.*)$`)
	exportBlock   = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")
	exportPath    = regexp.MustCompile(`path: ([\w.-]+)`)
)

// TestExports loads every file in testdata/exports as its README says: without a
// configuration, or with the one that names the file. The entities are those of
// entities.txt, and none has a key from a column that must not be one.
func TestExports(t *testing.T) {
	configs := exportConfigs(t)
	var got strings.Builder
	products := map[string]bool{}
	require.NoError(t, fs.WalkDir(os.DirFS(exportsDir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Dir(name) == "." {
			return err
		}
		products[path.Dir(name)] = true
		text, configured := configs[name]
		delete(configs, name)
		writeExport(t, &got, name, text, configured)
		return nil
	}))
	assert.Empty(t, configs, "configurations for files that do not exist")
	assert.GreaterOrEqual(t, len(products), 15)

	golden := filepath.Join(exportsDir, "entities.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

// exportConfigs returns the configurations in the README, by the file that each names.
func exportConfigs(t *testing.T) map[string]string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(exportsDir, "README.md"))
	require.NoError(t, err)
	configs := map[string]string{}
	sections := exportSection.FindAllStringSubmatchIndex(string(readme), -1)
	for i, at := range sections {
		end := len(readme)
		if i+1 < len(sections) {
			end = sections[i+1][0]
		}
		product := string(readme[at[2]:at[3]])
		for _, block := range exportBlock.FindAllStringSubmatch(string(readme[at[1]:end]), -1) {
			file := exportPath.FindStringSubmatch(block[1])
			require.NotNil(t, file, block[1])
			configs[product+"/"+file[1]] = block[1]
		}
	}
	return configs
}

// writeExport loads an export and writes how it was read, and its entities.
func writeExport(t *testing.T, b *strings.Builder, name, text string, configured bool) {
	t.Helper()
	file := filepath.Join(exportsDir, filepath.FromSlash(name))
	c := config.Default()
	kind := entity.Asset
	if regexp.MustCompile("users|people|workers").MatchString(name) {
		kind = entity.Identity
	}
	if configured {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), content, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "kith.yaml"), []byte(text), 0o600))
		c, err = config.Open(filepath.Join(dir, "kith.yaml"))
		require.NoError(t, err, name)
	} else {
		_, block := c.Lists(kind)
		block.Replace([]string{file})
	}
	l, err := Load(t.Context(), c, Options{})
	require.NoError(t, err, name)
	require.Empty(t, l.Losses(), name)
	require.Len(t, l.Read, 1, name)
	require.Equal(t, kind, l.Read[0].Kind, name)

	with := "without a configuration"
	if configured {
		with = "as configured"
	}
	fmt.Fprintf(b, "%s (%s, %s): %s, %s\n", name, kind, with, l.Read[0].Form, problem.Plural(l.Read[0].Rows, "row"))
	results := map[entity.Kind]*merge.Result{entity.Asset: l.Assets, entity.Identity: l.Identities}
	for _, e := range results[kind].Losses {
		if e.Reason == listform.GuessReason || e.Reason == "not a key" {
			fmt.Fprintf(b, "  %v\n", e.Err)
		}
	}
	for e := range results[kind].Entities.All() {
		assertNoWrongKey(t, name, e)
		var fields []string
		for _, f := range e.Fields {
			if isStandard(kind, f.Name) || f.Name == "inventory_tag" {
				fields = append(fields, f.Name+"="+strings.Join(f.Values, "|"))
			}
		}
		fmt.Fprintf(b, "  %s: %s\n", e.Key, strings.Join(fields, ", "))
	}
	b.WriteByte('\n')
}

// isStandard reports whether a field is one of the standard ones, except pci_domain, which
// every asset has.
func isStandard(kind entity.Kind, field string) bool {
	return field != "pci_domain" && hasColumn(columnNames(kind), field)
}

// assertNoWrongKey checks that no key is from a column that must not be one. Such values are
// marked (see the README).
func assertNoWrongKey(t *testing.T, file string, e entity.Entity) {
	t.Helper()
	wrong := netip.MustParsePrefix("203.0.113.0/24")
	for _, key := range e.Keys {
		a, err := netip.ParseAddr(key)
		assert.False(t, strings.Contains(strings.ToLower(key), "wrong") || strings.HasPrefix(key, "00:00:5e:00:53:f") || err == nil && wrong.Contains(a),
			"%s: %s has the key %s", file, e.Key, key)
	}
}
