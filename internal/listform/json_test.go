package listform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
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
		{"a column that appears only later", `{"ip":"1"}` + "\n" + `{"ip":"2","owner":"x"}` + "\n" + `{"mac":"3","ip":"4"}`, listform.Options{}, "NDJSON", []string{"ip/owner/mac", "1//", "2/x/", "4//3"}},
		{"a wrapper between other members", `{"a":[1,[{}]],"b":{"c":[{"ip":"0"}]},"results":[{"ip":"1"}],"d":[],"e":"x"}`, listform.Options{}, "JSON, rows in results", []string{"ip", "1"}},
		{"NDJSON whose first object has an array of objects", `{"ip":"1","nics":[]}` + "\n" + `{"ip":"2"}`, listform.Options{}, "NDJSON", []string{"ip/nics", "1/", "2/"}},
		{"rows, of several pages", `{"d":{"rows":[{"ip":"1"}]}}` + "\n" + `{"d":{"rows":[{"ip":"2"}]}}`, listform.Options{Rows: "d.rows"}, "JSON, rows in d.rows", []string{"ip", "1", "2"}},
		{"rows, one object", `{"data":{"ip":"1"}}`, listform.Options{Rows: "data"}, "JSON, rows in data", []string{"ip", "1"}},
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
		"[{\"ip\":\"1\"}]\n{}":             "2:1: bad JSON: text after the value that has the rows",
		"[{\"ip\":\"1\"},]":                "1:13: bad JSON: a value is missing",
		"[{\"ip\":\"1\"} {\"ip\":\"2\"}]":  "1:13: bad JSON: a comma or a closing bracket is missing",
		"{\"a\":[{\"ip\":\"1\"}],\"b\":[":  "1:1: the JSON value that begins here is cut short",
		"[{\"ip\":\"\xff\"}]":              "1:9: bad JSON: not UTF-8",
		"ip,owner":                         "",
		"{\"ip\":\"1\"}\n5":                "2:1: a row of a JSON list must be an object, not \"5\"",
		"[1,2]":                            "1:2: a row of a JSON list must be an object, not \"1\"",
		`{"a":[{"ip":"1"}],"b":[{"x":1}]}`: "1:1: the list has several arrays of objects: choose one with rows: a, or rows: b",
		strings.Repeat("[", 1000):          "1:1: objects and arrays are nested more than 100 deep",
		strings.Repeat(`{"a":`, 1000):      "1:1: objects and arrays are nested more than 100 deep",
	} {
		o := listform.Options{}
		if want == "" {
			o.Form, want = "json", "1:1: bad JSON: not a JSON value"
		}
		_, err := readList(t, text, o)
		assert.ErrorContains(t, err, want, "%q", text)
	}
	pages := `{"results":[{"ip":"1"}]}` + "\n" + `{"results":[{"ip":"2"}]}`
	_, err := listform.Open(strings.NewReader(pages), &listform.Options{Keys: assetKeys}, func(*entity.RowError) {})
	assert.EqualError(t, err, "the rows have nothing but arrays of objects: choose one with rows: results")
	_, err = readList(t, `{"a":1}`, listform.Options{Rows: "b"})
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

// TestRowsOfAJSONListDoNotDependOnItsForm compares lists of the same random objects, which
// are longer than what is inspected, in all forms.
func TestRowsOfAJSONListDoNotDependOnItsForm(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var objects []string
	for i := range 4000 {
		var members []string
		for _, name := range []string{"ip", "nt_host", "owner", "city", "bunit"} {
			if value := []string{"", `"x"`, `"ü\"\n"`, "null", "12.5e3", `["a","b",["c"]]`, `{"name":"y","id":[1]}`}[random.IntN(7)]; value != "" {
				members = append(members, strconv.Quote(name)+" : "+value)
			}
		}
		if random.IntN(1000) == 0 {
			members = append(members, fmt.Sprintf(`"rare%d":"%s"`, i, strings.Repeat("z", random.IntN(9000))))
		}
		objects = append(objects, "{"+strings.Join(append(members, fmt.Sprintf(`"n":%d`, i)), ", ")+"}")
	}
	ndjson := strings.Join(objects, "\n")
	require.Greater(t, len(ndjson), 256<<10, "several reads are needed")
	want, err := readList(t, ndjson, listform.Options{})
	require.NoError(t, err)
	require.Len(t, want.rows, 1+len(objects))
	array := "[" + strings.Join(objects, " ,") + "]"
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, []byte(array), " ", "\t"))
	for name, text := range map[string]string{
		"a sequence on one line": strings.Join(objects, ""),
		"an array":               array,
		"an indented array":      indented.String(),
		"a wrapper":              `{"ids":[1,2],"results":` + array + `,"meta":{"n":[]}}`,
		"an indented wrapper":    "{\n \"results\" :" + indented.String() + "\n}\n",
	} {
		got, err := readList(t, text, listform.Options{})
		require.NoError(t, err, name)
		require.Equal(t, want.rows, got.rows, name)
	}
	got, err := readList(t, `{"a":{"b":[{"c.d":`+array+`}]}}`, listform.Options{Rows: "a.b.c.d"})
	require.NoError(t, err)
	require.Equal(t, want.rows, got.rows)
}

// jsonFlood is a long JSON list, which takes no memory: a beginning, the same row again and
// again, and an end.
type jsonFlood struct {
	begin, row, end string
	rows            int
	rest            string
}

func (f *jsonFlood) Read(p []byte) (int, error) {
	switch {
	case f.rest != "":
	case f.begin != "":
		f.rest, f.begin = f.begin, ""
	case f.rows > 0:
		f.rest = f.row
		f.rows--
	case f.end != "":
		f.rest, f.end = f.end, ""
	default:
		return 0, io.EOF
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func TestLongJSONListsTakeLittleMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	row := `{"ip":"10.0.0.1","owner":"` + strings.Repeat("x", 10_000) + `"}`
	const rows = 12_000 // 120 MB
	for name, flood := range map[string]*jsonFlood{
		"NDJSON":   {row: row + "\n"},
		"an array": {begin: "[" + row, row: ",\n" + row, end: "]"},
		"a wrapper whose rows follow a long array": {
			begin: `{"ids":[0` + strings.Repeat(",12345678", 3<<20) + `],"results":[` + row, row: "," + row, end: "]}",
		},
	} {
		flood.rows = rows
		want := rows
		if flood.begin != "" {
			want++
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		list, err := listform.Open(flood, &listform.Options{Keys: assetKeys}, nil)
		require.NoError(t, err, name)
		got := -1 // the header
		for list.Next() {
			got++
		}
		require.NoError(t, list.Err(), name)
		require.NoError(t, list.Close())
		runtime.ReadMemStats(&after)
		assert.Equal(t, want, got, name)
		// Twice 8 MiB in memory, and the text of the first value while it may be a row.
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(80<<20), name)
		assert.Less(t, after.HeapSys, uint64(256<<20), name)
	}
}

// TestManyFurtherValuesOfACellTakeLittleMemory checks that the memory for an array of objects
// grows with its length, not with the square of it.
func TestManyFurtherValuesOfACellTakeLittleMemory(t *testing.T) {
	const n = 20_000
	text := `[{"ip":"10.0.0.1","ports":[` + strings.Repeat(`{"name":"a","mac":null,"label":"b"},`, n) + `{"name":"c"}]}]`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	list, err := listform.Open(strings.NewReader(text), &listform.Options{
		Keys: assetKeys, Columns: map[string]string{"ports.name": "name", "ports.mac": "mac", "ports.label": "label"},
	}, nil)
	require.NoError(t, err)
	defer list.Close()
	require.True(t, list.Next(), "the header")
	require.True(t, list.Next(), "the row")
	runtime.ReadMemStats(&after)
	assert.Equal(t, strings.Repeat("a|", n)+"c", string(list.Cell(1)))
	assert.Empty(t, string(list.Cell(2)))
	assert.Equal(t, strings.TrimSuffix(strings.Repeat("b|", n), "|"), string(list.Cell(3)))
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
}

func TestRowOfAJSONListIsBounded(t *testing.T) {
	for name, flood := range map[string]*jsonFlood{
		"in an array":       {begin: `[{"ip":"`, row: strings.Repeat("x", 1<<20), end: `"}]`, rows: 20},
		"one object":        {begin: `{"a":"`, row: strings.Repeat("x", 1<<20), end: `"}`, rows: 20},
		"one of many parts": {begin: `{"a":[0`, row: strings.Repeat(",1", 1<<19), end: `]}`, rows: 20},
	} {
		_, err := listform.Open(flood, &listform.Options{Keys: assetKeys}, nil)
		assert.ErrorContains(t, err, "a row of a JSON list is longer than 16777216 bytes", name)
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

// BenchmarkJSON measures reading the rows of an inventory, each with other values. The
// result is in rows per second of one core, apart from the garbage collector.
func BenchmarkJSON(b *testing.B) {
	const n = 1 << 16
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, `{"ip":"10.1.%d.%d","nt_host":"ws-%d","owner":"user%d","os":{"name":"Windows","version":"10.0"},"site":"Berlin","tags":["a","b"]}`+"\n", i>>8, i&255, i, i%997)
	}
	ndjson := rows.String()
	array := "[" + strings.ReplaceAll(strings.TrimSuffix(ndjson, "\n"), "\n", ",\n") + "]"
	for _, list := range []struct{ form, text string }{
		{"ndjson", ndjson},
		{"array", array},
		{"wrapper", `{"next":null,"results":` + array + "}"},
	} {
		b.Run(fmt.Sprintf("form=%s/rows=%d", list.form, n), func(b *testing.B) {
			b.SetBytes(int64(len(list.text)))
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				l, err := listform.Open(strings.NewReader(list.text), &listform.Options{Keys: assetKeys}, nil)
				require.NoError(b, err)
				for l.Next() {
					rows++
				}
				require.NoError(b, l.Close())
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
