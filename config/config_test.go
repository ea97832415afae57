package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/merge"
)

const configDir = "testdata"

func TestOpenReadsEveryKey(t *testing.T) {
	c, err := Open(configDir + "/full.yaml")
	require.NoError(t, err)
	yes, five, all := true, 5, -1
	assert.Equal(t, []Source{
		{Name: "cmdb", Path: "lists/cmdb.csv"},
		{
			Name: "cloud", Path: "lists/cloud-*.csv", Zone: "aws",
			Columns: map[string]string{"private_ip": "ip", "hostname": "nt_host", "noise": ""},
			Map:     map[string]map[string]string{"priority": {"P1": "critical", "2": "high"}},
			Set:     map[string]string{"category": "cloud", "is_expected": "true"},
			Only:    []string{"ip", "nt_host", "priority"},
		},
		{Name: "absent", Path: "lists/absent.csv", Optional: true, Except: []string{"owner"}},
	}, c.Assets.Sources)
	assert.Equal(t, map[string]Field{
		"os":          {Multivalue: &yes, Limit: &five, Tag: &yes},
		"priority":    {Policy: "first"},
		"serial":      {Key: &yes},
		"dotted.name": {Limit: &all},
	}, c.Assets.Fields)
	assert.False(t, c.Assets.Merge)
	assert.Equal(t, 128, c.Assets.MaxRowsPerKey)
	assert.Equal(t, []string{"+none here", "+0012"}, c.Assets.IgnoreKeys)
	assert.Equal(t, []string{"domain", "machine", "fqdn"}, c.Assets.Forms)
	assert.Equal(t, []string{"corp.example.com"}, c.Assets.Domains)
	assert.Equal(t, Identities{
		Lists: Lists{
			Sources: []Source{{Name: "hr", Path: "lists/hr.csv"}},
			Fields:  map[string]Field{"nick": {Policy: "exclude"}}, MaxRowsPerKey: 8, IgnoreKeys: []string{},
		},
		Keys:  []string{"identity", "email", "email_short", "first(1)last()"},
		Forms: []string{"local_part"}, Domains: []string{"corp.example.com"}, CaseSensitive: true,
	}, c.Identities)
	assert.Equal(t, Zones{Default: "hq", Fallback: "default", Rules: []ZoneRule{{Zone: "emea", When: []entity.Clause{
		{Field: "sensor", Op: "=", Value: entity.Literals{"fra1", "007"}},
		{Field: "a", Op: "=", ValueField: "b"},
		{Field: "n", Op: ">", Value: entity.Literals{"1.50"}},
	}}}}, c.Zones)
	assert.Equal(t, Enrich{
		Format: "edr", Fill: "inherit", Fields: []string{"priority"}, Into: "kith", Owner: true, Overwrite: true,
		Defaults: true, Match: true, Urgency: true, Presets: []string{"presets/edr.yaml"},
	}, c.Enrich)
	assert.InDelta(t, 0.25, c.Reload.MaxLoss, 0)
	require.Len(t, c.presets, 1)
	role, _ := c.presets[0].Role("user")
	assert.Equal(t, []event.PresetGroup{
		{Paths: []event.PresetPath{{Field: "a.name"}, {Field: "a.id"}}, When: []entity.Clause{{Field: "type", Op: "=", Value: entity.Literals{"login"}}}},
		{Paths: []event.PresetPath{{Field: "b"}}},
	}, role.Groups)
	assert.Equal(t, []string{"", "data."}, c.presets[0].Prefixes)
	assert.Equal(t, []string{"SYSTEM"}, c.presets[0].Null)
}

func TestOpenReadsDocumentedAndSampleConfigurations(t *testing.T) {
	for _, path := range []string{configDir + "/documented.yaml", "../testdata/acme/kith.yaml"} {
		c, err := Open(path)
		require.NoError(t, err, "Open(%s)", path)
		assert.Equal(t, "hr", c.Identities.Sources[0].Name, "Open(%s)", path)
	}
}

// Some values of the block risk can be written in several forms.
func TestRiskBlockDecodesEveryForm(t *testing.T) {
	c, err := Open(configDir + "/documented.yaml")
	require.NoError(t, err)
	var text string
	require.NoError(t, c.File.tree.Decode("risk.incident_rules[0].cap", &text))
	assert.Equal(t, "2x", text)
	var wait time.Duration
	require.NoError(t, c.File.tree.Decode("risk.windows[1]", &wait))
	assert.Equal(t, 7*24*time.Hour, wait)
	var when []entity.Clause
	require.NoError(t, c.File.tree.Decode("risk.rules[0].when", &when))
	assert.Equal(t, entity.Literals{"20"}, when[1].Value)
	assert.Equal(t, configDir+"/documented.yaml:42:15", c.File.At("risk.incident_rules[0].window"))
}

func TestOpenReportsAllProblemsOfAFile(t *testing.T) {
	for _, test := range []struct {
		file string
		want []string
	}{
		{"problems.yaml", []string{
			`:5:14: two sources are named "cmdb" (the first at problems.yaml:4:14): give each its own name`,
			`:6:7: a source needs a path`,
			`:7:45: only and except exclude each other: keep one`,
			`:8:56: columns "addr" and "ip_address" are both renamed to "ip"`,
			`:9:54: columns are renamed in a cycle: b → c → a → b`,
			`:10:61: column "name" is renamed twice (also as "Name")`,
			`:11:26: path "lists/[a.csv": the bracket of the glob is never closed`,
			`:13:7: two sources are named "a" (the first at problems.yaml:12:7): give each its own name`,
			`:15:18: unknown policy "frist" (did you mean "first"?)`,
			`:16:21: unknown policy "best": use union, first, highest, any, latest, earliest, exclude`,
			`:17:18: limit 0 of "dns": must be 1 or more, or -1 for no limit`,
			`:18:21: max_rows_per_key 0: must be 1 or more`,
			`:20:19: unknown form "localpart" (did you mean "local_part"?)`,
			`:22:13: unknown fallback "defualt" (did you mean "default"?)`,
			`:24:7: a zone rule needs a zone`,
			`:24:46: a condition needs a field`,
			`:25:7: a zone rule needs a condition: when: [{field: …, op: "=", value: …}]`,
			`:26:16: unknown fill "perfield" (did you mean "per_field"?)`,
			`:26:36: the path is empty`,
			`:27:20: max_loss 1.5: must be a share from 0 to 1`,
		}},
		{"shape.yaml", []string{
			`:4:5: sources: must be a list, not a mapping`,
			`:6:10: unknown key "multvalue" (did you mean "multivalue"?)`,
			`:6:34: limit: must be a whole number, not "five"`,
			`:7:10: merge: must be true or false, not "maybe"`,
			`:8:3: key "merge" is given twice (first on line 7)`,
			`:9:3: unknown key "keys": use sources, fields, merge, max_rows_per_key, ignore_keys, guess, join, join_short, forms, domains`,
			`:10:1: unknown key "identitys" (did you mean "identities"?)`,
			`:12:11: format: must be a string, not a list`,
			`:13:10: owner: must be true or false, not "yes"`,
			`:14:20: max_loss: must be a number, not "half"`,
			`:16:55: value: must be a string, not a mapping`,
			`:16:114: value[1]: the element is empty`,
			`:16:117: value[2]: must be a string, not a list`,
		}},
		{"tab.yaml", []string{`:3:1: tab character: indent with spaces`}},
		{"bracket.yaml", []string{`:2:28: ',' or ']' must be specified`}},
		{"format.yaml", []string{`:3:11: unknown format "zeke" (did you mean "zeek"?)`}},
		{"format_far.yaml", []string{`:2:18: unknown format "leef": use cim, ecs, ocsf, zeek, suricata, windows, cloudtrail, okta, entra, defender, crowdstrike, gcp, kubernetes, github, wazuh, auto`}},
		{"preset_absent.yaml", []string{":2:20: presets/none.yaml: no such file or directory"}},
		{"preset_bad.yaml", []string{
			`presets/bad.yaml:2:7: name: a preset cannot be named "auto": --format auto recognises the preset of each event`,
			`presets/bad.yaml:3:1: unknown key "nul" (did you mean "null"?)`,
			`presets/bad.yaml:5:3: roles.usr: unknown role "usr" (did you mean "user"?)`,
			`presets/bad.yaml:8:7: roles.user[0].paths: is empty: a group needs at least one path`,
		}},
		{"preset_extends.yaml", []string{
			`presets/round.yaml:3:10: extends: "circle" extends "round" extends "circle", so each would extend itself: remove one of these lines`,
			`presets/own.yaml:3:10: extends: unknown preset "suricatta" (did you mean "suricata"?)`,
			`presets/own.yaml:4:14: marks[1]: is empty: name at least one path of which an event must have one`,
			`presets/own.yaml:8:31: roles.src[0].paths[0].take: unknown value "adress" (did you mean "address"?)`,
		}},
		{"preset_paths.yaml", []string{
			`:3:19: path "a..b" has an empty name: names need exactly one dot between them, and none around them`,
			`presets/paths.yaml:3:16: prefixes[1]: "data[]" cannot be put before a field, as in "data[]field": most prefixes end with a dot`,
			`presets/paths.yaml:4:11: aliases."a.": path "a." has an empty name: names need exactly one dot between them, and none around them`,
			`presets/paths.yaml:4:29: aliases.c[1]: path ".e" has an empty name: names need exactly one dot between them, and none around them`,
			`presets/paths.yaml:5:13: times[1]: path "]" has a "]" without a "[" before it: write name[] or name[member=value]`,
			`presets/paths.yaml:6:19: marks[1][0]: path ".n" has an empty name: names need exactly one dot between them, and none around them`,
			`presets/paths.yaml:9:15: roles.user[0].paths[0]: path "a..b" has an empty name: names need exactly one dot between them, and none around them`,
			`presets/paths.yaml:9:23: roles.user[0].paths[1]: path "a[]b" has text right after "]": put a dot between them, as in name[].member`,
			`presets/paths.yaml:9:47: roles.user[0].paths[1].domain: path "d]" has a "]" without a "[" before it: write name[] or name[member=value]`,
			`presets/paths.yaml:10:22: roles.user[0].when[0].field: path "a[=v]" has brackets without the name of a member before the "=": write name[member=value]`,
			`presets/paths.yaml:10:77: roles.user[0].when[1].value_field: path "[]" has brackets without a name before them: name the array, as in name[]`,
		}},
		{"preset_same.yaml", []string{`:2:38: two preset files are named "edr"`}},
		{"none.yaml", []string{`: no such file or directory`}},
		{"lists", []string{`: is a directory`}},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Chdir(configDir)
			_, err := Open(test.file)
			require.Error(t, err)
			assert.True(t, problem.IsUsage(err), "%v", err)
			var got []string
			for _, e := range problem.Joined(err) {
				got = append(got, strings.TrimPrefix(e.Error(), test.file))
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestOpenWithoutPathReadsDefaultFile(t *testing.T) {
	text, err := os.ReadFile(configDir + "/nulls.yaml")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	c, err := Open("")
	require.NoError(t, err, "no kith.yaml")
	assert.Equal(t, Default(), c)
	assert.Empty(t, c.File.At("assets"))
	_, err = c.RiskSetup()
	require.NoError(t, err)
	assert.EqualError(t, c.File.Errorf("assets", "bad %d", 1), "bad 1")

	require.NoError(t, os.WriteFile("kith.yaml", text, 0o600))
	c, err = Open("")
	require.NoError(t, err, "kith.yaml is found")
	assert.Equal(t, "kith.yaml:2:1", c.File.At("assets"))
	c.File = nil
	assert.Equal(t, Default(), c, "keys without values leave the defaults")

	_, err = Open("other.yaml")
	assert.EqualError(t, err, "other.yaml: no such file or directory", "a named file must exist")
}

func TestOpenEmptyFileReturnsDefaults(t *testing.T) {
	c, err := Open(configDir + "/empty.yaml")
	require.NoError(t, err)
	assert.Equal(t, 64, c.Assets.MaxRowsPerKey)
	assert.Equal(t, configDir+"/empty.yaml", filepath.ToSlash(c.File.At("assets")), "an empty file has no lines")
}

// The problems of the block risk are reported when it is used.
func TestRiskSetupReportsProblemsOfTheBlock(t *testing.T) {
	c, err := Open(configDir + "/full.yaml")
	require.NoError(t, err)
	var block struct{ Windows []string }
	err = c.File.tree.Decode("risk", &block)
	assert.EqualError(t, err, configDir+`/full.yaml:51:3: unknown key "score_notables": use windows`)
	assert.Equal(t, []string{"24h"}, block.Windows)

	path := filepath.Join(t.TempDir(), "kith.yaml")
	require.NoError(t, os.WriteFile(path, []byte("risk: {windws: [1h], score_notables: true}"), 0o600))
	c, err = Open(path)
	require.NoError(t, err)
	s, err := c.RiskSetup()
	assert.EqualError(t, err, path+`:1:8: unknown key "windws" (did you mean "windows"?)`)
	assert.True(t, problem.IsUsage(err))
	assert.True(t, s.Config.ScoreNotables, "what can be read is returned")
}

func TestExpandReplacesGlobsAndSkipsAbsentOptionalSources(t *testing.T) {
	c, err := Open(configDir + "/full.yaml")
	require.NoError(t, err)
	got, err := c.Expand(entity.Asset)
	require.NoError(t, err)
	var paths [][2]string
	for _, s := range got {
		paths = append(paths, [2]string{s.Name, filepath.ToSlash(s.Path)})
	}
	assert.Equal(t, [][2]string{
		{"cmdb", configDir + "/lists/cmdb.csv"},
		{"cloud/cloud-1.csv", configDir + "/lists/cloud-1.csv"},
		{"cloud/cloud-2.csv", configDir + "/lists/cloud-2.csv"},
	}, paths, "globs in name order, absent optional sources left out")
	assert.Equal(t, "aws", got[2].Zone)
}

func TestExpandReportsEveryAbsentSource(t *testing.T) {
	t.Chdir(configDir)
	c, err := Open("absent.yaml")
	require.NoError(t, err)
	got, err := c.Expand(entity.Asset)
	assert.Len(t, got, 1, "the other sources are returned")
	assert.EqualError(t, err, "absent.yaml:4:13: lists/gone.csv: no such file or directory\n"+
		"absent.yaml:5:14: no file matches lists/gone-*.csv")
	assert.False(t, problem.IsUsage(err))
	hint, _ := problem.Hint(err)
	assert.Equal(t, "correct the path, or add optional: true to a source whose file may be absent", hint)
}

// A source that is written as a text gets a hint about its form, not about an absent file.
func TestSourceWrittenAsTextGetsHintAboutItsForm(t *testing.T) {
	for _, test := range [][2]string{
		{"assets: {sources: [{path: b.csv}, a.csv]}", `:1:35: sources[1]: must be a mapping, not "a.csv"`},
		{"identities: {sources: a.csv}", `:1:23: sources: must be a list, not "a.csv"`},
	} {
		path := filepath.Join(t.TempDir(), "kith.yaml")
		require.NoError(t, os.WriteFile(path, []byte(test[0]), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "b.csv"), nil, 0o600))
		c, err := Open(path)
		require.EqualError(t, err, path+test[1])
		require.EqualError(t, c.Check(err), path+test[1])
		hint, _ := problem.Hint(c.Check(err))
		assert.Equal(t, "write each source as a mapping: sources: [{path: a.csv}]", hint, test[0])
	}
}

func TestSourceWithoutPathGetsNoHintAboutAbsentFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kith.yaml")
	require.NoError(t, os.WriteFile(path, []byte("assets: {sources: [{name: a}]}"), 0o600))
	c, err := Open(path)
	err = c.Check(err)
	require.EqualError(t, err, path+":1:20: a source needs a path")
	_, hinted := problem.Hint(err)
	assert.False(t, hinted)
}

func TestEveryConfigurationInTestdataIsUsed(t *testing.T) {
	source, err := os.ReadFile("config_test.go")
	require.NoError(t, err)
	files, err := filepath.Glob(configDir + "/*.yaml")
	require.NoError(t, err)
	for _, f := range files {
		assert.Contains(t, string(source), filepath.Base(f), "no test reads %s", f)
	}
}

func TestPathBelowKeepsFoldersThatMatchWildcards(t *testing.T) {
	for _, test := range [][3]string{
		{"lists/part-*.csv", "lists/part-1.csv", "part-1.csv"},
		{"part-*.csv", "part-1.csv", "part-1.csv"},
		{"./part-*.csv", "part-1.csv", "part-1.csv"},
		{"lists/*/hosts.csv", "lists/a/hosts.csv", "a/hosts.csv"},
		{"/srv/l*/hosts.csv", "/srv/lists/hosts.csv", "lists/hosts.csv"},
		{"*/hosts.csv", "a/hosts.csv", "a/hosts.csv"},
	} {
		assert.Equal(t, test[2], pathBelow(filepath.FromSlash(test[0]), filepath.FromSlash(test[1])), "pathBelow(%q, %q)", test[0], test[1])
	}
}

func TestHintUnreadableNamesTheFileOnce(t *testing.T) {
	path := filepath.Join("lists", "a")
	for _, test := range []struct {
		cause error
		want  string
		hint  bool
	}{
		{&fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}, path + ": is a directory", true},
		{&fs.PathError{Op: "open", Path: path, Err: syscall.EACCES}, path + ": permission denied", true},
		{&fs.PathError{Op: "read", Path: path, Err: errors.New("gzip data is cut short")}, path + ": gzip data is cut short", false},
		{errors.New("empty file"), path + ": empty file", false},
	} {
		err := hintUnreadable(&merge.SourceError{Source: "a", Path: path, Err: test.cause})
		require.EqualError(t, err, test.want)
		_, hinted := problem.Hint(err)
		assert.Equal(t, test.hint, hinted, test.want)
		var source *merge.SourceError
		assert.ErrorAs(t, err, &source, "kith check continues without this list")
	}
}

func TestSourceNameOmitsListSuffixes(t *testing.T) {
	for path, want := range map[string]string{
		"lists/cmdb.csv": "cmdb", "a.b.CSV.gz": "a.b", "x.csv.zst": "x", "export.txt": "export.txt", ".csv": ".csv", "x.gz": "x",
	} {
		assert.Equal(t, want, sourceName(path), "sourceName(%q)", path)
	}
}

func TestWithoutRoleRemovesTheLongestRole(t *testing.T) {
	for field, want := range map[string]string{"src_owner": "owner", "src_user_email": "email", "dvc_ip": "ip", "owner": "", "src_": ""} {
		got, found := withoutRole(field)
		assert.Equal(t, want, got, "withoutRole(%q)", field)
		assert.Equal(t, want != "", found, "withoutRole(%q)", field)
	}
}

func TestColumnMayBeRenamedToItsOwnName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kith.yaml")
	text := "assets: {sources: [{path: a.csv, columns: {Owner: owner, b: b, from: ip}}]}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	_, err := Open(file)
	require.NoError(t, err)
}
