package explain

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/internal/problem"
)

func TestParseQuery(t *testing.T) {
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

func TestNewNeedsEntities(t *testing.T) {
	_, err := New(Lists{})
	assert.Error(t, err)
}
