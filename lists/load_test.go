package lists

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/explain"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/problem"
)

// configOf returns the configuration in text, whose directory contains the given files.
func configOf(t *testing.T, text string, files map[string]string) *config.Config {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	}
	require.NoError(t, os.WriteFile("kith.yaml", []byte(text), 0o600))
	c, err := config.Open("kith.yaml")
	require.NoError(t, err)
	return c
}

func TestLoadAppliesConfiguration(t *testing.T) {
	c := configOf(t, `
assets:
  sources:
    - {name: cmdb, path: "part-*.csv", zone: emea}
    - {name: gone, path: gone.csv, optional: true}
  fields: {serial: {key: true}, owner: {policy: exclude}}
zones: {default: hq, fallback: default}
identities: {sources: [{path: people.csv}], forms: [domain]}
`, map[string]string{
		"part-2.csv": "ip,owner,serial\n10.0.0.2,x,S2\n", "part-1.csv": "ip,serial,cim_entity_zone\n10.0.0.1,S1,\n10.0.0.1,S9,HQ\n",
		"people.csv": "identity,email\njdoe,jdoe@corp.example\n",
	})
	l, err := Load(t.Context(), c, Options{Hash: true})
	require.NoError(t, err)
	var names []string
	for _, s := range l.Assets.Report.Sources {
		names = append(names, s.Name)
	}
	assert.Equal(t, []string{"cmdb/part-1.csv", "cmdb/part-2.csv"}, names, "the files of a pattern are in the order of their names, each with its own rank")
	_, ok := entities.Of(l.Assets.Entities).Field("owner")
	assert.False(t, ok)
	x, err := explain.New(explain.Lists{Assets: l.Assets.Entities, Identities: l.Identities.Entities})
	require.NoError(t, err)
	assert.Equal(t, []entity.Zone{"emea", "hq"}, x.Zones())

	s, err := l.Tables()
	require.NoError(t, err)
	for key, zone := range map[string]entity.Zone{"s1": "emea", "10.0.0.2": "emea", "S9": "hq"} {
		m, ok := s.Assets.Lookup("emea", key)
		if assert.True(t, ok, "Lookup(emea, %q)", key) {
			assert.Equal(t, zone, s.Assets.Zone(m), "Lookup(emea, %q)", key)
		}
	}
	_, ok = s.Identities.Lookup("hq", `ACME\jdoe`)
	assert.True(t, ok)
	_, ok = s.Identities.Lookup("hq", "JDOE2@corp.example")
	assert.False(t, ok, "the form local_part is off")
}

func TestLoadReportsErrorsAtTheirPlaces(t *testing.T) {
	const list = "ip\n10.0.0.1\n"
	for _, test := range []struct {
		config, want string
		usage        bool
	}{
		{"assets: {sources: [{path: a.csv}], fields: {owner: {policy: union}}}", `kith.yaml:1:45: policy "union" applies only to multi-value fields; "owner" is not one`, true},
		{"assets: {sources: [{path: a.csv}], fields: {serial: {key: true}}}", `kith.yaml:1:45: key field "serial": no source has that column`, true},
		{"assets: {sources: [{path: a.csv}]}\nidentities: {keys: [identity, nick()x(]}", `kith.yaml:2:31: convention "nick()x(": the "(" at 8 has no ")"`, true},
		{"assets: {sources: [{path: none.csv}]}", "kith.yaml:1:27: none.csv: no such file or directory", false},
		{"assets: {sources: [{path: a.csv}, {path: none.csv}]}\nidentities: {sources: [{path: a.csv}]}", "kith.yaml:1:42: none.csv: no such file or directory", false},
		{"identities: {sources: [{path: a.csv}]}", "a.csv:1:1: no key column: the header needs identity or email", false},
		{"{}", "kith.yaml:1:1: no lists given", true},
	} {
		c := configOf(t, test.config, map[string]string{"a.csv": list})
		_, err := Load(t.Context(), c, Options{Hash: true})
		if assert.Error(t, err, test.config) {
			assert.True(t, strings.HasPrefix(err.Error(), test.want), "%s: got %q, want %q", test.config, err, test.want)
			assert.Equal(t, test.usage, problem.IsUsage(err), test.config)
		}
	}
}

func TestLoadStopsWhenContextIsDone(t *testing.T) {
	c := configOf(t, "assets: {sources: [{path: a.csv}]}", map[string]string{"a.csv": "ip\n10.0.0.1\n"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Load(ctx, c, Options{})
	assert.ErrorIs(t, err, context.Canceled)
}
