package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/internal/schema"
)

// readCell returns the values of a cell, and its losses and notes, separated by commas.
func readCell(f schema.Field, text string) (values, losses string) {
	var cell schema.Cell
	f.ReadCell(&cell, text, schema.NewIgnored(nil))
	var errs []string
	for _, err := range cell.Losses {
		errs = append(errs, err.Error())
	}
	return strings.Join(cell.Values, ", "), strings.Join(errs, "\n")
}

func TestCellsOfAddressesAreSplitIntoPieces(t *testing.T) {
	ip := schema.Field{Name: "ip", Type: schema.IP, Form: schema.IPForm, Key: true, Multi: true}
	mac := schema.Field{Name: "mac", Type: schema.MAC, Form: schema.MACForm, Key: true, Multi: true}
	for _, c := range []struct {
		field    schema.Field
		in, want string
	}{
		{ip, "10.0.0.1, 10.0.0.2;10.0.0.3", "10.0.0.1, 10.0.0.2, 10.0.0.3"},
		{ip, "10.0.0.1\n10.0.0.2\r\n10.0.0.3", "10.0.0.1, 10.0.0.2, 10.0.0.3"},
		{ip, "10.0.0.1 10.0.0.2\t2001:db8::1", "10.0.0.1, 10.0.0.2, 2001:db8::1"},
		{ip, `["10.0.0.1", "10.0.0.2"]`, "10.0.0.1, 10.0.0.2"},
		{ip, "{10.0.0.1,10.0.0.2}", "10.0.0.1, 10.0.0.2"},
		{ip, "[2001:db8::1]", "2001:db8::1"},
		{ip, "'10.0.0.1'", "10.0.0.1"},
		{ip, "[]", ""},
		{ip, "10.0.0.1,,;", "10.0.0.1"},
		{ip, "10.0.0.1, n/a, 127.0.0.1", "10.0.0.1"},
		{ip, "10.0.0.1 - 10.0.0.2", "10.0.0.1, 10.0.0.2"},
		{ip, "10.0.0.1 - 10.0.0.2 10.1.0.1", "10.0.0.1, 10.0.0.2, 10.1.0.1"},
		{ip, "10.1.0.1 10.0.0.1- 10.0.0.2", "10.1.0.1, 10.0.0.1, 10.0.0.2"},
		{ip, "10.0.0.0/24 10.1.0.0/255.255.0.0", "10.0.0.0/24, 10.1.0.0/16"},
		{ip, "2001:db8::1%eth0,10.0.0.1", "2001:db8::1, 10.0.0.1"},
		{ip, "10.0.0.1, 010.0.0.2", `10.0.0.1; ParseAddr("010.0.0.2"): IPv4 field has octet with leading zero`},
		{ip, "1.2.3.4/ 1", `; netip.ParsePrefix("1.2.3.4/ 1"): bad bits after slash: " 1"`},
		{ip, "10.0.0.1 (eth0)", `10.0.0.1; ParseAddr("(eth0)"): unable to parse IP`},
		{ip, "not known yet", `; ParseAddr("not known yet"): unable to parse IP`},
		{mac, "00 00 5e 00 53 04", "00:00:5e:00:53:04"},
		{mac, "00:00:5e:00:53:04 00:00:5e:00:53:05", "00:00:5e:00:53:04, 00:00:5e:00:53:05"},
		{mac, "00-00-5e-00-53-04, 0000.5e00.5305; 0:0:5e:0:53:6", "00:00:5e:00:53:04, 00:00:5e:00:53:05, 00:00:5e:00:53:06"},
		{mac, "00005e005300 - 00005e0053ff", "00:00:5e:00:53:00-00:00:5e:00:53:ff"},
		{mac, "192.168.100.200", `; bad MAC "192.168.100.200": use `},
	} {
		want, wantLoss, lossy := strings.Cut(c.want, "; ")
		if !lossy {
			want, wantLoss, lossy = strings.Cut(c.want, ";")
		}
		values, losses := readCell(c.field, c.in)
		assert.Equal(t, want, values, "ReadCell(%q)", c.in)
		assert.Equal(t, lossy, losses != "", "losses of ReadCell(%q): %s", c.in, losses)
		assert.Contains(t, losses, wantLoss, "losses of ReadCell(%q)", c.in)
		assert.NotContains(t, losses, "\n", "ReadCell(%q) has one loss", c.in)
	}
}

func TestScopeEndsAtSeparator(t *testing.T) {
	ip := schema.Field{Name: "ip", Type: schema.IP, Form: schema.IPForm, Key: true, Multi: true}
	values, losses := readCell(ip, "fe80::1%eth0,10.0.0.1,10.0.0.0/8")
	assert.Contains(t, values, "10.0.0.1, 10.0.0.0/8")
	assert.Empty(t, losses)
}

func TestLineFeedsSeparateOnlyMultiValues(t *testing.T) {
	values, _ := readCell(schema.Field{Multi: true}, "a\nb\r\n c |d\n\n")
	assert.Equal(t, "a, b, c, d", values)
	values, _ = readCell(schema.Field{}, "a\nb")
	assert.Equal(t, "a\nb", values)
	values, _ = readCell(schema.Field{Multi: true}, "Smith, Jane;x y")
	assert.Equal(t, "Smith, Jane;x y", values, "commas separate only addresses")
}

// TestPiecesAgreeWithSeparateValues checks that no separator changes the values of a cell.
func TestPiecesAgreeWithSeparateValues(t *testing.T) {
	ip := schema.Field{Name: "ip", Type: schema.IP, Form: schema.IPForm, Key: true, Multi: true}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]string{
			"10.0.0.1", "10.0.0.0/8", "10.1.2.3/255.255.0.0", "fe80::1%eth0", "2001:DB8::1", "10.0.0.1 - 10.0.0.6", "n/a", "::1", "",
		}), 0, 6).Draw(t, "values")
		want, wantLosses := readCell(ip, strings.Join(values, "|"))
		cell := ""
		for _, v := range values {
			quote := rapid.SampledFrom([]string{"", "'", `"`}).Draw(t, "quote")
			cell += quote + v + quote + rapid.SampledFrom([]string{",", ";", "|", "\n", " , ", "\r\n"}).Draw(t, "separator")
		}
		got, losses := readCell(ip, cell)
		require.Equal(t, want, got, "%q", cell)
		require.Equal(t, wantLosses, losses, "%q", cell)
	})
}

func FuzzReadCellOfAddresses(f *testing.F) {
	for _, v := range []string{"[\"10.0.0.1\", '::1'}", "1.2.3.4/ 1", "a - b / c", " - ", "/ /", "fe80::1%,;", "0 0 0"} {
		f.Add(v)
	}
	ignored := schema.NewIgnored(nil)
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range schema.AssetFields()[:2] {
			var cell, again schema.Cell
			field.ReadCell(&cell, text, ignored)
			joined := schema.JoinValues(cell.Values)
			field.ReadCell(&again, joined, ignored)
			require.Equal(t, joined, schema.JoinValues(again.Values), "reading %q again", joined)
			require.Empty(t, again.Losses)
		}
	})
}
