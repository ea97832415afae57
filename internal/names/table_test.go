package names

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/bytestext"
)

// build returns a table of names in one zone. The value of each name is its index.
func build(t testing.TB, o Options, zone uint32, names ...string) *Table {
	t.Helper()
	b := NewBuilder(o)
	for i, name := range names {
		b.Add(zone, name, uint32(i))
	}
	table, err := b.Build()
	require.NoError(t, err)
	return table
}

func TestLookupIgnoresCaseOfASCIIAndBeyond(t *testing.T) {
	long := strings.Repeat("long.", 200_000)
	stored := []string{"a", "Host", "web01.corp.example.com", "MÜLLER", "\u212Aelvin", "I\u0307stanbul", "caf\xc3", "[x]", strings.Repeat("n", 54), strings.Repeat("m", 55), long}
	ignoring := build(t, Options{}, 7, stored...)
	exact := build(t, Options{CaseSensitive: true}, 7, stored...)
	for _, c := range []struct {
		zone            uint32
		name            string
		ignoring, exact int // index of the stored name, or -1
	}{
		{7, "a", 0, 0},
		{7, "A", 0, -1},
		{8, "a", -1, -1},
		{7, "", -1, -1},
		{7, "b", -1, -1},
		{7, "aa", -1, -1},
		{7, "Host", 1, 1},
		{7, "hOST", 1, -1},
		{7, "host ", -1, -1},
		{7, "WEB01.corp.example.COM", 2, -1},
		{7, "web01.corp.example.com", 2, 2},
		{7, "web01.corp.example.com.", -1, -1},
		{7, "Müller", 3, -1},
		{7, "MÜLLER", 3, 3},
		{7, "kelvin", 4, -1},
		{7, "KELVIN", 4, -1},
		{7, "\u212Aelvin", 4, 4},
		{7, "i\u0307stanbul", 5, -1},
		{7, "\u0130stanbul", -1, -1}, // its lower case is a plain i, without a combining dot
		{7, "CAF\xc3", 6, -1},
		{7, "caf\xc3", 6, 6},
		{7, "caf\xe3", -1, -1}, // a byte that is not UTF-8 is not folded
		{7, "[x]", 7, 7},
		{7, "{x}", -1, -1}, // [ and { differ in bit 0x20 like letters, but are not letters
		{7, strings.Repeat("N", 54), 8, -1},
		{7, strings.Repeat("n", 53), -1, -1},
		{7, strings.Repeat("M", 55), 9, -1},
		{7, strings.Repeat("m", 55), 9, 9},
		{7, strings.Repeat("m", 56), -1, -1},
		{7, strings.ToUpper(long), 10, -1},
		{7, long, 10, 10},
		{7, long[1:], -1, -1},
	} {
		for _, way := range []struct {
			table *Table
			want  int
		}{{ignoring, c.ignoring}, {exact, c.exact}} {
			got, found := way.table.Lookup(c.zone, c.name)
			require.Equal(t, way.want >= 0, found, "Lookup(%d, %.60q) case-sensitive: %v", c.zone, c.name, way.table.fold == 0)
			if found {
				require.EqualValues(t, way.want, got, "Lookup(%d, %.60q) case-sensitive: %v", c.zone, c.name, way.table.fold == 0)
			}
		}
	}
	assert.Equal(t, len(stored), ignoring.Len())
	assert.Greater(t, ignoring.Size(), len(long))
}

func TestSameNameInTwoZonesIsTwoNames(t *testing.T) {
	b := NewBuilder(Options{})
	zones := []uint32{0, 1, 254, 255, 256, 257, 65536, 1<<32 - 1}
	for _, zone := range zones {
		b.Add(zone, "Shared", zone/2)
	}
	b.Add(256, "only", 5)
	table, err := b.Build()
	require.NoError(t, err)
	for _, zone := range zones {
		got, found := table.Lookup(zone, "sharED")
		require.True(t, found, "zone %d", zone)
		require.Equal(t, zone/2, got, "zone %d", zone)
		_, found = table.Lookup(zone, "only")
		require.Equal(t, zone == 256, found, "zone %d", zone)
	}
	_, found := table.Lookup(2, "shared")
	require.False(t, found)
}

func TestEmptyTableAndEmptyNameFindNothing(t *testing.T) {
	for what, table := range map[string]*Table{"zero": {}, "built of nothing": build(t, Options{}, 0), "built of an empty name": build(t, Options{}, 0, "")} {
		for _, name := range []string{"", "a", "a.b.c", "Ünter", strings.Repeat("x", 20), strings.Repeat("x", 99)} {
			_, found := table.Lookup(0, name)
			require.False(t, found, "%s: %q", what, name)
			_, suffix, found := table.LookupSuffix(0, name)
			require.False(t, found, "%s: %q", what, name)
			require.Empty(t, suffix)
		}
		require.Zero(t, table.Len(), what)
		require.Empty(t, slices.Collect(table.All()), what)
	}
}

func TestBuildReportsBadNames(t *testing.T) {
	for _, c := range []struct {
		options Options
		add     func(b *Builder)
		want    string
	}{
		{Options{}, func(b *Builder) { b.Add(1, "Straße", 1); b.Add(2, "straße", 1) }, ""},
		{Options{}, func(b *Builder) { b.Add(1, "Web", 1); b.Add(1, "wEB", 2) }, `names: "web" was added twice in zone 1`},
		{Options{}, func(b *Builder) { b.Add(300, "Web", 1); b.Add(300, "wEB", 1) }, `names: "web" was added twice in zone 300`},
		{Options{CaseSensitive: true}, func(b *Builder) { b.Add(1, "Web", 1); b.Add(1, "wEB", 2) }, ""},
		{Options{CaseSensitive: true}, func(b *Builder) { b.Add(1, "Web", 1); b.Add(1, "Web", 1) }, `names: "Web" was added twice in zone 1`},
		{Options{}, func(b *Builder) { b.Add(1, "web", None) }, `names: "web": value 4294967295 means no value`},
	} {
		b := NewBuilder(c.options)
		c.add(b)
		_, err := b.Build()
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, c.want)
		table, err := b.Build()
		require.NoError(t, err, "the builder is empty after Build")
		require.Zero(t, table.Len())
	}
}

func TestLookupSuffixFindsLongestProperSuffix(t *testing.T) {
	table := build(t, Options{}, 3, "corp.example.com", "example.com", "com", "Bücher.example", "x..y")
	for _, c := range []struct {
		zone         uint32
		name, suffix string
		value        uint32
	}{
		{3, "web.Corp.Example.com", "Corp.Example.com", 0},
		{3, "a.b.c.d.corp.example.com", "corp.example.com", 0},
		{3, "corp.example.com", "example.com", 1},
		{3, "xcorp.example.com", "example.com", 1},
		{3, "example.COM", "COM", 2},
		{3, "com", "", 0},
		{3, ".com", "com", 2},
		{3, "com.", "", 0},
		{3, "", "", 0},
		{3, "...", "", 0},
		{4, "web.corp.example.com", "", 0},
		{3, "web.BÜCHER.example", "BÜCHER.example", 3},
		{3, "a.x..y", "x..y", 4},
		{3, "a.x...y", "", 0},
		{3, strings.Repeat(".", 1<<20), "", 0},
		{3, strings.Repeat("long", 1<<18) + ".example.org", "", 0},
		{3, strings.Repeat("long", 1<<18) + ".example.com", "example.com", 1},
	} {
		value, suffix, found := table.LookupSuffix(c.zone, c.name)
		require.Equal(t, c.suffix != "", found, "LookupSuffix(%d, %.60q)", c.zone, c.name)
		require.Equal(t, c.suffix, string(suffix), "LookupSuffix(%d, %.60q)", c.zone, c.name)
		require.Equal(t, c.value, value, "LookupSuffix(%d, %.60q)", c.zone, c.name)
	}
}

func TestAllIsOrderedByZoneAndName(t *testing.T) {
	b := NewBuilder(Options{})
	b.Add(2, "b", 1)
	b.Add(1, "B", 2)
	b.Add(1, "a", 3)
	b.Add(400, strings.Repeat("Z", 60), 4)
	b.Add(1, "ba", 5)
	table, err := b.Build()
	require.NoError(t, err)
	want := []Name{{1, "a", 3}, {1, "b", 2}, {1, "ba", 5}, {2, "b", 1}, {400, strings.Repeat("z", 60), 4}}
	require.Equal(t, want, slices.Collect(table.All()))
	for first := range table.All() {
		require.Equal(t, want[0], first)
		break
	}
}

func TestLookupAllAgreesWithLookup(t *testing.T) {
	var stored []string
	for i := range 500 {
		stored = append(stored, fmt.Sprintf("Name%d.%s", i, strings.Repeat("é", i%7)))
	}
	table := build(t, Options{}, 9, stored...)
	for _, n := range []int{0, 1, batchSize - 1, batchSize, batchSize + 1, 3*batchSize + 5, 500} {
		var asked [][]byte
		for i := range n {
			name := strings.ToUpper(stored[i])
			if i%3 == 0 {
				name += "!"
			}
			asked = append(asked, []byte(name))
		}
		dst := make([]uint32, n)
		table.LookupAll(dst, 9, asked)
		for i := range n {
			want := uint32(i)
			if i%3 == 0 {
				want = None
			}
			require.Equal(t, want, dst[i], "%d of %d", i, n)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	stored := []string{"short", "a name of twenty-five bytes", "MÜLLER.example.com", strings.Repeat("long.", 100), strings.Repeat("Ä.", 400)}
	table := build(t, Options{}, 1, stored...)
	var asked [][]byte
	for _, name := range stored {
		asked = append(asked, []byte(strings.ToUpper(name)), []byte("x."+name))
	}
	dst := make([]uint32, len(asked))
	allocs := testing.AllocsPerRun(100, func() {
		for i, name := range asked {
			name := bytestext.String(name)
			_, found := table.Lookup(1, name)
			if found != (i%2 == 0) {
				panic("not found")
			}
			if _, _, found = table.LookupSuffix(1, name); i%2 == 1 && !found {
				panic("suffix not found")
			}
			var p Probe
			table.Hash(&p, 1, name)
			table.Seek(&p)
			if _, found = table.Find(&p, name); found != (i%2 == 0) {
				panic("not found")
			}
		}
		table.LookupAll(dst, 1, asked)
	})
	require.Zero(t, allocs)
}
