package enrich_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
)

// TestMapIsAppendJSON: a decoded event that is enriched is the enriched event
// decoded.
func TestMapIsAppendJSON(t *testing.T) {
	l, zones := acmeWhole(t)
	for seed := range 12 {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		o := anyOptions(r)
		o.Zone, o.Validate = zones, false
		e := enricher(t, l, o)
		for _, name := range []string{"cim", "windows", "zeek", "ecs"} {
			for line := range strings.Lines(readFile(t, "../testdata/acme/events/"+name+".ndjson")) {
				if strings.TrimSpace(line) == "" {
					continue
				}
				var m, want map[string]any
				if decode(line, &m) != nil {
					continue // numbers that no float64 holds
				}
				got, err := e.AppendJSON(nil, []byte(line))
				require.NoError(t, err)
				require.NoError(t, decode(string(got), &want))
				require.NoError(t, e.Map(m))
				require.Equal(t, want, m, "seed %d, %+v: %s", seed, o, line)
			}
		}
	}
}

func decode(line string, m *map[string]any) error {
	return json.Unmarshal([]byte(strings.TrimPrefix(line, "\ufeff")), m)
}

func TestMap(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	for _, c := range []struct {
		name string
		o    enrich.Options
		in   map[string]any
		want map[string]any // what is added or changed
	}{
		{"lists of texts", only("priority"), map[string]any{"src": []string{"nobody", "ws-17"}}, map[string]any{"src_priority": "high"}},
		{"types", only("lat", "category", "watchlist"), map[string]any{"src": "10.1.0.1", "user": "jdoe"}, map[string]any{
			"src_lat": 48.1, "src_category": []any{"net"}, "user_category": []any{"staff"}, "user_watchlist": true,
		}},
		{"what is there is kept, nil too", only("priority"), map[string]any{"src": "ws-17", "src_priority": nil}, nil},
		{"overwrite", with(only("priority"), func(o *enrich.Options) { o.Overwrite = true }), map[string]any{"src": "ws-17", "src_priority": nil}, map[string]any{"src_priority": "high"}},
		{"flat and nested", with(only("priority"), func(o *enrich.Options) { o.Format = "auto" }), map[string]any{"id.orig_h": "ws-17", "id": map[string]any{"resp_h": "srv-9"}}, map[string]any{"src_priority": "high"}},
		{"match", with(only(), func(o *enrich.Options) { o.Match = true; o.Fields = []string{"x"} }), map[string]any{"src": "ws-17"}, map[string]any{
			"src_match": map[string]any{"key": "ws-17", "kind": "asset", "step": "exact"},
		}},
		{"ocsf", with(only("priority"), func(o *enrich.Options) { o.Format, o.Into, o.Urgency = "ocsf", "enrichments", true }), map[string]any{
			"device": map[string]any{"ip": "10.1.2.3"}, "severity": "low", "enrichments": []any{1},
		}, map[string]any{
			"urgency": "medium",
			"enrichments": []any{1, map[string]any{
				"name": "device.ip", "value": "10.1.2.3", "type": "asset", "provider": "kith", "data": map[string]any{"priority": "high"},
			}},
		}},
		{"numbers of every type", only("priority"), map[string]any{"src": 1, "dest": 2.5, "dvc": json.Number("3"), "user": true, "src_user": map[string]any{}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := map[string]any{}
			for k, v := range c.in {
				want[k] = v
			}
			for k, v := range c.want {
				want[k] = v
			}
			require.NoError(t, enricher(t, l, c.o).Map(c.in))
			assert.Equal(t, want, c.in)
		})
	}
	assert.ErrorIs(t, enricher(t, l, enrich.Options{}).Map(nil), enrich.ErrNilMap)
}
