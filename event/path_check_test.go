package event_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

func TestMalformedPathsAreErrors(t *testing.T) {
	emptyName := " has an empty name: names need exactly one dot between them, and none around them"
	open := ` has a "[" without a "]" after it: write name[] or name[member=value]`
	closed := ` has a "]" without a "[" before it: write name[] or name[member=value]`
	after := ` has text right after "]": put a dot between them, as in name[].member`
	noArray := ` has brackets without a name before them: name the array, as in name[]`
	noMember := ` has brackets without the name of a member before the "=": write name[member=value]`
	for text, want := range map[string]string{
		"a..b": `path "a..b"` + emptyName, "a.": `path "a."` + emptyName, ".a": `path ".a"` + emptyName, ".": `path "."` + emptyName,
		"a[].": `path "a[]."` + emptyName, "a[]..b": `path "a[]..b"` + emptyName, "a[.k=v]": `path "a[.k=v]"` + emptyName, "a[k.=v]": `path "a[k.=v]"` + emptyName, "a[..]": `path "a[..]"` + emptyName,
		"a[k=v": `path "a[k=v"` + open, "a[": `path "a["` + open, "[": `path "["` + open, "a[b[c]=d]": `path "a[b[c]=d]"` + open, "a[].b[x": `path "a[].b[x"` + open,
		"]": `path "]"` + closed, "a]": `path "a]"` + closed, "a].b": `path "a].b"` + closed, "a[x]]": `path "a[x]]"` + closed,
		"a[]b": `path "a[]b"` + after, "a[k=v]b": `path "a[k=v]b"` + after, "a[][]": `path "a[][]"` + after, "a[]]": `path "a[]]"` + after,
		"[]": `path "[]"` + noArray, "a.[].b": `path "a.[].b"` + noArray, "[k=v]": `path "[k=v]"` + noArray,
		"a[=v]": `path "a[=v]"` + noMember, "a[=]": `path "a[=]"` + noMember,
		"":                             "path is empty",
		strings.Repeat("x", 100) + "]": `path "` + strings.Repeat("x", 60) + `…"` + closed,
	} {
		assert.EqualError(t, event.CheckPath(text), want, "%q", text)
		b := event.NewBuilder(event.Options{})
		b.Path("fine")
		b.Path(text)
		_, err := b.Build()
		assert.EqualError(t, err, want, "Build with %q", text)
	}
}

func TestLegitimateNamesArePaths(t *testing.T) {
	for _, text := range []string{
		"a", "a.b", "@timestamp", "id.orig_h", "a b", "é", `q"\`, "records{}.ip", "a-b", "#text", "a=b", "a.*.b", "a*", "1", "$x",
		"args[0]", "args[0].name", "a[x.y].b", "a[x.y].b[]", "a[0][1]", "a[0]b", "[0]", "[0].a", "Param [1]", "a[0][]", "a[0][k=v].b", "% Free (C:)", "a['b']",
		"a[]", "a[].b", "a[k=v]", "a[k=]", "a[k.l=v.w].b", "a[k=v=w]", "a[k= v ]", "a[].b[].c", "a[k=..]",
	} {
		assert.NoError(t, event.CheckPath(text), "%q", text)
	}
}

func TestBracketsAroundOtherTextArePartOfTheName(t *testing.T) {
	for _, c := range []struct{ path, event, want string }{
		{"args[0]", `{"args[0]":"x","args":["y"]}`, "x"},
		{"args[0]", `{"args":["y"]}`, ""},
		{"p.args[0].b", `{"p":{"args[0]":{"b":"x"}}}`, "x"},
		{"a[x.y].b[]", `{"a[x":{"y]":{"b":["x"]}},"a[x.y]":{"c":1}}`, "x"},
		{"a[0][]", `{"a[0]":["x","y"]}`, "x y"},
		{"a[0][k=v].b", `{"a[0]":[{"k":"V","b":"x"},{"k":"w","b":"y"}]}`, "x"},
	} {
		s, paths := buildSchema(t, event.Options{}, c.path)
		for _, e := range representations(t, s, c.event) {
			var got []string
			for _, v := range e.AppendElements(nil, paths[0]) {
				got = append(got, string(v.AppendText(nil)))
			}
			assert.Equal(t, c.want, strings.Join(got, " "), "%T %s of %s", e, c.path, c.event)
		}
	}
}

func TestKeysHaveNoSyntax(t *testing.T) {
	b := event.NewBuilder(event.Options{})
	array, key, same, empty := b.Path("a[]"), b.Key("a[]"), b.Key("a[]"), b.Key("b..c")
	assert.Equal(t, key, same)
	assert.NotEqual(t, array, key)
	assert.Equal(t, b.Path("a.b"), b.Key("a.b"))
	s, err := b.Build()
	require.NoError(t, err)
	for _, e := range representations(t, s, `{"a":["x"],"a[]":"y","b":{"":{"c":"z"}}}`) {
		assert.Equal(t, event.Array, e.Value(array).Kind, "%T", e)
		assert.Equal(t, "y", string(e.Value(key).Text), "%T", e)
		assert.Equal(t, "z", string(e.Value(empty).Text), "%T", e)
	}
	assert.Equal(t, [][]event.Step{{{Name: "a[]"}}}, s.Routes(key))
	assert.Equal(t, [][]event.Step{{{Name: "a", Each: true}}}, s.Routes(array))
}

func TestConditionsOnMalformedPathsAreErrors(t *testing.T) {
	b := event.NewBuilder(event.Options{})
	_, err := b.Condition([]entity.Clause{{Field: "a", Op: "exists"}, {Field: "a..b", Op: "=", ValueField: "c]"}})
	assert.EqualError(t, err, `clause 2: field: path "a..b" has an empty name: names need exactly one dot between them, and none around them
clause 2: value_field: path "c]" has a "]" without a "[" before it: write name[] or name[member=value]`)
	_, err = event.NewBuilder(event.Options{Zone: event.ZoneOptions{Fields: []string{"a["}}}).Build()
	assert.ErrorContains(t, err, `path "a["`)
	_, err = event.NewBuilder(event.Options{Zone: event.ZoneOptions{Rules: []event.ZoneRule{{When: []entity.Clause{{Field: "a[", Op: "exists"}}}}}}).Build()
	assert.ErrorContains(t, err, `zones.rules[0].when: clause 1: field: path "a["`)
}

// FuzzPath checks that a text is a path exactly if it is what its steps spell.
func FuzzPath(f *testing.F) {
	for _, text := range []string{"a", "a.b", "a[].b", "a[k=v].b[x].c[]", "a..b", "a[k=v", "a]b", "[=]", "a[0][1].é", "a[k=a[b]]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := event.NewBuilder(event.Options{})
		p := b.Path(text)
		s, err := b.Build()
		if event.CheckPath(text) != nil {
			require.Error(t, err, "%q", text)
			return
		}
		require.NoError(t, err, "%q", text)
		if strings.Count(text, ".") > 12 {
			return // of the routes, none has only single names
		}
		routes := s.Routes(p)
		longest := slices.MaxFunc(routes, func(a, b []event.Step) int { return len(a) - len(b) })
		var spelt []string
		for _, step := range longest {
			name := step.Name
			switch {
			case step.Where != event.Where{}:
				require.NotEmpty(t, step.Where.Name)
				name += "[" + step.Where.Name + "=" + step.Where.Value + "]"
			case step.Each:
				name += "[]"
			}
			require.NotEmpty(t, step.Name, "%q", text)
			spelt = append(spelt, name)
		}
		require.Equal(t, text, strings.Join(spelt, "."))
	})
}
