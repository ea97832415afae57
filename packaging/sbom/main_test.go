package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test builds an example, because test binaries do not record their modules.
func TestBillListsModulesOfBinary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nightly")
	out, err := exec.Command("go", "build", "-o", path, "../../examples/nightly").CombinedOutput()
	require.NoError(t, err, "%s", out)
	var first, second bytes.Buffer
	require.NoError(t, writeSBOM(&first, path, "v0.1.0"))
	require.NoError(t, writeSBOM(&second, path, "v0.1.0"))
	assert.Equal(t, first.String(), second.String())

	var b bill
	require.NoError(t, json.Unmarshal(first.Bytes(), &b))
	assert.Regexp(t, regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), b.Serial)
	assert.Equal(t, "github.com/kithsec/kith", b.Metadata.Component.Name)
	assert.Equal(t, "v0.1.0", b.Metadata.Component.Version)
	names := map[string]bool{}
	for _, c := range b.Components {
		names[c.Name] = true
	}
	assert.True(t, names["std"] && names["github.com/klauspost/compress"], "%v", names)
	assert.Len(t, b.Dependencies[0].DependsOn, len(b.Components))
}

func TestBillUsesReplacedModulesAndBuildSettings(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8", Path: "example.com/m/cmd/x", Main: debug.Module{Path: "example.com/m", Version: "v0.1.0"},
		Deps: []*debug.Module{
			{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:x="},
			{Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/c", Version: "v2.0.0"}},
		},
		Settings: []debug.BuildSetting{{Key: "-trimpath", Value: "true"}, {Key: "GOOS", Value: "linux"}},
	}
	b := describeModules(info, sha256.Sum256(nil))
	assert.Equal(t, "v0.1.0", b.Metadata.Component.Version)
	assert.Equal(t, []property{{"go:package", "example.com/m/cmd/x"}, {"go:build:GOOS", "linux"}}, b.Metadata.Component.Properties)
	require.Len(t, b.Components, 3)
	assert.Equal(t, "pkg:golang/std@1.26.8", b.Components[0].PURL)
	assert.Equal(t, []property{{"go:sum", "h1:x="}}, b.Components[1].Properties)
	assert.Equal(t, "pkg:golang/example.com/c@v2.0.0", b.Components[2].PURL)
}

func TestFileThatIsNotGoBinaryIsRejected(t *testing.T) {
	require.Error(t, writeSBOM(&bytes.Buffer{}, "main.go", ""))
	require.Error(t, writeSBOM(&bytes.Buffer{}, "nowhere", ""))
}
