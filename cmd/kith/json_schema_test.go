package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/merge"
)

// jsonRun is a command whose output must match a schema of docs/schemas: every line, or the
// whole output if it is one value.
type jsonRun struct {
	schema string
	from   string // "stdout", "stderr" or a file that the command writes
	args   string // separated by spaces
	stdin  string
}

// jsonRuns run one after another in a folder with the files of jsonFiles and with testdata
// as "data". Together they must print every member that the schemas describe.
var jsonRuns = []jsonRun{
	{"enrich-summary.json", "stderr", "enrich -q --summary json --config data/acme/kith.yaml data/acme/events/bad.ndjson", ""},
	{"enrich-summary.json", "stderr", "enrich -q --summary json --assets several.csv --out csv", "{\"dest\":\"db-9\"}\n{\"dest\":\"db-9\",\"x\":1}\n"},
	{"enrich-summary.json", "stderr", "enrich -q --summary json --assets several.csv", `{"id.orig_h":"10.1.1.1","uid":"C1","ts":1}`},
	{"enrich-summary.json", "stderr", "enrich -q --summary json --assets several.csv --risk -", `{"_time":"2026-03-01T10:00:00Z","risk_object":"ann","risk_score":1}`},
	{"dead-letter.json", "bad.ndjson", "enrich -q --assets several.csv --dead-letter bad.ndjson --max-line 20", "oops\n\xff\n" + strings.Repeat("x", 30) + "\n"},

	{"risk-summary.json", "stderr", "risk -q --summary json --config data/acme/risk/kith.yaml --state st --ack acks.ndjson data/acme/risk/modifiers.ndjson", ""},
	{"risk-summary.json", "stderr", "risk -q --summary json --identities people.csv", `{"_time":"2026-03-01T10:00:00Z","risk_object":"LAB\\ann","risk_object_type":"user","risk_score":1}`},
	{"acknowledgement.json", "acks.ndjson", "version", ""},
	{"notable.json", "stdout", "risk -q --config measures.yaml --state measured", measuredModifiers},
	{"notable.json", "stdout", "risk -q --config measures.yaml --contributions 1", measuredModifiers},
	{"notable.json", "stdout", "risk notables --state st --limit 0 -o json", ""},
	{"notable.json", "stdout", "risk explain ca7d9103 --state st -o json", ""},
	{"risk-top.json", "stdout", "risk top --state measured --limit 0 -o json", ""},
	{"risk-show.json", "stdout", "risk show jdoe --state st --config data/acme/risk/kith.yaml -o json", ""},
	{"risk-show.json", "stdout", "risk show u1 --state measured -o json", ""},
	{"risk-show.json", "stdout", "risk show nobody --state st -o json", ""},

	{"lookup.json", "stdout", "lookup 10.1.3.17 web01.acme.example jdoe nobody --config data/acme/kith.yaml -o json", ""},
	{"lookup.json", "stdout", "lookup 10.1.1.7 db-9 db-9.corp.example CORP\\ws-17 --assets several.csv -o json", ""},
	{"search.json", "stdout", "search 10.1.2.0/24 --config data/acme/kith.yaml -o json", ""},
	{"search.json", "stdout", "search jd --config data/acme/kith.yaml -o json", ""},

	{"check.json", "stdout", "check --config data/acme/kith.yaml -o json", ""},
	{"merge.json", "stdout", "merge -q --assets several.csv --out merged -o json", ""},
	{"check.json", "stdout", "check --config problems.yaml -o json", ""},
	{"check.json", "stdout", "check --config broken.yaml -o json", ""},
	{"check.json", "stdout", "check --columns -o json", ""},
	{"merge.json", "stdout", "merge --config data/acme/kith.yaml -o json", ""},
	{"merge.json", "out/merge_report.json", "merge -q --config problems.yaml --out out", ""},
	{"merge-diff.json", "stdout", "merge -q --config changed.yaml --diff out -o json", ""},
}

// measuredModifiers are what rules with decay, dedup, cap and ranks count.
const measuredModifiers = `{"_time":"2026-03-01T10:00:00Z","risk_object":"u1","risk_object_type":"user","risk_score":50,"source":"a","risk_message":"m","orig_sid":"s1","orig_rid":"0","vpn":true,"annotations":{"mitre_attack":"T1110"},"threat_object":"203.0.113.9","threat_object_type":"ip_address","cim_entity_zone":"emea"}
{"_time":"2026-03-01T11:00:00Z","risk_object":"u1","risk_object_type":"user","risk_score":50,"source":"a","risk_message":"m","n":1,"cim_entity_zone":"emea"}
{"_time":"2026-03-01T12:00:00Z","risk_object":"u1","risk_object_type":"user","risk_score":60,"source":"b","risk_message":"n","cim_entity_zone":"emea"}
`

var jsonFiles = map[string]string{
	"several.csv": "ip,nt_host,dns,owner\n10.1.1.0/24,,,net\n10.1.1.7,ws-17,,\n10.1.1.8,,db-9.corp.example,boss\n10.1.1.9,,db-9.lab.example,boss\n",
	"cmdb.csv": "ip,nt_host,dns,mac,owner,category,priority,status,expire\n" +
		"10.1.1.1,srv-a,,,ann,x,hihg,,2026-01-01\n" + // a lost value
		"10.1.1.1,,,,bob,,low,,2026-02-01\n" + // makes newest drop the address of the row before
		"10.1.1.1,,,,bob,,low,,2026-01-01\n" + // superseded
		"10.1.2.2/24,srv-c,,,bob,x|y,,,\n" + // a note, and a cut value
		"10.1.3.3,srv-d,,,bob,,,retired,\n" +
		",srv-e,twice.example,,c1,,,,\n,,twice.example,,c2,,,,\n" + // a collision, and an entity without a key
		"x,,,,,,,,\n" + // a lost row
		"10.4.4.4,one,,,ann,,low,,\n" +
		",shared,,,a,,,,\n,shared,,,b,,,,\n,shared,,,c,,,,\n" +
		",big," + strings.Repeat("n", 30) + "|" + strings.Join(strings.Split("abcdefghijklmnopqrstuvwxyz", ""), "|") + ",,,,,,\n",
	"other.csv":  "ip,nt_host,owner\n10.4.4.4,two,bob\n", // contradicts cmdb.csv
	"people.csv": "identity,email\nCORP\\jdoe,jdoe@corp.example\nann,\n",
	"measures.yaml": `risk:
  factors:
    - {name: vpn, add: 5, when: [{field: vpn, op: "=", value: true}]}
    - {name: remote, multiply: 1.5, when: [{field: vpn, op: "=", value: true}]}
  incident_rules:
    - {name: faded, window: 24h, when: capped_score > 20, decay: 12h, aggregate: {p_series: 1.5}, dedup: message}
    - {name: capped, window: 24h, when: capped_score > 20, cap: 1x, severity: high}
`,
	"problems.yaml": `assets:
  max_rows_per_key: 2
  fields: {category: {limit: 1}, dns: {join: false}}
  sources:
    - {name: cmdb, path: cmdb.csv, where: [{field: status, op: "!=", value: retired}], newest: {by: ip, field: expire}}
    - {name: other, path: other.csv, columns: {Ownedby: owner}}
    - {name: old, path: merged/` + merge.AssetsByString + `}
identities:
  sources: [{name: hr, path: people.csv}]
`,
	"changed.yaml": "assets: {sources: [{name: cmdb, path: changed.csv}]}\nidentities: {sources: [{name: hr, path: people.csv}]}\n",
	"changed.csv":  "nt_host,owner\nsrv-c,eve\nsrv-new,eve\n",
	"broken.yaml":  "assets:\n  sources: [{path: gone.csv}, {path: torn.csv}]\n",
	"torn.csv":     "ip,owner\n10.0.0.1,\"x\n",
}

func TestJSONOutputMatchesItsSchema(t *testing.T) {
	data, err := filepath.Abs("../../testdata")
	require.NoError(t, err)
	schemas := readSchemas(t, "../../docs/schemas")
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.Symlink(data, "data"))
	for name, text := range jsonFiles {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	covered := map[string]bool{}
	for _, r := range jsonRuns {
		var out, errs bytes.Buffer
		run(t.Context(), strings.Fields(r.args), strings.NewReader(r.stdin), &out, &errs)
		text := map[string]string{"stdout": out.String(), "stderr": errs.String()}[r.from]
		if r.from != "stdout" && r.from != "stderr" {
			text = readText(t, r.from)
		}
		values := decodeAll(t, text, r.args)
		assert.NotEmpty(t, values, "kith %s: nothing in %s\n%s", r.args, r.from, errs.String())
		for _, v := range values {
			if err := schemas.compiled[r.schema].Validate(v); err != nil {
				t.Errorf("kith %s: %#v", r.args, err)
			}
			schemas.cover(covered, r.schema, schemas.raw[r.schema], v)
		}
	}
	for _, member := range schemas.members() {
		assert.True(t, covered[member], "no run prints the member %s", member)
	}
}

// decodeAll returns the JSON values of a text.
func decodeAll(t *testing.T, text, about string) (values []any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for d.More() {
		var v any
		require.NoError(t, d.Decode(&v), "kith %s: %s", about, text)
		values = append(values, v)
	}
	return values
}

// schemaSet holds the schemas of a folder by their file names.
type schemaSet struct {
	raw      map[string]any
	compiled map[string]*jsonschema.Schema
}

func readSchemas(t *testing.T, dir string) *schemaSet {
	t.Helper()
	s := &schemaSet{map[string]any{}, map[string]*jsonschema.Schema{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.AssertContent()
	for _, file := range files {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(readText(t, file)))
		require.NoError(t, err, "%s", file)
		s.raw[filepath.Base(file)] = v
	}
	for _, file := range files {
		s.compiled[filepath.Base(file)], err = c.Compile(file)
		require.NoError(t, err)
	}
	return s
}

// resolve follows a reference, such as "notable.json#/$defs/threat", from a file. It returns
// the file and the schema in it.
func (s *schemaSet) resolve(file, ref string) (string, any) {
	name, pointer, _ := strings.Cut(ref, "#")
	if name != "" {
		file = name
	}
	at := s.raw[file]
	if pointer == "" {
		return file, at
	}
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		at = at.(map[string]any)[part]
	}
	return file, at
}

// cover marks the members that a value has, and that a schema of a file describes. A member is
// written as "file: description".
func (s *schemaSet) cover(covered map[string]bool, file string, schema, value any) {
	m, _ := schema.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		to, target := s.resolve(file, ref)
		s.cover(covered, to, target, value)
	}
	for _, word := range []string{"oneOf", "anyOf"} {
		for _, branch := range listOf(m[word]) {
			if s.fits(file, branch, value) {
				s.cover(covered, file, branch, value)
			}
		}
	}
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			s.cover(covered, file, m["items"], element)
		}
	case map[string]any:
		properties, _ := m["properties"].(map[string]any)
		for name, member := range v {
			if property, ok := properties[name]; ok {
				covered[memberName(file, name, property)] = true
				s.cover(covered, file, property, member)
			} else {
				s.cover(covered, file, m["additionalProperties"], member)
			}
		}
	}
}

// fits reports whether an object can be of one branch of several: it has its required members
// and constants. The branches of our schemas differ in these.
func (s *schemaSet) fits(file string, branch, value any) bool {
	m := branch.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		to, target := s.resolve(file, ref)
		return s.fits(to, target, value)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	properties, _ := m["properties"].(map[string]any)
	for name, property := range properties {
		constant, is := property.(map[string]any)["const"]
		if is && fmt.Sprint(object[name]) != fmt.Sprint(constant) {
			return false
		}
	}
	for _, name := range listOf(m["required"]) {
		if _, has := object[name.(string)]; !has {
			return false
		}
	}
	return true
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// memberName names a described member uniquely, as far as people can tell members apart.
func memberName(file, name string, property any) string {
	m := property.(map[string]any)
	return fmt.Sprintf("%s: %s (%v%v)", file, name, m["description"], m["$ref"])
}

// members returns all members that the schemas describe.
func (s *schemaSet) members() []string {
	all := map[string]bool{}
	for file, schema := range s.raw {
		collectMembers(all, file, schema)
	}
	return slices.Sorted(maps.Keys(all))
}

func collectMembers(all map[string]bool, file string, schema any) {
	switch m := schema.(type) {
	case []any:
		for _, element := range m {
			collectMembers(all, file, element)
		}
	case map[string]any:
		for word, inner := range m {
			if properties, ok := inner.(map[string]any); ok && word == "properties" {
				for name, property := range properties {
					all[memberName(file, name, property)] = true
				}
			}
			collectMembers(all, file, inner)
		}
	}
}

// TestSchemasAreClosedAndDocumented also checks that every member has a description.
func TestSchemasAreClosedAndDocumented(t *testing.T) {
	page := readText(t, "../../docs/json.md")
	for file, schema := range readSchemas(t, "../../docs/schemas").raw {
		assert.True(t, strings.Contains(page, "(schemas/"+file+")"), "docs/json.md does not link %s", file)
		checkClosed(t, file, schema)
	}
}

func checkClosed(t *testing.T, file string, schema any) {
	t.Helper()
	switch m := schema.(type) {
	case []any:
		for _, element := range m {
			checkClosed(t, file, element)
		}
	case map[string]any:
		for word, inner := range m {
			if properties, ok := inner.(map[string]any); ok && word == "properties" {
				assert.Equal(t, false, m["additionalProperties"], "%s: an object with %v is open", file, slices.Sorted(maps.Keys(properties)))
				for name, property := range properties {
					p := property.(map[string]any)
					assert.True(t, p["description"] != nil || p["$ref"] != nil, "%s: %s has no description", file, name)
				}
			}
			checkClosed(t, file, inner)
		}
	}
}
