package gen_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/gen"
)

var world = gen.World{Seed: 1, Hosts: 5000, People: 1000}

// outputs lists every kind of output.
var outputs = []struct {
	name string
	sum  string // the first bytes of its SHA-256
	to   func(w io.Writer) (int64, error)
}{
	{"assets", "ebc32bcb3836112c", gen.AssetList{World: world}.WriteTo},
	{"assets 3 of 4", "aace6b4b322ffc8f", gen.AssetList{World: world, Source: 3, Sources: 4, Overlap: 0.3}.WriteTo},
	{"subnets", "5ad6ccf558a4d24f", gen.SubnetList{World: world, N: 3000}.WriteTo},
	{"identities", "d7da7eb3cbcba468", gen.IdentityList{World: world}.WriteTo},
	{"flat", "8be80283965deb6f", events(gen.Flat)},
	{"ecs", "db304295261664bd", events(gen.ECS)},
	{"windows", "10496cd9eb5e555b", events(gen.Windows)},
	{"modifiers", "fac18fd88098cb7c", func(w io.Writer) (int64, error) {
		return gen.NewModifiers(gen.ModifierOptions{World: world, Seed: 5}).WriteN(w, 3000)
	}},
}

func events(s gen.Shape) func(w io.Writer) (int64, error) {
	return func(w io.Writer) (int64, error) {
		return gen.NewEvents(gen.EventOptions{World: world, Shape: s, Seed: 9}).WriteN(w, 1000)
	}
}

func written(t testing.TB, to func(w io.Writer) (int64, error)) []byte {
	t.Helper()
	var out bytes.Buffer
	n, err := to(&out)
	require.NoError(t, err)
	require.EqualValues(t, out.Len(), n, "bytes written")
	return out.Bytes()
}

// If the bytes for a seed changed, measurements on them would no longer be comparable.
func TestSameSeedGivesSameBytes(t *testing.T) {
	for _, o := range outputs {
		t.Run(o.name, func(t *testing.T) {
			sum := sha256.Sum256(written(t, o.to))
			assert.Equal(t, o.sum, hex.EncodeToString(sum[:8]), "SHA-256 of the output")
			again := sha256.Sum256(written(t, o.to))
			assert.Equal(t, sum, again, "second run")
		})
	}
}

func TestWriteToReturnsErrorOfWriter(t *testing.T) {
	n, err := gen.AssetList{World: world}.WriteTo(failing{})
	assert.ErrorIs(t, err, io.ErrShortWrite)
	assert.EqualValues(t, 7, n)
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 7, io.ErrShortWrite }

func readCSV(t *testing.T, data []byte) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	require.NoError(t, err)
	rows := make([]map[string]string, len(records)-1)
	for i, rec := range records[1:] {
		rows[i] = map[string]string{}
		for c, name := range records[0] {
			rows[i][name] = rec[c]
		}
	}
	return rows
}

func TestAssetListsOverlapAsConfigured(t *testing.T) {
	const sources, overlap = 5, 0.3
	var rows, addrs int
	seen := map[string]int{} // rows per short name
	for s := range sources {
		l := gen.AssetList{World: world, Source: s, Sources: sources, Overlap: overlap}
		list := readCSV(t, written(t, l.WriteTo))
		require.Len(t, list, l.Rows())
		rows += len(list)
		for i, row := range list {
			require.Len(t, row, 18)
			for a := range strings.SplitSeq(row["ip"], "|") {
				if a != "" {
					_, err := netip.ParseAddr(a)
					require.NoError(t, err, "list %d row %d", s, i)
					addrs++
				}
			}
			name, _, _ := strings.Cut(strings.ToLower(cmp.Or(row["nt_host"], row["dns"])), ".")
			name, _, _ = strings.Cut(name, "|")
			require.NotEmpty(t, name, "list %d row %d", s, i)
			seen[name]++
		}
	}
	assert.InDelta(t, float64(world.Hosts)/(1-overlap), rows, sources, "rows")
	assert.InDelta(t, world.Hosts, gen.HostsFor(rows, overlap), sources, "hosts for these rows")
	assert.InDelta(t, 1.4, float64(addrs)/float64(rows), 0.2, "addresses per row")
	twice := 0
	for _, n := range seen {
		if n > 1 {
			twice++
		}
	}
	assert.Greater(t, twice, world.Hosts/4, "hosts in several rows")
}

func TestHostsHaveDistinctKeys(t *testing.T) {
	seen := map[string]int{}
	for i := range world.Hosts {
		h := world.Host(i)
		keys := []string{h.Name(), h.FQDN(), string(h.AppendMAC(nil, gen.MACBare))}
		for _, a := range h.Addrs() {
			keys = append(keys, a.String())
		}
		for _, k := range keys {
			j, found := seen[k]
			require.False(t, found, "hosts %d and %d both have %s", i, j, k)
			seen[k] = i
		}
	}
}

func TestAppendMACWritesEveryStyle(t *testing.T) {
	h := gen.World{Seed: 1, Hosts: 1 << 20}.Host(0xabcde)
	bare := string(h.AppendMAC(nil, gen.MACBare))
	require.Len(t, bare, 12)
	require.Equal(t, "0abcde", bare[6:])
	assert.Equal(t, bare[:4]+"."+bare[4:8]+"."+bare[8:], string(h.AppendMAC(nil, gen.MACDots)))
	assert.Equal(t, "0a:bc:de", string(h.AppendMAC(nil, gen.MACColons))[9:])
	assert.Equal(t, "x02-", string(h.AppendMAC([]byte("x"), gen.MACDashes))[:4])
	assert.Equal(t, "0A-BC-DE", string(h.AppendMAC(nil, gen.MACDashes))[9:])
}

func TestIdentitiesHaveDistinctKeys(t *testing.T) {
	rows := readCSV(t, written(t, gen.IdentityList{World: world}.WriteTo))
	require.Len(t, rows, world.People)
	mailOnly, seen := 0, map[string]bool{}
	for i, row := range rows {
		require.Len(t, row, 21)
		require.NotEmpty(t, row["identity"]+row["email"], "row %d has no key", i)
		if row["identity"] == "" {
			mailOnly++
		}
		key := strings.ToLower(row["identity"] + " " + row["email"])
		require.False(t, seen[key], "row %d repeats %s", i, key)
		seen[key] = true
	}
	assert.Greater(t, mailOnly, 0, "rows with an e-mail only")
}

func TestSubnetsAreDistinctAndNested(t *testing.T) {
	prefixes := world.Subnets(3000)
	require.Len(t, prefixes, 3000)
	seen, nested := map[netip.Prefix]bool{}, 0
	for _, p := range prefixes {
		require.Equal(t, p.Masked(), p)
		require.False(t, seen[p], "%v twice", p)
		seen[p] = true
	}
	for p := range seen {
		depth := 0
		for bits := range p.Bits() {
			if up, _ := p.Addr().Prefix(bits); seen[up] {
				depth++
			}
		}
		if depth >= 3 {
			nested++
		}
	}
	assert.Greater(t, nested, 500, "networks inside three others")
	for _, row := range readCSV(t, written(t, gen.SubnetList{World: world, N: 3000}.WriteTo)) {
		require.Len(t, row, 18)
		require.True(t, seen[netip.MustParsePrefix(row["ip"])])
	}
}

func TestEventsHaveSizeAndHitRateOfTheirShape(t *testing.T) {
	known := map[string]bool{}
	for i := range world.Hosts {
		h := world.Host(i)
		known[h.Addr().String()], known[h.Name()], known[h.FQDN()] = true, true, true
	}
	field := func(ev map[string]any, path ...string) string {
		var v any = ev
		for _, p := range path {
			v = v.(map[string]any)[p]
		}
		return strings.ToLower(v.(string))
	}
	for _, c := range []struct {
		shape gen.Shape
		size  int
		src   []string
		name  []string
	}{
		{gen.Flat, 400, []string{"src"}, []string{"dvc"}},
		{gen.ECS, 1900, []string{"source", "ip"}, []string{"host", "name"}},
		{gen.Windows, 2100, []string{"IpAddress"}, []string{"Hostname"}},
	} {
		data := written(t, events(c.shape))
		assert.InEpsilon(t, c.size, len(data)/1000, 0.1, "mean size of shape %d", c.shape)
		hits := 0
		for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
			var ev map[string]any
			require.NoError(t, json.Unmarshal(line, &ev), "shape %d event %d: %s", c.shape, i, line)
			require.NotContains(t, string(line), "<<")
			for _, path := range [][]string{c.src, c.name} {
				if known[field(ev, path...)] {
					hits++
				}
			}
		}
		assert.InDelta(t, 0.67, float64(hits)/2000, 0.05, "hit rate of shape %d", c.shape)
	}
}

func TestNegativeHitRateMeansOnlyStrangers(t *testing.T) {
	e := gen.NewEvents(gen.EventOptions{World: world, HitRate: -1})
	assert.Contains(t, string(e.Append(nil, 3)), `"src":"198.1`)
}

func TestModifiersRepeatAndComeOutOfOrder(t *testing.T) {
	const n = 10000
	lines := strings.Split(strings.TrimSpace(string(written(t, func(w io.Writer) (int64, error) {
		return gen.NewModifiers(gen.ModifierOptions{World: world, Seed: 5, Step: time.Minute}).WriteN(w, n)
	}))), "\n")
	require.Len(t, lines, n)
	objects, seen, repeats, back := map[any]int{}, map[string]bool{}, 0, 0
	var clock float64
	for i, line := range lines {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &m), "modifier %d: %s", i, line)
		objects[m["risk_object"]]++
		require.NotEmpty(t, m["risk_object"])
		require.Contains(t, m, "risk_score")
		if seen[line] {
			repeats++
		}
		seen[line] = true
		if at, isNumber := m["_time"].(float64); isNumber {
			if at < clock {
				back++
			}
			clock = max(clock, at)
		}
	}
	assert.InDelta(t, n/50, repeats, n/100, "repeats")
	assert.Greater(t, back, n/40, "out of order")
	assert.Less(t, back, n/4, "out of order")
	most := 0
	for _, k := range objects {
		most = max(most, k)
	}
	assert.Greater(t, most, n/200, "the most frequent object")
	assert.Greater(t, len(objects), n/10, "objects")
}

func TestZipfIsSkewedButReachesAllNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 7, 1000} {
		counts := make([]int, n)
		for range 20000 {
			counts[gen.Zipf(r, n)]++
		}
		most, none := 0, 0
		for _, c := range counts {
			most = max(most, c)
			if c == 0 {
				none++
			}
		}
		assert.GreaterOrEqual(t, most*10, 20000, "n=%d: the most frequent", n)
		assert.LessOrEqual(t, none, n/10, "n=%d: never drawn", n)
	}
}

func TestPrefixesAreDenseAndProbesNearThem(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		prefixes := gen.Prefixes(r, 500)
		require.Len(t, prefixes, 500, "seed %d", seed)
		seen, v6 := map[netip.Prefix]int{}, 0
		for _, p := range prefixes {
			require.True(t, p.IsValid(), "seed %d", seed)
			require.Equal(t, p.Masked(), p, "seed %d", seed)
			if p.Addr().Is6() {
				v6++
			}
			seen[p]++
		}
		assert.Less(t, len(seen), 480, "seed %d: distinct prefixes", seed)
		assert.True(t, 50 < v6 && v6 < 450, "seed %d: %d of 500 in IPv6", seed, v6)
		probes, inside, mapped, scoped := gen.Probes(r, prefixes, 2000), 0, 0, 0
		require.Len(t, probes, 2000)
		for _, a := range probes {
			require.True(t, a.IsValid(), "seed %d", seed)
			if a.Is4In6() {
				mapped++
			}
			if a.Zone() != "" {
				scoped++
			}
			for p := range seen {
				if p.Contains(a) && p.Bits() > 8 {
					inside++
					break
				}
			}
		}
		assert.True(t, 400 < inside && inside < 1900, "seed %d: %d of 2000 inside", seed, inside)
		assert.Positive(t, mapped, "seed %d", seed)
		assert.Positive(t, scoped, "seed %d", seed)
	}
}

func TestObjectIsJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	o := gen.ObjectOptions{Paths: []string{"src", "id.orig_h", "winlog.event_data.IpAddress"}, Values: []string{"10.1.2.3", `ACME\jdoe`}}
	flat, nested := 0, 0
	for i := range 20000 {
		line := gen.Object(r, nil, o)
		require.True(t, json.Valid(line), "object %d: %q", i, line)
		require.NotContains(t, string(line), "\n")
		require.Equal(t, "{}", string(line[0])+string(line[len(line)-1]), "object %d", i)
		var m map[string]any
		if json.Unmarshal(line, &m) != nil {
			continue // a number beyond float64
		}
		if _, found := m["id.orig_h"]; found {
			flat++
		}
		if id, isObject := m["id"].(map[string]any); isObject && id["orig_h"] != nil {
			nested++
		}
	}
	assert.Greater(t, flat, 500)
	assert.Greater(t, nested, 500)
}

func TestDecimalIsJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		s := gen.Decimal(r)
		require.True(t, json.Valid([]byte(s)), "%q", s)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 1<<16)
	e := gen.NewEvents(gen.EventOptions{World: world, Shape: gen.ECS})
	i := 0
	assert.Zero(t, testing.AllocsPerRun(100, func() { buf = e.Append(buf[:0], i); i++ }), "Events.Append")
	m := gen.NewModifiers(gen.ModifierOptions{World: world})
	assert.Zero(t, testing.AllocsPerRun(100, func() { buf = m.Append(buf[:0], i); i++ }), "Modifiers.Append")
}

func BenchmarkAssetRows(b *testing.B) {
	w := gen.World{Seed: 1, Hosts: 1000, People: 200_000}
	for b.Loop() {
		if _, err := (gen.AssetList{World: w}).WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkIdentityRows(b *testing.B) {
	w := gen.World{Seed: 1, People: 1000}
	for b.Loop() {
		if _, err := (gen.IdentityList{World: w}).WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkEvents(b *testing.B) {
	for _, shape := range []gen.Shape{gen.Flat, gen.ECS, gen.Windows} {
		b.Run("shape="+[]string{"flat", "ecs", "windows"}[shape], func(b *testing.B) {
			e := gen.NewEvents(gen.EventOptions{World: gen.World{Seed: 1, Hosts: 1_000_000, People: 200_000}, Shape: shape})
			var buf []byte
			i := 0
			for b.Loop() {
				buf = e.Append(buf[:0], i)
				i++
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
