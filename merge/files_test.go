package merge_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/merge"
)

func listSource(name, csv string) merge.Source {
	return merge.Source{Name: name, Path: name + ".csv", Open: openerOf([]byte(csv))}
}

func mustMerge(t testing.TB, kind entity.Kind, sources ...merge.Source) *merge.Result {
	r, err := merge.Merge(kind, sources, merge.Options{})
	require.NoError(t, err)
	return r
}

func TestWriteReplacesAllFilesAndKeepsModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	require.NoError(t, merge.Write(dir, merge.WriteOptions{}, mustMerge(t, entity.Asset, listSource("a", "ip\n10.0.0.1\n"))))
	before := readFolder(t, dir)
	assert.Len(t, before, 3, "two lookups and a report, no temporary files")
	require.NoError(t, os.Chmod(filepath.Join(dir, merge.AssetsByString), 0o640))

	people := mustMerge(t, entity.Identity, listSource("hr", "identity\njdoe\n"))
	require.NoError(t, merge.Write(dir, merge.WriteOptions{Provenance: true}, mustMerge(t, entity.Asset, listSource("a", "ip\n10.0.0.2\n")), people))
	after := readFolder(t, dir)
	assert.Len(t, after, 5)
	assert.NotEqual(t, before[merge.AssetsByString], after[merge.AssetsByString])
	info, err := os.Stat(filepath.Join(dir, merge.AssetsByString))
	require.NoError(t, err)
	assert.EqualValues(t, 0o640, info.Mode().Perm(), "a file keeps its mode")
}

// A directory at the temporary name of the last file makes Write fail after other files
// were written, but before any was renamed.
func TestWriteErrorLeavesExistingFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, merge.Write(dir, merge.WriteOptions{}, mustMerge(t, entity.Asset, listSource("a", "ip\n10.0.0.1\n"))))
	before := readFolder(t, dir)

	full := mustMerge(t, entity.Asset, listSource("a", "ip\n10.0.0.2\n"))
	err := merge.WriteReport(fullDisk{}, full)
	require.ErrorIs(t, err, errFull)
	require.ErrorIs(t, merge.WriteProvenance(fullDisk{}, full), errFull)

	blocked := filepath.Join(dir, ".merge_report.json."+pid()+".tmp")
	require.NoError(t, os.MkdirAll(filepath.Join(blocked, "x"), 0o755))
	require.Error(t, merge.Write(dir, merge.WriteOptions{}, full))
	require.NoError(t, os.RemoveAll(blocked))
	assert.Equal(t, before, readFolder(t, dir), "the old files are unchanged, and no temporary file remains")
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestReportIsJSON(t *testing.T) {
	a := mustMerge(t, entity.Asset, listSource("a", "ip,nt_host,priority\n10.0.0.1,x,huge\n10.0.0.1,x.corp,low\n,,\n"))
	var b strings.Builder
	require.NoError(t, merge.WriteReport(&b, a, mustMerge(t, entity.Identity, listSource("hr", "identity\njdoe\n"))))
	var got map[string]map[string]any
	require.NoError(t, json.Unmarshal([]byte(b.String()), &got))
	asset := got["asset"]
	assert.EqualValues(t, 2, asset["rows"])
	assert.EqualValues(t, 1, asset["entities"])
	assert.EqualValues(t, 1, asset["joins"])
	assert.Equal(t, map[string]any{"bad priority": 1.0, "no key": 1.0}, asset["row_errors"])
	assert.Len(t, asset["first_row_errors"], 2)
	assert.Equal(t, []any{}, asset["shared_keys"], "lists are never null")
	source := asset["sources"].([]any)[0].(map[string]any)
	assert.Len(t, source["sha256"], 64)
	assert.EqualValues(t, 1, got["identity"]["entities"])
}

func TestDiffYieldsChangesByKindAndID(t *testing.T) {
	dir := t.TempDir()
	old := listSource("a", "ip,nt_host,owner,category,site\n10.0.0.1|10.1.0.0/16,alpha,alice,web,x\n10.0.0.2,beta,bob,,\n10.2.0.0/16,,,,\n")
	require.NoError(t, merge.Write(dir, merge.WriteOptions{}, mustMerge(t, entity.Asset, old)))

	assert.Empty(t, diffLines(t, dir, mustMerge(t, entity.Asset, old)), "nothing changed")

	now := listSource("a", "ip,nt_host,owner,category\n10.0.0.1|10.1.0.0/16|10.3.0.0/16,alpha,carol,web|db\n10.2.0.0/16,,,\n,gamma,,\n")
	people := mustMerge(t, entity.Identity, listSource("hr", "identity\njdoe\n"))
	got := diffLines(t, dir, people, mustMerge(t, entity.Asset, now))
	assert.ElementsMatch(t, []string{
		`{"change":"changed","kind":"asset","id":"` + id(entity.Asset, "alpha") + `","key":"alpha","fields":{` +
			`"asset":[["10.0.0.1","alpha","10.1.0.0/16"],["10.0.0.1","alpha","10.1.0.0/16","10.3.0.0/16"]],` +
			`"asset_tag":[["web"],["web","db"]],"category":[["web"],["web","db"]],` +
			`"ip":[["10.0.0.1","10.1.0.0/16"],["10.0.0.1","10.1.0.0/16","10.3.0.0/16"]],"owner":["alice","carol"],"site":["x",""]}}`,
		`{"change":"gone","kind":"asset","id":"` + id(entity.Asset, "beta") + `","key":"beta"}`,
		`{"change":"new","kind":"asset","id":"` + id(entity.Asset, "gamma") + `","key":"gamma"}`,
		`{"change":"new","kind":"identity","id":"` + id(entity.Identity, "jdoe") + `","key":"jdoe"}`,
	}, got)
	assert.Contains(t, got[len(got)-1], `"kind":"identity"`, "assets come first")
}

func id(kind entity.Kind, key string) string {
	return entities.NewID(entities.Kind(kind), "", key, false).String()
}

func diffLines(t testing.TB, dir string, results ...*merge.Result) []string {
	var lines []string
	for c, err := range merge.Diff(dir, results...) {
		require.NoError(t, err)
		line, err := json.Marshal(c)
		require.NoError(t, err)
		lines = append(lines, string(line))
	}
	return lines
}

// TestSplunkFormIsReadAndCompared reads back what Write writes for Splunk, where line feeds
// separate values and companion columns repeat them.
func TestSplunkFormIsReadAndCompared(t *testing.T) {
	r := mustMerge(t, entity.Asset, listSource("a", "ip,nt_host,owner,category\n10.0.0.1|10.0.0.2,ws-1|ws-2,\"a\nb\",us$|x\n10.0.0.0/8,net,,\n"))
	splunk := writeFiles(t, merge.WriteOptions{Splunk: true}, r)
	require.Contains(t, splunk[merge.AssetsByString], "__mv_ip")
	again := mergeAgain(t, splunk, entity.Asset, merge.Options{})
	assert.Empty(t, again.Losses)
	plain, plainAgain := writeFiles(t, merge.WriteOptions{}, r), writeFiles(t, merge.WriteOptions{}, again)
	for _, name := range []string{merge.AssetsByString, merge.AssetsByCIDR} {
		assert.Equal(t, plain[name], plainAgain[name], name)
	}

	changed := mustMerge(t, entity.Asset, listSource("a", "ip,nt_host,owner,category\n10.0.0.1|10.0.0.2,ws-1|ws-2,\"a\nb\",us$|y\n10.0.0.0/8,net,,\n"))
	for _, form := range []merge.WriteOptions{{Splunk: true}, {KeyRows: true}, {Splunk: true, KeyRows: true}} {
		dir := t.TempDir()
		require.NoError(t, merge.Write(dir, form, r))
		assert.Empty(t, diffLines(t, dir, r), "%+v", form)
		nets := mustMerge(t, entity.Asset, listSource("n", "ip,nt_host\n10.0.0.0/8|10.2.0.0/15,a\n10.1.0.0/16|2001:db8::/32,b\n10.1.1.0/24,c\n10.0.0.0/9,d\n"))
		netDir := t.TempDir()
		require.NoError(t, merge.Write(netDir, form, nets))
		assert.Empty(t, diffLines(t, netDir, nets), "%+v", form)
		assert.Len(t, diffLines(t, dir, changed), 1, "%+v", form)
	}
}

func TestKeyRowsOfNetworksBeginWithTheLongest(t *testing.T) {
	r := mustMerge(t, entity.Asset, listSource("n", "ip,nt_host\n10.0.0.0/8|10.2.0.0/15,a\n10.1.0.0/16|2001:db8::/32,b\n10.1.1.0/24,c\n"))
	var keys []string
	for _, row := range rowsWithSortedKeys(writeFiles(t, merge.WriteOptions{KeyRows: true}, r)[merge.AssetsByCIDR], false)[1:] {
		keys = append(keys, row[0])
	}
	assert.Equal(t, []string{"2001:db8::/32", "10.1.1.0/24", "10.1.0.0/16", "10.2.0.0/15", "10.0.0.0/8"}, keys)
}

func TestKeyRowsHaveOneKeyEach(t *testing.T) {
	r := mustMerge(t, entity.Asset, listSource("a", "ip,nt_host,category\n10.0.0.1|10.1.0.0/16|10.2.0.0/16,ws-1,x|y\n"))
	files := writeFiles(t, merge.WriteOptions{KeyRows: true}, r)
	for name, want := range map[string][]string{merge.AssetsByString: {"10.0.0.1", "ws-1"}, merge.AssetsByCIDR: {"10.1.0.0/16", "10.2.0.0/16"}} {
		var keys []string
		for _, row := range rowsWithSortedKeys(files[name], false)[1:] {
			keys = append(keys, row[0])
			assert.Equal(t, "10.0.0.1|10.1.0.0/16|10.2.0.0/16", row[3], "every row has all fields")
		}
		assert.Equal(t, want, keys, name)
	}
}

func TestDiffRejectsOtherFiles(t *testing.T) {
	r := mustMerge(t, entity.Asset, listSource("a", "ip\n10.0.0.1\n"))
	for _, c := range []struct{ name, text, want string }{
		{"none", "", "contains no merged lookup: file does not exist"},
		{merge.AssetsByString, "ip\n10.0.0.1\n", `no column "asset_id": the file is not a merged lookup`},
		{merge.AssetsByString, "asset,asset_id\nb,2\na,1\n", `:3: id "1" is out of order`},
		{merge.AssetsByString, "asset,asset_id\n\"b,2\n", ":2:1: quoted cell is never closed"},
		{merge.AssetsByCIDR, "", "unexpected EOF"},
	} {
		dir := t.TempDir()
		if c.name != "none" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, c.name), []byte(c.text), 0o600))
		}
		var last error
		for _, err := range merge.Diff(dir, r) {
			last = err
		}
		assert.ErrorContains(t, last, c.want, "Diff of %q", c.text)
	}
}

func TestMergeChecksSources(t *testing.T) {
	broken := merge.Source{Name: "b", Path: "b.csv", Open: func() (io.ReadCloser, error) { return nil, os.ErrPermission }}
	_, err := merge.Merge(entity.Asset, []merge.Source{broken}, merge.Options{})
	require.ErrorIs(t, err, os.ErrPermission)
	assert.EqualError(t, err, "b.csv: permission denied")
	_, err = merge.Merge(entity.Asset, []merge.Source{listSource("a", "ip\n"), listSource("a", "ip\n")}, merge.Options{})
	assert.EqualError(t, err, `a.csv: two sources are named "a"`)
	r, err := merge.Merge(entity.Asset, nil, merge.Options{})
	require.NoError(t, err)
	assert.Zero(t, r.Entities.Len())
}

// A list whose lines end in CR alone would be a single header line, and all its rows would
// be lost without a report.
func TestMergeRejectsLinesThatEndInCR(t *testing.T) {
	_, err := merge.Merge(entity.Asset, []merge.Source{listSource("old", "ip,owner\r10.0.0.1,alice\r")}, merge.Options{})
	require.EqualError(t, err, `old.csv:1:4: column "owner\r10.0.0.1" contains a line break: lines must end in LF or CRLF, not in CR alone`)
	var source *merge.SourceError
	require.ErrorAs(t, err, &source)
	assert.Equal(t, "old", source.Source)
}
