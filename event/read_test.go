package event_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// buildSchema returns a Schema of some paths, and their numbers.
func buildSchema(t *testing.T, o event.Options, texts ...string) (*event.Schema, []event.Path) {
	t.Helper()
	b := event.NewBuilder(o)
	var paths []event.Path
	for _, text := range texts {
		paths = append(paths, b.Path(text))
	}
	s, err := b.Build()
	require.NoError(t, err)
	return s, paths
}

// representations returns the event as JSON and as a map.
func representations(t *testing.T, s *event.Schema, raw string) []event.Event {
	t.Helper()
	e := s.NewJSON()
	require.NoError(t, e.Scan([]byte(raw)), "%s", raw)
	m := s.NewMap()
	var decoded map[string]any
	require.NoError(t, json.Unmarshal([]byte(raw), &decoded))
	m.Reset(decoded)
	return []event.Event{e, m}
}

func TestPathsReachWhatTheyName(t *testing.T) {
	tests := []struct{ path, event, want string }{
		{"a", `{"b":1}`, ``},
		{"a", `{"a":null}`, `null:null`},
		{"a", `{"a":" x "}`, `string: x `},
		{"a", `{"a":"\u00e9\n"}`, "string:é\n"},
		{"a", `{"a":[1,true,"x",null,[2],{}]}`, `number:1 true:true string:x null:null array: object:`},
		{"a", `{"a":[]}`, ``},
		{"a.b", `{"a":{"b":1}}`, `number:1`},
		{"a.b", `{"a.b":1}`, `number:1`},
		{"a.b.c", `{"a":{"b.c":1}}`, `number:1`},
		{"a.b.c", `{"a.b":{"c":1}}`, `number:1`},
		{"a.b", `{"a":[{"b":1}]}`, ``},
		{"a[].b", `{"a":[{"b":1},{"c":2},{"b":[3,4]},5,null,[{"b":6}]]}`, `number:1 number:3 number:4 number:6`},
		{"a[].b", `{"a":{"b":1}}`, `number:1`},
		{"a[].b", `{"a":"x"}`, ``},
		{"a.b[].c.d", `{"a.b":[{"c":{"d":1}},{"c.d":2}]}`, `number:1 number:2`},
		{"a[].b[].c", `{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":3}]}]}`, `number:1 number:2 number:3`},
		{"a[]", `{"a":[1,[2,3]]}`, `number:1 number:2 number:3`},
		{"a[t=User].id", `{"a":[{"t":"user","id":1},{"t":"USER","id":2},{"t":"Group","id":3},{"id":4}]}`, `number:1 number:2`},
		{"a[n=1].id", `{"a":[{"n":1,"id":1},{"n":"1","id":2}]}`, `number:1 number:2`},
		{"a[t.u=x.y].id", `{"a":[{"t":{"u":"x.y"},"id":1},{"t.u":"x","id":2}]}`, `number:1`},
		{"a[t=]", `{"a":[{"t":"","b":1},{"t":"x"}]}`, `object:`},
		{"a[x].b", `{"a":[{"b":1}],"a[x]":{"b":2}}`, `number:2`},
		{"a.*.c", `{"a":{"b":{"c":1}}}`, `number:1`},
		{"a.*.c", `{"a.b":{"c":1}}`, `number:1`},
		{"a.*.c", `{"a":{"b.c":1}}`, `number:1`},
		{"a.*.c", `{"a.b.c":1,"a":0}`, `number:1`},
		{"a.*.c", `{"a":{"b":{"c":[1,2]},"d":{"e":3},"f":4}}`, `number:1 number:2`},
		{"a.*.c", `{"a":{"b":{"c":1},"d":{"c":2}}}`, `number:2`},
		{"a.*.c", `{"a":{"c":1,"b.d":{"c":1},"b":{"d":{"c":1}}},"a.b.d.c":1,"a.c":1,"x":{"a":{"b":{"c":1}}}}`, ``},
		{"a.*.c.d", `{"a":{"b.c":{"d":1}}}`, `number:1`},
		{"a.x.*.c", `{"a.x":{"b":{"c":1}}}`, `number:1`},
		{"a.x.*.c", `{"a":{"x":{"b":{"c":1}}}}`, `number:1`},
		{"a.x.*.c", `{"a":{"x.b":{"c":1}}}`, `number:1`},
		{"a.*.c[].d", `{"a":{"b":{"c":[{"d":1},{"d":2}]}}}`, `number:1 number:2`},
		{"a[].b.*.d", `{"a":[{"b":{"c":{"d":1}}},{"b.c.d":2}]}`, `number:1 number:2`},
	}
	for _, tt := range tests {
		s, paths := buildSchema(t, event.Options{}, tt.path)
		for _, e := range representations(t, s, tt.event) {
			var got []string
			for _, v := range e.AppendElements(nil, paths[0]) {
				text := string(v.AppendText(nil))
				if v.Kind >= event.Array {
					text = ""
				}
				got = append(got, v.Kind.String()+":"+text)
			}
			assert.Equal(t, tt.want, strings.Join(got, " "), "%T %s of %s", e, tt.path, tt.event)
		}
	}
}

func TestRoutesAreTheSpellingsOfAPath(t *testing.T) {
	tests := []struct{ path, want string }{
		{"a", "a"},
		{"a.b", "a.b | a,b"},
		{"a.b.c", "a.b.c | a,b.c | a,b,c | a.b,c"},
		{"a[].b", "a*,b"},
		{"a.b[].c.d", "a.b*,c.d | a.b*,c,d | a,b*,c.d | a,b*,c,d"},
		{"a[t=v]", "a*t=v"},
		{"a.*.c", "a.*.c | a,*.c | a,*,c | a.*,c"},
	}
	for _, tt := range tests {
		s, paths := buildSchema(t, event.Options{}, tt.path)
		var routes []string
		for _, route := range s.Routes(paths[0]) {
			var steps []string
			for _, step := range route {
				text := step.Name
				if step.Each {
					text += "*"
				}
				if step.Where.Name != "" {
					text += step.Where.Name + "=" + step.Where.Value
				}
				steps = append(steps, text)
			}
			routes = append(routes, strings.Join(steps, ","))
		}
		assert.Equal(t, tt.want, strings.Join(routes, " | "), "Routes(%s)", tt.path)
	}
	s, paths := buildSchema(t, event.Options{}, "a.b.c.d.e.f.g.h.i.j.k.l.m.n")
	assert.Len(t, s.Routes(paths[0]), 1<<9, "a long path has no more routes than one of ten names")
}

func TestWildcardOfAStepMatchesOneName(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		want      bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a*", "ab", false},
		{"a*", "a*", true},
		{"*", "a", true},
		{"*", "", true},
		{"*", "a.b", false},
		{"a.*", "a.b", true},
		{"a.*", "a", false},
		{"a.*", "a.b.c", false},
		{"*.c", "b.c", true},
		{"*.c", "b.d", false},
		{"*.c", "b", false},
		{"*.c", "c", false},
		{"*.c", "a.b.c", false},
		{"a.*.c", "a.b.c", true},
		{"a.*.c", "x.b.c", false},
		{"a.*.c.d", "a.b.c", false},
	} {
		assert.Equal(t, tt.want, event.Step{Name: tt.name}.Matches(tt.key), "Step{Name: %q}.Matches(%q)", tt.name, tt.key)
	}
}

func TestColumnsOfARecordMatchWildcards(t *testing.T) {
	s, paths := buildSchema(t, event.Options{}, "UserData.*.User", "Event.UserData.*.User")
	r := s.NewRecord([]string{"UserData.EventXML.User", "UserData.User", "Event.UserData.A.B.User", "Event.UserData.A.User"})
	r.ResetStrings([]string{"jdoe", "x", "y", "adm1"})
	assert.Equal(t, "jdoe", string(r.Value(paths[0]).Text))
	assert.Equal(t, "adm1", string(r.Value(paths[1]).Text))
}

func TestLastColumnOfAWildcardThatIsNotBlankCounts(t *testing.T) {
	s, paths := buildSchema(t, event.Options{}, "u.*.x", "b")
	r := s.NewRecord([]string{"u.A.x", "u.B.x", "u.A.x", "b", "u.C.x"})
	assert.Equal(t, []int{1, 2, 3, 4}, r.Columns(), "of columns with one name, the last is read")
	for _, c := range []struct {
		cells []string
		want  string
	}{
		{[]string{"0", "1", "2", "3", "4"}, "4"},
		{[]string{"0", "1", "2", "3", ""}, "2"},
		{[]string{"0", "1", " ", "3", "  "}, "1"},
		{[]string{"0", "1"}, "1"},
		{[]string{"0", " "}, ""},
		{[]string{"0"}, ""},
		{[]string{"", "", "", "", "4"}, "4"},
		{[]string{"", " ", "", "3", ""}, ""},
	} {
		r.ResetStrings(c.cells)
		assert.Equal(t, c.want, string(r.Value(paths[0]).Text), "%q", c.cells)
		assert.Equal(t, c.want != "", len(r.AppendElements(nil, paths[0])) == 1, "%q", c.cells)
	}
}

func TestMapHasElementsOfListsWhicheverMethodIsCalledFirst(t *testing.T) {
	b := event.NewBuilder(event.Options{Format: "windows"})
	require.NoError(t, b.Roles())
	p := b.Path("StringInserts.TargetUserName")
	s, err := b.Build()
	require.NoError(t, err)
	m := s.NewMap()
	decoded := map[string]any{"EventID": 4634.0, "StringInserts": []any{"S-1-5-18", []any{"jdoe", "adm1"}}}
	m.Reset(decoded)
	assert.Equal(t, event.Array, m.Value(p).Kind)
	m.Reset(decoded)
	assert.Len(t, m.AppendElements(nil, p), 2)
	m.Reset(decoded)
	assert.True(t, m.Present().Has(p))
	m.Reset(map[string]any{"EventID": 4634.0})
	assert.False(t, m.Value(p).Found(), "an element of the event before")
}

func TestConditionsCompareTrimmedScalarsUnlessVerbatim(t *testing.T) {
	tests := []struct {
		when              entity.Clause
		event             string
		trimmed, verbatim bool
	}{
		{entity.Clause{Field: "a", Op: "=", Value: entity.Literals{"x"}}, `{"a":"X"}`, true, true},
		{entity.Clause{Field: "a", Op: "=", Value: entity.Literals{"x"}}, `{"a":" x"}`, true, false},
		{entity.Clause{Field: "a", Op: "=", Value: entity.Literals{"x"}}, `{"a":["y","x"]}`, true, true},
		{entity.Clause{Field: "a.b", Op: "=", Value: entity.Literals{"1.0"}}, `{"a":{"b":1}}`, true, true},
		{entity.Clause{Field: "a", Op: "exists"}, `{"a":"-"}`, true, true},
		{entity.Clause{Field: "a", Op: "exists"}, `{"a":""}`, true, true},
		{entity.Clause{Field: "a", Op: "exists"}, `{"a":null}`, false, false},
		{entity.Clause{Field: "a", Op: "exists"}, `{"a":[null]}`, false, false},
		{entity.Clause{Field: "a", Op: "exists"}, `{"a":{}}`, false, true},
		{entity.Clause{Field: "a[].b", Op: "=", Value: entity.Literals{"2"}}, `{"a":[{"b":1},{"b":2}]}`, true, true},
		{entity.Clause{Field: "a", Op: "=", ValueField: "b"}, `{"a":"x","b":"X"}`, true, true},
	}
	for _, tt := range tests {
		for _, verbatim := range []bool{false, true} {
			b := event.NewBuilder(event.Options{Verbatim: verbatim})
			c, err := b.Condition([]entity.Clause{tt.when})
			require.NoError(t, err)
			s, err := b.Build()
			require.NoError(t, err)
			var r event.Reader
			r.Reset(s)
			for _, e := range representations(t, s, tt.event) {
				r.Read(e)
				want := tt.trimmed && !verbatim || tt.verbatim && verbatim
				assert.Equal(t, want, r.Holds(c), "%T verbatim=%v %v of %s", e, verbatim, tt.when, tt.event)
			}
		}
	}
	_, err := event.NewBuilder(event.Options{}).Condition([]entity.Clause{{Field: "a", Op: "~"}})
	assert.ErrorContains(t, err, "unknown operator")
}

func TestZoneOfTheEventPrecedesZoneRules(t *testing.T) {
	zones := event.ZoneOptions{Default: "hq", Rules: []event.ZoneRule{
		{Zone: "emea", When: []entity.Clause{{Field: "sensor.site", Op: "=", Value: entity.Literals{"fra1", "lhr2"}}}},
		{Zone: "rest", When: []entity.Clause{{Field: "sensor.site", Op: "exists"}}},
	}}
	tests := []struct {
		event string
		want  entity.Zone
	}{
		{`{}`, "hq"},
		{`{"cim_entity_zone":"DMZ"}`, "dmz"},
		{`{"cim_entity_zone":" Ünï "}`, "ünï"},
		{`{"cim_entity_zone":["a","b"],"sensor.site":"fra1"}`, "a"},
		{`{"cim_entity_zone":"","sensor":{"site":"fra1"}}`, "emea"},
		{`{"cim_entity_zone":null,"sensor.site":" FRA1 "}`, "emea"},
		{`{"cim_entity_zone":{},"sensor.site":"gru1"}`, "rest"},
		{`{"cim_entity_zone":7}`, "7"},
		{`{"cim_entity_zone":"-"}`, "hq"},
		{`{"cim_entity_zone":" N/A ","sensor.site":"fra1"}`, "emea"},
		{`{"cim_entity_zone":["unknown","a"]}`, "hq"},
	}
	s, _ := buildSchema(t, event.Options{Zone: zones})
	var r event.Reader
	r.Reset(s)
	for _, tt := range tests {
		for _, e := range representations(t, s, tt.event) {
			r.Read(e)
			assert.Equal(t, tt.want, r.Zone(), "%T zone of %s", e, tt.event)
		}
	}
	record := s.NewRecord([]string{"sensor.site", "cim_entity_zone"})
	record.ResetStrings([]string{"lhr2", "  "})
	r.Read(record)
	assert.Equal(t, entity.Zone("emea"), r.Zone())

	zones.Rules[1].When[0].Op = "~"
	_, err := event.NewBuilder(event.Options{Zone: zones}).Build()
	assert.ErrorContains(t, err, "zones.rules[1].when: ")
}

func TestZoneIsInTheFirstFieldWithAValue(t *testing.T) {
	s, _ := buildSchema(t, event.Options{Zone: event.ZoneOptions{Default: "hq", Fields: []string{"tenant.name", "cim_entity_zone"}, Rules: []event.ZoneRule{
		{Zone: "emea", When: []entity.Clause{{Field: "sensor.site", Op: "exists"}}},
	}}})
	var r event.Reader
	r.Reset(s)
	for text, want := range map[string]entity.Zone{
		`{}`: "hq",
		`{"tenant":{"name":"Acme"},"cim_entity_zone":"dmz"}`: "acme",
		`{"tenant.name":"-","cim_entity_zone":"DMZ"}`:        "dmz",
		`{"tenant.name":"","sensor.site":"a"}`:               "emea",
	} {
		for _, e := range representations(t, s, text) {
			r.Read(e)
			assert.Equal(t, want, r.Zone(), "%T zone of %s", e, text)
		}
	}
}

func TestTimeIsTheFirstReadableOne(t *testing.T) {
	tests := []struct{ event, want string }{
		{`{"orig_time":"2026-01-02T03:04:05.5+01:00","_time":1}`, "2026-01-02T02:04:05.5Z"},
		{`{"orig_time":"yesterday","_time":" 1700000000.25 "}`, "2023-11-14T22:13:20.25Z"},
		{`{"orig_time":null,"_time":1.7e9}`, "2023-11-14T22:13:20Z"},
		{`{"orig_time":["2026-01-02T03:04:05Z"],"_time":true}`, ""},
		{`{"_time":1e12}`, "2001-09-09T01:46:40Z"},
		{`{"_time":"2026-01-02 03:04:05 UTC"}`, "2026-01-02T03:04:05Z"},
		{`{"_time":1e300}`, ""},
		{`{"time":1}`, ""},
	}
	b := event.NewBuilder(event.Options{})
	b.Time("orig_time", "_time")
	s, err := b.Build()
	require.NoError(t, err)
	var r event.Reader
	r.Reset(s)
	for _, tt := range tests {
		for _, e := range representations(t, s, tt.event) {
			r.Read(e)
			got := ""
			if at, ok := r.Time(); ok {
				got = at.Format(time.RFC3339Nano)
			}
			assert.Equal(t, tt.want, got, "%T time of %s", e, tt.event)
		}
	}
}

// TestRecordsFindPathsByTheirHeader covers what the twin does not: duplicate columns,
// short records, and Columns.
func TestRecordsFindPathsByTheirHeader(t *testing.T) {
	s, paths := buildSchema(t, event.Options{}, "a", "b.c", "d")
	r := s.NewRecord([]string{"x", "b.c", "a", "a"})
	assert.Equal(t, []int{1, 3}, r.Columns())
	tests := []struct {
		cells []string
		want  [3]string
	}{
		{[]string{"1", "2", "3", "4"}, [3]string{"4", "2", ""}},
		{[]string{"1", " 2 ", "3", " "}, [3]string{"", " 2 ", ""}},
		{[]string{"1", "2"}, [3]string{"", "2", ""}},
		{nil, [3]string{}},
	}
	for _, tt := range tests {
		r.ResetStrings(tt.cells)
		for i, p := range paths {
			assert.Equal(t, tt.want[i], string(r.Value(p).Text), "%s of %q", s.Text(p), tt.cells)
		}
	}
}

func TestNumbersOfMapsAreWrittenInFull(t *testing.T) {
	tests := []struct {
		value any
		want  string
	}{
		{float64(4624), "4624"},
		{1e21, "1000000000000000000000"},
		{0.1, "0.1"},
		{float32(0.1), "0.1"},
		{-7, "-7"},
		{int8(-7), "-7"},
		{uint64(1 << 63), "9223372036854775808"},
		{json.Number("1e3"), "1e3"},
	}
	s, paths := buildSchema(t, event.Options{}, "a")
	m := s.NewMap()
	for _, tt := range tests {
		m.Reset(map[string]any{"a": tt.value})
		v := m.Value(paths[0])
		assert.Equal(t, event.Number, v.Kind, "kind of %T(%v)", tt.value, tt.value)
		assert.Equal(t, tt.want, string(v.Text), "text of %T(%v)", tt.value, tt.value)
	}
	m.Reset(map[string]any{"a": struct{}{}})
	assert.Equal(t, event.Value{Kind: event.Object}, m.Value(paths[0]))
}

func TestUnknownFormatsAndBadPathsAreErrors(t *testing.T) {
	err := event.NewBuilder(event.Options{Format: "syslog"}).Roles()
	assert.EqualError(t, err, `unknown format "syslog": use auto, `+strings.Join(event.PresetNames(), ", "))
	for _, text := range []string{"", strings.Repeat("a.", 64) + "a"} {
		assert.Error(t, event.CheckPath(text), "CheckPath(%q)", text)
		b := event.NewBuilder(event.Options{})
		b.Path(text)
		_, err := b.Build()
		assert.Error(t, err, "Build with path %q", text)
	}
	b := event.NewBuilder(event.Options{Format: "bad", Presets: []event.Preset{{Name: "bad", Roles: []event.PresetRole{{Name: "boss"}}}}})
	assert.EqualError(t, b.Roles(), `preset "bad": unknown role "boss"`)
	s, _ := buildSchema(t, event.Options{}, "a")
	e := s.NewJSON()
	assert.Error(t, e.Scan([]byte(`[1]`)))
	assert.Empty(t, e.AppendElements(nil, 1))
}

// TestOnlyRolesThatAreReadHaveCandidates also covers RoleKey.
func TestOnlyRolesThatAreReadHaveCandidates(t *testing.T) {
	b := event.NewBuilder(event.Options{})
	require.NoError(t, b.Roles(event.Src, event.User))
	mine, other := b.RoleKey(event.Src, "src_owner"), b.RoleKey(event.Dest, "dest_owner")
	s, err := b.Build()
	require.NoError(t, err)
	e := s.NewJSON()
	require.NoError(t, e.Scan([]byte(`{"src":"a","dest":"b","user":"c","src_owner":"d","dest_owner":"e"}`)))
	var r event.Reader
	r.Reset(s)
	r.Read(e)
	assert.Equal(t, []event.Role{event.Src, event.User}, r.Format().Roles())
	assert.Len(t, r.AppendRole(nil, event.Src), 1)
	assert.Empty(t, r.AppendRole(nil, event.Dest))
	assert.True(t, e.Value(mine).Found())
	assert.False(t, e.Value(other).Found())
}

// TestFormatsAreRecognisedInEveryRepresentation reads the same events as JSON, maps and, if
// they are flat, records.
func TestFormatsAreRecognisedInEveryRepresentation(t *testing.T) {
	b := event.NewBuilder(event.Options{Format: event.Auto})
	require.NoError(t, b.Roles())
	s, err := b.Build()
	require.NoError(t, err)
	tests := []struct{ event, format, src string }{
		{`{"src":"10.0.0.1"}`, "cim", "10.0.0.1"},
		{`{"@timestamp":"t","source":{"ip":"10.0.0.2"}}`, "ecs", "10.0.0.2"},
		{`{"@timestamp":"t","source.ip":"10.0.0.2"}`, "ecs", "10.0.0.2"},
		{`{"@timestamp":"t","source":"x"}`, "cim", ""},
		{`{"class_uid":4001,"src_endpoint":{"ip":"10.0.0.3"}}`, "ocsf", "10.0.0.3"},
		{`{"id.orig_h":"10.0.0.4"}`, "zeek", "10.0.0.4"},
		{`{"EventID":null,"src":"10.0.0.5"}`, "cim", "10.0.0.5"},
	}
	var r event.Reader
	r.Reset(s)
	for range 3 { // guesses from earlier events must not change the result
		for _, tt := range tests {
			all := representations(t, s, tt.event)
			var flat map[string]any
			require.NoError(t, json.Unmarshal([]byte(tt.event), &flat))
			if cells, header := texts(flat); len(header) == len(flat) {
				record := s.NewRecord(header)
				record.ResetStrings(cells)
				all = append(all, record)
			}
			for _, e := range all {
				r.Read(e)
				assert.Equal(t, tt.format, r.Format().Name(), "%T format of %s", e, tt.event)
				src := ""
				if c := r.AppendRole(nil, event.Src); len(c) > 0 {
					src = string(c[0].Text)
				}
				assert.Equal(t, tt.src, src, "%T src of %s", e, tt.event)
			}
		}
	}
}

func texts(m map[string]any) (cells, header []string) {
	for name, v := range m {
		if text, isText := v.(string); isText {
			cells, header = append(cells, text), append(header, name)
		}
	}
	return cells, header
}

func TestReadingDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := event.NewBuilder(event.Options{
		Format: event.Auto,
		Zone:   event.ZoneOptions{Rules: []event.ZoneRule{{Zone: "x", When: []entity.Clause{{Field: "n", Op: ">", Value: entity.Literals{"1e3"}}}}}},
	})
	require.NoError(t, b.Roles())
	paths := []event.Path{b.Path("a[].b[].c"), b.Path("a[t=u].d"), b.Path("tags"), b.Path("n"), b.Path("s")}
	s, err := b.Build()
	require.NoError(t, err)
	const raw = `{"@timestamp":"t","source":{"ip":["-"," \u0031.2.3.4"]},"cim_entity_zone":"DMZ","user":{"name":"x\\y"},` +
		`"a":[{"t":"U","b":[{"c":"\u00e9"},{"c":[1,2]}],"d":true}],"tags":["a","b"],"n":12.5,"s":""}`
	all := representations(t, s, raw)
	record := s.NewRecord([]string{"source.ip", "n", "cim_entity_zone"})
	cells := []string{"1.2.3.4", "1001", ""}
	var r event.Reader
	var values []event.Value
	var candidates []event.Candidate
	var texts [][]byte
	bytes := []byte(raw)
	read := func(e event.Event) {
		r.Reset(s)
		r.Read(e)
		_ = r.Zone()
		for role := range event.Role(event.NumRoles) {
			candidates = r.AppendRole(candidates[:0], role)
			for i := range candidates {
				if candidates[i].Pending {
					texts = r.AppendPending(texts[:0], &candidates[i])
				}
			}
		}
		for _, p := range paths {
			values = e.AppendElements(values[:0], p)
			texts = r.AppendVerbatim(texts[:0], p)
		}
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = all[0].(*event.JSON).Scan(bytes); read(all[0]) }), "JSON")
	decoded := map[string]any{}
	require.NoError(t, json.Unmarshal(bytes, &decoded))
	assert.Zero(t, testing.AllocsPerRun(100, func() { all[1].(*event.Map).Reset(decoded); read(all[1]) }), "Map")
	assert.Zero(t, testing.AllocsPerRun(100, func() { record.ResetStrings(cells); read(record) }), "Record")
}
