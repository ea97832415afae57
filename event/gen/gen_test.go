package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

const dir = ".."

const stale = "run go generate ./event"

func TestGoTablesMatchTheYAMLFiles(t *testing.T) {
	d, err := readPresets(dir)
	require.NoError(t, err)
	assert.Equal(t, d.presets, event.Presets(), stale)

	want, err := d.generateGo()
	require.NoError(t, err)
	have, err := os.ReadFile(filepath.Join(dir, goFile))
	require.NoError(t, err)
	assert.Equal(t, string(want), string(have), stale)
}

func TestDocMatchesTheYAMLFiles(t *testing.T) {
	d, err := readPresets(dir)
	require.NoError(t, err)
	have, err := os.ReadFile(filepath.Join(dir, docFile))
	require.NoError(t, err)
	want, err := d.updateDoc(have)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(have), stale)
}

func TestDocWithoutPartMarkersIsAnError(t *testing.T) {
	d, err := readPresets(dir)
	require.NoError(t, err)
	_, err = d.updateDoc([]byte("<!-- cim -->\n"))
	assert.ErrorContains(t, err, `no part between "<!-- cim -->\n" and "<!-- /cim -->\n"`)
}

func TestGenerateAllReproducesTheFilesAndRejectsBadPresets(t *testing.T) {
	root := t.TempDir()
	to := filepath.Join(root, "event")
	require.NoError(t, os.MkdirAll(filepath.Join(to, yamlDir), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "docs"), 0o755))
	files, err := filepath.Glob(filepath.Join(dir, yamlDir, "*.yaml"))
	require.NoError(t, err)
	for _, f := range files {
		clone(t, f, filepath.Join(to, yamlDir, filepath.Base(f)))
	}
	clone(t, filepath.Join(dir, docFile), filepath.Join(to, docFile))
	require.NoError(t, generateAll(to))
	for _, name := range []string{goFile, docFile} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		have, err := os.ReadFile(filepath.Join(to, name))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(have), name)
	}

	require.NoError(t, os.WriteFile(filepath.Join(to, yamlDir, "edr.yaml"), []byte("name: edr\n"), 0o644))
	assert.ErrorContains(t, generateAll(to), "edr.yaml: not in auto.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(to, yamlDir, "cim.yaml"), []byte("name: cmi\nroles: {user: [{paths: [a]}]}\n"), 0o644))
	assert.ErrorContains(t, generateAll(to), `cim.yaml: name: is "cmi", but the file is cim.yaml`)
	require.NoError(t, os.WriteFile(filepath.Join(to, yamlDir, "cim.yaml"), []byte("name: cim\nrules: {}\n"), 0o644))
	assert.ErrorContains(t, generateAll(to), `unknown field "rules"`)
}

func clone(t *testing.T, from, to string) {
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, text, 0o644))
}
