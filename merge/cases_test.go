package merge_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/merge"
)

var update = flag.Bool("update", false, "rewrite the expected files of testdata")

// caseOptions is the file options.json of a case.
type caseOptions struct {
	Kind          string
	Sources       map[string]merge.Source // by file name without its suffix
	Fields        map[string]caseField
	Merge         *bool
	Join          merge.Join
	JoinShort     bool
	MaxRowsPerKey int
	IgnoreKeys    []string
	Zone          string
	Keys          []string
	CaseSensitive bool
}

type caseField struct {
	Multivalue, Tag, Key, Join *bool
	Limit                      int // negative is no limit
	Policy                     string
}

func (o *caseOptions) options(t testing.TB) merge.Options {
	out := merge.Options{
		NoMerge: o.Merge != nil && !*o.Merge, Join: o.Join, JoinShort: o.JoinShort, MaxRowsPerKey: o.MaxRowsPerKey, IgnoreKeys: o.IgnoreKeys,
		Zone: o.Zone, Keys: o.Keys, CaseSensitive: o.CaseSensitive, Fields: map[string]merge.FieldOptions{},
	}
	for name, f := range o.Fields {
		out.Fields[name] = merge.FieldOptions{
			Multivalue: switchOf(f.Multivalue), Limit: f.Limit, Tag: switchOf(f.Tag), Key: switchOf(f.Key), Join: switchOf(f.Join), Policy: merge.Policy(f.Policy),
		}
	}
	return out
}

func switchOf(on *bool) merge.Switch {
	if on == nil {
		return merge.Default
	}
	return onOrOff(*on)
}

// TestMergeMatchesCases runs the cases in testdata. A case begins with a sentence that
// describes it. Its sources are the CSV files in it, in their order, and its options are
// in options.json. The files below want/ contain the expected results: error, entities,
// rows, values, report, and the files that Write writes. Merging the merged lookups again
// must not change them.
func TestMergeMatchesCases(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { runCase(t, path) })
	}
}

func runCase(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	require.NotEmpty(t, archive.Comment, "a case opens with a sentence")
	var o caseOptions
	var sources []merge.Source
	for _, f := range archive.Files {
		if f.Name == "options.json" {
			d := json.NewDecoder(bytes.NewReader(f.Data))
			d.DisallowUnknownFields()
			require.NoError(t, d.Decode(&o))
		}
	}
	for _, f := range archive.Files {
		if name, ok := strings.CutSuffix(f.Name, ".csv"); ok && !strings.HasPrefix(f.Name, "want/") {
			s := o.Sources[name]
			s.Name, s.Path, s.Open = name, f.Name, openerOf(f.Data)
			sources = append(sources, s)
		}
	}
	kind := entity.Asset
	if o.Kind == "identity" {
		kind = entity.Identity
	}
	result, err := merge.Merge(kind, sources, o.options(t))
	changed := false
	for i, f := range archive.Files {
		name, ok := strings.CutPrefix(f.Name, "want/")
		if !ok {
			continue
		}
		got := resultText(t, name, result, err)
		if *update && got != string(f.Data) {
			archive.Files[i].Data, changed = []byte(got), true
			continue
		}
		assert.Equal(t, string(f.Data), got, "%s: %s", path, f.Name)
	}
	if changed {
		require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
	}
	if err == nil {
		checkIdempotent(t, result, o.options(t))
		checkLaws(t, result, sources, o.options(t))
	}
}

func openerOf(data []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

// resultText returns the actual contents for the file want/name.
func resultText(t testing.TB, name string, r *merge.Result, err error) string {
	if name == "error" {
		require.Error(t, err)
		return err.Error() + "\n"
	}
	require.NoError(t, err)
	switch name {
	case "entities":
		return entitiesText(r.Entities)
	case "rows":
		return rowsText(r.Entities)
	case "report":
		return reportText(r)
	case "values":
		return valuesText(r.Entities)
	}
	name, splunk := strings.CutPrefix(name, "splunk/")
	files := writeFiles(t, merge.WriteOptions{Provenance: true, Splunk: splunk}, r)
	require.Contains(t, files, name)
	return files[name]
}

// writeFiles returns the files that Write writes, by name.
func writeFiles(t testing.TB, o merge.WriteOptions, results ...*merge.Result) map[string]string {
	dir := t.TempDir()
	require.NoError(t, merge.Write(dir, o, results...))
	return readFolder(t, dir)
}

func readFolder(t testing.TB, dir string) map[string]string {
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(data)
	}
	return files
}

// entitiesText returns a line per entity: its canonical key, the keys that resolve to it,
// and the fields that are not blank.
func entitiesText(merged *entity.Entities) string {
	e := entities.Of(merged)
	var b strings.Builder
	for record := range e.Len() {
		fmt.Fprintf(&b, "%s:", e.CanonicalKey(record))
		for _, text := range e.KeysOf(record) {
			fmt.Fprintf(&b, " %s", text)
		}
		b.WriteString(" ;")
		for field := range e.Fields {
			if text := e.Cell(record, field); text != "" && text != "untrust" {
				fmt.Fprintf(&b, " %s=%s", e.Fields[field].Name, text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// rowsText returns the rows of every entity and the keys that joined them.
func rowsText(merged *entity.Entities) string {
	e := entities.Of(merged)
	var b strings.Builder
	p := merge.NewProvenance(merged)
	for record := range e.Len() {
		fmt.Fprintf(&b, "%s:", e.CanonicalKey(record))
		for _, row := range p.Rows(record) {
			fmt.Fprintf(&b, " %s:%d", row.Source, row.Line)
			if row.JoinedBy != "" {
				fmt.Fprintf(&b, " (%s)", row.JoinedBy)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// valuesText returns the origins of the values of every entity.
func valuesText(merged *entity.Entities) string {
	e := entities.Of(merged)
	var b strings.Builder
	p := merge.NewProvenance(merged)
	for record := range e.Len() {
		fmt.Fprintf(&b, "%s:\n", e.CanonicalKey(record))
		for _, v := range p.Values(record) {
			fmt.Fprintf(&b, "  %s %q", v.Field, v.Value)
			if v.Source != "" {
				fmt.Fprintf(&b, " %s:%d", v.Source, v.Line)
			}
			if !v.Kept {
				b.WriteString(" lost")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func reportText(result *merge.Result) string {
	r := &result.Report
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows, %d identical, %d joined, %d entities, %d keys\n", r.Rows, r.Identical, r.Joins, r.Entities, r.Keys)
	for _, c := range r.Contradictions {
		fmt.Fprintf(&b, "contradiction: %s, %d rows, joined by %s, between %s and %s\n",
			strings.Join(c.Names, " "), c.Rows, strings.Join(c.JoinedBy, " "), fieldKey(c.Between[0]), fieldKey(c.Between[1]))
	}
	for _, e := range r.Large {
		fmt.Fprintf(&b, "large: %s, %d rows, %d keys, %d names, shared %v\n", e.Key, e.Rows, e.Keys, e.Names, e.Shared)
	}
	for _, k := range r.SharedKeys {
		fmt.Fprintf(&b, "shared by %d rows, first %s: %s\n", k.Rows, fieldKey(k.By[0]), k.Key)
	}
	for _, c := range r.Collisions {
		fmt.Fprintf(&b, "collision (%s): %s goes to %s, not", c.Why, c.Key, fieldKey(c.Winner))
		for _, o := range c.Losers {
			b.WriteString(" " + fieldKey(o))
		}
		b.WriteByte('\n')
	}
	for _, counts := range []struct {
		what   string
		counts map[string]int
	}{{"conflict", r.Conflicts}, {"cut", r.Cut}, {"note", r.Notes}, {"lost", r.Losses}} {
		for _, name := range slices.Sorted(maps.Keys(counts.counts)) {
			fmt.Fprintf(&b, "%s: %s %d", counts.what, name, counts.counts[name])
			if keys := r.ConflictKeys[name]; counts.what == "conflict" {
				fmt.Fprintf(&b, " (%s)", strings.Join(keys, ", "))
			}
			b.WriteByte('\n')
		}
	}
	for _, o := range r.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", fieldKey(o))
	}
	for _, e := range result.Losses {
		fmt.Fprintln(&b, e)
	}
	return b.String()
}

func fieldKey(o merge.Origin) string { return fmt.Sprintf("%s:%d", o.Source, o.Line) }

// lookups are the names of all merged lookups.
var lookups = []string{merge.AssetsByString, merge.AssetsByCIDR, merge.IdentitiesExpanded}

// mergeAgain merges the lookups that Write wrote.
func mergeAgain(t testing.TB, files map[string]string, kind entity.Kind, o merge.Options) *merge.Result {
	var sources []merge.Source
	for _, name := range lookups {
		if text, ok := files[name]; ok {
			sources = append(sources, merge.Source{Name: name, Path: name, Open: openerOf([]byte(text))})
		}
	}
	r, err := merge.Merge(kind, sources, o)
	require.NoError(t, err, "merging the merged")
	return r
}

// checkIdempotent merges the merged lookups again and compares the files byte by byte.
func checkIdempotent(t testing.TB, r *merge.Result, o merge.Options) {
	first := writeFiles(t, merge.WriteOptions{}, r)
	merged := mergeAgain(t, first, r.Entities.Kind(), o)
	second := writeFiles(t, merge.WriteOptions{}, merged)
	for _, name := range lookups {
		require.Equal(t, first[name], second[name], "merging the merged: %s", name)
	}
	for _, loss := range merged.Losses {
		require.Fail(t, "merging the merged lost something", "%v", loss)
	}
}
