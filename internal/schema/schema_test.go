package schema_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

func TestReadCellReturnsCanonicalValuesAndLosses(t *testing.T) {
	ignored := schema.NewIgnored(nil)
	single, multi := schema.Field{Name: "owner"}, schema.Field{Name: "category", Multi: true}
	key, exact := schema.Field{Name: "email", Key: true}, schema.Field{Multi: true, Exact: true}
	address := schema.Field{Type: schema.IP, Multi: true}
	for _, c := range []struct {
		field  schema.Field
		in     string
		want   string
		losses string
	}{
		{single, "  a|b ", "a|b", ""},
		{single, "", "", ""},
		{multi, " a | B|b||A|c", "a B c", ""},
		{multi, "ß|ẞ|İ|i", "ß İ", ""},
		{exact, "a|A|a", "a A", ""},
		{single, "a\r\r\nb", "a\nb", ""},
		{single, "a\xffb", "", `invalid UTF-8 "a\xffb": save the list as UTF-8`},
		{multi, "a\xff|b", "b", `invalid UTF-8 "a\xff": save the list as UTF-8`},
		{key, "a|b", "", `bad key "a|b": a key cannot contain "|", the separator; fields: {email: {multivalue: true}} reads several keys`},
		{key, "a\nb", "", `bad key "a\nb": a key cannot contain a line break; fields: {email: {multivalue: true}} reads several keys`},
		{schema.Field{Name: "Serial No", Key: true, Custom: true}, "a|b", "", `bad key "a|b": a key cannot contain "|", the separator; fields: {"Serial No": {key: true, multivalue: true}} reads several keys`},
		{address, "N/A|-|10.0.0.1|127.9.9.9|0.0.0.0", "10.0.0.1", ""},
		{multi, "n/a|x", "n/a x", ""},
		{schema.Field{Form: schema.PriorityForm}, "x", "unknown", `bad priority "x": use unknown, informational, low, medium, high, critical`},
	} {
		var cell schema.Cell
		c.field.ReadCell(&cell, c.in, ignored)
		assert.Equal(t, c.want, strings.Join(cell.Values, " "), "ReadCell(%q)", c.in)
		var losses []string
		for _, err := range cell.Losses {
			losses = append(losses, err.Error())
		}
		assert.Equal(t, c.losses, strings.Join(losses, "\n"), "losses of ReadCell(%q)", c.in)
	}
}

func TestIgnoredContainsTextsAndNetworks(t *testing.T) {
	g := schema.NewIgnored(nil)
	for _, v := range []string{"", "-", "NULL", "None", "nil", "N/A", "na", "Unknown", "undefined", "LocalHost", "localhost.localdomain"} {
		assert.True(t, g.Text(v), "Text(%q)", v)
	}
	for _, v := range []string{
		"0.0.0.0", "127.0.0.1", "127.3.0.9", "::", "::1", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
		"169.254.0.1", "fe80::1", "febf::1", "224.0.0.251", "239.255.255.250", "255.255.255.255", "ff02::fb",
		"00:50:56:c0:00:08", "02:50:41:00:00:01", "20:41:53:59:4e:ff",
	} {
		assert.True(t, g.Value(v), "Value(%q)", v)
	}
	for _, v := range []string{
		"10.0.0.1", "126.0.0.0/7", "0.0.0.0/8", "::2", "00:00:00:00:00:01", "ws-1",
		"127.0.0.0/8", "127.3.0.0/16", "169.254.0.0/16", "fe80::/10", "224.0.0.0/4", "ff02::/16", // a list may describe networks
		"169.253.255.255", "fec0::1", "223.255.255.255", "240.0.0.1", "255.255.255.254", "fe80", "00:50:56:c0:00:09",
	} {
		assert.False(t, g.Value(v), "Value(%q)", v)
		assert.False(t, g.Text(v), "Text(%q)", v)
	}
	only := schema.NewIgnored([]string{"x", "fe80::/10", "2001:DB8:0::1"})
	assert.False(t, only.Text("unknown"), "the values replace the default")
	assert.True(t, only.Value("fe80::1"))
	assert.True(t, only.Value("2001:db8::1"), "in every spelling")
	more := schema.NewIgnored([]string{"+x", "+127.0.0.0/8"})
	assert.True(t, more.Value("127.3.0.0/16"), "a configured network stands for prefixes, too")
	assert.True(t, more.Value("169.254.0.1"), "the values extend the default")
	more = schema.NewIgnored([]string{"+x", "+y"})
	assert.True(t, more.Text("unknown") && more.Text("Y"), "the values extend the default")
	var none *schema.Ignored
	assert.False(t, none.Value("::"))
}

// TestIgnoredMatchesAllSpellings also checks that a range matches the networks inside it.
func TestIgnoredMatchesAllSpellings(t *testing.T) {
	for _, c := range []struct {
		listed string
		values []string // canonical addresses, prefixes and MACs that are ignored
		texts  []string // ignored names
		kept   []string // not ignored
	}{
		{listed: "aa-bb-cc-00-00-01", values: []string{"aa:bb:cc:00:00:01"}, kept: []string{"aa:bb:cc:00:00:02"}},
		{listed: "AABBCC000001", values: []string{"aa:bb:cc:00:00:01"}, texts: []string{"aabbcc000001"}},
		{listed: "aabb.cc00.0001", values: []string{"aa:bb:cc:00:00:01"}},
		{listed: "00-25-BC-FF-FE-00-00-01", values: []string{"00:25:bc:ff:fe:00:00:01"}, kept: []string{"00:25:bc:00:00:01"}},
		{listed: "H1.", texts: []string{"h1", "H1", "h1."}, kept: []string{"h1.example", ""}},
		{listed: ".", texts: []string{"."}, kept: []string{""}},
		{
			listed: "10.0.0.0-10.0.0.3", values: []string{"10.0.0.0", "10.0.0.3", "10.0.0.0/30", "10.0.0.2/31"},
			kept: []string{"10.0.0.4", "9.255.255.255", "10.0.0.0/29", "::a00:1", "::/0"},
		},
		{
			listed: "10.0.0.1 - ::ffff:10.0.0.6", values: []string{"10.0.0.1", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6"},
			kept: []string{"10.0.0.0", "10.0.0.0/31", "10.0.0.4/30", "10.0.0.7"},
		},
		{listed: "10.0.0.9-10.0.0.9", values: []string{"10.0.0.9"}, kept: []string{"10.0.0.8/31"}},
		{listed: "2001:DB8::-2001:db8::ff", values: []string{"2001:db8::", "2001:db8::80/121"}, kept: []string{"2001:db8::100", "10.0.0.1"}},
		{listed: "::ffff:10.0.0.0/104", values: []string{"10.1.2.3", "10.0.0.0/8"}, kept: []string{"11.0.0.0"}},
		{listed: "10.0.0.3-10.0.0.0", kept: []string{"10.0.0.1"}},
		{listed: "10.0.0.0-::1", kept: []string{"10.0.0.1", "::1"}},
		{listed: "10.0.0.0-", kept: []string{"10.0.0.0"}},
	} {
		g := schema.NewIgnored([]string{c.listed})
		for _, v := range c.values {
			assert.True(t, g.Value(v), "Value(%q), %q is listed", v, c.listed)
		}
		for _, v := range c.texts {
			assert.True(t, g.Text(v), "Text(%q), %q is listed", v, c.listed)
		}
		for _, v := range c.kept {
			assert.False(t, g.Value(v) || g.Text(v), "Value(%q) or Text(%[1]q), %q is listed", v, c.listed)
		}
	}
}

// TestValueSetAgreesWithScan compares a set with a list that is scanned.
func TestValueSetAgreesWithScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[aAbBäÄ]{0,2}`), 0, 60).Draw(t, "values")
		set := schema.ValueSet{Exact: rapid.Bool().Draw(t, "exact")}
		var want []string
		for _, v := range values {
			there := v == ""
			for _, have := range want {
				there = there || have == v || !set.Exact && strings.EqualFold(have, v)
			}
			require.Equal(t, !there, set.Add(v))
			if !there {
				want = append(want, v)
			}
		}
		require.Equal(t, want, set.Values)
	})
}

func TestCheckRejectsPoliciesOfOtherTypes(t *testing.T) {
	for _, c := range []struct {
		field schema.Field
		want  string
	}{
		{schema.Field{Name: "owner", Policy: schema.Union}, `policy "union" applies only to multi-value fields; "owner" is not one`},
		{schema.Field{Name: "owner", Policy: schema.Any}, `policy "any" applies only to booleans; "owner" is not one`},
		{schema.Field{Name: "owner", Policy: schema.Latest}, `policy "latest" applies only to dates; "owner" is not one`},
		{schema.Field{Name: "ip", Key: true, Policy: schema.Exclude}, `policy "exclude" applies only to fields that are not keys; "ip" is not one`},
	} {
		assert.EqualError(t, c.field.Check(), c.want)
	}
	_, err := schema.ParsePolicy("best")
	assert.EqualError(t, err, `unknown policy "best": use union, first, highest, any, latest, earliest, exclude`)
	for _, name := range schema.PolicyNames() {
		p, err := schema.ParsePolicy(name)
		require.NoError(t, err)
		assert.Equal(t, name, p.String())
	}
}

// TestReadCellFindsEveryOddByte puts every byte at every position of a cell, because isPlain tests
// eight bytes at a time.
func TestReadCellFindsEveryOddByte(t *testing.T) {
	text := schema.Field{Name: "note"}
	var c schema.Cell
	for n := 1; n <= 26; n++ {
		for at := range n {
			for b := range 256 {
				cell := []byte(strings.Repeat("x", n))
				cell[at] = byte(b)
				text.ReadCell(&c, string(cell), nil)
				want := fold.Trim(string(cell))
				if !utf8.ValidString(want) {
					require.Len(t, c.Losses, 1, "%q", cell)
					continue
				}
				require.Empty(t, c.Losses, "%q", cell)
				if want != "" {
					require.Equal(t, []string{want}, c.Values, "%q", cell)
				}
			}
		}
	}
	text.ReadCell(&c, "one\r\ntwo and more text\r\n.", nil)
	require.Equal(t, []string{"one\ntwo and more text\n."}, c.Values)
}

// TestIgnoredMACsAreCanonical checks the data: a MAC that is not canonical would match nothing.
func TestIgnoredMACsAreCanonical(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range schema.DefaultIgnored() {
		assert.False(t, seen[v], "%q is listed twice", v)
		seen[v] = true
		if strings.Count(v, ":") == 5 {
			got, err := schema.MACForm(nil, v)
			require.NoError(t, err)
			assert.Equal(t, []string{v}, got.Values)
		}
	}
}
