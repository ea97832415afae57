package tools

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompareCountsEveryKindOfDifference(t *testing.T) {
	want := `{"uid":"a","n":1.0,"src_owner":"x"}
{"uid":"b","n":2}
{"uid":"c"}
`
	for _, c := range []struct{ name, got, verdict string }{
		{"same", want, "all 3 equal"},
		{"empty fields are none", `{"n":1.0,"uid":"a","src_owner":"x","dest_city":""}` + "\n" + `{"uid":"b","n":2,"dvc_city":null}` + "\n" + `{"uid":"c"}`, "all 3 equal"},
		{"order", `{"uid":"b","n":2}` + "\n" + `{"uid":"a","n":1.0,"src_owner":"x"}` + "\n" + `{"uid":"c"}`, "of 3: order lost"},
		{"number", `{"uid":"a","n":1,"src_owner":"x"}` + "\n" + `{"uid":"b","n":2}` + "\n" + `{"uid":"c"}`, "of 3: 1 with numbers rewritten"},
		{"value", `{"uid":"a","n":"1.0","src_owner":"x"}` + "\n" + `{"uid":"b","n":3}` + "\n" + `{"uid":"c"}`, "of 3: 2 altered"},
		{"field", `{"uid":"a","n":1.0}` + "\n" + `{"uid":"b","n":2,"src_city":"Rome"}` + "\n" + `{"uid":"c"}`, "of 3: 2 with other fields"},
		{"broken", `{"uid":"a","n":1.0,"src_owner":"x"}` + "\n" + `{"uid":"b",` + "\n" + `{"uid":"c"}`, "of 3: 1 missing, order lost"},
		{"nothing", "", "of 3: 3 missing"},
	} {
		d, err := Compare(strings.NewReader(want), strings.NewReader(c.got))
		require.NoError(t, err)
		assert.Equal(t, c.verdict, d.String(), c.name)
	}
}

func TestMakeWritesSameKeysInEveryFormat(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Make(dir, 500, 20))
	f, err := os.Open(filepath.Join(dir, "keys.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, append([]string{"key"}, Fields...), rows[0])
	assert.Greater(t, len(rows), 1000, "addresses, MACs and names")
	tsv, err := os.ReadFile(filepath.Join(dir, "keys.tsv"))
	require.NoError(t, err)
	assert.Equal(t, len(rows)-1, strings.Count(string(tsv), "\n"))
	events, err := os.ReadFile(filepath.Join(dir, "events.ndjson"))
	require.NoError(t, err)
	assert.Equal(t, 20, strings.Count(string(events), "\n"))
	for _, name := range []string{"assets.csv", "keys.json", "context.csv", "src.csv", "dest.csv", "dvc.csv", "table_owner.json"} {
		assert.FileExists(t, filepath.Join(dir, name))
	}
}

func TestTimeReportsEveryRun(t *testing.T) {
	cat, err := filepath.Abs("/bin/cat")
	require.NoError(t, err)
	if _, err := os.Stat(cat); err != nil {
		t.Skip("there is no /bin/cat")
	}
	in, out := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.WriteFile(in, []byte("a\n"), 0o600))
	took, err := Time([]string{cat}, in, out, 3)
	require.NoError(t, err)
	require.Len(t, took.Steady, 3)
	assert.Contains(t, took.Row("cat", 1, "fine"), "| cat | ")
	copied, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Equal(t, "a\n", string(copied))
}
