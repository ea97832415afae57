package assets_test

import (
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

// newTable builds a table of the rows and returns it with its entities.
func newTable(t testing.TB, o assets.Options, csv string) (*assets.Table, *entity.Entities) {
	t.Helper()
	res, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(csv)), nil
	}}}, merge.Options{Join: merge.JoinAny})
	require.NoError(t, err)
	require.Empty(t, res.Losses)
	at, err := assets.NewTable(res.Entities, o)
	require.NoError(t, err)
	return at, res.Entities
}

const network = `ip,mac,nt_host,dns,owner,priority,lat,long,category,pci_domain,requires_av,cim_entity_zone
10.0.0.0/8,,,,net,low,50.1,8.6,corp,,yes,
10.1.0.0/16,,,,,medium,,,,,,
10.1.2.0/24,,,,lab,,1,2,lab,,,
10.1.2.3|2001:db8::3,00:00:5e:00:53:03,Web-03,web-03.acme.example,,unknown,,,,,,
10.1.2.4,,db-04,,alice,high,51,,,pci,,
,00:00:5e:00:53:00-00:00:5e:00:53:ff,,,docs,,,,,,,
,00:00:5e:00:53:10-00:00:5e:00:53:1f,,,inner,,,,,,,
,,,*.acme.example,wild,,,,,,,
,,,*.lab.acme.example,deep,,,,,,,
2001:db8::/32,,,,v6,,,,,,,
10.1.2.3,,,,emea,,,,,,,EMEA
172.16.0.0/12,,,,only-default,,,,,,,
`

func TestLookupTriesStepsInOrder(t *testing.T) {
	at, e := newTable(t, assets.Options{}, network)
	tests := []struct {
		zone, key, want string // want is "canonical key, step" or "" for none
	}{
		{"", "10.1.2.3", "web-03.acme.example exact"},
		{"", " 10.1.2.3 ", "web-03.acme.example exact"},
		{"", "::ffff:10.1.2.3", "web-03.acme.example exact"},
		{"", "2001:DB8:0::3%eth0", "web-03.acme.example exact"},
		{"", "2001:db8::4", "2001:db8::/32 prefix"},
		{"", "10.1.2.9", "10.1.2.0/24 prefix"},
		{"", "10.1.3.1", "10.1.0.0/16 prefix"},
		{"", "10.9.9.9", "10.0.0.0/8 prefix"},
		{"", "11.0.0.1", ""},
		{"", "0000.5E00.5303", "web-03.acme.example exact"},
		{"", "00-00-5e-00-53-11", "00:00:5e:00:53:10-00:00:5e:00:53:1f mac_range"},
		{"", "00005e005320", "00:00:5e:00:53:00-00:00:5e:00:53:ff mac_range"},
		{"", "00:00:5e:00:54:00", ""},
		{"", "WEB-03", "web-03.acme.example exact"},
		{"", "web-03.acme.example.", "web-03.acme.example exact"},
		{"", "x.acme.example", "*.acme.example suffix"},
		{"", "a.b.LAB.acme.example", "*.lab.acme.example suffix"},
		{"", "acme.example", ""},
		{"", "notacme.example", ""},
		{"", "", ""},
		{"", "10.1.2.0/24", ""}, // a name that no asset has
		{"emea", "10.1.2.3", "10.1.2.3 exact"},
		{"emea", "10.1.2.9", ""},
		{"nowhere", "10.1.2.3", ""},
	}
	for _, tt := range tests {
		m, ok := at.Lookup(entity.Zone(tt.zone), tt.key)
		got := ""
		if ok {
			got = e.At(int(m.Record())).Key + " " + m.Step().String()
		}
		assert.Equal(t, tt.want, got, "Lookup(%q, %q)", tt.zone, tt.key)
		b, okBytes := at.LookupBytes(entity.Zone(tt.zone), []byte(tt.key))
		assert.Equal(t, m, b, "LookupBytes(%q, %q)", tt.zone, tt.key)
		assert.Equal(t, ok, okBytes)
	}
}

func TestLookupFallsBackToDefaultZone(t *testing.T) {
	at, e := newTable(t, assets.Options{Fallback: true}, network)
	m, ok := at.Lookup("emea", "172.16.0.1")
	require.True(t, ok)
	assert.Equal(t, "172.16.0.0/12", e.At(int(m.Record())).Key)
	assert.Equal(t, entity.Zone(""), at.Zone(m))
	m, ok = at.Lookup("emea", "10.1.2.3")
	require.True(t, ok)
	assert.Equal(t, entity.Zone("emea"), at.Zone(m), "the match in the zone itself wins")
}

// TestLookupAddrsAndLookupNamesAgreeWithSingleLookups looks up more keys than are in flight
// at once.
func TestLookupAddrsAndLookupNamesAgreeWithSingleLookups(t *testing.T) {
	at, _ := newTable(t, assets.Options{Fallback: true}, network)
	var addrs []netip.Addr
	var keys [][]byte
	for i := range 300 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{10, 1, byte(i / 100), byte(i)}))
		keys = append(keys, []byte([]string{"web-03", "DB-04.", "x.acme.example", "no", "", fmt.Sprint("h", i)}[i%6]))
	}
	for _, zone := range []entity.Zone{"", "emea", "nowhere"} {
		got := make([]assets.Match, len(addrs))
		at.LookupAddrs(got, zone, addrs)
		for i, a := range addrs {
			want, _ := at.LookupAddr(zone, a)
			require.Equal(t, want, got[i], "LookupAddr(%q, %v)", zone, a)
		}
		at.LookupNames(got, zone, keys)
		for i, key := range keys {
			want, _ := at.LookupName(zone, string(key))
			require.Equal(t, want, got[i], "LookupName(%q, %q)", zone, key)
		}
	}
}

func TestCoveringAndInsideAreOrdered(t *testing.T) {
	at, _ := newTable(t, assets.Options{}, network)
	chain := func(key string) (list []string) {
		m, _ := at.Lookup("", key)
		for c := range at.Covering(m) {
			list = append(list, c.Prefix.String())
		}
		return list
	}
	assert.Equal(t, []string{"10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8"}, chain("10.1.2.3"))
	assert.Equal(t, []string{"10.1.0.0/16", "10.0.0.0/8"}, chain("10.1.9.9"), "including the matched prefix")
	assert.Empty(t, chain("web-03"), "a name has no networks")
	var inside []string
	for c := range at.Networks("", netip.MustParsePrefix("10.1.0.0/16"), assets.Inside) {
		inside = append(inside, c.Prefix.String())
	}
	assert.Equal(t, []string{"10.1.2.3/32", "10.1.2.4/32", "10.1.0.0/16", "10.1.2.0/24"}, inside)
}

func TestFilledAddsValuesOfCoveringPrefixes(t *testing.T) {
	at, _ := newTable(t, assets.Options{}, network)
	column := func(name string) int {
		for i, c := range at.Columns() {
			if c.Name == name {
				return i
			}
		}
		t.Fatalf("no column %q", name)
		return 0
	}
	tests := []struct {
		key    string
		fill   assets.Fill
		column string
		want   string
	}{
		{"10.1.2.3", assets.FillPerField, "owner", `"lab"`},
		{"10.1.2.3", assets.FillPerField, "category", `["lab"]`},
		{"10.1.2.3", assets.FillPerField, "priority", `"unknown"`}, // the /24 has none, and other prefixes are not used
		{"10.1.2.3", assets.FillInherit, "priority", `"medium"`},
		{"10.1.2.3", assets.FillNone, "owner", ""},
		{"10.1.2.3", assets.FillInherit, "requires_av", ""}, // booleans are never filled
		{"10.1.2.3", assets.FillPerField, "lat", "1"},
		{"10.1.2.4", assets.FillPerField, "lat", "51"}, // the asset has lat, so neither is filled
		{"10.1.2.4", assets.FillPerField, "long", ""},
		{"10.1.2.4", assets.FillPerField, "pci_domain", `["pci","trust"]`},
		{"10.1.2.9", assets.FillPerField, "priority", ""}, // a prefix match is not filled
		{"10.1.2.9", assets.FillInherit, "priority", `"medium"`},
		{"web-03", assets.FillInherit, "owner", ""}, // only a looked-up address is filled
		{"10.1.2.3", assets.FillPerField, "asset_tag", ""},
	}
	for _, tt := range tests {
		m, ok := at.Lookup("", tt.key)
		require.True(t, ok, tt.key)
		filled := at.Filled(m, tt.fill)
		got := filled.JSON(column(tt.column))
		assert.Equal(t, tt.want, string(got), "%s of %s, fill %d", tt.column, tt.key, tt.fill)
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	at, _ := newTable(t, assets.Options{Fallback: true}, network)
	addr := netip.MustParseAddr("10.1.2.3")
	keys := []string{"10.1.2.3", "2001:db8::4", "WEB-03", "a.b.lab.acme.example", "00-00-5e-00-53-11", "nobody"}
	row := []byte("10.1.2.9")
	got := testing.AllocsPerRun(100, func() {
		for _, key := range keys {
			m, ok := at.Lookup("emea", key)
			if ok {
				filled := at.Filled(m, assets.FillInherit)
				filled.JSON(entity.FieldColumn)
				for range at.Covering(m) {
				}
			}
		}
		at.LookupBytes("", row)
		at.LookupAddr("", addr)
	})
	assert.Zero(t, got)
	assert.LessOrEqual(t, unsafe.Sizeof(assets.Match{}), uintptr(64))
}

// TestSwappedTableIsFreed swaps tables while goroutines read them, and waits for the first one to
// be collected.
func TestSwappedTableIsFreed(t *testing.T) {
	var current atomic.Pointer[assets.Table]
	at, _ := newTable(t, assets.Options{}, network)
	current.Store(at)
	freed := make(chan struct{})
	runtime.AddCleanup(at, func(freed chan struct{}) { close(freed) }, freed)
	at = nil
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					m, ok := current.Load().Lookup("", "10.1.2.3")
					if !ok || m.Step() != entity.StepExact {
						t.Error("Lookup found no match while tables were swapped")
						return
					}
				}
			}
		})
	}
	for range 20 {
		next, _ := newTable(t, assets.Options{}, network)
		current.Store(next)
	}
	close(stop)
	readers.Wait()
	for range 1000 {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(time.Millisecond):
		}
	}
	t.Error("the first table is still reachable")
}
