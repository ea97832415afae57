package event_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// timeSchema returns a Schema that reads times at orig_time and _time, and then at those of
// presets.
func timeSchema(t *testing.T, presets ...event.Preset) *event.Schema {
	t.Helper()
	b := event.NewBuilder(event.Options{Presets: presets})
	b.Time("orig_time", "_time")
	require.NoError(t, b.PresetTimes())
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

// rendered is an Event of a type that package event does not know, with a JSON form.
type rendered struct {
	*event.Map
	json string
}

func (r rendered) AppendJSON(dst []byte) []byte { return append(append(dst, r.json...), '\n') }

// opaque is an Event without a JSON form.
type opaque struct{ event.Event }

// recordOf returns the event as a Record, nil unless it has only texts and numbers.
func recordOf(t *testing.T, s *event.Schema, raw string) event.Event {
	var m map[string]any
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	require.NoError(t, d.Decode(&m))
	var header, cells []string
	for name, v := range m {
		switch v := v.(type) {
		case string:
			header, cells = append(header, name), append(cells, v)
		case json.Number:
			header, cells = append(header, name), append(cells, v.String())
		default:
			return nil
		}
	}
	r := s.NewRecord(header)
	given := make([]string, len(cells)) // as a caller who reads only the Columns
	for _, column := range r.Columns() {
		given[column] = cells[column]
	}
	r.ResetStrings(given)
	return r
}

// allRepresentations returns the event in every representation that can have the time of a
// preset.
func allRepresentations(t *testing.T, s *event.Schema, raw string) []event.Event {
	all := representations(t, s, raw)
	all = append(all, rendered{all[1].(*event.Map), raw})
	if r := recordOf(t, s, raw); r != nil {
		all = append(all, r)
	}
	return all
}

func TestTimeIsThatOfThePreset(t *testing.T) {
	const at = "2026-03-01T10:00:00Z"
	own := event.Preset{
		Name: "zeek", Prefixes: []string{"", "data."}, Times: []string{"when", "ts"},
		Aliases: []event.Alias{{Field: "when", Also: []string{"at"}}},
	}
	for _, c := range []struct {
		rule, event, want string
		presets           []event.Preset
	}{
		{"_time comes before the time of the preset", `{"_time":"2026-03-01T10:00:00Z","event_type":"alert","flow_id":1,"timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"an unreadable _time does not", `{"_time":"soon","event_type":"alert","flow_id":1,"timestamp":"2026-03-01T11:00:00.000000+0100"}`, at, nil},
		{"Suricata", `{"event_type":"alert","flow_id":1,"timestamp":"2026-03-01T11:00:00.000000+0100","@timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"Zeek", `{"id.orig_h":"10.0.0.1","ts":1772359200.0,"timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"ECS", `{"ecs.version":"8","@timestamp":"2026-03-01T10:00:00.000Z","EventTime":"2025-01-01 00:00:00"}`, at, nil},
		{"nested ECS", `{"event":{"kind":"signal"},"@timestamp":"2026-03-01T10:00:00.000Z","ts":1}`, at, nil},
		{"OCSF", `{"class_uid":3002,"time":1772359200000,"timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"CloudTrail", `{"eventVersion":"1.08","userIdentity":{"type":"Root"},"eventTime":"2026-03-01T10:00:00Z","@timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"Windows by NXLog", `{"EventID":1102,"EventTime":"2026-03-01 10:00:00","@timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"Sysmon", `{"EventID":1,"EventData":{"UtcTime":"2026-03-01 10:00:00.000"},"@timestamp":"2025-01-01T00:00:00Z"}`, at, nil},
		{"evtx-dump", `{"Event":{"System":{"EventID":4624,"TimeCreated":{"#attributes":{"SystemTime":"2026-03-01T10:00:00.000000Z"}}}}}`, at, nil},
		{"Windows by a shipper", `{"EventID":4624,"EventTime":"-","@timestamp":"2026-03-01T10:00:00Z"}`, at, nil},
		{"an event that is not recognised", `{"src":"10.0.0.1","timestamp":"2026-03-01T10:00:00Z"}`, at, nil},
		{"an event that is not recognised has the first that is a time", `{"@timestamp":"today","timestamp":null,"ts":"-","time":{},"eventTime":"2026-03-01T10:00:00Z","UtcTime":"2025-01-01 00:00:00"}`, at, nil},
		{"a time that another preset has does not count", `{"event_type":"alert","flow_id":1,"@timestamp":"2026-03-01T10:00:00Z"}`, "", nil},
		{"a preset that replaces a shipped one", `{"id.orig_h":"10.0.0.1","ts":1,"data.when":"2026-03-01T10:00:00Z"}`, at, []event.Preset{own}},
		{"an alias of a time", `{"id.orig_h":"10.0.0.1","ts":1,"at":"2026-03-01T10:00:00Z"}`, at, []event.Preset{own}},
		{"none", `{"a":1}`, "", nil},
	} {
		s := timeSchema(t, c.presets...)
		var r event.Reader
		r.Reset(s)
		for _, e := range allRepresentations(t, s, c.event) {
			r.Read(e)
			got := ""
			if at, ok := r.Time(); ok {
				got = at.Format(time.RFC3339Nano)
			}
			assert.Equal(t, c.want, got, "%s: time of %T %s", c.rule, e, c.event)
		}
	}
}

func TestOpaqueEventHasNoTimeOfAPreset(t *testing.T) {
	s := timeSchema(t)
	var r event.Reader
	r.Reset(s)
	r.Read(opaque{representations(t, s, `{"timestamp":"2026-03-01T10:00:00Z"}`)[0]})
	_, ok := r.Time()
	assert.False(t, ok)
	fields, path, _ := r.TimeFields()
	assert.Equal(t, []string{"orig_time", "_time"}, fields)
	assert.Empty(t, path)
}

func TestTimeFieldsAreWhatWasTried(t *testing.T) {
	for _, c := range []struct{ rule, event, fields, path, value string }{
		{"the preset has fields, not their spellings", `{"EventID":1}`, "orig_time _time EventTime TimeCreated UtcTime @timestamp", "", ""},
		{"a value is at a spelling", `{"EventID":1,"EventData":{"UtcTime":"soon"}}`, "orig_time _time EventTime TimeCreated UtcTime @timestamp", "EventData.UtcTime", "soon"},
		{"the first value", `{"event_type":"a","flow_id":1,"orig_time":null,"_time":[1],"timestamp":"x"}`, "orig_time _time timestamp", "_time", ""},
		{"a number", `{"event_type":"a","flow_id":1,"timestamp":1e300}`, "orig_time _time timestamp", "timestamp", "1e300"},
	} {
		s := timeSchema(t)
		var r event.Reader
		r.Reset(s)
		for _, e := range representations(t, s, c.event) {
			if _, isMap := e.(*event.Map); isMap && strings.Contains(c.event, "1e300") {
				continue // has the number in another spelling
			}
			r.Read(e)
			_, ok := r.Time()
			require.False(t, ok, "%s: %T %s has a time", c.rule, e, c.event)
			fields, path, v := r.TimeFields()
			assert.Equal(t, c.fields, strings.Join(fields, " "), "%s: %T %s", c.rule, e, c.event)
			assert.Equal(t, c.path, path, "%s: %T %s", c.rule, e, c.event)
			if v.Kind.IsScalar() {
				assert.Equal(t, c.value, string(v.Text), "%s: %T %s", c.rule, e, c.event)
			}
		}
	}
}

// twinTime returns the time of an event: the first time at a path of the preset that
// --format auto recognises, one path after another.
func twinTime(t *testing.T, auto *event.Schema, raw string) (want string) {
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(raw), &m))
	e := auto.NewMap()
	e.Reset(m)
	var r event.Reader
	r.Reset(auto)
	r.Read(e)
	p, ok := event.PresetByName(r.Format().Name())
	require.True(t, ok)
	for _, path := range append([]string{"orig_time", "_time"}, p.TimePaths()...) {
		in, key, found := event.Locate(m, path)
		if !found {
			continue
		}
		if text, _ := in[key].(string); strings.HasPrefix(text, "2026-") {
			return text
		}
	}
	return ""
}

func TestTimesAgreeWithTheTwin(t *testing.T) {
	b := event.NewBuilder(event.Options{Format: event.Auto})
	require.NoError(t, b.Roles())
	auto, err := b.Build()
	require.NoError(t, err)
	s := timeSchema(t)
	marks := []string{
		`"class_uid":1`, `"eventVersion":"1"`, `"userIdentity":{"type":"x"}`, `"ecs.version":"8"`, `"event":{"kind":"x"}`, `"event_type":"x"`, `"flow_id":1`,
		`"id.orig_h":"10.0.0.1"`, `"uid":"C1"`, `"EventID":1`, `"Event":{"System":{"EventID":1}}`, `"winlog":{"event_id":1}`, `"source":{"ip":"10.0.0.1"}`,
	}
	var paths, fields []string // windows has far more paths than all others
	for _, p := range event.Presets() {
		paths, fields = append(paths, p.TimePaths()...), append(fields, p.Times...)
	}
	paths = append(slices.Compact(slices.Sorted(slices.Values(paths))), "_time", "orig_time")
	rng := rand.New(rand.NewPCG(1, 2))
	e := s.NewJSON()
	var r event.Reader
	r.Reset(s)
	timed := 0
	for range 20_000 {
		var members []string
		for _, i := range rng.Perm(len(marks))[:rng.IntN(3)] {
			members = append(members, marks[i])
		}
		for _, i := range rng.Perm(len(paths))[:rng.IntN(4)] {
			path := paths[i]
			if rng.IntN(3) > 0 {
				path = fields[rng.IntN(len(fields))]
			}
			members = append(members, fmt.Sprintf("%q:%s", path, [...]string{`"-"`, `null`, `"x"`, fmt.Sprintf(`"2026-01-02T03:04:%02dZ"`, rng.IntN(60))}[min(rng.IntN(8), 3)]))
		}
		rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		raw := "{" + strings.Join(members, ",") + "}"
		want := twinTime(t, auto, raw)
		require.NoError(t, e.Scan([]byte(raw)))
		r.Read(e)
		got := ""
		if at, ok := r.Time(); ok {
			got = at.Format(time.RFC3339Nano)
			timed++
		}
		require.Equal(t, want, got, "time of %s", raw)
	}
	require.Greater(t, timed, 5_000)
}
