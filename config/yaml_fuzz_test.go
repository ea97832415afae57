package config

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/config/internal/yamlfile"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/snapshot"
	"github.com/stretchr/testify/require"
)

// longestFuzz is the longest input that fuzz targets parse, in bytes. The running time
// of the YAML parser is quadratic in it.
const longestFuzz = 4096

// addFiles adds files as seeds.
func addFiles(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		require.NotEmpty(f, paths, pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(string(text[:min(len(text), longestFuzz)]))
		}
	}
}

var placeInFile = regexp.MustCompile(`^f\.yaml:(\d+):\d+: `)

// requirePlaced fails the test unless every problem is one line and has a place inside
// the file.
func requirePlaced(t *testing.T, text string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
	for _, e := range problem.Joined(err) {
		place := placeInFile.FindStringSubmatch(e.Error())
		if place == nil {
			require.True(t, strings.HasPrefix(e.Error(), "f.yaml: "), "%q: %v", text, e)
			continue
		}
		line, err := strconv.Atoi(place[1])
		require.NoError(t, err)
		require.LessOrEqual(t, line, lines, "%q: %v", text, e)
		require.NotContains(t, problem.Plain(e.Error()), "\n", "%q", text)
	}
}

// FuzzConfig checks that every problem of a configuration has a place in the file. This
// includes problems that are found when an accepted configuration is used to merge lists,
// build tables and create an engine.
func FuzzConfig(f *testing.F) {
	addFiles(f, configDir+"/*.yaml", "../testdata/*/kith.yaml", "../testdata/acme/risk/kith.yaml")
	f.Add("risk: {windows: [1h], incident_rules: [{name: a, window: 1h, when: score > 1 and (tactics >= 3 or max < 2), severity: low}]}\n")
	f.Add("zones: {rules: [{zone: a, when: [{field: b, op: like, value: '%'}, {field: c, op: regex, value: '('}]}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > longestFuzz || strings.Contains(text, "rule_files") || strings.Contains(text, "presets") {
			return // would read arbitrary files
		}
		file, err := yamlfile.Parse("f.yaml", []byte(text))
		if err != nil {
			requirePlaced(t, text, err)
			return
		}
		c := Default()
		c.File = &File{path: "f.yaml", tree: file, risk: file.Decode("risk", &c.Risk)}
		if err := yamlfile.Join(file.Decode("", c), c.checkValues()); err != nil {
			requirePlaced(t, text, err)
			return
		}
		for _, kind := range []entity.Kind{entity.Asset, entity.Identity} {
			o, err := c.MergeOptions(kind)
			if err == nil {
				_, err = merge.Merge(kind, nil, o)
				err = c.Place(kind, err)
			}
			requirePlaced(t, text, err)
		}
		_, err = c.SnapshotOptions()
		requirePlaced(t, text, err)
		setup, err := c.RiskSetup()
		if err == nil {
			_, err = risk.New(setup.Config, nil, setup.Options)
			err = setup.Place(err)
		}
		requirePlaced(t, text, err)
	})
}

// FuzzPreset checks that every problem of a preset has a place in the file, and that an
// accepted preset leaves the bytes of an event as they are and the result valid JSON.
func FuzzPreset(f *testing.F) {
	addFiles(f, configDir+"/presets/*.yaml", "../event/presets/*.yaml")
	f.Add(`{name: x, roles: {user: [{paths: [a.b, {field: c, after: ":"}, {value: root}], when: [{field: d, op: exists}]}]}}`)
	f.Add(`{name: x, extends: zeek, marks: [[a.*, d], [src]], roles: {src: [{paths: [{field: src, take: address, before: "-", after: ":", after_last: "/"}]}]}}`)
	snapshot := presetSnapshot(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > longestFuzz {
			return
		}
		file, err := yamlfile.Parse("f.yaml", []byte(text))
		if err != nil {
			requirePlaced(t, text, err)
			return
		}
		read := presetText{tree: file}
		read.bad = file.Decode("", &read.file)
		all, err := convertPresets([]presetText{read}, true)
		if err != nil {
			requirePlaced(t, text, err)
			return
		}
		e, err := enrich.New(snapshot, enrich.Options{Presets: all, Format: all[0].Name})
		require.NoError(t, err, "%q", text)
		const event = `{"a":{"b":"10.0.0.1"},"c":"x:ann","d":1,"src":"ws-17","user":["ann",{"n":"ann"}]}`
		out, _, err := e.AppendJSON(nil, []byte(event))
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(out, []byte(strings.TrimSuffix(event, "}"))), "%s", out)
		require.True(t, json.Valid(out), "%q: %s", text, out)
	})
}

// presetSnapshot returns a snapshot with the asset and the identity that the event of
// FuzzPreset refers to.
func presetSnapshot(f *testing.F) *snapshot.Snapshot {
	merged := func(kind entity.Kind, text string) *merge.Result {
		r, err := merge.Merge(kind, []merge.Source{{
			Name: "a", Path: "a.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
		}}, merge.Options{})
		require.NoError(f, err)
		return r
	}
	at, err := assets.NewTable(merged(entity.Asset, "ip,nt_host,owner\n10.0.0.1|10.0.0.0/24,ws-17,ann\n").Entities, assets.Options{})
	require.NoError(f, err)
	it, err := identities.NewTable(merged(entity.Identity, "identity,priority\nann,high\n").Entities, identities.Options{})
	require.NoError(f, err)
	return &snapshot.Snapshot{Assets: at, Identities: it}
}
