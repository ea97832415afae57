package schema

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/internal/fold"
)

// formText returns the values that a form returns for a value with its note, or the error.
func formText(f Form, v string) string {
	got, err := f(nil, v)
	if err != nil {
		return "error: " + err.Error()
	}
	out := strings.Join(got.Values, " ")
	if got.Note != nil {
		out += " note: " + got.Note.Error()
	}
	return out
}

func TestFormsOfKeysReturnCanonicalKeys(t *testing.T) {
	wantIP, wantMAC := "; "+wantIP, ": "+wantMAC
	for _, c := range []struct {
		name     string
		form     Form
		in, want string
	}{
		{"ip", IPForm, "10.0.0.1", "10.0.0.1"},
		{"ip", IPForm, "2001:DB8:0:0::1", "2001:db8::1"},
		{"ip", IPForm, "::ffff:10.0.0.1", "10.0.0.1"},
		{"ip", IPForm, "fe80::1%eth0", "fe80::1"},
		{"ip", IPForm, "fe80::1%en-0", "fe80::1"},
		{"ip", IPForm, "10.0.0.1/32", "10.0.0.1"},
		{"ip", IPForm, "2001:db8::1/128", "2001:db8::1"},
		{"ip", IPForm, "10.0.0.0/8", "10.0.0.0/8"},
		{"ip", IPForm, "10.1.2.3/8", `10.1.2.3 note: prefix "10.1.2.3/8" has host bits set; read as 10.1.2.3; host_bits: network reads 10.0.0.0/8`},
		{"ip", IPForm, "fe80::1%eth0/64", `fe80::1 note: prefix "fe80::1%eth0/64" has host bits set; read as fe80::1; host_bits: network reads fe80::/64`},
		{"ip", IPForm, "::ffff:10.1.2.3/104", `10.1.2.3 note: prefix "::ffff:10.1.2.3/104" has host bits set; read as 10.1.2.3; host_bits: network reads 10.0.0.0/8`},
		{"ip", IPNetworkForm, "10.1.2.3/8", `10.0.0.0/8 note: prefix "10.1.2.3/8" has host bits set; read as 10.0.0.0/8; without host_bits: network it is 10.1.2.3`},
		{"ip", IPNetworkForm, "10.0.0.0/8", "10.0.0.0/8"},
		{"ip", IPForm, "10.1.0.0/255.255.0.0", "10.1.0.0/16"},
		{"ip", IPForm, "10.1.2.3/255.255.255.255", "10.1.2.3"},
		{"ip", IPForm, "0.0.0.0/0.0.0.0", "0.0.0.0/0"},
		{"ip", IPForm, "10.1.2.3/255.255.255.0", `10.1.2.3 note: prefix "10.1.2.3/255.255.255.0" has host bits set; read as 10.1.2.3; host_bits: network reads 10.1.2.0/24`},
		{"ip", IPForm, "10.1.0.0/255.0.255.0", `error: mask "255.0.255.0" has bits after a gap` + wantIP},
		{"ip", IPForm, "10.1.0.0/0.0.255.255", `error: mask "0.0.255.255" has bits after a gap` + wantIP},
		{"ip", IPForm, "10.1.0.0/255.255.000.0", `error: "255.255.000.0" is not the mask of 10.1.0.0` + wantIP},
		{"ip", IPForm, "2001:db8::/255.255.0.0", `error: "255.255.0.0" is not the mask of 2001:db8::` + wantIP},
		{"ip", IPForm, "1.2.3.4/ 1", `error: netip.ParsePrefix("1.2.3.4/ 1"): bad bits after slash: " 1"; write a prefix without blanks, such as 10.0.0.0/8`},
		{"ip", IPForm, "10.0.0.0/08", `error: netip.ParsePrefix("10.0.0.0/08"): bad bits after slash: "08"` + wantIP},
		{"ip", IPForm, "fe80::1%eth0,10.0.0.1", `error: the scope of "fe80::1%eth0,10.0.0.1" is not a name` + wantIP},
		{"ip", IPForm, "::ffff:10.0.0.0/104", "10.0.0.0/8"},
		{"ip", IPForm, "::ffff:0:0/96", "0.0.0.0/0"},
		{"ip", IPForm, "::/90", "::/90"},
		{"ip", IPForm, "0.0.0.0/0", "0.0.0.0/0"},
		{"ip", IPForm, "10.0.0.1-10.0.0.1", "10.0.0.1"},
		{"ip", IPForm, "10.0.0.1-10.0.0.6", "10.0.0.1 10.0.0.2/31 10.0.0.4/31 10.0.0.6"},
		{"ip", IPForm, "10.0.0.0 - 10.0.0.255", "10.0.0.0/24"},
		{"ip", IPForm, "0.0.0.0-255.255.255.255", "0.0.0.0/0"},
		{"ip", IPForm, "2001:db8::-2001:db8::3", "2001:db8::/126"},
		{"ip", IPForm, "::ffff:10.0.0.0-10.0.0.1", "10.0.0.0/31"},
		{"ip", IPForm, "255.255.255.255-255.255.255.255", "255.255.255.255"},
		{"ip", IPForm, "10.0.0.300", `error: ParseAddr("10.0.0.300"): IPv4 field has value >255` + wantIP},
		{"ip", IPForm, "010.0.0.1", `error: ParseAddr("010.0.0.1"): IPv4 field has octet with leading zero` + wantIP},
		{"ip", IPForm, "10.0.0.0/33", `error: netip.ParsePrefix("10.0.0.0/33"): prefix length out of range` + wantIP},
		{"ip", IPForm, "00:25:bc:ff:fe:42:f4:60", `error: "00:25:bc:ff:fe:42:f4:60" is an EUI-64, which belongs in the mac column` + wantIP},
		{"ip", IPForm, "10.0.0.9-10.0.0.1", `error: range "10.0.0.9-10.0.0.1" runs backwards` + wantIP},
		{"ip", IPForm, "10.0.0.1-::1", `error: range "10.0.0.1-::1" mixes IPv4 and IPv6` + wantIP},
		{"ip", IPForm, "10.0.0.1-x", `error: ParseAddr("x"): unable to parse IP` + wantIP},
		{"ip", IPForm, "ws-1", `error: ParseAddr("ws"): unable to parse IP` + wantIP},
		{"mac", MACForm, "00:25:BC:42:f4:60", "00:25:bc:42:f4:60"},
		{"mac", MACForm, "00-25-bc-42-f4-60", "00:25:bc:42:f4:60"},
		{"mac", MACForm, "0025.bc42.F460", "00:25:bc:42:f4:60"},
		{"mac", MACForm, "0025BC42F460", "00:25:bc:42:f4:60"},
		{"mac", MACForm, "0025bcfffe42f460", "00:25:bc:ff:fe:42:f4:60"},
		{"mac", MACForm, "00-25-bc-ff-fe-42-f4-60", "00:25:bc:ff:fe:42:f4:60"},
		{"mac", MACForm, "0025bc-42f460", "00:25:bc:42:f4:60"},
		{"mac", MACForm, "0:25:bc:42:f4:60", "00:25:bc:42:f4:60"},
		{"mac", MACForm, "00 00 5e 00 53 04", "00:00:5e:00:53:04"},
		{"mac", MACForm, "00:25:bc:00:00:00-00:25:bc:00:00:ff", "00:25:bc:00:00:00-00:25:bc:00:00:ff"},
		{"mac", MACForm, "00-25-bc-00-00-00-00-25-bc-00-00-FF", "00:25:bc:00:00:00-00:25:bc:00:00:ff"},
		{"mac", MACForm, "0025bc000000 - 0025.bc00.00ff", "00:25:bc:00:00:00-00:25:bc:00:00:ff"},
		{"mac", MACForm, "0025bc000000-0025bc000000", "00:25:bc:00:00:00"},
		{"mac", MACForm, "0025bc0000ff-0025bc000000", `error: bad MAC "0025bc0000ff-0025bc000000": the range runs backwards`},
		{"mac", MACForm, "0025bc000000-0025bcfffe42f460", `error: bad MAC "0025bc000000-0025bcfffe42f460"` + wantMAC},
		{"mac", MACForm, "00:25:bc", `error: bad MAC "00:25:bc"` + wantMAC},
		{"mac", MACForm, "00:25-bc:42:f4:60", `error: bad MAC "00:25-bc:42:f4:60"` + wantMAC},
		{"mac", MACForm, "00:25:bc:42:f4:6g", `error: bad MAC "00:25:bc:42:f4:6g"` + wantMAC},
		{"mac", MACForm, "-", `error: bad MAC "-"` + wantMAC},
		{"name", HostForm, "WS-1.Corp.example.", "WS-1.Corp.example"},
		{"name", HostForm, "*.corp.example", "*.corp.example"},
		{"name", HostForm, "été", "été"},
		{"name", HostForm, "two words", "two words"},
		{"name", HostForm, ".", `error: bad name ".": a name needs at least one label`},
		{"name", HostForm, "*.", `error: bad name "*.": a name needs at least one label`},
		{"name", HostForm, "ws..", `error: bad name "ws..": a name can end with at most one dot`},
		{"name", HostForm, "ws .", `error: bad name "ws .": a label cannot end with white space`},
		{"nt_host", NTHostForm, "WS-17$", "WS-17"},
		{"nt_host", NTHostForm, `CORP\WS-17$`, "WS-17"},
		{"nt_host", NTHostForm, `.\ws-17`, "ws-17"},
		{"nt_host", NTHostForm, `\ws-17`, `\ws-17`},
		{"nt_host", NTHostForm, `\\fs-1\share`, `\\fs-1\share`},
		{"nt_host", NTHostForm, `CORP\`, `CORP\`},
		{"nt_host", NTHostForm, `CORP\a\b`, `CORP\a\b`},
		{"nt_host", NTHostForm, `fe80::1%CORP\ws-17`, `fe80::1%CORP\ws-17`},
		{"nt_host", NTHostForm, "Ann's Mac", `Ann's Mac note: name "Ann's Mac" has blanks; read as one name`},
		{"nt_host", NTHostForm, "ws$$", `error: bad name "ws$$": a name can end with at most one $`},
		{"nt_host", NTHostForm, "$", `error: bad name "$": a name needs at least one label`},
		{"nt_host", NTHostForm, "a,b", `error: bad name "a,b": a name has no comma or semicolon; separate several names with |`},
		{"nt_host", NTHostForm, "a;b", `error: bad name "a;b": a name has no comma or semicolon; separate several names with |`},
		{"nt_host", NTHostForm, "ws-*", `error: bad name "ws-*": only a leading *. can stand for other names`},
		{"nt_host", NTHostForm, "*.corp.example", "*.corp.example"},
		{"nt_host", NTHostForm, "*.*.example", `error: bad name "*.*.example": only a leading *. can stand for other names`},
		{"dns", DNSForm, "ws-17.corp.example$", "ws-17.corp.example"},
		{"dns", DNSForm, "ws-17.corp.example$.", "ws-17.corp.example"},
		{"dns", DNSForm, `CORP\ws-17`, `CORP\ws-17`},
		{"merged", MergedNameForm, `CORP\ws-17`, `CORP\ws-17`},
		{"merged", MergedNameForm, "Ann's Mac", "Ann's Mac"},
		{"merged", MergedNameForm, "a;b", `error: bad name "a;b": a name has no comma or semicolon; separate several names with |`},
	} {
		assert.Equal(t, c.want, formText(c.form, c.in), "%s of %q", c.name, c.in)
	}
}

func TestClassifyByTypeAndShape(t *testing.T) {
	for _, c := range []struct {
		field Type
		in    string
		class KeyClass
		key   string
	}{
		{IP, "10.0.0.1", AddressKey, "10.0.0.1"},
		{IP, "10.0.0.0/8", PrefixKey, "10.0.0.0/8"},
		{MAC, "00:25:bc:00:00:00", MACKey, "00:25:bc:00:00:00"},
		{MAC, "00:25:bc:00:00:00-00:25:bc:00:00:ff", MACRangeKey, "00:25:bc:00:00:00-00:25:bc:00:00:ff"},
		{Host, "WS-1", NameKey, "ws-1"},
		{Host, "FE80::1%eth0", AddressKey, "fe80::1"},
		{Host, "0025BC42F460", MACKey, "00:25:bc:42:f4:60"},
		{Host, "00:25:bc:ff:fe:42:f4:60", MACKey, "00:25:bc:ff:fe:42:f4:60"},
		{Host, "deadbeef", NameKey, "deadbeef"},
		{Host, "1.2.3", NameKey, "1.2.3"},
		{Host, "10.0.0.1/8", PrefixKey, "10.0.0.0/8"},
		{Host, "10.0.0.1/32", AddressKey, "10.0.0.1"},
		{Host, "a/b", NameKey, "a/b"},
		{Host, "*.Corp.example", SuffixKey, "*.corp.example"},
		{Host, "0025bc000000-0025bc0000FF", MACRangeKey, "00:25:bc:00:00:00-00:25:bc:00:00:ff"},
		{Host, "00-25-BC-00-00-01-00-25-BC-00-00-01", MACKey, "00:25:bc:00:00:01"},
		{Host, "10.0.0.0-10.0.0.3", NameKey, "10.0.0.0-10.0.0.3"},
		{Domain, "*.Corp.example", SuffixKey, "*.corp.example"},
		{Domain, "10.0.0.0/8", PrefixKey, "10.0.0.0/8"},
		{Domain, "ws-1-2-3-4-5", NameKey, "ws-1-2-3-4-5"},
		{Domain, "0025bc000009-0025bc000000", NameKey, "0025bc000009-0025bc000000"},
	} {
		class, key := Classify(c.field, c.in)
		assert.Equal(t, c.class, class, "class of %q", c.in)
		assert.Equal(t, c.key, key, "key of %q", c.in)
	}
}

// FuzzAssetForms checks that forms are idempotent, and that a canonical value is the same key in
// the column of all keys of a merged lookup.
func FuzzAssetForms(f *testing.F) {
	for _, v := range []string{
		"10.0.0.1-10.0.0.6", "10.0.0.1/255.0.0.0", "0:25:bc:42:f4:60", "::ffff:10.0.0.0/104", "fe80::1%e-0", "::fffe:0:1-::1:0:0:0", "00-25-bc-00-00-00-00-25-bc-00-00-ff",
		"0025bcfffe42f460", "*.a.", "10.0.0.0/8", "ws. .", "10.0.0.1/32", "A.B", `A\B$`, `\\A\B`, "a b$.",
	} {
		f.Add(v)
	}
	types := []struct {
		form Form
		of   Type
	}{{IPForm, IP}, {IPNetworkForm, IP}, {MACForm, MAC}, {NTHostForm, Host}, {DNSForm, Domain}, {MergedNameForm, Host}, {HostForm, Host}}
	f.Fuzz(func(t *testing.T, v string) {
		if v = fold.Trim(v); v == "" {
			return
		}
		for _, c := range types {
			first, err := c.form(nil, v)
			if err != nil {
				continue
			}
			for _, value := range first.Values {
				again, err := c.form(nil, value)
				require.NoError(t, err, "%q of %q", value, v)
				require.Equal(t, []string{value}, again.Values, "%q again", value)
				require.True(t, again.Note == nil || strings.Contains(value, " "), "%q again", value)
				class, key := Classify(c.of, value)
				merged, mergedKey := MergedShapeOf(value)
				require.Equal(t, class, merged, "class of %q of %q", value, v)
				require.Equal(t, key, mergedKey, "key of %q of %q", value, v)
			}
		}
	})
}

// TestRangeCoverIsMinimal compares the cover of a range with every address: each address of the
// range lies in exactly one prefix, no other address lies in any, the prefixes ascend, and no two
// adjacent prefixes could be joined.
func TestRangeCoverIsMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := netip.MustParseAddr(rapid.SampledFrom([]string{"10.0.0.0", "255.255.255.0", "2001:db8::ff00", "0.0.0.0"}).Draw(t, "base"))
		span := 255
		a, b := rapid.IntRange(0, span).Draw(t, "a"), rapid.IntRange(0, span).Draw(t, "b")
		a, b = min(a, b), max(a, b)
		got, err := IPForm(nil, fmt.Sprintf("%s-%s", nthAddr(base, a), nthAddr(base, b)))
		require.NoError(t, err)
		var pieces []netip.Prefix
		for _, v := range got.Values {
			if !strings.Contains(v, "/") {
				v = fmt.Sprintf("%s/%d", v, base.BitLen())
			}
			pieces = append(pieces, netip.MustParsePrefix(v))
		}
		for i := range span + 1 {
			n := 0
			for _, p := range pieces {
				if p.Contains(nthAddr(base, i)) {
					n++
				}
			}
			want := 0
			if a <= i && i <= b {
				want = 1
			}
			require.Equal(t, want, n, "%s is in pieces of %v", nthAddr(base, i), pieces)
		}
		for i := 1; i < len(pieces); i++ {
			p, q := pieces[i-1], pieces[i]
			require.True(t, p.Addr().Less(q.Addr()), "ascending")
			mergeable := p.Bits() == q.Bits() && netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked() == netip.PrefixFrom(q.Addr(), q.Bits()-1).Masked()
			require.False(t, mergeable, "%s and %s are one", p, q)
		}
	})
}

func nthAddr(base netip.Addr, n int) netip.Addr {
	b := base.As16()
	low := int(b[15]) + n
	b[15] = byte(low)
	a := netip.AddrFrom16(b)
	if base.Is4() {
		return a.Unmap()
	}
	return a
}

func TestImplyPCIAddsImpliedValues(t *testing.T) {
	for _, c := range []struct{ categories, domains, wantCategories, wantDomains string }{
		{"", "", "", "untrust"},
		{"cardholder", "", "cardholder|pci", "trust|cardholder"},
		{"x|Cardholder", "Untrust", "x|Cardholder|pci", "trust|cardholder"},
		{"PCI", "", "PCI", "trust"},
		{"", "wireless", "", "wireless|trust"},
		{"", "dmz|trust", "", "dmz|trust"},
		{"", "pci|untrust", "", "pci|trust"},
		{"", "untrust", "", "untrust"},
		{"", "cardholder", "", "cardholder"},
	} {
		cat, dom := ImplyPCI(SplitValues(c.categories), SplitValues(c.domains))
		assert.Equal(t, c.wantCategories, JoinValues(cat), "categories of %+v", c)
		assert.Equal(t, c.wantDomains, JoinValues(dom), "domains of %+v", c)
		again, domains := ImplyPCI(cat, dom)
		assert.Equal(t, cat, again, "again")
		assert.Equal(t, dom, domains, "again")
	}
}
