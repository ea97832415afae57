package listform_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/listform"
)

func TestRowsOfJSONLists(t *testing.T) {
	for _, test := range []struct {
		name, text string
		o          listform.Options
		form       string
		rows       []string
	}{
		{"NDJSON", `{"ip":"1","n":2}` + "\n\n" + `{"x":true,"ip":"3"}`, listform.Options{}, "NDJSON", []string{"ip/n/x", "1/2/", "3//true"}},
		{"objects over several lines", "{\n\"ip\":\"1\"\n}\n{\"ip\":\"2\"}", listform.Options{}, "NDJSON", []string{"ip", "1", "2"}},
		{"an array", ` [{"ip":"1"}, {"ip":"2"}] `, listform.Options{}, "JSON array", []string{"ip", "1", "2"}},
		{"the only array of objects", `{"count":1,"tags":["a"],"results":[{"ip":"1"}]}`, listform.Options{}, "JSON, rows in results", []string{"ip", "1"}},
		{"one object", `{"ip":"1"}`, listform.Options{}, "JSON", []string{"ip", "1"}},
		{"rows, chosen", `{"a":[{"ip":"1"}],"b":{"c":[{"ip":"2"}]}}`, listform.Options{Rows: "b.c"}, "JSON, rows in b.c", []string{"ip", "2"}},
		{"rows, through arrays", `{"Reservations":[{"Instances":[{"ip":"1"}]},{"Instances":[{"ip":"2"}]}]}`, listform.Options{Rows: "Reservations.Instances"}, "JSON, rows in Reservations.Instances", []string{"ip", "1", "2"}},
		{"rows, in a key with dots", `{"a.b":{"c":[{"ip":"1"}]}}`, listform.Options{Rows: "a.b.c"}, "JSON, rows in a.b.c", []string{"ip", "1"}},
		{"nested members", `{"ip":"1","os":{"name":"x","v":{"n":1}}}` + "\n" + `{"ip":"2"}`, listform.Options{}, "NDJSON", []string{"ip/os.name/os.v.n", "1/x/1", "2//"}},
		{"arrays, null and escapes", `[{"ip":["1","2",[3]],"a":null,"b":"\u00fc\"","c":[]}]`, listform.Options{}, "JSON array", []string{`ip/a/b/c`, `1|2|3//ü"/`}},
		{"the last of two equal keys", `[{"ip":"1","ip":"2"}]`, listform.Options{}, "JSON array", []string{"ip", "2"}},
		{"names that differ in case", `[{"ip":"1","IP":"2"}]`, listform.Options{}, "JSON array", []string{"ip/IP.2", "1/2"}},
		{
			"arrays of objects, if configured", `[{"name":"a","nics":[{"ip":"1","mac":"x"},{"ip":null},{"ip":"2"}]}]`,
			listform.Options{Columns: map[string]string{"nics.ip": "ip"}},
			"JSON array",
			[]string{"name/nics.ip", "a/1|2"},
		},
		{
			"steps", `[{"name":"a","domain":"x","state":"up"},{"name":"b","domain":"x","state":"down"}]`,
			listform.Options{Where: clause("state", "=", "up"), Make: map[string]string{"dns": "$name$.$domain$"}},
			"JSON array",
			[]string{"name/domain/state/dns", "a/x/up/a.x"},
		},
		{"form: json", "\n", listform.Options{Form: "json"}, "NDJSON", nil},
		{"form: csv", "[ip],ip\na,1\n", listform.Options{Form: "csv"}, "comma, header in line 1", []string{"[ip]/ip", "a/1"}},
	} {
		got, err := readList(t, test.text, test.o)
		require.NoError(t, err, test.name)
		assert.Equal(t, "UTF-8, "+test.form, got.form, test.name)
		assert.Equal(t, test.rows, got.rows, test.name)
	}
}

func TestBadJSONListsAreRejectedAtTheirPlace(t *testing.T) {
	for text, want := range map[string]string{
		"[{\"ip\":\"1\"},\n {\"ip\":\"2\"": "1:1: the JSON value that begins here is cut short",
		"{\"ip\":\"1\"}\n{\"ip\":\"2":      "2:1: the JSON value that begins here is cut short",
		"{\"ip\":\"1\"}\n{\"ip\" \"2\"}":   "2:7: bad JSON: ",
		"[{\"ip\":\"1\"},\n{\"ip\":01}]":   "2:7: bad JSON: ",
		"{\"ip\":\"1\"}\n5":                "2:1: a row of a JSON list must be an object, not \"5\"",
		"[1,2]":                            "1:2: a row of a JSON list must be an object, not \"1\"",
		`{"a":[{"ip":"1"}],"b":[{"x":1}]}`: "1:1: the list has several arrays of objects: choose one with rows: a, or rows: b",
		strings.Repeat("[", 1000):          "1:1: objects and arrays are nested more than 100 deep",
		strings.Repeat(`{"a":`, 1000):      "1:1: objects and arrays are nested more than 100 deep",
	} {
		_, err := readList(t, text, listform.Options{})
		assert.ErrorContains(t, err, want, "%q", text)
	}
	_, err := readList(t, `{"a":1}`, listform.Options{Rows: "b"})
	assert.EqualError(t, err, `rows: the list has no member "b"`)
}

func TestNextPageOfAJSONListIsALoss(t *testing.T) {
	for text, lost := range map[string]bool{
		`{"next":"https://x/?page=2","results":[{"ip":"1"}]}`:           true,
		`{"next":null,"results":[{"ip":"1"}]}`:                          false,
		`{"value":[{"ip":"1"}],"@odata.nextLink":"https://x/?$skip=1"}`: true,
		`[{"ip":"1","next":"x"}]`:                                       false,
	} {
		losses := 0
		_, err := listform.Open(strings.NewReader(text), &listform.Options{Keys: assetKeys}, func(e *entity.RowError) {
			assert.Equal(t, entity.LostRow, e.Loss)
			assert.ErrorContains(t, e.Err, "names the next page, which is not read")
			losses++
		})
		require.NoError(t, err)
		assert.Equal(t, lost, losses > 0, text)
	}
}

func TestArrayOfObjectsThatIsNotConfiguredIsANote(t *testing.T) {
	got, err := readList(t, `[{"ip":"1","nics":[{"mac":"x"}]},{"ip":"2","nics":[{"mac":"y"}]}]`, listform.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"ip", "1", "2"}, got.rows)
	assert.Equal(t, []string{`"nics" is an array of objects, which is not read: name a member of them in columns, as in columns: {nics.NAME: …}`}, got.notes)
}

func TestPlacesInJSONAreThoseOfTheFile(t *testing.T) {
	list, err := listform.Open(strings.NewReader("[\n{\"ip\":\"1\",\n  \"os\":\"x\"},\n {\"ip\":\"2\"}, {\"ip\":\"3\"}]"), &listform.Options{Keys: assetKeys}, nil)
	require.NoError(t, err)
	require.True(t, list.Next())
	for _, want := range [][2][2]int{{{2, 7}, {3, 8}}, {{4, 8}, {4, 2}}, {{4, 20}, {4, 14}}} {
		require.True(t, list.Next())
		for i, place := range want {
			line, column := list.Pos(i)
			assert.Equal(t, place, [2]int{line, column})
		}
	}
}

// FuzzJSON checks that reading any JSON list ends without a panic, with places in the list.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":[{"b":1}]}`, `[{"ip":["1",{"x":[1]}]}]`, "{}\n{\"a\":{\"b\":null}}", `[`, `{"a":"\`, `{"a":tru}`, `[{}`} {
		f.Add(text, "")
		f.Add(text, "a.b")
	}
	f.Fuzz(func(t *testing.T, text, rows string) {
		o := &listform.Options{Keys: assetKeys, Form: "json", Rows: rows, Columns: map[string]string{"a.b": "ip"}}
		list, err := listform.Open(strings.NewReader(text), o, func(*entity.RowError) {})
		if err != nil {
			return
		}
		for list.Next() {
			for i := range list.Len() {
				_ = list.Cell(i)
				line, column := list.Pos(i)
				require.Positive(t, line)
				require.Positive(t, column)
			}
		}
	})
}

// BenchmarkJSON measures rows of an inventory in NDJSON.
func BenchmarkJSON(b *testing.B) {
	var text strings.Builder
	for i := range 1 << 16 {
		fmt.Fprintf(&text, `{"ip":"10.1.%d.%d","nt_host":"ws-%d","owner":"user%d","os":{"name":"Windows","version":"10.0"},"site":"Berlin","tags":["a","b"]}`+"\n", i>>8, i&255, i, i%997)
	}
	b.SetBytes(int64(text.Len()) / (1 << 16))
	b.ReportAllocs()
	rows := 0
	for rows < b.N {
		list, err := listform.Open(strings.NewReader(text.String()), &listform.Options{Keys: assetKeys}, nil)
		require.NoError(b, err)
		for list.Next() {
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
