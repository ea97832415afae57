package enrich_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

// TestMapAndApplyAgreeWithAppendJSON compares an event that is decoded and then
// enriched by Map or Apply with the decoded output of AppendJSON.
func TestMapAndApplyAgreeWithAppendJSON(t *testing.T) {
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
				var m, applied, want map[string]any
				if decode(line, &m) != nil || decode(line, &applied) != nil {
					continue // a number exceeds float64
				}
				got, matched, err := e.AppendJSON(nil, []byte(line))
				require.NoError(t, err)
				require.NoError(t, decode(string(got), &want))
				byMap, err := e.Map(m)
				require.NoError(t, err)
				require.Equal(t, want, m, "seed %d, %+v: %s", seed, o, line)
				in := e.Schema().NewMap()
				in.Reset(applied)
				byApply, err := e.Apply(in, mapWriter(applied))
				require.NoError(t, err)
				require.Equal(t, want, applied, "Apply: seed %d, %+v: %s", seed, o, line)
				require.Equal(t, [2]event.Roles{matched, matched}, [2]event.Roles{byMap, byApply}, line)
			}
		}
	}
}

// mapWriter is an event.Writer of a decoded event. It appends enrichments to those that
// the event has.
type mapWriter map[string]any

func (w mapWriter) Set(name []string, v event.Value) {
	var value any
	text := string(v.Text)
	if v.Kind == event.String {
		text = `"` + text + `"`
		if !v.Escaped {
			quoted, _ := json.Marshal(string(v.Text))
			text = string(quoted)
		}
	}
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		panic(err)
	}
	if m, key, found := event.Locate(w, strings.Join(name, ".")); found {
		if have, isList := m[key].([]any); isList && key == "enrichments" {
			value = append(have, value.([]any)...)
		}
		m[key] = value
		return
	}
	m := map[string]any(w)
	for _, part := range name[:len(name)-1] {
		inner, isMap := m[part].(map[string]any)
		if !isMap {
			inner = map[string]any{}
			m[part] = inner
		}
		m = inner
	}
	m[name[len(name)-1]] = value
}

// TestApplyRejectsEventsOfAnotherSchema applies an event that was made for the columns
// of an earlier Snapshot.
func TestApplyRejectsEventsOfAnotherSchema(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	e := enricher(t, l, enrich.Options{})
	in := e.Schema().NewMap()
	in.Reset(map[string]any{"src": "ws-17"})
	require.NoError(t, e.Swap(newLists(t, assetsCSV, identitiesCSV, listOptions{}).snapshot))
	_, err := e.Apply(in, mapWriter{})
	require.NoError(t, err, "the columns are the same")
	require.NoError(t, e.Swap(newLists(t, "ip,nt_host,floor\n10.0.0.1,ws-17,3\n", "", listOptions{}).snapshot))
	_, err = e.Apply(in, mapWriter{})
	require.ErrorIs(t, err, enrich.ErrSchema)
	require.Error(t, e.Swap(nil))
}

func decode(line string, m *map[string]any) error {
	return json.Unmarshal([]byte(strings.TrimPrefix(line, "\ufeff")), m)
}

func TestMapAddsDecodedValues(t *testing.T) {
	l := newLists(t, assetsCSV, identitiesCSV, listOptions{})
	for _, c := range []struct {
		name string
		o    enrich.Options
		in   map[string]any
		want map[string]any // added or changed fields
	}{
		{"[]string", only("priority"), map[string]any{"src": []string{"nobody", "ws-17"}}, map[string]any{"src_priority": "high"}},
		{"types", only("lat", "category", "watchlist"), map[string]any{"src": "10.1.0.1", "user": "jdoe"}, map[string]any{
			"src_lat": 48.1, "src_category": []any{"net"}, "user_category": []any{"staff"}, "user_watchlist": true,
		}},
		{"an existing value is kept, also nil", only("priority"), map[string]any{"src": "ws-17", "src_priority": nil}, nil},
		{"overwrite", with(only("priority"), func(o *enrich.Options) { o.Overwrite = true }), map[string]any{"src": "ws-17", "src_priority": nil}, map[string]any{"src_priority": "high"}},
		{"flat and nested", with(only("priority"), func(o *enrich.Options) { o.Format = "auto" }), map[string]any{"id.orig_h": "ws-17", "id": map[string]any{"resp_h": "srv-9"}}, map[string]any{"src_priority": "high"}},
		{"match", with(only(), func(o *enrich.Options) { o.Match = true; o.Fields = []string{"x"} }), map[string]any{"src": "ws-17"}, map[string]any{
			"src_match": map[string]any{"key": "ws-17", "kind": "asset", "step": "exact"},
		}},
		{"ocsf", with(only("priority"), func(o *enrich.Options) { o.Format, o.OCSF, o.Urgency = "ocsf", true, true }), map[string]any{
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
			_, err := enricher(t, l, c.o).Map(c.in)
			require.NoError(t, err)
			assert.Equal(t, want, c.in)
		})
	}
	_, err := enricher(t, l, enrich.Options{}).Map(nil)
	assert.ErrorIs(t, err, enrich.ErrNilMap)
}
