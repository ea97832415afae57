package enrich_test

import (
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/merge"
)

var update = flag.Bool("update", false, "rewrite the expected output of the sample events; read the difference")

// acmeWhole returns the sample organisation with both its asset sources and its zone
// rules, as acme/kith.yaml configures them.
func acmeWhole(t *testing.T) (lists, event.ZoneOptions) {
	t.Helper()
	result, err := merge.Merge(entity.Asset, []merge.Source{
		acmeSource("cmdb", "assets.csv"),
		{
			Name: "cloud", Open: acmeSource("", "cloud.csv").Open,
			Columns: map[string]string{
				"private_ip": "ip", "hostname": "nt_host", "owner_email": "owner", "team": "bunit", "criticality": "priority", "env": "category",
			},
			Map: map[string]map[string]string{"priority": {"P1": "critical", "P2": "high", "P3": "low"}},
			Set: map[string]string{"is_expected": "true"},
		},
	}, merge.Options{
		Fields:     map[string]merge.FieldOptions{"instance_id": {Key: merge.On}, "region": {Tag: merge.On}},
		IgnoreKeys: []string{"+00:00:5e:00:01:01"},
	})
	require.NoError(t, err)
	l := acme(t)
	l.assets = result.Entities
	l.snapshot.Assets, err = assets.NewTable(l.assets, assets.Options{Fallback: true})
	require.NoError(t, err)
	l.snapshot.Identities, err = identities.NewTable(l.identities, identities.Options{Fallback: true, Domains: []string{"corp.acme.example"}})
	require.NoError(t, err)
	return l, event.ZoneOptions{Rules: []event.ZoneRule{
		{Zone: "emea", When: []entity.Clause{{Field: "sensor", Op: "=", Value: entity.Literals{"fra1", "lhr2"}}}},
		{Zone: "apac", When: []entity.Clause{{Field: "sensor", Op: "=", Value: entity.Literals{"sin1", "syd1"}}}},
	}}
}

func acmeSource(name, file string) merge.Source {
	return merge.Source{Name: name, Path: file, Open: func() (io.ReadCloser, error) { return os.Open("../testdata/acme/" + file) }}
}

// TestSampleEventsEqualGoldenFiles compares the enriched sample events with
// acme/expected and with the slow twin.
func TestSampleEventsEqualGoldenFiles(t *testing.T) {
	l, zones := acmeWhole(t)
	for name, o := range map[string]enrich.Options{
		"cim":     {Urgency: true},
		"windows": {Fields: []string{"asset", "identity", "priority"}, Match: true},
		"zeek":    {Fields: []string{"asset", "identity", "priority", "category"}, Match: true},
		"ecs":     {Fields: []string{"asset", "identity_id", "priority", "bunit"}, Into: "kith", Owner: true},
		"auto":    {Fields: []string{"asset", "identity"}, Match: true},
	} {
		t.Run(name, func(t *testing.T) {
			o.Format, o.Zone = name, zones
			files := []string{name}
			if name == "auto" {
				files = []string{"cim", "windows", "zeek", "ecs", "bad"}
			}
			var in strings.Builder
			for _, f := range files {
				n := 0
				for line := range strings.Lines(readFile(t, "../testdata/acme/events/"+f+".ndjson")) {
					if n++; name != "auto" || n%4 == 1 || f == "bad" {
						in.WriteString(line)
					}
				}
			}
			e, twin := enricher(t, l, o), twinOf(l, o, true)
			twin.Identities.Domains = []string{"corp.acme.example"}
			got, _ := streamed(t, e, in.String(), enrich.StreamOptions{})
			var want strings.Builder
			for line := range strings.Lines(in.String()) {
				if _, _, err := e.AppendJSON(nil, []byte(line)); err == nil && strings.TrimSpace(line) != "" {
					line = twin.Enrich(line)
				}
				want.WriteString(line)
			}
			assert.Equal(t, want.String(), got)
			golden := "../testdata/acme/expected/" + name + ".ndjson"
			if *update {
				require.NoError(t, os.MkdirAll("../testdata/acme/expected", 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			assert.Equal(t, readFile(t, golden), got)
		})
	}
}

// TestPublicEventsAgreeWithTwin compares enriched public events with the slow twin.
func TestPublicEventsAgreeWithTwin(t *testing.T) {
	labs := newLists(t, readFile(t, "../testdata/mordor/assets.csv"), readFile(t, "../testdata/mordor/identities.csv"), listOptions{})
	// The list of mordor lacks the hosts of the Zeek logs.
	zeek := newLists(t, "ip,nt_host,owner\n10.0.1.0/24,,adm\n10.0.0.4,dns,\n", "identity\nadm\n", listOptions{})
	sample := acme(t)
	for _, c := range []struct {
		file, format string
		l            lists
	}{
		{"mordor/windows", "windows", labs},
		{"mordor/zeek", "zeek", zeek},
		{"mordor/cloudtrail", "cloudtrail", labs},
		{"stratus/cloudtrail", "cloudtrail", sample},
	} {
		for _, format := range []string{c.format, "auto"} {
			o := enrich.Options{Format: format, Match: true, Defaults: true, Owner: true}
			e, twin := enricher(t, c.l, o), twinOf(c.l, o, false)
			if c.l.assets == sample.assets {
				twin = twinOf(c.l, o, true)
			}
			in := readFile(t, "../testdata/"+c.file+".ndjson")
			var want strings.Builder
			for line := range strings.Lines(in) {
				want.WriteString(twin.Enrich(line))
			}
			got, stats := streamed(t, e, in, enrich.StreamOptions{})
			assert.Equal(t, want.String(), got, "%s as %s", c.file, format)
			assert.Zero(t, stats.Bad)
			if c.l.assets != sample.assets {
				assert.Less(t, stats.Unmatched, stats.Events/2, "%s as %s: %+v", c.file, format, stats)
			}
		}
	}
}
