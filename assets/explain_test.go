package assets_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
)

func TestMatchedKey(t *testing.T) {
	e := merged(t, `ip,mac,nt_host,dns
10.1.2.3,0000.5e00.5301,WS-17,Ws-17.corp.example.
10.1.2.0/24,00:00:5e:00:54:00-00:00:5e:00:54:ff|00:00:5e:00:54:10-00:00:5e:00:54:1f,,*.Lab.example|*.gpu.lab.example
,,00-00-5E-00-53-2A,
`)
	table, err := assets.NewTable(e, assets.Options{})
	require.NoError(t, err)
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
		m, ok := table.Lookup("", key)
		if assert.True(t, ok, "Lookup(%q)", key) {
			assert.Equal(t, want, table.MatchedKey(e, m, key), "MatchedKey(%q), step %s", key, m.Step)
		}
	}
}

func TestLookupPrefix(t *testing.T) {
	e := merged(t, "ip,cim_entity_zone\n10.0.0.0/8,\n10.1.0.0/16,\n2001:db8::/32,\n10.1.0.0/24,emea\n")
	table, err := assets.NewTable(e, assets.Options{Fallback: true})
	require.NoError(t, err)
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
		m, covering, ok := table.LookupPrefix(entity.Zone(test.zone), netip.MustParsePrefix(test.prefix))
		assert.Equal(t, test.want != nil, ok, "LookupPrefix(%q, %s)", test.zone, test.prefix)
		var got []string
		for _, c := range covering {
			got = append(got, c.Prefix.String())
		}
		assert.Equal(t, test.want, got, "LookupPrefix(%q, %s)", test.zone, test.prefix)
		if ok {
			assert.Equal(t, covering[0].Record, m.Record)
			assert.Equal(t, entity.StepExact, m.Step)
		}
	}
	_, _, ok := table.LookupPrefix("", netip.Prefix{})
	assert.False(t, ok)
}

func TestFilledPrefix(t *testing.T) {
	e := merged(t, "ip,owner\n10.1.2.3,\n10.0.0.0/8,noc\n")
	table, err := assets.NewTable(e, assets.Options{})
	require.NoError(t, err)
	m, ok := table.Lookup("", "10.1.2.3")
	require.True(t, ok)
	filled := table.Fill(m, assets.PerField)
	for i, c := range table.Columns() {
		value, from := filled.Value(i)
		if c.Name == "owner" {
			assert.Equal(t, `"noc"`, string(value))
			assert.Equal(t, netip.MustParsePrefix("10.0.0.0/8"), filled.Prefix(from))
		} else {
			assert.False(t, filled.Prefix(from).IsValid(), "%s is the asset's own", c.Name)
		}
	}
}
