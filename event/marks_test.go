package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// markedPreset returns a preset with marks, which reads src from the path "a".
func markedPreset(name string, marks ...[]string) event.Preset {
	return event.Preset{Name: name, Prefixes: []string{""}, Marks: marks, Roles: []event.PresetRole{
		{Name: "src", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "a"}, {Field: "sensor.ip"}}}}},
	}}
}

func autoSchema(t *testing.T, presets ...event.Preset) *event.Schema {
	t.Helper()
	b := event.NewBuilder(event.Options{Format: event.Auto, Presets: presets})
	require.NoError(t, b.Roles())
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

// TestMarksChooseThePresetBeforeTheShippedOnes reads every event twice: the second time
// with the guess that the first time left.
func TestMarksChooseThePresetBeforeTheShippedOnes(t *testing.T) {
	s := autoSchema(
		t,
		markedPreset("first", []string{"m"}, []string{"n", "o.p"}),
		markedPreset("second", []string{"m"}),
		markedPreset("third", []string{"sensor.*"}),
		markedPreset("unmarked"),
		markedPreset("suricata", []string{"probe"}), // replaces the shipped one
	)
	for raw, want := range map[string]string{
		`{"m":1,"n":2}`:                         "first",
		`{"n":2,"m":"x","class_uid":3002}`:      "first",
		`{"m":1,"o":{"p":false}}`:               "first",
		`{"m":1,"o.p":{"q":1}}`:                 "first",
		`{"m":1,"o":{"q":1}}`:                   "second",
		`{"m":1,"n":null}`:                      "second",
		`{"m":null,"n":1}`:                      "cim",
		`{"ecs":{"version":"8"},"m":{}}`:        "second",
		`{"sensor":{"x":1}}`:                    "third",
		`{"sensor.ip":"10.1.2.3"}`:              "third", // the preset reads the key
		`{"sensor":"x"}`:                        "cim",
		`{"x":{"m":1}}`:                         "cim",
		`{"probe":1,"class_uid":3002}`:          "suricata",
		`{"event_type":"flow","src_ip":"::1"}`:  "suricata", // the rules of the shipped one still hold
		`{"@timestamp":"x","event":{"kind":1}}`: "ecs",
		`{"src":"10.1.2.3"}`:                    "cim",
	} {
		e := s.NewJSON()
		for range 2 {
			require.NoError(t, e.Scan([]byte(raw)))
			assert.Equal(t, want, formatOf(s, e), "JSON %s", raw)
		}
		var decoded map[string]any
		require.NoError(t, json.Unmarshal([]byte(raw), &decoded))
		m := s.NewMap()
		m.Reset(decoded)
		assert.Equal(t, want, formatOf(s, m), "Map %s", raw)
	}
	for header, want := range map[string]string{"m,n": "first", "m,o.p": "first", "m": "second", "sensor.x": "third", "sensor": "cim", "ts,uid": "zeek"} {
		assert.Equal(t, want, formatOf(s, s.NewRecord(strings.Split(header, ","))), "CSV %s", header)
	}
}

func formatOf(s *event.Schema, e event.Event) string {
	var r event.Reader
	r.Reset(s)
	r.Read(e)
	return r.Format().Name()
}

// TestGuessesOfMarkedPresetsAreChecked interleaves events of several formats with the same
// first key, so that most guesses are wrong.
func TestGuessesOfMarkedPresetsAreChecked(t *testing.T) {
	var presets []event.Preset
	for i := range 20 {
		presets = append(presets, markedPreset(fmt.Sprint("p", i), []string{"m"}, []string{fmt.Sprint("n", i)}))
	}
	s := autoSchema(t, presets...)
	e := s.NewJSON()
	for i := range 200 {
		n := i * 7 % 21
		want := fmt.Sprint("p", n)
		if n == 20 {
			want = "zeek"
		}
		require.NoError(t, e.Scan(fmt.Appendf(nil, `{"m":1,"n%d":1,"id.orig_h":"10.1.2.3"}`, n)))
		require.Equal(t, want, formatOf(s, e))
	}
}

func TestBadMarksAreErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{name: x, extends: ecs, marks: [[]]}`:           `marks[0]: is empty: name at least one path of which an event must have one`,
		`{name: x, extends: ecs, marks: [[a], [b, ""]]}`: `marks[1][1]: path is empty`,
		`{name: x, extends: ecs, marks: [["a[].b"]]}`:    `marks[0][0]: "a[].b" goes through an array, where marks are not looked for: use a path without brackets`,
	} {
		_, err := convertTexts(t, text)
		assert.EqualError(t, err, want, "%s", text)
		var bad *event.PresetError
		assert.ErrorAs(t, err, &bad)
	}
	err := event.NewBuilder(event.Options{Presets: []event.Preset{markedPreset("x", []string{"a[]"})}}).Roles()
	assert.EqualError(t, err, `preset "x": marks[0][0]: "a[]" goes through an array, where marks are not looked for: use a path without brackets`)
	err = event.NewBuilder(event.Options{Presets: []event.Preset{markedPreset("x", []string{})}}).Roles()
	assert.EqualError(t, err, `preset "x": marks[0]: is empty: name at least one path of which an event must have one`)
}

func TestTooManyMarksAreAnError(t *testing.T) {
	var files []event.PresetFile
	var presets []event.Preset
	for i := range 8 {
		var marks []string
		for j := range 40 {
			marks = append(marks, fmt.Sprintf("m%d_%d", i, j))
		}
		presets = append(presets, markedPreset(fmt.Sprint("p", i), marks))
		files = append(files, event.PresetFile{Name: fmt.Sprint("p", i), Extends: "ecs", Marks: [][]string{marks}})
	}
	_, err := event.ConvertPresetFiles(files)
	require.ErrorContains(t, err, "marks: --format auto can test 256 marks, but with these there are ")
	var bad *event.PresetError
	require.ErrorAs(t, err, &bad)
	assert.Positive(t, bad.File)
	assert.Less(t, bad.File, 7, "marks that exceed the limit first")
	assert.Error(t, event.NewBuilder(event.Options{Format: event.Auto, Presets: presets}).Roles())

	_, err = event.ConvertPresetFiles(files[:bad.File])
	assert.NoError(t, err)
	autoSchema(t, presets[:bad.File]...)
}
