package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const systemdUnits = "../../packaging/systemd"

func TestSystemdAcceptsUnits(t *testing.T) {
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	paths, err := filepath.Glob(systemdUnits + "/kith.*")
	require.NoError(t, err)
	require.Len(t, paths, 2)
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	var units []string
	for _, path := range paths { // verify wants the command to exist
		unit := filepath.Join(dir, filepath.Base(path))
		text := strings.ReplaceAll(readText(t, path), "/usr/bin/kith", self)
		require.NoError(t, os.WriteFile(unit, []byte(text), 0o600))
		units = append(units, unit)
	}
	verify := exec.Command(program, append([]string{"verify", "--man=no"}, units...)...)
	verify.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=warning")
	text, err := verify.CombinedOutput()
	require.NoError(t, err, "%s", text)
	for line := range strings.Lines(string(text)) { // also of other units
		assert.NotContains(t, line, "kith", "a warning")
	}
}

// TestCommandOfServiceEnriches runs the command of kith.service as systemd would: with its
// environment, and an event on standard input.
func TestCommandOfServiceEnriches(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hosts.csv"), []byte(hosts("ann")), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "kith.yaml"), []byte("assets: {sources: [{path: hosts.csv}]}\nenrich: {fields: [owner]}\n"), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "kith")))
	places := strings.NewReplacer("/usr/bin/", dir+"/", "/etc/kith/", dir+"/", "/var/log/kith/", dir+"/")

	settings := unitSettings(t, filepath.Join(systemdUnits, "kith.service"))
	require.Len(t, settings["ExecStart"], 1)
	line := places.Replace(settings["ExecStart"][0])
	for _, variable := range settings["Environment"] {
		name, value, _ := strings.Cut(variable, "=")
		line = strings.ReplaceAll(line, "${"+name+"}", value)
	}
	require.NotContains(t, line, "$", "a variable without a value")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "enriched.ndjson"), []byte("of an earlier run\n"), 0o600))
	words := strings.Fields(line)
	command := exec.Command(words[0], words[1:]...)
	command.Env = append(os.Environ(), settings["Environment"]...)
	command.Stdin = strings.NewReader(`{"timestamp":"2026-03-01T08:15:02.101844+0000","flow_id":1,"event_type":"flow","src_ip":"10.0.0.1"}` + "\noops\n")
	text, err := command.CombinedOutput()
	require.NoError(t, err, "%s", text)
	assert.Empty(t, text)
	assert.Equal(t, "of an earlier run\n"+`{"timestamp":"2026-03-01T08:15:02.101844+0000","flow_id":1,"event_type":"flow","src_ip":"10.0.0.1","src_owner":"ann"}`+"\noops\n", readText(t, filepath.Join(dir, "enriched.ndjson")))
	assert.Contains(t, readText(t, filepath.Join(dir, "bad.ndjson")), `"raw":"oops"`)
}

// unitSettings returns the values of the settings of a unit.
func unitSettings(t *testing.T, path string) map[string][]string {
	t.Helper()
	settings := map[string][]string{}
	lines := bufio.NewScanner(strings.NewReader(readText(t, path)))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	require.NoError(t, lines.Err())
	return settings
}
