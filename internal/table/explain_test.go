package table_test

import (
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/table"
	"github.com/kithsec/kith/merge"
)

func TestMatchedKeyHasSpellingOfList(t *testing.T) {
	e := mergeList(t, entity.Asset, `ip,mac,nt_host,dns
10.1.2.3,0000.5e00.5301,WS-17,Ws-17.corp.example.
10.1.2.0/24,00:00:5e:00:54:00-00:00:5e:00:54:ff|00:00:5e:00:54:10-00:00:5e:00:54:1f,,*.Lab.example|*.gpu.lab.example
,,00-00-5E-00-53-2A,
`)
	at := buildTable(t, e, table.Options{})
	for key, want := range map[string]string{
		"ws-17":                "WS-17",
		" ws-17.CORP.example.": "Ws-17.corp.example",
		"::ffff:10.1.2.3":      "10.1.2.3",
		"10.1.2.200":           "10.1.2.0/24",
		"00-00-5e-00-53-01":    "00:00:5e:00:53:01",
		"00:00:5e:00:53:2a":    "00-00-5E-00-53-2A",
		"00:00:5e:00:54:12":    "00:00:5e:00:54:10-00:00:5e:00:54:1f",
		"00:00:5e:00:54:77":    "00:00:5e:00:54:00-00:00:5e:00:54:ff",
		"a.lab.EXAMPLE":        "*.Lab.example",
		"a.gpu.lab.example.":   "*.gpu.lab.example",
	} {
		m, ok := at.Lookup(at.Zone(""), fold.Trim(key))
		if assert.True(t, ok, "Lookup(%q)", key) {
			assert.Equal(t, want, at.MatchedKey(entities.Of(e), m, key), "MatchedKey(%q), step %s", key, m.Step)
		}
	}
}

func TestLookupPrefixFindsExactlyThisPrefix(t *testing.T) {
	e := mergeList(t, entity.Asset, "ip,cim_entity_zone\n10.0.0.0/8,\n10.1.0.0/16,\n2001:db8::/32,\n10.1.0.0/24,emea\n")
	at := buildTable(t, e, table.Options{Fallback: true})
	for _, test := range []struct {
		zone, prefix string
		want         []string
	}{
		{"", "10.1.0.0/16", []string{"10.1.0.0/16", "10.0.0.0/8"}},
		{"", "10.1.2.3/16", []string{"10.1.0.0/16", "10.0.0.0/8"}},
		{"", "::ffff:10.0.0.0/104", []string{"10.0.0.0/8"}},
		{"", "2001:db8::/32", []string{"2001:db8::/32"}},
		{"", "10.1.0.0/17", nil},
		{"", "0.0.0.0/0", nil},
		{"emea", "10.1.0.0/24", []string{"10.1.0.0/24"}},
		{"emea", "10.0.0.0/8", []string{"10.0.0.0/8"}},
	} {
		m, covering, ok := at.LookupPrefix(at.Zone(entity.Zone(test.zone)), netip.MustParsePrefix(test.prefix))
		assert.Equal(t, test.want != nil, ok, "LookupPrefix(%q, %s)", test.zone, test.prefix)
		var got []string
		for c := range covering {
			got = append(got, c.Prefix.String())
		}
		assert.Equal(t, test.want, got, "LookupPrefix(%q, %s)", test.zone, test.prefix)
		if ok {
			for c := range covering {
				assert.Equal(t, c.Record, m.Record, "LookupPrefix(%q, %s): the first prefix is the match", test.zone, test.prefix)
				break
			}
			assert.Equal(t, entity.StepExact, m.Step)
		}
	}
	_, _, ok := at.LookupPrefix(at.Zone(""), netip.Prefix{})
	assert.False(t, ok, "LookupPrefix of the zero Prefix")
}

func TestFilledPrefixIsTheSourceOfTheValue(t *testing.T) {
	e := mergeList(t, entity.Asset, "ip,owner\n10.1.2.3,\n10.0.0.0/8,noc\n")
	at := buildTable(t, e, table.Options{})
	m, ok := at.Lookup(at.Zone(""), "10.1.2.3")
	require.True(t, ok)
	filled := at.Filled(m, table.FillPerField)
	for i, c := range at.Columns() {
		value := filled.Value(i)
		prefix, ok := filled.Prefix(i)
		if c.Name == "owner" {
			assert.Equal(t, `"noc"`, string(value))
			assert.Equal(t, netip.MustParsePrefix("10.0.0.0/8"), prefix)
		} else {
			assert.False(t, ok, "Prefix(%s): the value is the asset's own", c.Name)
		}
	}
}

func TestMatchedKeyOfIdentityHasSpellingOfList(t *testing.T) {
	e := mergeList(t, entity.Identity, "identity,email\nJDoe,Jane@corp.example\n")
	it := buildTable(t, e, table.Options{})
	for value, want := range map[string]string{
		" jdoe ":            "JDoe",
		`ACME\JDOE`:         "JDoe",
		"jdoe@CORP.example": "JDoe",
		"JANE@corp.example": "Jane@corp.example",
		"JANE":              "Jane",
	} {
		m, ok := it.Lookup(it.Zone(""), fold.Trim(value))
		if assert.True(t, ok, "Lookup(%q)", value) {
			assert.Equal(t, want, it.MatchedKey(entities.Of(e), m, value), "MatchedKey(%q), step %s", value, m.Step)
		}
	}
}

// mergeList returns the entities of a list.
func mergeList(t testing.TB, kind entity.Kind, csv string) *entity.Entities {
	t.Helper()
	r, err := merge.Merge(kind, []merge.Source{{
		Name: "list", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil },
	}}, merge.Options{})
	require.NoError(t, err)
	return r.Entities
}

func buildTable(t testing.TB, e *entity.Entities, o table.Options) *table.Table {
	t.Helper()
	made, err := table.New(e.Kind(), e, o)
	require.NoError(t, err)
	return made
}
