package event_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

// The twin is a slow, simple implementation: it decodes an event with encoding/json
// and walks every route of a path. If several routes of a path exist, Map uses the
// first one, but JSON the one whose value begins last in the bytes. The decoded event
// has lost the order of the bytes, so such paths of JSON are not compared; package
// jsonscan has a twin that does.

type twinValue struct {
	kind event.Kind
	text string
}

// throughArray matches a path through an array. Its groups are the path of the array,
// the member and value in brackets, and the rest of the path.
var throughArray = regexp.MustCompile(`^(.+?)\[(?:([^\]=]+)=([^\]]*))?\](?:\.(.*))?$`)

// twinWalk returns the values that a path leads to, one list for each route that
// exists.
func twinWalk(m map[string]any, path string) (all [][]twinValue) {
	if parts := throughArray.FindStringSubmatch(path); parts != nil {
		for _, array := range twinFind(m, parts[1]) {
			all = append(all, twinThrough(array, parts[2], parts[3], parts[4]))
		}
		return all
	}
	for _, v := range twinFind(m, path) {
		found := []twinValue{}
		if list, isList := v.([]any); isList {
			for _, element := range list {
				found = append(found, twinOf(element))
			}
		} else {
			found = append(found, twinOf(v))
		}
		all = append(all, found)
	}
	return all
}

// twinFind returns the values that the routes of a plain path lead to.
func twinFind(m map[string]any, path string) (all []any) {
	for _, route := range event.RoutesOf(path) {
		v, found := any(m), true
		for _, step := range route {
			inner, _ := v.(map[string]any)
			if v, found = inner[step.Name]; !found {
				break
			}
		}
		if found {
			all = append(all, v)
		}
	}
	return all
}

func twinThrough(array any, member, value, rest string) []twinValue {
	found := []twinValue{}
	for _, element := range twinFlatten(array) {
		inner, isObject := element.(map[string]any)
		if member != "" {
			members := twinFind(inner, member)
			if len(members) == 0 || !twinOf(members[0]).kind.IsScalar() || !strings.EqualFold(twinOf(members[0]).text, value) {
				continue
			}
		}
		if rest == "" {
			found = append(found, twinOf(element))
		} else if isObject {
			if all := twinWalk(inner, rest); len(all) > 0 {
				found = append(found, all[0]...)
			}
		}
	}
	return found
}

func twinFlatten(v any) (all []any) {
	list, isList := v.([]any)
	if !isList {
		return []any{v}
	}
	for _, element := range list {
		all = append(all, twinFlatten(element)...)
	}
	return all
}

func twinOf(v any) twinValue {
	switch v := v.(type) {
	case nil:
		return twinValue{event.Null, "null"}
	case string:
		return twinValue{event.String, v}
	case bool:
		return twinValue{map[bool]event.Kind{true: event.True, false: event.False}[v], fmt.Sprint(v)}
	case json.Number:
		return twinValue{event.Number, v.String()}
	case []any:
		return twinValue{event.Array, ""}
	}
	return twinValue{event.Object, ""}
}

// twinTexts returns the trimmed texts of values that are not null tokens.
func twinTexts(values []twinValue, nulls []string) (texts []string) {
	for _, v := range values {
		text := strings.TrimSpace(v.text)
		if v.kind.IsScalar() && !slices.Contains(nulls, strings.ToLower(text)) {
			texts = append(texts, text)
		}
	}
	return texts
}

// twinCandidate is a candidate of a role.
type twinCandidate struct {
	path, text, domain string
	wire               bool
}

// twinWire returns the candidates without MAC addresses that were seen on the wire beside an
// address that is not link-local. The results begin with "+" if they and the ones before
// them are elements of one array.
func twinWire(all []twinCandidate) (found []string) {
	scope := map[string]int{} // by path: 1 if a text is a link-local address, 2 if one is another address
	widest := 0
	for _, c := range all {
		a, err := netip.ParseAddr(twinAddress(c.text))
		if c.wire || err != nil {
			continue
		}
		n := 2
		if a.Unmap().IsLinkLocalUnicast() {
			n = 1
		}
		scope[c.path], widest = max(scope[c.path], n), max(widest, n)
	}
	if widest == 1 && !slices.ContainsFunc(all, func(c twinCandidate) bool { return c.wire }) {
		widest = 0
	}
	if widest == 2 {
		all = slices.DeleteFunc(all, func(c twinCandidate) bool { return c.wire })
	}
	for i, c := range all {
		text := c.path + "=" + c.text + c.domain
		if i > 0 {
			before := all[i-1]
			if c.path != "" && c.path == before.path || widest == 1 && (c.wire || scope[c.path] == 1) && (before.wire || scope[before.path] == 1) {
				text = "+" + text
			}
		}
		found = append(found, text)
	}
	return found
}

// twinRole returns the candidates of a role: "path=text", or "path=text@domain".
func twinRole(m map[string]any, p event.Preset, role event.Role) []string {
	nulls := event.NullTokens()
	for _, n := range p.Null {
		nulls = append(nulls, strings.ToLower(n))
	}
	texts := func(path string) []string {
		all := twinWalk(m, path)
		if len(all) == 0 {
			return nil
		}
		return twinTexts(all[0], nulls)
	}
	r, _ := p.Role(role.String())
	for _, g := range r.Groups {
		holds := true
		for _, c := range g.When {
			var values []string
			for _, spelling := range p.Spellings(c.Field) {
				if values = texts(spelling); len(values) > 0 {
					break
				}
			}
			equal := slices.ContainsFunc(values, func(v string) bool {
				return slices.ContainsFunc(c.Value, func(l string) bool { return strings.EqualFold(l, v) })
			})
			holds = holds && len(values) > 0 && (c.Op == "exists" || equal == (c.Op == "="))
		}
		var found []twinCandidate
		for _, path := range g.Paths {
			if path.Value != "" {
				found = append(found, twinCandidate{text: path.Value})
				continue
			}
			for _, spelling := range p.Spellings(path.Field) {
				all := twinPositions(m, spelling)
				domains := twinDomains(m, p, path, spelling, nulls, len(all))
				for i, value := range all {
					if !value.kind.IsScalar() {
						continue
					}
					text := strings.TrimSpace(twinCut(path, strings.TrimSpace(value.text)))
					if !slices.Contains(nulls, strings.ToLower(text)) {
						found = append(found, twinCandidate{spelling, text, domains[i], path.Wire})
					}
				}
			}
		}
		if holds && len(found) > 0 {
			return twinWire(found)
		}
	}
	return nil
}

// twinCut returns the part of a text that a path takes.
func twinCut(path event.PresetPath, text string) string {
	for _, cut := range []struct{ separator, form string }{
		{path.After, `(?s)^.*?%s(.*)$`}, {path.AfterLast, `(?s)^.*%s(.*)$`}, {path.Before, `(?s)^(.*?)%s.*$`},
	} {
		if cut.separator == "" {
			continue
		}
		parts := regexp.MustCompile(fmt.Sprintf(cut.form, regexp.QuoteMeta(cut.separator))).FindStringSubmatch(text)
		if parts == nil {
			return ""
		}
		text = parts[1]
	}
	text = strings.TrimSpace(text)
	if path.Take == event.TakeAddress {
		return twinAddress(text)
	}
	return text
}

// addressForms match an address in the first group, and its port in the second.
var addressForms = []*regexp.Regexp{
	regexp.MustCompile(`^\[(.*)\]$`), regexp.MustCompile(`^\[(.*)\]:(\d+)$`), regexp.MustCompile(`^(.*\..*):(\d+)$`), regexp.MustCompile(`^(.*)$`),
}

// twinAddress returns the address that the text begins with, or the text.
func twinAddress(text string) string {
	first := strings.TrimSpace(strings.Split(text, ",")[0])
	for _, form := range addressForms {
		parts := form.FindStringSubmatch(first)
		if parts == nil {
			continue
		}
		if len(parts) == 3 {
			if n, err := strconv.Atoi(parts[2]); err != nil || n > 65535 {
				continue
			}
		}
		if a, _, _ := strings.Cut(parts[1], "%"); isAddress(a) {
			return a
		}
	}
	return text
}

func isAddress(text string) bool { _, err := netip.ParseAddr(text); return err == nil }

// twinPositions returns the values at a path: the elements of an array, or another value.
func twinPositions(m map[string]any, path string) []twinValue {
	all := twinWalk(m, path)
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// twinDomains returns for each value at a path "@" and the domain of the account, "" if it
// has none.
func twinDomains(m map[string]any, p event.Preset, path event.PresetPath, spelling string, nulls []string, names int) []string {
	domains := make([]string, names)
	at := p.Spellings(path.Domain)
	for _, prefix := range p.Prefixes {
		if spelling == prefix+path.Field {
			at = []string{prefix + path.Domain}
			break
		}
	}
	for _, spelling := range at {
		found := twinFind(m, spelling)
		if path.Domain == "" || len(found) == 0 || found[0] == nil {
			continue
		}
		beside := twinPositions(m, spelling)
		if len(twinTexts(beside, nil)) == 0 {
			break
		}
		for i := range domains {
			switch {
			case len(beside) == 1:
				domains[i] = strings.Join(twinTexts(beside, nil), "")
			case len(beside) == names:
				domains[i] = strings.Join(twinTexts(beside[i:i+1], nil), "")
			default:
				domains[i] = "."
			}
			if domains[i] = "@" + domains[i]; slices.Contains(nulls, strings.ToLower(domains[i][1:])) {
				domains[i] = ""
			}
		}
		break
	}
	return domains
}

// dice generates awkward events. It uses few names, so that events often have the
// paths, or nearly.
type dice struct{ *rand.Rand }

func (d dice) pick(list ...string) string { return list[d.IntN(len(list))] }

func (d dice) name() string {
	return d.pick("a", "b", "c", "user", "src", "type", "a.b", "b.c", "a.b.c", "user.name", "x.a", "", "é", `q"\`, "a[x]")
}

func (d dice) scalar() any {
	switch d.IntN(8) {
	case 0:
		return nil
	case 1:
		return d.IntN(2) == 0
	case 2:
		return json.Number(d.pick("0", "-1.50", "1e3", "10", "4624"))
	}
	return d.pick("v", " v ", "-", "N/A", "null", "\t", "", "s:id", ":", `a"b\c`, "Ünï\n", "\u2028 x", "unknown", "on", "Mine", "LOCAL", "0.0.0.0",
		"10.1.2.3:443", "[::1%eth0]:80 , x", "fe80::7", "169.254.7.7", "::ffff:169.254.7.8", "febf::1", "fec0::1", "[fe80::1]", "10.1.2.3%1, v", "2001:db8::7:443", "0.0.0.0:0", "a/b/c:d", "/", "x:y/z@v")
}

func (d dice) value(depth int) any {
	switch n := d.IntN(10); {
	case depth > 0 && n < 3:
		return d.object(depth - 1)
	case depth > 0 && n < 5:
		list := make([]any, d.IntN(4))
		for i := range list {
			list[i] = d.value(depth - 1)
		}
		return list
	}
	return d.scalar()
}

func (d dice) object(depth int) map[string]any {
	m := map[string]any{}
	for range d.IntN(5) {
		m[d.name()] = d.value(depth)
	}
	return m
}

// encode encodes an event with some of the white space that JSON allows.
func (d dice) encode(m map[string]any) []byte {
	text, _ := json.Marshal(m)
	if d.IntN(2) == 0 {
		text, _ = json.MarshalIndent(m, " ", "\t")
	}
	return append([]byte(d.pick("", " ", "\n", "\ufeff")), append(text, d.pick("", "\n", " \r\n")...)...)
}

var twinPaths = []string{
	"a", "b", "c", "user", "a.b", "b.c", "a.b.c", "user.name", "x.a", "a.b.c.a", "", "é", `q"\`,
	"a[]", "a[].b", "a[].b.c", "a.b[].c", "a[].b[].c", "a[type=on].b", "a[type=mine]", "b[].a.b[]", "a[x]", "a[0].b", "user[].name",
}

var twinPreset = event.Preset{
	Name: "twin", Prefixes: []string{"", "x."}, Null: []string{"local"},
	Aliases: []event.Alias{{Field: "user", Also: []string{"a.b", "b.c"}}},
	Roles: []event.PresetRole{
		{Name: "src", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "src"}, {Field: "a.b"}, {Field: "a"}}}}},
		{Name: "dest", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "b"}, {Field: "a.b.c", After: ":"}}}, {Paths: []event.PresetPath{{Field: "c", Take: "address"}, {Field: "a.b", Before: ":"}}}}},
		{Name: "host", Groups: []event.PresetGroup{
			{Paths: []event.PresetPath{{Field: "user.name"}, {Field: "a", Wire: true}, {Field: "b", Take: "address"}, {Field: "c", Wire: true}, {Field: "user"}}, When: []entity.Clause{{Field: "src", Op: "exists"}}},
			{Paths: []event.PresetPath{{Field: "a[].b", AfterLast: "/"}, {Field: "user", AfterLast: "/"}, {Field: "b", After: ":", Before: "@", AfterLast: "/"}, {Field: "c", After: ":", Take: "address"}}},
		}},
		{Name: "dvc", Groups: []event.PresetGroup{
			{Paths: []event.PresetPath{{Field: "a[].b"}, {Field: "c"}}, When: []entity.Clause{{Field: "type", Op: "exists"}}},
			{Paths: []event.PresetPath{{Value: "constant"}}, When: []entity.Clause{{Field: "user", Op: "!=", Value: entity.Literals{"v"}}}},
		}},
		{Name: "user", Groups: []event.PresetGroup{
			{Paths: []event.PresetPath{{Field: "user", Domain: "type"}}},
			{Paths: []event.PresetPath{{Field: "user.name", Domain: "c"}, {Field: "a.b"}, {Field: "a[].b", Domain: "b"}}},
		}},
		{Name: "src_user", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "c"}}, When: []entity.Clause{{Field: "a", Op: "=", Value: entity.Literals{"on", "v"}}}}}},
	},
}

func TestRepresentationsAgreeWithTheTwin(t *testing.T) {
	rolesFirst, rolesLast := twinSchema(t, true), twinSchema(t, false)
	var seen [3]int
	for seed := range uint64(6000) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		m := d.object(3)
		raw := d.encode(m)
		var decoded map[string]any
		decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff")))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&decoded))

		schema := rolesFirst
		if seed%2 == 1 {
			schema = rolesLast
		}
		e := schema.NewJSON()
		require.NoError(t, e.Scan(raw), "%s", raw)
		compareWithTwin(t, schema, e, decoded, string(raw), &seen[0])

		form := schema.NewMap()
		form.Reset(decoded)
		compareWithTwin(t, schema, form, decoded, string(raw), &seen[1])

		flat := map[string]any{}
		var header, cells []string
		for name, v := range decoded {
			if text, isText := v.(string); isText && strings.TrimSpace(text) != "" {
				flat[name] = text
				header, cells = append(header, name), append(cells, text)
			}
		}
		record := schema.NewRecord(header)
		record.ResetStrings(cells)
		compareWithTwin(t, schema, record, flat, strings.Join(header, ","), &seen[2])
	}
	for form, n := range seen {
		assert.Greater(t, n, 2000, "values that representation %d had", form)
	}
}

func twinSchema(t *testing.T, rolesFirst bool) *event.Schema {
	b := event.NewBuilder(event.Options{Format: "twin", Presets: []event.Preset{twinPreset}})
	if rolesFirst {
		require.NoError(t, b.Roles())
	}
	for _, path := range twinPaths {
		if path != "" {
			b.Path(path)
		}
	}
	if !rolesFirst {
		require.NoError(t, b.Roles())
	}
	s, err := b.Build()
	require.NoError(t, err)
	return s
}

func compareWithTwin(t *testing.T, s *event.Schema, e event.Event, m map[string]any, raw string, seen *int) {
	t.Helper()
	_, isJSON := e.(*event.JSON)
	ambiguous := false
	var values []event.Value
	for p := range event.Path(s.Len()) {
		if _, isRecord := e.(*event.Record); isRecord && strings.Contains(s.Text(p), "[") {
			continue
		}
		all := twinWalk(m, s.Text(p))
		if isJSON && len(all) > 1 {
			ambiguous = true
			continue
		}
		want := []twinValue{}
		if len(all) > 0 {
			want = all[0]
		}
		got := []twinValue{}
		values = values[:0]
		if e.Present().Has(p) {
			values = e.AppendElements(values, p)
		}
		for _, v := range values {
			text := string(v.AppendText(nil))
			if v.Kind == event.Array || v.Kind == event.Object {
				text = ""
			}
			got = append(got, twinValue{v.Kind, text})
		}
		require.Equal(t, want, got, "%T %s of %s", e, s.Text(p), raw)
		*seen += len(got)
		if v := e.Value(p); len(all) == 0 {
			require.Equal(t, event.Value{}, v, "%T %s of %s", e, s.Text(p), raw)
		} else if len(got) > 1 || strings.Contains(s.Text(p), "[]") {
			require.Equal(t, event.Array, v.Kind, "%T %s of %s", e, s.Text(p), raw)
		}
	}
	if ambiguous {
		return
	}
	var r event.Reader
	r.Reset(s)
	r.Read(e)
	for role := range event.Role(event.NumRoles) {
		var got []string
		var texts [][]byte
		all := r.AppendRole(nil, role)
		together := false
		for i, c := range all {
			together = together && len(texts) == 0 || i > 0 && event.SameArray(&all[i-1], &c) // a pending one may have no texts
			texts = append(texts[:0], c.Text)
			if c.Pending {
				require.NotZero(t, i)
				texts = r.AppendPending(texts[:0], &c)
			}
			for _, text := range texts {
				if !r.Format().IsNull(text) {
					domain := ""
					if c.Domain != nil {
						domain = "@" + string(c.Domain)
					}
					mark := ""
					if together && len(got) > 0 {
						mark = "+"
					}
					together = c.Path != event.NoPath // so are the texts of one pending candidate
					got = append(got, mark+s.Text(c.Path)+"="+string(text)+domain)
				}
			}
		}
		require.Equal(t, twinRole(m, twinPreset, role), got, "%T role %s of %s", e, role, raw)
	}
}
