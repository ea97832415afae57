package event_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// convertTexts converts preset files in YAML.
func convertTexts(t *testing.T, texts ...string) ([]event.Preset, error) {
	t.Helper()
	var files []event.PresetFile
	for _, text := range texts {
		files = append(files, decodePresetFile(t, text))
	}
	return event.ConvertPresetFiles(files)
}

// describeRoles describes the roles of a preset that are named.
func describeRoles(p event.Preset, names ...string) (all []string) {
	for _, name := range names {
		r, _ := p.Role(name)
		all = append(all, describeRole(r))
	}
	return all
}

func TestExtendedPresetComesBehindTheOwn(t *testing.T) {
	all, err := convertTexts(t, `
name: edr
extends: base
prefixes: [data.]
"null": [x]
aliases: {type: [meta.type]}
times: [at]
marks: [[m]]
roles:
  user: [{paths: [own]}]
  dest: [{paths: [<dvc>], when: [{field: local, op: exists}]}]
  dvc: [{paths: [sensor]}]
`, `
name: base
prefixes: [data., log.]
"null": [y, x]
aliases: {type: [t, meta.type], kind: [k]}
times: [created, at]
marks: [[n]]
roles:
  user: [{paths: [u, {field: v, before: "@"}], when: [{field: type, op: "=", value: login}]}]
  dvc: [{paths: [agent], when: [{field: kind, op: exists}]}]
  host: [{paths: [<dvc>]}]
`)
	require.NoError(t, err)
	require.Len(t, all, 2)
	p := all[0]
	assert.Equal(t, "edr", p.Name)
	assert.Equal(t, []string{"data.", "log."}, p.Prefixes)
	assert.Equal(t, []string{"x", "y"}, p.Null)
	assert.Equal(t, []event.Alias{{Field: "type", Also: []string{"meta.type", "t"}}, {Field: "kind", Also: []string{"k"}}}, p.Aliases)
	assert.Equal(t, []string{"at", "created"}, p.Times)
	assert.Equal(t, [][]string{{"m"}}, p.Marks, "the marks of the other stay its own")
	var names []string
	for _, r := range p.Roles {
		names = append(names, r.Name)
	}
	assert.Equal(t, []string{"dest", "dvc", "host", "user"}, names)
	assert.Equal(t, []string{
		"own / u v(before @) if type = login",
		"sensor / agent if kind exists",
		"sensor if local exists / agent if local exists if kind exists",
		"agent if kind exists",
	}, describeRoles(p, "user", "dvc", "dest", "host"), "<dvc> of the other preset stands for the groups of the other")

	assert.Equal(t, []string{"data.", "log."}, all[1].Prefixes)
	assert.Equal(t, [][]string{{"n"}}, all[1].Marks)
	assert.Equal(t, "u v(before @) if type = login", describeRoles(all[1], "user")[0], "the other preset stays as it is")
}

func TestPresetsMayExtendEachOtherInAnyOrder(t *testing.T) {
	a, b, c := `{name: a, extends: b, roles: {src: [{paths: [a]}]}}`, `{name: b, extends: c, roles: {src: [{paths: [b]}]}}`, `{name: c, extends: zeek, roles: {dvc: [{paths: [c]}]}}`
	zeek, _ := event.PresetByName("zeek")
	want := "a / b / " + describeRoles(zeek, "src")[0]
	for _, order := range [][]string{{a, b, c}, {c, b, a}, {b, a, c}, {c, a, b}} {
		all, err := convertTexts(t, order...)
		require.NoError(t, err)
		for _, p := range all {
			if p.Name == "a" {
				assert.Equal(t, []string{want, "c"}, describeRoles(p, "src", "dvc"))
			}
		}
	}
}

func TestPresetMayExtendTheShippedOneThatItReplaces(t *testing.T) {
	shipped, _ := event.PresetByName("suricata")
	all, err := convertTexts(t, `{name: mine, extends: suricata}`, `{name: suricata, extends: suricata, roles: {src: [{paths: [xff]}]}}`)
	require.NoError(t, err)
	for _, p := range all {
		assert.Equal(t, "xff / "+describeRoles(shipped, "src")[0], describeRoles(p, "src")[0], "%s extends the preset that replaces the shipped one", p.Name)
		assert.Equal(t, describeRoles(shipped, "dest", "dvc", "user"), describeRoles(p, "dest", "dvc", "user"))
		assert.Equal(t, shipped.Prefixes, p.Prefixes)
	}
}

func TestOwnPrefixesAreTriedBeforeThoseOfTheExtended(t *testing.T) {
	windows, _ := event.PresetByName("windows")
	all, err := convertTexts(t, `{name: none, extends: windows}`, `{name: own, extends: windows, prefixes: [x.]}`)
	require.NoError(t, err)
	assert.Equal(t, windows.Prefixes, all[0].Prefixes)
	assert.Equal(t, append([]string{"x."}, windows.Prefixes...), all[1].Prefixes)
	assert.Equal(t, windows.Null, all[0].Null)
}

func TestExtendedPresetsShareNothing(t *testing.T) {
	all, err := convertTexts(t, `{name: a, extends: b, aliases: {y: [z]}}`, `{name: b, prefixes: [p.], "null": [n], times: [t], aliases: {x: [y]}, roles: {user: [{paths: [u], when: [{field: f, op: "=", value: v}]}]}}`)
	require.NoError(t, err)
	want, err := convertTexts(t, `{name: a, extends: b, aliases: {y: [z]}}`, `{name: b, prefixes: [p.], "null": [n], times: [t], aliases: {x: [y]}, roles: {user: [{paths: [u], when: [{field: f, op: "=", value: v}]}]}}`)
	require.NoError(t, err)
	b := &all[1]
	b.Prefixes[0], b.Null[0], b.Times[0], b.Aliases[0].Also[0] = "-", "-", "-", "-"
	b.Roles[0].Groups[0].Paths[0].Field = "-"
	b.Roles[0].Groups[0].When[0].Value[0] = "-"
	assert.Equal(t, want[0], all[0])
}

func TestBadExtendsAreErrorsWithTheirPlace(t *testing.T) {
	for _, c := range []struct {
		files []string
		file  int
		want  string
	}{
		{[]string{`{name: a, extends: suricta}`}, 0, `extends: unknown preset "suricta" (did you mean "suricata"?)`},
		{[]string{`{name: edr, roles: {user: [{paths: [u]}]}}`, `{name: b, extends: edt}`}, 1, `extends: unknown preset "edt" (did you mean "edr"?)`},
		{[]string{`{name: a, extends: a}`}, 0, `extends: "a" is this preset, and no shipped preset has the name: use one of ` + strings.Join(event.PresetNames(), " ")},
		{[]string{`{name: a, extends: b}`, `{name: b, extends: a}`}, 1, `extends: "a" extends "b" extends "a", so each would extend itself: remove one of these lines`},
		{[]string{`{name: d, extends: a}`, `{name: c, extends: a}`, `{name: b, extends: c}`, `{name: a, extends: b}`}, 1, `extends: "a" extends "b" extends "c" extends "a", so each would extend itself: remove one of these lines`},
		{[]string{`{name: a, extends: ecs}`, `{name: a, extends: zeek}`}, 1, `name: two presets are named "a": rename one of them`},
		{[]string{`{name: a, extends: ecs, roles: {dest: [{paths: [<dcv>]}]}}`}, 0, `roles.dest[0].paths[0]: unknown role "dcv" (did you mean "dvc"?)`},
		{[]string{`{name: a, extends: zeek, roles: {dest: [{paths: [<dvc>]}]}}`}, 0, `roles.dest[0].paths[0]: this preset has no role "dvc"`},
		{[]string{`{name: a, extends: b, roles: {dest: [{paths: [<dvc>]}]}}`, `{name: b, roles: {dvc: [{paths: [""]}]}}`}, 1, `roles.dvc[0].paths[0]: is empty: needs a field`},
	} {
		_, err := convertTexts(t, c.files...)
		require.EqualError(t, err, c.want, "%s", c.files)
		var bad *event.PresetError
		require.ErrorAs(t, err, &bad)
		assert.Equal(t, c.file, bad.File, "the file of the error in %s", c.files)
	}
	_, err := convertTexts(t, `{name: x, extends: auto}`)
	assert.ErrorContains(t, err, `extends: unknown preset "auto": use one of cim ecs`)
}
