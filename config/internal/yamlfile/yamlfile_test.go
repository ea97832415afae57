package yamlfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kithsec/kith/internal/problem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample has a field of every type that configurations use.
type sample struct {
	Name           string
	Count          int
	Limit          *int
	Share          float64
	On             bool
	Wait           time.Duration
	Tags           []string
	Columns        map[string]string
	Map            map[string]map[string]string
	Steps          []sampleStep
	Level          level
	Either         either
	Renamed        string   `yaml:"other_name"`
	Hidden         string   `yaml:"-"`
	Rest           struct{} `yaml:",later"`
	embeddedSample          // adds max_rows_per_key
	//lint:ignore U1000 an unexported field has no key
	private string
}

type embeddedSample struct{ MaxRowsPerKey int }

type sampleStep struct {
	AtLeast int
	Is      string
}

type level int

func (l *level) UnmarshalText(b []byte) error {
	switch string(b) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("unknown level %q", b)
	}
	return nil
}

// either is one text or a list of steps.
type either struct {
	Word  string
	Steps []sampleStep
}

func (e *either) UnmarshalYAML(decode func(any) error) error {
	if decode(&e.Word) == nil {
		return nil
	}
	return decode(&e.Steps)
}

func mustParse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("f.yaml", []byte(text))
	require.NoError(t, err, "Parse(%q)", text)
	return f
}

func TestDecodeSetsFieldsOfEveryType(t *testing.T) {
	got := sample{Count: 5, Share: 0.5, Name: "default"}
	err := mustParse(t, `
name:            # no value: the default is kept
count: 0x10
limit: -1
share: 1
on: true
wait: 1d12h
tags: [007, 1_000, 1.50, true, ~x, 'q"', "a\tb"]
columns: {1: one, "a.b": ""}
map:
  priority: {P1: critical}
steps:
- {at_least: 1, is: no}
- at_least: 2
  is: |
    two
    lines
level: high
either: [{at_least: 3}]
other_name: x
rest: {anything: [goes, here], anything: twice}
max_rows_per_key: 7
`).Decode("", &got)
	require.NoError(t, err)
	limit := -1
	assert.Equal(t, sample{
		Name: "default", Count: 16, Limit: &limit, Share: 1, On: true, Wait: 36 * time.Hour,
		Tags:    []string{"007", "1_000", "1.50", "true", "~x", `q"`, "a\tb"},
		Columns: map[string]string{"1": "one", "a.b": ""},
		Map:     map[string]map[string]string{"priority": {"P1": "critical"}},
		Steps:   []sampleStep{{1, "no"}, {2, "two\nlines\n"}}, Level: 2,
		Either: either{Steps: []sampleStep{{3, ""}}}, Renamed: "x", embeddedSample: embeddedSample{7},
	}, got)
}

func TestDecodeFollowsAliasesAndMergeKeys(t *testing.T) {
	var got map[string]sample
	err := mustParse(t, `
base: &base {count: 1, name: b, max_rows_per_key: 3}
more: &more {share: 2}
x: *base
y: {<<: *base, count: 2}
z:
  <<: [*base, *more]
  name: z
`).Decode("", &got)
	require.NoError(t, err)
	assert.Equal(t, sample{Count: 1, Name: "b", embeddedSample: embeddedSample{3}}, got["x"])
	assert.Equal(t, sample{Count: 2, Name: "b", embeddedSample: embeddedSample{3}}, got["y"])
	assert.Equal(t, sample{Count: 1, Name: "z", Share: 2, embeddedSample: embeddedSample{3}}, got["z"])
}

func TestDecodeBeginsAtThePath(t *testing.T) {
	f := mustParse(t, "risk:\n  steps: [{at_least: 1}, {at_least: x}]\n")
	var step sampleStep
	require.NoError(t, f.Decode("risk.steps[0]", &step))
	assert.Equal(t, 1, step.AtLeast)
	assert.EqualError(t, f.Decode("risk.steps[1]", &step), `f.yaml:2:37: at_least: must be a whole number, not "x"`)
	require.NoError(t, f.Decode("risk.rules", &step), "an absent path decodes nothing")
	require.NoError(t, mustParse(t, "# nothing\n").Decode("", &step))
}

func TestDecodeReportsEveryProblemWithItsPlace(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"nmae: x", `f.yaml:1:1: unknown key "nmae" (did you mean "name"?)`},
		{"steps:\n  - at_lest: 1", `f.yaml:2:5: unknown key "at_lest" (did you mean "at_least"?)`},
		{"steps: [{colour: 1}]", `f.yaml:1:10: unknown key "colour": use at_least, is`},
		{"hidden: x", `f.yaml:1:1: unknown key "hidden": use ` + all},
		{"private: x", `f.yaml:1:1: unknown key "private": use ` + all},
		{"name: a\ncount: 1\nname: b", `f.yaml:3:1: key "name" is given twice (first on line 1)`},
		{"columns: {a: b, a: c}", `f.yaml:1:17: key "a" is given twice (first on line 1)`},
		{"name: [a]", `f.yaml:1:7: name: must be a string, not a list`},
		{"name: {a: b}", `f.yaml:1:7: name: must be a string, not a mapping`},
		{"name:\n  a: b", `f.yaml:2:3: name: must be a string, not a mapping`},
		{"count: five", `f.yaml:1:8: count: must be a whole number, not "five"`},
		{"count: 1.5", `f.yaml:1:8: count: must be a whole number, not "1.5"`},
		{`count: "5"`, `f.yaml:1:8: count: must be a whole number, not "5"`},
		{"count: 99999999999999999999", `f.yaml:1:8: count: must be a whole number, not "99999999999999999999"`},
		{"share: .inf", `f.yaml:1:8: share: must be a number, not ".inf"`},
		{"share: .nan", `f.yaml:1:8: share: must be a number, not ".nan"`},
		{"on: yes", `f.yaml:1:5: on: must be true or false, not "yes"`},
		{"wait: soon", `f.yaml:1:7: wait: must be a duration like 7d, 1h30m, 90s or 250ms, not "soon"`},
		{"wait: 30", `f.yaml:1:7: wait: must be a duration like 7d, 1h30m, 90s or 250ms, not "30"`},
		{"tags: a", `f.yaml:1:7: tags: must be a list, not "a"`},
		{"tags: [a, ~, b]", `f.yaml:1:11: tags[1]: the element is empty`},
		{"tags:\n  - a\n  -\n", `f.yaml:3:5: tags[1]: the element is empty`},
		{"tags: [a, [b]]", `f.yaml:1:11: tags[1]: must be a string, not a list`},
		{"columns: x", `f.yaml:1:10: columns: must be a mapping, not "x"`},
		{"- a", `f.yaml:1:1: must be a mapping, not a list`},
		{"just text", `f.yaml:1:1: must be a mapping, not "just text"`},
		{"level: mid", `f.yaml:1:8: level: unknown level "mid"`},
		{"level: [low]", `f.yaml:1:8: level: must be a string, not a list`},
		{"either: [{at_lest: 1}]", `f.yaml:1:11: unknown key "at_lest" (did you mean "at_least"?)`},
		{"name: *nobody", `f.yaml:1:7: no anchor "nobody" before this alias`},
		{"tags: &me [*me]", `f.yaml:1:12: no anchor "me" before this alias`},
		{"name: !!str 12", `f.yaml:1:7: tags are not used here: remove !!str`},
		{"é: 1\nname: [é, [x]]", "f.yaml:1:1: unknown key \"é\": use " + all + "\nf.yaml:2:7: name: must be a string, not a list"},
		{"nmae: x\non: maybe\ncount: x", "f.yaml:1:1: unknown key \"nmae\" (did you mean \"name\"?)\n" +
			"f.yaml:2:5: on: must be true or false, not \"maybe\"\nf.yaml:3:8: count: must be a whole number, not \"x\""},
	} {
		err := mustParse(t, test.text).Decode("", new(sample))
		require.Error(t, err, "Decode(%q)", test.text)
		assert.Equal(t, test.want, err.Error(), "Decode(%q)", test.text)
	}
}

const all = "name, count, limit, share, on, wait, tags, columns, map, steps, level, either, other_name, rest, max_rows_per_key"

func TestParseRejectsInvalidAndExcessiveYAML(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"a:\n\tb: 1", "f.yaml:2:1: tab character: indent with spaces"},
		{"a: [1,", `f.yaml:1:4: "[" is never closed`},
		{"a: {b: 1", `f.yaml:1:4: "{" is never closed`},
		{"a: 'x", `f.yaml:1:4: the quote is never closed`},
		{"a: b: c", `f.yaml:1:4: ": " inside a value: put the value in quotes`},
		{"a: 1\nb", `f.yaml:2:1: expected "key: value" here`},
		{"a: [b, , c]", `f.yaml:1:8: a value is missing here`},
		{"a: @x", `f.yaml:1:4: a value cannot begin with this character: put it in quotes`},
		{`a: "\q"`, `f.yaml:1:6: found unknown escape character 'q'`},
		{"a: 1\n---\nb: 2", `f.yaml:3:1: a second document begins here: only one is allowed`},
		{"a: 1\nb: é\xff", `f.yaml:2:5: not UTF-8`},
		{"a:\n " + strings.Repeat("[", MaxDepth+1), `f.yaml:2:1: nested deeper than the limit of 100`},
		{strings.Repeat("- ", MaxDepth+1), `f.yaml:1:1: nested deeper than the limit of 100`},
		{strings.Repeat(" ", MaxSize+1), `f.yaml: larger than the limit of 1048576 bytes`},
	} {
		_, err := Parse("f.yaml", []byte(test.text))
		require.Error(t, err, "Parse(%.40q)", test.text)
		assert.Equal(t, test.want, err.Error(), "Parse(%.40q)", test.text)
	}
}

// Neither many columns nor a long comment count as nesting.
func TestParseAcceptsWideFiles(t *testing.T) {
	var columns strings.Builder
	for i := range 200 {
		fmt.Fprintf(&columns, "k%d: v, ", i)
	}
	for _, text := range []string{
		"", "# only a comment", "---\nname: x\n...\n", "\uFEFFname: x", "name: x\r\ncount: 1\r\n",
		"name: x # " + strings.Repeat("-", 200), "steps: [" + strings.Repeat("{at_least: 1}, ", 200) + "]",
	} {
		assert.NoError(t, mustParse(t, text).Decode("", new(sample)), "Decode(%.40q)", text)
	}
	var got sample
	require.NoError(t, mustParse(t, "columns: {"+columns.String()+"}").Decode("", &got))
	assert.Len(t, got.Columns, 200)
}

// TestAliasesDoNotExplode multiplies a few values by aliases of aliases: of lists, of
// merge keys, of a long text, and through an anchor name that is defined twice.
func TestAliasesDoNotExplode(t *testing.T) {
	long := strings.Repeat("x", 1<<10)
	for _, test := range []struct{ text, want string }{
		{repeatedAliases(7, "x", func(name string) string { return "[" + strings.Repeat("*"+name+",", 10) + "]" }), "f.yaml:7:"},
		{repeatedAliases(7, "{k: v}", func(name string) string { return "{<<: [" + strings.Repeat("*"+name+",", 10) + "]}" }), "f.yaml:7:"},
		{repeatedAliases(5, long, func(name string) string { return "[" + strings.Repeat("*"+name+",", 10) + "]" }), "f.yaml:5:"},
		{"a: &x {k: v}\nb: &y {<<: *x}\nc: &x {<<: [*y, *y]}\nd: {<<: *x}", "f.yaml:2:12:"},
	} {
		_, err := Parse("f.yaml", []byte(test.text))
		require.Error(t, err, "Parse(%.80q)", test.text)
		assert.Regexp(t, "^"+test.want+".*the aliases up to here expand to more than the limit of 8388608 bytes$", err.Error(), "Parse(%.80q)", test.text)
	}
	for _, text := range []string{
		repeatedAliases(4, "x", func(name string) string { return "[" + strings.Repeat("*"+name+",", 10) + "]" }),
		"a: &x 1\nb: *x\nc: &x 2\nd: *x",
		"tags: &me [*me]",
	} {
		_, err := Parse("f.yaml", []byte(text))
		assert.NoError(t, err, "Parse(%.80q)", text)
	}
}

// repeatedAliases returns a file of n lines. The function repeat makes each line from
// the anchor of the line before it.
func repeatedAliases(n int, first string, repeat func(name string) string) string {
	text := "a1: &a1 " + first + "\n"
	for i := 1; i < n; i++ {
		text += fmt.Sprintf("a%d: &a%d %s\n", i+1, i+1, repeat(fmt.Sprintf("a%d", i)))
	}
	return text
}

func TestAtReturnsThePlaceOfTheLongestKnownPrefix(t *testing.T) {
	f := mustParse(t, `assets:
  sources:
    - {name: cmdb, path: a.csv}
    - name: cloud
      policy: frist
      columns:
        a.b: c
  list: [a, b]
`)
	for path, want := range map[string]string{
		"":                                "f.yaml:1:1",
		"assets":                          "f.yaml:1:1",
		"assets.sources":                  "f.yaml:2:3",
		"assets.sources[0]":               "f.yaml:3:7",
		"assets.sources[0].path":          "f.yaml:3:26",
		"assets.sources[1]":               "f.yaml:4:7",
		"assets.sources[1].policy":        "f.yaml:5:15",
		"assets.sources[1].columns":       "f.yaml:6:7",
		`assets.sources[1].columns."a.b"`: "f.yaml:7:14",
		"assets.sources[1].columns." + Key("a.b"): "f.yaml:7:14",
		"assets.sources[1].nothing.here":          "f.yaml:4:7",
		"assets.sources[9]":                       "f.yaml:2:3",
		"assets.list[1]":                          "f.yaml:8:13",
		"identities":                              "f.yaml:1:1",
	} {
		assert.Equal(t, want, f.At(path), "At(%q)", path)
	}
	assert.Equal(t, "f.yaml", mustParse(t, "").At("assets"), "an empty file has no places")
	assert.EqualError(t, f.Errorf("assets.list[0]", "bad %d", 1), "f.yaml:8:10: bad 1")
}

func TestParseDurationAcceptsDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"7d": 168 * time.Hour, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute, "90s": 90 * time.Second,
		"250ms": 250 * time.Millisecond, "1d12h": 36 * time.Hour, "0s": 0, "0d": 0, "1.5h": 90 * time.Minute,
	} {
		got, err := ParseDuration(text)
		require.NoError(t, err, "ParseDuration(%q)", text)
		assert.Equal(t, want, got, "ParseDuration(%q)", text)
	}
	for _, text := range []string{"", "7", "d", "-1h", "-1d", "1d-1h", "1d+1h", "1h1d", "1.5d", "99999d99999999h", "soon", "1w"} {
		_, err := ParseDuration(text)
		assert.Error(t, err, "ParseDuration(%q)", text)
	}
}

func TestJoinSortsAndDropsConsequences(t *testing.T) {
	p := func(line, column int, text string) error {
		return &problem.InFile{File: "f.yaml", Line: line, Column: column, Text: text}
	}
	got := Join(errors.Join(p(3, 1, "type"), p(9, 1, "key")), errors.Join(p(5, 2, "word"), p(3, 1, "follows"), p(5, 2, "too")))
	assert.EqualError(t, got, "f.yaml:3:1: type\nf.yaml:5:2: word\nf.yaml:5:2: too\nf.yaml:9:1: key")
	assert.NoError(t, Join(nil, nil))
}

func TestKeyNameIsSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"Name": "name", "MaxRowsPerKey": "max_rows_per_key", "ESFactors": "es_factors", "MITREAttack": "mitre_attack",
		"ValueField": "value_field", "ID": "id", "RuleFiles": "rule_files", "PSeries": "p_series",
	} {
		assert.Equal(t, want, KeyName(name), "KeyName(%q)", name)
	}
}

// FuzzDecode checks three laws for any file: every problem has a place inside the file
// and one line of text, At never fails, and a JSON file decodes to what encoding/json
// reads from it.
func FuzzDecode(f *testing.F) {
	f.Add("name: x\ncount: 1\n")
	f.Add(`{"name":"x","tags":["a","b"],"columns":{"a":"b"}}`)
	f.Add("a: &a [*a]\nb: {<<: *a}\n")
	f.Add("steps:\n- at_least: 1\n  is: |\n   x\n")
	f.Add("? a\n: b\n")
	f.Add("a: !!binary x\n")
	f.Add("'': ''\n\"\": 1")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		var got sample
		file, err := Parse("f.yaml", []byte(text))
		if err == nil {
			_ = file.At("steps[0].is")
			_ = file.Decode("", new(map[string]sample))
			err = file.Decode("", &got)
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, p := range problemsIn(err) {
			assert.LessOrEqual(t, p.Line, lines, "%q: %v", text, p)
			assert.NotContains(t, p.Text, "\n", "%q", text)
		}
		var want struct {
			Tags    []string
			Columns map[string]string
		}
		if err == nil && json.Unmarshal([]byte(text), &want) == nil && !strings.Contains(text, "\\") {
			assert.Equal(t, want.Tags, got.Tags, "%q", text)
			assert.Equal(t, want.Columns, got.Columns, "%q", text)
		}
	})
}
