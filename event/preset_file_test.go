package event_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
)

func decodePresetFile(t *testing.T, text string) event.PresetFile {
	t.Helper()
	var f event.PresetFile
	require.NoError(t, yaml.UnmarshalWithOptions([]byte(text), &f, yaml.Strict()), "%s", text)
	return f
}

func TestPresetFileBecomesAPreset(t *testing.T) {
	p, err := decodePresetFile(t, `
name: edr
prefixes: ["", data.]
"null": [N/A]
aliases: {type: [meta.type, kind], b: [c]}
times: [created, "@timestamp"]
roles:
  user:
    - {paths: [a.name, a.id], when: [{field: type, op: "=", value: login}]}
    - {paths: [b]}
    - {paths: [{field: session, after: ":"}, {field: plain}]}
    - {paths: [{value: root}], when: [{field: uid, op: "=", value: [0, 0.5]}, {field: a, op: "!=", value_field: b}]}
  dest: [{paths: [target]}, {paths: [<dvc>], when: [{field: local, op: exists}]}]
  dvc: [{paths: [agent]}, {paths: [sensor], when: [{field: s, op: ">", value: 1}]}]
`).Preset()
	require.NoError(t, err)
	assert.Equal(t, event.Preset{
		Name:     "edr",
		Prefixes: []string{"", "data."},
		Null:     []string{"N/A"},
		Aliases:  []event.Alias{{Field: "b", Also: []string{"c"}}, {Field: "type", Also: []string{"meta.type", "kind"}}},
		Times:    []string{"created", "@timestamp"},
		Roles: []event.PresetRole{
			{Name: "dest", Groups: []event.PresetGroup{
				{Paths: []event.PresetPath{{Field: "target"}}},
				{Paths: []event.PresetPath{{Field: "agent"}}, When: []entity.Clause{{Field: "local", Op: "exists"}}},
				{Paths: []event.PresetPath{{Field: "sensor"}}, When: []entity.Clause{
					{Field: "local", Op: "exists"}, {Field: "s", Op: ">", Value: entity.Literals{"1"}},
				}},
			}},
			{Name: "dvc", Groups: []event.PresetGroup{
				{Paths: []event.PresetPath{{Field: "agent"}}},
				{Paths: []event.PresetPath{{Field: "sensor"}}, When: []entity.Clause{{Field: "s", Op: ">", Value: entity.Literals{"1"}}}},
			}},
			{Name: "user", Groups: []event.PresetGroup{
				{Paths: []event.PresetPath{{Field: "a.name"}, {Field: "a.id"}}, When: []entity.Clause{{Field: "type", Op: "=", Value: entity.Literals{"login"}}}},
				{Paths: []event.PresetPath{{Field: "b"}}},
				{Paths: []event.PresetPath{{Field: "session", After: ":"}, {Field: "plain"}}},
				{Paths: []event.PresetPath{{Value: "root"}}, When: []entity.Clause{
					{Field: "uid", Op: "=", Value: entity.Literals{"0", "0.5"}}, {Field: "a", Op: "!=", ValueField: "b"},
				}},
			}},
		},
	}, p)
}

// TestDocumentedPresetFileIsValid decodes the example in docs/presets.md. The YAML
// package cannot read its unquoted key null, which the decoder of the command can.
func TestDocumentedPresetFileIsValid(t *testing.T) {
	doc, err := os.ReadFile("../docs/presets.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(doc), "```yaml\n")
	require.True(t, ok)
	example, _, _ := strings.Cut(rest, "```")
	p, err := decodePresetFile(t, strings.Replace(example, "\nnull:", "\n\"null\":", 1)).Preset()
	require.NoError(t, err)
	assert.Equal(t, "edr", p.Name)
	assert.Equal(t, []string{"<unset>"}, p.Null)
	user, _ := p.Role("user")
	ecs, _ := event.PresetByName("ecs")
	inherited, _ := ecs.Role("user")
	assert.Equal(t, "a.name a.id if type = login / session(after :)(before @) arn(after_last /) / account(domain account_domain) / (value root) if uid = 0"+
		" / "+describeRole(inherited), describeRole(user))
}

func TestTimePathsAreAllSpellingsInOrder(t *testing.T) {
	p := event.Preset{
		Prefixes: []string{"", "data."}, Times: []string{"created", "data.created", "at"},
		Aliases: []event.Alias{{Field: "created", Also: []string{"meta.time", "at"}}},
	}
	assert.Equal(t, []string{"created", "data.created", "meta.time", "at", "data.data.created", "data.at"}, p.TimePaths())
}

func TestEveryPresetHasTimes(t *testing.T) {
	for _, p := range event.Presets() {
		assert.NotEmpty(t, p.TimePaths(), "Times of the preset %s", p.Name)
	}
}

func TestPresetFileDefaultsToFieldsWithoutPrefix(t *testing.T) {
	p, err := decodePresetFile(t, `{name: least, roles: {user: [{paths: [u]}]}}`).Preset()
	require.NoError(t, err)
	assert.Equal(t, event.Preset{
		Name: "least", Prefixes: []string{""},
		Roles: []event.PresetRole{{Name: "user", Groups: []event.PresetGroup{{Paths: []event.PresetPath{{Field: "u"}}}}}},
	}, p)
}

func TestPresetSharesNothingWithItsFile(t *testing.T) {
	f := decodePresetFile(t, `{name: x, prefixes: [a], "null": [b], aliases: {c: [d]}, times: [h], roles: {user: [{paths: [e], when: [{field: f, op: "=", value: g}]}]}}`)
	p, err := f.Preset()
	require.NoError(t, err)
	want, _ := f.Preset()
	f.Prefixes[0], f.Null[0], f.Aliases["c"][0], f.Times[0] = "-", "-", "-", "-"
	f.Roles["user"][0].Paths[0].Field = "-"
	f.Roles["user"][0].When[0].Field = "-"
	f.Roles["user"][0].When[0].Value[0] = "-"
	assert.Equal(t, want, p)
}

func TestPresetFileErrorsStatePathAndReason(t *testing.T) {
	for text, want := range map[string]string{
		`{roles: {user: [{paths: [a]}]}}`:             `name: is missing: --format selects the preset by this name`,
		`{name: auto, roles: {user: [{paths: [a]}]}}`: `name: a preset cannot be named "auto": --format auto recognises the preset of each event`,
		`{name: x}`: `roles: are missing: name at least one of src dest dvc host user src_user`,
		`{name: x, roles: {usr: [{paths: [a]}]}}`:                                                                `roles.usr: unknown role "usr" (did you mean "user"?)`,
		`{name: x, roles: {attacker: []}}`:                                                                       `roles.attacker: unknown role "attacker": use one of src dest dvc host user src_user`,
		`{name: x, roles: {User: []}}`:                                                                           `roles.User: unknown role "User" (did you mean "user"?)`,
		`{name: x, roles: {"a.b": []}}`:                                                                          `roles."a.b": unknown role "a.b": use one of src dest dvc host user src_user`,
		`{name: x, roles: {user: []}}`:                                                                           `roles.user: has no paths`,
		`{name: x, roles: {user: [{paths: []}]}}`:                                                                `roles.user[0].paths: is empty: a group needs at least one path`,
		`{name: x, roles: {user: [{paths: [a]}, {when: [{field: a, op: exists}]}]}}`:                             `roles.user[1].paths: is empty: a group needs at least one path`,
		`{name: x, roles: {user: [{paths: [a, ""]}]}}`:                                                           `roles.user[0].paths[1]: is empty: needs a field`,
		`{name: x, roles: {user: [{paths: [{after: ":"}]}]}}`:                                                    `roles.user[0].paths[0]: is empty: needs a field`,
		`{name: x, roles: {user: [{paths: [{field: a, value: b}]}]}}`:                                            `roles.user[0].paths[0].value: cannot be combined with field: remove one of them`,
		`{name: x, roles: {user: [{paths: [{value: b, domain: d}]}]}}`:                                           `roles.user[0].paths[0].domain: needs a field, not a value`,
		`{name: x, roles: {user: [{paths: [{field: b, domain: b}]}]}}`:                                           `roles.user[0].paths[0].domain: "b" is the name of the account itself: name the field of its domain`,
		`{name: x, roles: {dest: [{paths: [{field: b, domain: d}]}]}}`:                                           `roles.dest[0].paths[0].domain: only accounts have a domain: use it in the roles user and src_user`,
		`{name: x, roles: {user: [{paths: [a, {field: "b[].u", domain: "b[].d"}]}]}}`:                            `roles.user[0].paths[1].domain: "b[].d" goes through an array, so it is not clear which element is the domain: use a path without brackets`,
		`{name: x, roles: {user: [{paths: [{value: b, after: ":"}]}]}}`:                                          `roles.user[0].paths[0].after: needs a field, not a value`,
		`{name: x, roles: {user: [{paths: [{value: b, after_last: ":"}]}]}}`:                                     `roles.user[0].paths[0].after_last: needs a field, not a value`,
		`{name: x, roles: {user: [{paths: [{value: b, before: ":"}]}]}}`:                                         `roles.user[0].paths[0].before: needs a field, not a value`,
		`{name: x, roles: {user: [{paths: [{value: b, take: address}]}]}}`:                                       `roles.user[0].paths[0].take: needs a field, not a value`,
		`{name: x, roles: {src: [{paths: [{value: b, wire: true}]}]}}`:                                           `roles.src[0].paths[0].wire: needs a field, not a value`,
		`{name: x, roles: {src: [{paths: [{field: b, take: Address}]}]}}`:                                        `roles.src[0].paths[0].take: unknown value "Address" (did you mean "address"?)`,
		`{name: x, roles: {src: [{paths: [{field: b, take: host}]}]}}`:                                           `roles.src[0].paths[0].take: unknown value "host": use "address", or leave it out`,
		`{name: x, roles: {user: [{paths: [a], when: [{field: b, op: exists}, {field: b, op: is, value: 1}]}]}}`: `roles.user[0].when[1].op: unknown operator "is" (did you mean "="?)`,
		`{name: x, roles: {user: [{paths: [a], when: [{field: b, op: regex, value: "("}]}]}}`:                    `roles.user[0].when[0].value: bad regular expression "(": missing closing ): "("`,
		`{name: x, roles: {dest: [{paths: [<dvc>]}]}}`:                                                           `roles.dest[0].paths[0]: this preset has no role "dvc"`,
		`{name: x, roles: {dest: [{paths: [<dest>]}]}}`:                                                          `roles.dest[0].paths[0]: <dest> refers to its own role`,
		`{name: x, roles: {dest: [{paths: [<dcv>]}]}}`:                                                           `roles.dest[0].paths[0]: unknown role "dcv" (did you mean "dvc"?)`,
		`{name: x, roles: {dest: [{paths: [a, <dvc>]}], dvc: [{paths: [b]}]}}`:                                   `roles.dest[0].paths[1]: <dvc> stands for all groups of a role: it must be the only path of its group`,
		`{name: x, roles: {src: [{paths: [<dest>]}], dest: [{paths: [<dvc>]}], dvc: [{paths: [b]}]}}`:            `roles.src[0].paths[0]: <dest> refers to another role itself: name that role instead`,
		`{name: x, roles: {dest: [{paths: [<dvc>]}], dvc: [{paths: [""]}]}}`:                                     `roles.dvc[0].paths[0]: is empty: needs a field`,
		`{name: x, times: [a, ""], roles: {user: [{paths: [a]}]}}`:                                               `times[1]: is empty: needs a field`,
		`{name: x, times: [a, b, a], roles: {user: [{paths: [a]}]}}`:                                             `times[2]: "a" is listed twice`,
		`{name: x, times: ["a[].b"], roles: {user: [{paths: [a]}]}}`:                                             `times[0]: "a[].b" goes through an array, so it is not clear which element is the time: use a path without brackets`,
		`{name: x, aliases: {a: []}, roles: {user: [{paths: [a]}]}}`:                                             `aliases.a: needs a field and at least one other name, none of them empty`,
		`{name: x, aliases: {a.b: [""]}, roles: {user: [{paths: [a]}]}}`:                                         `aliases."a.b": needs a field and at least one other name, none of them empty`,
	} {
		_, err := decodePresetFile(t, text).Preset()
		require.EqualError(t, err, want, "Preset of %s", text)
		var bad *event.PresetError
		require.True(t, errors.As(err, &bad), "Preset of %s", text)
	}
}

func TestPresetFileErrorsAreAllReported(t *testing.T) {
	_, err := decodePresetFile(t, `{roles: {usr: [], user: [{paths: [""], when: [{op: exists}, {field: a}]}]}}`).Preset()
	assert.EqualError(t, err, `name: is missing: --format selects the preset by this name
roles.usr: unknown role "usr" (did you mean "user"?)
roles.user[0].when[0].field: is missing
roles.user[0].when[1].op: is missing: use one of = != regex like > >= < <= exists
roles.user[0].paths[0]: is empty: needs a field`)
}

func TestPresetFilePathIsNotAList(t *testing.T) {
	var f event.PresetFile
	assert.Error(t, yaml.UnmarshalWithOptions([]byte(`{name: x, roles: {user: [{paths: [[a]]}]}}`), &f, yaml.Strict()))
}
