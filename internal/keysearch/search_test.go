package keysearch_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keysearch"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/merge"
)

// mergeAssets returns the assets of a list.
func mergeAssets(t *testing.T, csv string) *entities.Store {
	t.Helper()
	r, err := merge.Merge(entity.Asset, []merge.Source{{
		Name: "list", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(csv)), nil },
	}}, merge.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Losses)
	return entities.Of(r.Entities)
}

func keysOf(found func(func(keysearch.Found) bool)) []string {
	var keys []string
	found(func(f keysearch.Found) bool {
		keys = append(keys, f.Key)
		return true
	})
	return keys
}

const searched = `ip,mac,nt_host,dns,cim_entity_zone
10.1.2.3,00:00:5E:00:53:01,WS-17,ws-17.corp.example,
10.1.2.9,00-00-5e-00-53-02,ws-18,,
::ffff:10.1.2.77,,Ärger-1,,
10.0.0.0/8,,,,
10.1.0.0/16,,,,
10.1.2.0/24,,,,
10.1.2.0/25,,,,
0.0.0.0/0,,,,
2001:db8::/32|::/0,,,,
2001:db8::5,,,,
,00:00:5e:00:54:00-00:00:5e:00:54:ff,,*.lab.example,
10.1.2.3|10.1.0.0/16,,ws-17,,emea
,,ab1,,
`

func TestAssetNamesBeginWithPrefix(t *testing.T) {
	x := keysearch.NewNameIndex(mergeAssets(t, searched))
	for _, test := range []struct {
		zone, prefix string
		want         []string
	}{
		{"", "ws-1", []string{"WS-17", "ws-17.corp.example", "ws-18"}},
		{"", " WS-17.", []string{"ws-17.corp.example"}},
		{"", "äRG", []string{"Ärger-1"}},
		{"", "*.", []string{"*.lab.example"}},
		{"", "00:00:5e:00:53", []string{"00:00:5e:00:53:01", "00:00:5e:00:53:02"}},
		{"", "00-00-5E-00-53-0", []string{"00:00:5e:00:53:01", "00:00:5e:00:53:02"}},
		{"", "00:00:5E:00:53:", []string{"00:00:5e:00:53:01", "00:00:5e:00:53:02"}},
		{"", "0000.5e00.54", []string{"00:00:5e:00:54:00-00:00:5e:00:54:ff"}},
		{"", "10.1", nil},
		{"", "a-b", nil}, // "ab" begins a name, but no MAC
		{"", "lab", nil},
		{"emea", "", []string{"ws-17"}},
		{"apac", "", nil},
	} {
		assert.Equal(t, test.want, keysOf(x.WithPrefix(entity.Zone(test.zone), test.prefix)), "WithPrefix(%q, %q)", test.zone, test.prefix)
	}
	for range x.WithPrefix("", "ws") {
		break // yield must not be called again
	}
}

func TestContainingFindsPartsOfNamesAndMACs(t *testing.T) {
	x := keysearch.NewNameIndex(mergeAssets(t, searched))
	for _, test := range []struct {
		zone, text string
		want       []string
	}{
		{"", "S-1", []string{"WS-17", "ws-17.corp.example", "ws-18"}},
		{"", " .CORP", []string{"ws-17.corp.example"}},
		{"", "ärg", []string{"Ärger-1"}},
		{"", "lab", []string{"*.lab.example"}},
		{"", "5E-00-53", []string{"00:00:5e:00:53:01", "00:00:5e:00:53:02"}},
		{"", "10.1", nil},
		{"emea", "7", []string{"ws-17"}},
		{"apac", "", nil},
	} {
		assert.Equal(t, test.want, keysOf(x.Containing(entity.Zone(test.zone), test.text)), "Containing(%q, %q)", test.zone, test.text)
	}
	for range x.Containing("", "ws") {
		break // yield must not be called again
	}
}

func TestNetworkIndexFindsInsideAndAround(t *testing.T) {
	x, err := keysearch.NewNetworkIndex(mergeAssets(t, searched))
	require.NoError(t, err)
	for _, test := range []struct {
		zone, network            string
		hosts, covered, covering []string
	}{
		{"", "10.1.2.0/24", []string{"10.1.2.3", "10.1.2.9", "10.1.2.77"}, []string{"10.1.2.0/24", "10.1.2.0/25"}, []string{"10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"}},
		{"", "10.1.2.99/25", []string{"10.1.2.3", "10.1.2.9", "10.1.2.77"}, []string{"10.1.2.0/25"}, []string{"10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"}},
		{"", "::ffff:10.1.2.8/125", []string{"10.1.2.9"}, nil, []string{"10.1.2.0/25", "10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"}},
		{"", "10.1.2.3/32", []string{"10.1.2.3"}, nil, []string{"10.1.2.0/25", "10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"}},
		{"", "2001:db8::/16", []string{"2001:db8::5"}, []string{"2001:db8::/32"}, []string{"::/0"}},
		{"", "::/0", []string{"2001:db8::5"}, []string{"::/0", "2001:db8::/32"}, nil},
		{"emea", "10.0.0.0/8", []string{"10.1.2.3"}, []string{"10.1.0.0/16"}, nil},
		{"apac", "10.0.0.0/8", nil, nil, nil},
	} {
		p, zone := netip.MustParsePrefix(test.network), entity.Zone(test.zone)
		assert.Equal(t, test.hosts, keysOf(x.Hosts(zone, p)), "Hosts(%q, %s)", zone, p)
		assert.Equal(t, test.covered, keysOf(x.Covered(zone, p)), "Covered(%q, %s)", zone, p)
		assert.Equal(t, test.covering, keysOf(x.Covering(zone, p)), "Covering(%q, %s)", zone, p)
	}
	assert.Empty(t, keysOf(x.Hosts("", netip.Prefix{})))
	assert.Empty(t, keysOf(x.Covered("", netip.Prefix{})))
	assert.Empty(t, keysOf(x.Covering("", netip.Prefix{})))
}

// TestNetworkIndexAgreesWithScan compares the index with a scan of all keys.
func TestNetworkIndexAgreesWithScan(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	var csv strings.Builder
	csv.WriteString("ip\n")
	for range 3000 {
		fmt.Fprintln(&csv, awkwardNetwork(r))
	}
	e := mergeAssets(t, csv.String())
	x, err := keysearch.NewNetworkIndex(e)
	require.NoError(t, err)
	for range 500 {
		p := schema.CanonicalPrefix(asPrefix(awkwardNetwork(r)))
		hosts, covered, covering := scanNetworks(e, p)
		assert.Equal(t, hosts, keysOf(x.Hosts("", p)), "Hosts(%s), seed %d", p, seed)
		assert.Equal(t, covered, keysOf(x.Covered("", p)), "Covered(%s), seed %d", p, seed)
		assert.Equal(t, covering, keysOf(x.Covering("", p)), "Covering(%s), seed %d", p, seed)
	}
}

// awkwardNetwork returns a random address or prefix of either family, sometimes
// IPv4-mapped. Only a few bits vary, so that prefixes are nested and adjacent.
func awkwardNetwork(r *rand.Rand) string {
	a := netip.AddrFrom4([4]byte{11, byte(r.IntN(3)), byte(r.IntN(4) * 64), byte(r.IntN(256))})
	bits := 32 - r.IntN(28)
	switch r.IntN(4) {
	case 0:
		return a.String()
	case 1:
		return netip.PrefixFrom(a, bits).Masked().String()
	case 2:
		a = netip.AddrFrom16(a.As16())
		return netip.PrefixFrom(a, 96+bits).Masked().String()
	}
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 14: byte(r.IntN(2)), 15: byte(r.IntN(256))}
	return netip.PrefixFrom(netip.AddrFrom16(b), 128-r.IntN(120)).Masked().String()
}

func asPrefix(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p
	}
	a := netip.MustParseAddr(s)
	return netip.PrefixFrom(a, a.BitLen())
}

// scanNetworks returns the keys inside and around p. It compares p with all keys of all
// assets.
func scanNetworks(e *entities.Store, p netip.Prefix) (hosts, covered, covering []string) {
	var h []netip.Addr
	var in, around []netip.Prefix
	for record := range e.Len() {
		for _, text := range e.KeysOf(record) {
			key := asPrefix(text)
			switch {
			case key.Addr().Is4() != p.Addr().Is4():
			case !strings.Contains(text, "/") && p.Contains(key.Addr()):
				h = append(h, key.Addr())
			case !strings.Contains(text, "/"):
			case p.Contains(key.Addr()) && key.Bits() >= p.Bits():
				in = append(in, key)
			case key.Contains(p.Addr()) && key.Bits() < p.Bits():
				around = append(around, key)
			}
		}
	}
	slices.SortFunc(h, netip.Addr.Compare)
	slices.SortFunc(in, netip.Prefix.Compare)
	slices.SortFunc(around, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
	return spelled(h), spelled(in), spelled(around)
}

func spelled[T fmt.Stringer](list []T) []string {
	var texts []string
	for _, v := range list {
		texts = append(texts, v.String())
	}
	return texts
}

// TestNameIndexAgreesWithScan compares the index with a scan of all keys, for beginnings and
// for parts.
func TestNameIndexAgreesWithScan(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0))
	letters := []string{"a", "A", "b", "-", "é", "É", "1", "."}
	name := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(letters[r.IntN(len(letters))])
		}
		return strings.Trim(b.String(), ".")
	}
	var csv strings.Builder
	csv.WriteString("nt_host\n")
	for range 2000 {
		fmt.Fprintf(&csv, "x%sx\n", name(r.IntN(7)))
	}
	e := mergeAssets(t, csv.String())
	x := keysearch.NewNameIndex(e)
	for range 500 {
		prefix, part := "X"+name(r.IntN(4)), name(1+r.IntN(3))
		var want, wantPart []string
		for record := range e.Len() {
			for _, text := range e.KeysOf(record) {
				if strings.HasPrefix(fold.Lower(text), fold.Lower(prefix)) {
					want = append(want, fold.Lower(text))
				}
				if strings.Contains(fold.Lower(text), fold.Lower(part)) {
					wantPart = append(wantPart, fold.Lower(text))
				}
			}
		}
		assert.Equal(t, sorted(want), foldedKeysOf(x.WithPrefix("", prefix)), "WithPrefix(%q), seed %d", prefix, seed)
		assert.Equal(t, sorted(wantPart), foldedKeysOf(x.Containing("", part)), "Containing(%q), seed %d", part, seed)
	}
}

func sorted(keys []string) []string {
	slices.Sort(keys)
	return keys
}

func foldedKeysOf(found func(func(keysearch.Found) bool)) []string {
	var keys []string
	for _, key := range keysOf(found) {
		keys = append(keys, fold.Lower(key))
	}
	return keys
}
