package event

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// autoReader returns the format that auto recognises in an event as JSON.
type autoReader struct{ event *JSON }

func newAutoReader(t *testing.T) *autoReader {
	b := NewBuilder(Options{Format: Auto})
	require.NoError(t, b.Roles())
	s, err := b.Build()
	require.NoError(t, err)
	return &autoReader{s.NewJSON()}
}

func (r *autoReader) formatOf(t *testing.T, event map[string]any) string {
	raw, err := json.Marshal(event)
	require.NoError(t, err)
	require.NoError(t, r.event.Scan(raw), "%s", raw)
	return r.event.format.Name()
}

func TestFlatKeysStandForObjects(t *testing.T) {
	r := newAutoReader(t)
	for _, c := range []struct{ event, want string }{
		{`{"winlog.event_data.EventID":4624,"Computer":"ws-1"}`, "windows"},
		{`{"Computer":"ws-1","winlog.own":1}`, "windows"},
		{`{"event.own":1,"@timestamp":"x"}`, "ecs"},
		{`{"@timestamp":"x","event.own":1}`, "ecs"},
		{`{"@timestamp":"x","event.own":null}`, "ecs"},
		{`{"@timestamp":"x","own":{"event.own":1}}`, "cim"},
		{`{"@timestamp":"x","own":[{"event.own":1}]}`, "cim"},
		{`{"@timestamp":"x","a":[1,2],"source.own":1}`, "ecs"},
		{`{"@timestamp":"x","events.own":1}`, "cim"},
		{`{"@timestamp":"x","text":"event.own"}`, "cim"},
		{`{"@timestamp":"x","event\\u002eown" : 1}`, "cim"},
		{`{"@timestamp":"x","event\u002eown" : 1}`, "ecs"},
		{`{"Event":{"System.Own":1}}`, "windows"},
		{`{"Event.System.Own":1}`, "windows"},
		{`{"Event":{"Own.System.Own":1}}`, "cim"},
		{`{"data":{"win.own":{}}}`, "windows"},
		{`{"eventVersion":"1.08","userIdentity.own":"x"}`, "cloudtrail"},
		{`{"initiatedBy.own":"x","activityDateTime":"x"}`, "entra"},
		{`{"properties":{"initiatedBy.own":"x","activityDateTime":"x"}}`, "entra"},
		{`{"id.orig_p":1,"id.resp_p":2}`, "cim"},
	} {
		var event map[string]any
		require.NoError(t, json.Unmarshal([]byte(c.event), &event))
		for range 2 { // the second time with a guess
			require.NoError(t, r.event.Scan([]byte(c.event)))
			assert.Equal(t, c.want, r.event.format.Name(), "JSON %s", c.event)
		}
		m := r.event.schema.NewMap()
		m.Reset(event)
		assert.Equal(t, c.want, r.event.schema.formatOf(m, m.Present()).Name(), "a map of %s", c.event)
		if flat := flatten(event); !strings.ContainsAny(c.event[1:], "[{") {
			header := slices.Collect(maps.Keys(flat))
			assert.Equal(t, c.want, r.event.schema.formatOfHeader(header).Name(), "columns %v", header)
		}
	}
}

// anyEvent draws an event of which many keys belong to signs, and some are joined.
func anyEvent(r *rand.Rand, d *detector, depth int) map[string]any {
	event := map[string]any{}
	for range 1 + r.IntN(4) {
		names := strings.Split(d.signs[r.IntN(len(d.signs))].path, ".")
		names = names[r.IntN(len(names)):]
		if r.IntN(3) == 0 {
			names = append(names, "own")
		}
		key := strings.Join(names[:1+r.IntN(len(names))], ".")
		switch {
		case depth < 3 && r.IntN(2) == 0:
			event[key] = anyEvent(r, d, depth+1)
		default:
			event[key] = []any{1, "x", nil, []any{1}, []any{map[string]any{"event.own": 1}}, map[string]any{}, true}[r.IntN(7)]
		}
	}
	return event
}

// isClear reports whether no path of an event is spelled in two ways, of which one counts.
func isClear(event map[string]any) bool {
	flat := flatten(event)
	n := 0
	var count func(m map[string]any)
	count = func(m map[string]any) {
		for _, v := range m {
			if inner, isObject := v.(map[string]any); isObject && len(inner) > 0 {
				count(inner)
			} else {
				n++
			}
		}
	}
	count(event)
	if n != len(flat) {
		return false
	}
	for key := range flat {
		for other := range flat {
			if strings.HasPrefix(other, key+".") {
				return false
			}
		}
	}
	return true
}

// TestLawEventsHaveTheFormatOfTheTwin compares nested, mixed and flat forms of events
// with the twin, in each representation, while the guesses are those for earlier events. A
// sample of a product has the same format in both forms.
func TestLawEventsHaveTheFormatOfTheTwin(t *testing.T) {
	a := newAutoReader(t)
	d := a.event.schema.auto.detector
	m := a.event.schema.NewMap()
	seen := map[string]int{}
	check := func(event map[string]any) {
		want := d.presetOf(ruleIn(d, event))
		seen[want]++
		require.Equal(t, want, a.formatOf(t, event), "JSON %v", event)
		m.Reset(event)
		require.Equal(t, want, a.event.schema.formatOf(m, m.Present()).Name(), "a map %v", event)
	}
	for _, samples := range readSamples(t) {
		for _, s := range samples {
			check(s.event)
			flat := flatten(s.event)
			check(flat)
			require.Equal(t, d.presetOf(ruleIn(d, s.event)), d.presetOf(ruleIn(d, flat)), "%v", flat)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := 0; n < 10_000; {
		if event := anyEvent(r, d, 0); isClear(event) {
			check(event)
			check(flatten(event))
			n++
		}
	}
	for _, name := range PresetNames() {
		assert.Positive(t, seen[name], "events of %s", name)
	}
}
