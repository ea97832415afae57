package entity_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kithsec/kith/entity"
)

func TestReadCell(t *testing.T) {
	ignored := entity.NewIgnored(nil)
	single, multi := entity.Field{Name: "owner"}, entity.Field{Name: "category", Multi: true}
	key, exact := entity.Field{Key: true}, entity.Field{Multi: true, Exact: true}
	address := entity.Field{Type: entity.IP, Multi: true}
	for _, c := range []struct {
		field  entity.Field
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
		{key, "a|b", "", `bad key "a|b": a key holds no "|", which parts keys; only a multi-value column lists several`},
		{address, "N/A|-|10.0.0.1|127.9.9.9|0.0.0.0", "10.0.0.1", ""},
		{multi, "n/a|x", "n/a x", ""},
		{entity.Field{Form: entity.PriorityForm}, "x", "unknown", `bad priority "x": use unknown, informational, low, medium, high, critical`},
	} {
		var cell entity.Cell
		c.field.ReadCell(&cell, c.in, ignored)
		assert.Equal(t, c.want, strings.Join(cell.Values, " "), "ReadCell(%q)", c.in)
		var losses []string
		for _, err := range cell.Losses {
			losses = append(losses, err.Error())
		}
		assert.Equal(t, c.losses, strings.Join(losses, "\n"), "losses of ReadCell(%q)", c.in)
	}
}

func TestIgnored(t *testing.T) {
	g := entity.NewIgnored(nil)
	for _, v := range []string{"", "-", "NULL", "None", "nil", "N/A", "na", "Unknown", "undefined", "LocalHost", "localhost.localdomain"} {
		assert.True(t, g.Text(v), "Text(%q)", v)
	}
	for _, v := range []string{"0.0.0.0", "127.0.0.1", "127.0.0.0/8", "127.3.0.0/16", "::", "::1", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"} {
		assert.True(t, g.Value(v), "Value(%q)", v)
	}
	for _, v := range []string{"10.0.0.1", "126.0.0.0/7", "0.0.0.0/8", "::2", "00:00:00:00:00:01", "ws-1"} {
		assert.False(t, g.Value(v), "Value(%q)", v)
		assert.False(t, g.Text(v), "Text(%q)", v)
	}
	only := entity.NewIgnored([]string{"x", "fe80::/10", "2001:DB8:0::1"})
	assert.False(t, only.Text("unknown"), "a list replaces the default")
	assert.True(t, only.Value("fe80::1"))
	assert.True(t, only.Value("2001:db8::1"), "however it is spelled")
	more := entity.NewIgnored([]string{"+x", "+y"})
	assert.True(t, more.Text("unknown") && more.Text("Y"), "added to the default")
	var none *entity.Ignored
	assert.False(t, none.Value("::"))
}

// TestIgnoredSpellings: what is listed is meant in all its spellings, and a
// range as the networks in it.
func TestIgnoredSpellings(t *testing.T) {
	for _, c := range []struct {
		listed   string
		values   []string // canonical addresses, prefixes and MACs that are ignored
		texts    []string // ignored names
		answered []string // not ignored
	}{
		{listed: "aa-bb-cc-00-00-01", values: []string{"aa:bb:cc:00:00:01"}, answered: []string{"aa:bb:cc:00:00:02"}},
		{listed: "AABBCC000001", values: []string{"aa:bb:cc:00:00:01"}, texts: []string{"aabbcc000001"}},
		{listed: "aabb.cc00.0001", values: []string{"aa:bb:cc:00:00:01"}},
		{listed: "00-25-BC-FF-FE-00-00-01", values: []string{"00:25:bc:ff:fe:00:00:01"}, answered: []string{"00:25:bc:00:00:01"}},
		{listed: "H1.", texts: []string{"h1", "H1", "h1."}, answered: []string{"h1.example", ""}},
		{listed: ".", texts: []string{"."}, answered: []string{""}},
		{
			listed: "10.0.0.0-10.0.0.3", values: []string{"10.0.0.0", "10.0.0.3", "10.0.0.0/30", "10.0.0.2/31"},
			answered: []string{"10.0.0.4", "9.255.255.255", "10.0.0.0/29", "::a00:1", "::/0"},
		},
		{
			listed: "10.0.0.1 - ::ffff:10.0.0.6", values: []string{"10.0.0.1", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6"},
			answered: []string{"10.0.0.0", "10.0.0.0/31", "10.0.0.4/30", "10.0.0.7"},
		},
		{listed: "10.0.0.9-10.0.0.9", values: []string{"10.0.0.9"}, answered: []string{"10.0.0.8/31"}},
		{listed: "2001:DB8::-2001:db8::ff", values: []string{"2001:db8::", "2001:db8::80/121"}, answered: []string{"2001:db8::100", "10.0.0.1"}},
		{listed: "::ffff:10.0.0.0/104", values: []string{"10.1.2.3", "10.0.0.0/8"}, answered: []string{"11.0.0.0"}},
		{listed: "10.0.0.3-10.0.0.0", answered: []string{"10.0.0.1"}},
		{listed: "10.0.0.0-::1", answered: []string{"10.0.0.1", "::1"}},
		{listed: "10.0.0.0-", answered: []string{"10.0.0.0"}},
	} {
		g := entity.NewIgnored([]string{c.listed})
		for _, v := range c.values {
			assert.True(t, g.Value(v), "Value(%q), %q is listed", v, c.listed)
		}
		for _, v := range c.texts {
			assert.True(t, g.Text(v), "Text(%q), %q is listed", v, c.listed)
		}
		for _, v := range c.answered {
			assert.False(t, g.Value(v) || g.Text(v), "%q is answered, %q is listed", v, c.listed)
		}
	}
}

// TestInterner compares an Interner with a map, before and after it gave its
// memory back.
func TestInterner(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	n, numbers := entity.NewInterner(), map[string]entity.TextID{"": 0}
	for round := range 3 {
		var batch []string
		for range 20000 {
			batch = append(batch, fmt.Sprintf("text %d", rnd.IntN(30000)))
		}
		batch = append(batch, "", "\x00", strings.Repeat("long", 5000))
		var hashes []uint32
		for _, text := range batch {
			hashes = append(hashes, n.Hash(text))
		}
		for i, id := range n.InternAll(nil, batch, hashes) {
			if known, ok := numbers[batch[i]]; ok {
				require.Equal(t, known, id, "%q has one number", batch[i])
			}
			numbers[batch[i]] = id
			require.Equal(t, id, n.Intern(batch[i]))
		}
		require.Equal(t, len(numbers), n.Len())
		for text, id := range numbers {
			require.Equal(t, text, n.Text(id))
		}
		if round == 1 {
			n.Compact()
		}
	}
	_, found := n.Find("absent")
	assert.False(t, found)
	id, found := n.Find("text 1")
	assert.True(t, found)
	assert.Equal(t, numbers["text 1"], id)
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"": "", "abc": "abc", "WS-1": "ws-1", "ÄRGER": "ärger", "İ": "i", "K": "k", "a\xffB": "a\xffb", "ẞ": "ß"} {
		assert.Equal(t, want, entity.Fold(in), "Fold(%q)", in)
		assert.Equal(t, want, string(entity.AppendFold(nil, []byte(in))))
	}
}

// Wherever a byte stands, and however many others there are, only capital
// letters change.
func TestFoldEveryByteEverywhere(t *testing.T) {
	for n := 1; n <= 20; n++ {
		for at := range n {
			for c := range 256 {
				in := bytes.Repeat([]byte{'Z'}, n)
				in[at] = byte(c)
				want := bytes.Repeat([]byte{'z'}, n)
				if want[at] = byte(c); 'A' <= c && c <= 'Z' {
					want[at] += 'a' - 'A'
				}
				require.Equal(t, want, entity.AppendFold([]byte("X"), in)[1:], "AppendFold(%q)", in)
				require.Equal(t, string(want), entity.Fold(string(in)), "Fold(%q)", in)
			}
		}
	}
}

func TestTrim(t *testing.T) {
	for _, space := range []string{"", " ", "\t\n", "\u00a0", "\u2003", "\x00", "\x7f", "\xff", "é"} {
		for _, in := range []string{"", "a", "a b", "é"} {
			for _, s := range []string{in + space, space + in, space + in + space} {
				assert.Equal(t, strings.TrimSpace(s), entity.Trim(s), "Trim(%q)", s)
			}
		}
	}
}

// FuzzFold: folding twice is folding once, and values that fold alike are one
// value of a set, however many it holds.
func FuzzFold(f *testing.F) {
	f.Add("İstanbul", "ǅ")
	f.Fuzz(func(t *testing.T, a, b string) {
		folded := entity.Fold(a)
		require.Equal(t, folded, entity.Fold(folded))
		require.Equal(t, entity.Fold(a) == entity.Fold(b), entity.EqualFold(a, b))
	})
}

// TestValueSet compares a set with a scan.
func TestValueSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[aAbBäÄ]{0,2}`), 0, 60).Draw(t, "values")
		set := entity.ValueSet{Exact: rapid.Bool().Draw(t, "exact")}
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

func TestFieldCheck(t *testing.T) {
	for _, c := range []struct {
		field entity.Field
		want  string
	}{
		{entity.Field{Name: "owner", Policy: entity.Union}, `policy "union" is for multi-value fields; "owner" is not one`},
		{entity.Field{Name: "owner", Policy: entity.Any}, `policy "any" is for booleans; "owner" is not one`},
		{entity.Field{Name: "owner", Policy: entity.Latest}, `policy "latest" is for dates; "owner" is not one`},
		{entity.Field{Name: "ip", Key: true, Policy: entity.Exclude}, `policy "exclude" is for fields that are no keys; "ip" is not one`},
	} {
		assert.EqualError(t, c.field.Check(), c.want)
	}
	_, err := entity.ParsePolicy("best")
	assert.EqualError(t, err, `unknown policy "best": use union, first, highest, any, latest, earliest, exclude`)
	for _, name := range entity.PolicyNames() {
		p, err := entity.ParsePolicy(name)
		require.NoError(t, err)
		assert.Equal(t, name, p.String())
	}
}

func TestID(t *testing.T) {
	a := entity.NewID(entity.Asset, "emea", "WS-1", false)
	assert.Len(t, a.String(), 32)
	assert.Equal(t, a, entity.NewID(entity.Asset, "emea", "ws-1", false), "the key is lower-cased")
	assert.NotEqual(t, a, entity.NewID(entity.Asset, "emea", "WS-1", true))
	assert.NotEqual(t, a, entity.NewID(entity.Identity, "emea", "WS-1", false))
	assert.NotEqual(t, a, entity.NewID(entity.Asset, "", "emeaws-1", false), "parts do not run together")
	assert.Equal(t, "09794dbbb4145af00f28f1e0baf8d8eb", entity.NewID(entity.Asset, "", "ws-1", false).String())
	parsed, ok := entity.ParseID(a.String())
	assert.True(t, ok)
	assert.Equal(t, a, parsed)
	for _, bad := range []string{"", "09794dbb", strings.Repeat("g", 32), a.String() + "00"} {
		_, ok := entity.ParseID(bad)
		assert.False(t, ok, "%q", bad)
	}
}

func TestRowError(t *testing.T) {
	err := entity.CellError("cmdb", "hosts.csv", 17, 9, "ip", entity.BadValue("bad address", "x", "use one"))
	assert.EqualError(t, err, `hosts.csv:17:9: ip: bad address "x": use one`)
	assert.Equal(t, entity.LostValue, err.Loss)
	assert.Equal(t, "x", err.Value)
	err.Path = ""
	assert.EqualError(t, err, `cmdb:17:9: ip: bad address "x": use one`)
}

// TestReadCellOddBytes holds the look at eight bytes at a time to one at each.
func TestReadCellOddBytes(t *testing.T) {
	text := entity.Field{Name: "note"}
	var c entity.Cell
	for n := 1; n <= 26; n++ {
		for at := range n {
			for b := range 256 {
				cell := []byte(strings.Repeat("x", n))
				cell[at] = byte(b)
				text.ReadCell(&c, string(cell), nil)
				want := entity.Trim(string(cell))
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
