package explain

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/merge"
)

// loadSample loads the configuration of a folder of testdata.
func loadSample(t *testing.T, folder string) *lists.Loaded {
	t.Helper()
	c, err := config.Open(filepath.Join("../testdata", folder, "kith.yaml"))
	require.NoError(t, err)
	l, err := lists.Load(t.Context(), c, lists.Options{})
	require.NoError(t, err)
	return l
}

// explainerOf returns the Explainer of loaded lists.
func explainerOf(t *testing.T, l *lists.Loaded) *Explainer {
	t.Helper()
	s, err := l.Tables()
	require.NoError(t, err)
	x, err := New(Lists{Assets: l.Assets.Entities, Identities: l.Identities.Entities, Snapshot: s})
	require.NoError(t, err)
	return x
}

// TestLookupFindsEveryKey looks up every key of every entity of the samples.
func TestLookupFindsEveryKey(t *testing.T) {
	for _, folder := range []string{"acme", "netbox"} {
		l := loadSample(t, folder)
		x := explainerOf(t, l)
		for _, r := range l.Results() {
			e := entities.Of(r.Entities)
			for record := range e.Len() {
				o := Options{Zone: entity.Zone(e.Zone(record))}
				for k, key := range e.KeysOf(record) {
					if k.Class == schema.MACRangeKey {
						a := resultOf(x.Lookup(strings.ToUpper(key), o), entity.Kind(e.Kind))
						require.NotNil(t, a, "%s: Lookup(%q)", folder, key)
						assert.Equal(t, record, a.record, "%s: Lookup(%q)", folder, key)
						assert.Equal(t, key, a.Matched, "%s: Lookup(%q)", folder, key)
						key, _, _ = strings.Cut(key, "-")
					}
					if k.Class == schema.SuffixKey {
						key = "deep.below" + key[1:]
					}
					a := resultOf(x.Lookup(key, o), entity.Kind(e.Kind))
					if !assert.NotNil(t, a, "%s: Lookup(%q)", folder, key) {
						continue
					}
					// A narrower range or a longer suffix of another asset can match instead.
					if k.Class != schema.MACRangeKey && k.Class != schema.SuffixKey {
						assert.Equal(t, record, a.record, "%s: Lookup(%q)", folder, key)
						assert.Equal(t, entity.StepExact, a.Step, "%s: Lookup(%q)", folder, key)
						assert.Equal(t, key, a.Matched, "%s: Lookup(%q)", folder, key)
					}
				}
			}
		}
	}
}

func resultOf(found []Result, kind entity.Kind) *Result {
	for _, a := range found {
		if a.Kind() == kind {
			return &a
		}
	}
	return nil
}

// TestFieldsEqualMergedLookup compares the fields of every entity with its row in the merged
// lookups.
func TestFieldsEqualMergedLookup(t *testing.T) {
	for _, folder := range []string{"acme", "netbox"} {
		l := loadSample(t, folder)
		dir := t.TempDir()
		require.NoError(t, merge.Write(dir, merge.WriteOptions{}, l.Results()...))
		rows := map[string]map[string]string{}
		for _, name := range []string{merge.AssetsByString, merge.AssetsByCIDR, merge.IdentitiesExpanded} {
			addRows(t, rows, filepath.Join(dir, name))
		}
		for _, r := range l.Results() {
			known := newKindLists(r.Entities)
			for record := range r.Entities.Len() {
				id := entities.Of(r.Entities).Records[record].ID.String()
				assert.Equal(t, rows[id], asRow(t, Entity{known, record}.fieldsObject()), "%s: fields of %s", folder, id)
			}
		}
	}
}

// addRows reads a merged lookup into rows by id. It leaves out blank cells, booleans that are
// false, and keys, which are in a different order in two of the files.
func addRows(t *testing.T, rows map[string]map[string]string, path string) {
	t.Helper()
	text, err := os.Open(path)
	if os.IsNotExist(err) {
		return
	}
	require.NoError(t, err)
	defer text.Close()
	all, err := csv.NewReader(text).ReadAll()
	require.NoError(t, err)
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			if i > 0 && cells[i] != "" && cells[i] != "false" {
				row[name] = cells[i]
			}
		}
		rows[cells[1]] = row
	}
}

func asRow(t *testing.T, o jsonobject.Object) map[string]string {
	t.Helper()
	text, err := jsonobject.Marshal(o)
	require.NoError(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var values map[string]any
	require.NoError(t, decoder.Decode(&values))
	row := map[string]string{}
	for name, v := range values {
		switch v := v.(type) {
		case []any:
			var texts []string
			for _, one := range v {
				texts = append(texts, one.(string))
			}
			row[name] = strings.Join(texts, "|")
		case bool:
			if v {
				row[name] = "true"
			}
		default:
			row[name] = fmt.Sprint(v)
		}
	}
	delete(row, "asset")
	delete(row, "identity")
	return row
}

func TestParseQueryDistinguishesNetworksFromKeys(t *testing.T) {
	for _, test := range []struct {
		text string
		want Query
		err  string
	}{
		{text: " ws- ", want: Query{Prefix: "ws-"}},
		{text: "", want: Query{}},
		{text: "10.1.2.3/16", want: Query{Network: netip.MustParsePrefix("10.1.0.0/16")}},
		{text: "10.1.2.3", want: Query{Network: netip.MustParsePrefix("10.1.2.3/32")}},
		{text: "::ffff:10.1.2.3", want: Query{Network: netip.MustParsePrefix("10.1.2.3/32")}},
		{text: "fe80::1%eth0", want: Query{Network: netip.MustParsePrefix("fe80::1/128")}},
		{text: "a/b", want: Query{Prefix: "a/b"}},
		{text: "10.", want: Query{Prefix: "10.", Network: netip.MustParsePrefix("10.0.0.0/8")}},
		{text: " 10.8", want: Query{Prefix: "10.8", Network: netip.MustParsePrefix("10.8.0.0/16")}},
		{text: "10.8.1.", want: Query{Prefix: "10.8.1.", Network: netip.MustParsePrefix("10.8.1.0/24")}},
		{text: "2001:", want: Query{Prefix: "2001:", Network: netip.MustParsePrefix("2001::/16")}},
		{text: "2001:DB8:1:", want: Query{Prefix: "2001:DB8:1:", Network: netip.MustParsePrefix("2001:db8:1::/48")}},
		{text: "2001:db8:1::", want: Query{Prefix: "2001:db8:1::", Network: netip.MustParsePrefix("2001:db8:1::/48")}},
		{text: "1:2:3:4:5:6:7:", want: Query{Prefix: "1:2:3:4:5:6:7:", Network: netip.MustParsePrefix("1:2:3:4:5:6:7:0/112")}},
		{text: "::", want: Query{Network: netip.MustParsePrefix("::/128")}},
		{text: "10", want: Query{Prefix: "10"}},
		{text: "10.8.1.2.", want: Query{Prefix: "10.8.1.2."}},
		{text: "10.08.", want: Query{Prefix: "10.08."}},
		{text: "10..", want: Query{Prefix: "10.."}},
		{text: "0050.56a1", want: Query{Prefix: "0050.56a1"}},
		{text: "00:50:", want: Query{Prefix: "00:50:"}},
		{text: "2001:db8::1:", want: Query{Prefix: "2001:db8::1:"}},
		{text: "web:443", want: Query{Prefix: "web:443"}},
		{text: ".", want: Query{Prefix: "."}},
		{text: ":", want: Query{Prefix: ":"}},
		{text: "10.1.2.3/33", err: `"10.1.2.3/33" is not a network: the prefix length must be from 0 to 32`},
		{text: "fe80::1%eth0/64", err: `"fe80::1%eth0/64" is not a network: remove the zone "eth0" from the address`},
	} {
		got, err := ParseQuery(test.text)
		if test.err != "" {
			assert.EqualError(t, err, test.err, "ParseQuery(%q)", test.text)
			assert.True(t, problem.IsUsage(err), "ParseQuery(%q)", test.text)
			continue
		}
		assert.NoError(t, err, "ParseQuery(%q)", test.text)
		assert.Equal(t, test.want, got, "ParseQuery(%q)", test.text)
	}
}

func TestNearestIsTheHostInAURLOrBeforeAPort(t *testing.T) {
	x := explainerOf(t, loadSample(t, "acme"))
	for _, test := range []struct{ key, want string }{
		{"ws-19:443", "ws-19"},
		{"https://WS-19/login?next=/", "WS-19"},
		{"https://ws-19:8443/login", "ws-19"},
		{"10.1.2.10:22", "10.1.2.10"},
		{"[10.1.2.10]", "10.1.2.10"},
		{"ws-99:443", ""},
		{"ws-19x", "ws-19"},
	} {
		got, ok := x.Nearest(test.key, Options{})
		assert.Equal(t, test.want, got, "Nearest(%q)", test.key)
		assert.Equal(t, test.want != "", ok, "Nearest(%q)", test.key)
	}
}

func TestNewRejectsListsWithoutEntities(t *testing.T) {
	_, err := New(Lists{})
	assert.Error(t, err)
}
