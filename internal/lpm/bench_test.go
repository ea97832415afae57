package lpm

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// probeCount is the number of different keys that a benchmark looks up.
const probeCount = 1 << 18

// enterprisePlan returns the address plan of a company: the given number of hosts in 10/8,
// 172.16/12 and 192.168/16, with a random number in each /24, and about hosts/50 nested
// prefixes from /8 to /28.
func enterprisePlan(hosts int) gold {
	rnd := rand.New(rand.NewPCG(1, 2))
	var list []uint32
	for n := uint32(0); len(list) < hosts; n++ {
		net := []uint32{10 << 24, 10 << 24, 10 << 24, 172<<24 | 16<<16, 192<<24 | 168<<16}[rnd.IntN(5)]
		net |= rnd.Uint32N([]uint32{10: 1 << 15, 172: 1 << 12, 192: 1 << 8}[net>>24]) << 8
		for fill, i := 4+rnd.IntN(250), 0; i < fill && len(list) < hosts; i++ {
			list = append(list, net|rnd.Uint32N(256))
		}
		if len(list) >= hosts {
			slices.Sort(list)
			list = slices.Compact(list)
		}
	}
	g := gold{}
	for _, a := range list {
		g.hosts = append(g.hosts, addrFrom4(a))
	}
	prefixes := map[netip.Prefix]bool{}
	for _, s := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		prefixes[netip.MustParsePrefix(s)] = true
	}
	for len(prefixes) < hosts/50 {
		bits := []int{9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 20, 21, 22, 22, 23, 24, 24, 24, 24, 25, 26, 27, 28}[rnd.IntN(23)]
		prefixes[netip.PrefixFrom(g.hosts[rnd.IntN(len(g.hosts))], bits).Masked()] = true
	}
	g.prefixes = newGold(nil, slices.Collect(maps.Keys(prefixes))).prefixes
	return g
}

// internetPrefixes returns the prefixes in the file that LPM_PREFIXES names. The file has
// one prefix per line, and can be gzipped. Without that variable it returns random prefixes
// with the number, the lengths and the clustering of the full table of the Internet.
func internetPrefixes(b testing.TB) (v4, v6 gold) {
	var list []netip.Prefix
	if name := os.Getenv("LPM_PREFIXES"); name != "" {
		list = readPrefixes(b, name)
	} else {
		list = randomInternet()
	}
	all := newGold(nil, list)
	n, _ := slices.BinarySearchFunc(all.prefixes, netip.MustParsePrefix("::/0"), netip.Prefix.Compare)
	return gold{prefixes: all.prefixes[:n]}, gold{prefixes: all.prefixes[n:]}
}

func readPrefixes(b testing.TB, name string) (list []netip.Prefix) {
	f, err := os.Open(name)
	require.NoError(b, err)
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		in, err = gzip.NewReader(f)
		require.NoError(b, err)
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		p, err := netip.ParsePrefix(strings.TrimSpace(lines.Text()))
		require.NoError(b, err)
		list = append(list, p)
	}
	return list
}

func randomInternet() (list []netip.Prefix) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for len(list) < 920_000 {
		// A holder announces some adjacent parts of an allocation. Half of the address
		// space is announced as a whole or not at all.
		at, size := 1<<24+rnd.Uint32N(222<<24), rnd.IntN(10)
		if (at>>16)*0x9e3779b1>>31 != 0 {
			continue
		}
		for range 1 + rnd.IntN(12) {
			bits := []int{16, 18, 19, 20, 21, 22, 22, 23, 24, 24, 24, 24, 24, 24, 24, 24}[rnd.IntN(16)]
			list = append(list, netip.PrefixFrom(addrFrom4(at+rnd.Uint32N(1<<(8+size))), bits))
		}
	}
	for range 200_000 {
		hi := []uint64{0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2a02, 0x2c0f}[rnd.IntN(7)]<<48 | uint64(rnd.Uint32N(1<<14))<<34 | rnd.Uint64N(1<<34)
		list = append(list, netip.PrefixFrom(addrFrom6(addr128{hi: hi}), []int{29, 32, 32, 36, 40, 44, 48, 48, 48}[rnd.IntN(9)]))
	}
	return list
}

func addresses6(hosts int) gold {
	rnd := rand.New(rand.NewPCG(5, 6))
	var list []netip.Addr
	prefixes := []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")}
	for len(list) < hosts {
		hi := 0x20010db8<<32 | uint64(rnd.IntN(200))<<16 | uint64(rnd.IntN(256))
		prefixes = append(prefixes, netip.PrefixFrom(addrFrom6(addr128{hi: hi}), []int{48, 56, 64, 64, 64}[rnd.IntN(5)]))
		for range rnd.IntN(100) {
			lo := rnd.Uint64()
			if rnd.IntN(2) == 0 {
				lo = rnd.Uint64N(200)
			}
			list = append(list, addrFrom6(addr128{hi, lo}))
		}
	}
	return newGold(list, prefixes)
}

// drawZipf draws probes from a list with a Zipf distribution.
func drawZipf[T any](list []T) (keys []T) {
	rnd := rand.New(rand.NewPCG(8, 9))
	z := rand.NewZipf(rnd, 1.1, 8, uint64(len(list)-1))
	order := rnd.Perm(len(list))
	for range probeCount {
		keys = append(keys, list[order[z.Uint64()]])
	}
	return keys
}

func drawUniform[T any](list []T) (keys []T) {
	rnd := rand.New(rand.NewPCG(10, 11))
	for range probeCount {
		keys = append(keys, list[rnd.IntN(len(list))])
	}
	return keys
}

// drawInside draws random addresses in random prefixes.
func drawInside(prefixes []netip.Prefix) (keys []netip.Addr) {
	rnd := rand.New(rand.NewPCG(12, 13))
	for _, p := range drawUniform(prefixes) {
		first, last := prefixBounds(p)
		if p.Addr().Is4() {
			keys = append(keys, addrFrom4(uint32(first.lo+rnd.Uint64N(last.lo-first.lo+1))))
			continue
		}
		keys = append(keys, addrFrom6(addr128{first.hi | rnd.Uint64()&(first.hi^last.hi), first.lo | rnd.Uint64()&(first.lo^last.lo)}))
	}
	return keys
}

func randomAddrs4() (keys []netip.Addr) {
	rnd := rand.New(rand.NewPCG(14, 15))
	for range probeCount {
		keys = append(keys, addrFrom4(rnd.Uint32()))
	}
	return keys
}

func buildTable(b *testing.B, g gold) *Table {
	start := time.Now()
	t, err := Build(g.hosts, g.prefixes)
	require.NoError(b, err)
	b.Logf("%d hosts, %d prefixes: built in %v, %.2f bytes an entry", len(g.hosts), len(g.prefixes),
		time.Since(start).Round(time.Millisecond), float64(t.Size())/float64(len(g.hosts)+len(g.prefixes)))
	return t
}

// drawMix returns keys to look up: nine in ten are hosts with a Zipf distribution, and one
// in ten is a random address in a prefix.
func drawMix(g gold) []netip.Addr {
	keys := drawZipf(g.hosts)
	for i, a := range drawInside(g.prefixes) {
		if i%10 == 0 {
			keys[i] = a
		}
	}
	return keys
}

// Alternatives that were measured and rejected, in nanoseconds per lookup (uniform hits /
// Zipf mix / addresses of prefixes; minimum of 64 interleaved rounds, one million hosts,
// 11,000 prefixes, GOAMD64=v1). The current code takes 11.6 / 11.7 / 13.3, and with hosts
// only 7.7 / 7.9 / 10.1.
//
//   - The starts of the runs as four bytes, compared within a word and counted with
//     OnesCount: 13.2 / 13.4 / 19.5. Half of the loss is due to the following item.
//   - A branch on whether the address is a host: equally fast where the branch is
//     predictable, but 18.2 for addresses of prefixes.
//   - No comparison in nodes with a single run: 14.9 / 15.0 / 21.0. Which nodes have a
//     single run is unpredictable.
//   - Batches of 32 addresses that all walk the pages before they all read their nodes:
//     11.0 / 11.2 / 11.6, and 30 instead of 33 for the prefixes of the Internet, but 23
//     instead of 16 for scattered hosts. Realistic tables stay in the second-level cache,
//     so there is no latency to overlap.
//   - IPv6 tree nodes of 16 or 32 keys: fewer levels, the same time.
//   - Nodes as arrays, by an unsafe conversion: within 0.4 of slices. Nodes of 32-bit
//     words, which avoid a shift of the prefixes: 13.8 / 13.2 / 15.3.
func BenchmarkLookup4(b *testing.B) {
	enterprise := enterprisePlan(1_000_000)
	internet, _ := internetPrefixes(b)
	for _, table := range []struct {
		name   string
		gold   gold
		probes map[string][]netip.Addr
	}{
		{"enterprise-1M", enterprise, map[string][]netip.Addr{
			"uniform": drawUniform(enterprise.hosts), "zipf": drawMix(enterprise), "prefix": drawInside(enterprise.prefixes), "miss": randomAddrs4(),
		}},
		{"internet", internet, map[string][]netip.Addr{"hit": drawInside(internet.prefixes), "random": randomAddrs4()}},
		{"scattered-256k", scatteredHosts(), map[string][]netip.Addr{"uniform": drawUniform(scatteredHosts().hosts), "miss": randomAddrs4()}},
	} {
		t := buildTable(b, table.gold)
		for probe, keys := range table.probes {
			b.Run(fmt.Sprintf("table=%s/probe=%s", table.name, probe), func(b *testing.B) { benchmark4(b, t, keys) })
		}
	}
}

func scatteredHosts() gold {
	return newGold(randomAddrs4(), nil)
}

func benchmark4(b *testing.B, t *Table, keys []netip.Addr) {
	words := make([]uint32, len(keys))
	for i, a := range keys {
		words[i] = addrWord4(a)
	}
	b.Run("by=Lookup4", func(b *testing.B) {
		sum, i := uint32(0), 0
		for b.Loop() {
			host, prefix := t.Lookup4(words[i&(probeCount-1)])
			sum += host ^ prefix
			i++
		}
		sink = sum
	})
	benchmark(b, t, keys)
}

func benchmark(b *testing.B, t *Table, keys []netip.Addr) {
	b.Run("by=Lookup", func(b *testing.B) {
		sum, i := uint32(0), 0
		for b.Loop() {
			host, prefix := t.Lookup(keys[i&(probeCount-1)])
			sum += host ^ prefix
			i++
		}
		sink = sum
	})
}

func BenchmarkLookup6(b *testing.B) {
	hosts := addresses6(100_000)
	_, internet := internetPrefixes(b)
	for _, table := range []struct {
		name   string
		gold   gold
		probes map[string][]netip.Addr
	}{
		{"enterprise6-100k", hosts, map[string][]netip.Addr{"uniform": drawUniform(hosts.hosts), "zipf": drawMix(hosts), "prefix": drawInside(hosts.prefixes)}},
		{"internet6", internet, map[string][]netip.Addr{"hit": drawInside(internet.prefixes), "zipf": drawZipf(drawInside(internet.prefixes))}},
	} {
		t := buildTable(b, table.gold)
		for probe, keys := range table.probes {
			b.Run(fmt.Sprintf("table=%s/probe=%s", table.name, probe), func(b *testing.B) {
				b.Run("by=Lookup6", func(b *testing.B) {
					halves := make([]addr128, len(keys))
					for i, a := range keys {
						halves[i].hi, halves[i].lo = addrWords(a)
					}
					sum, i := uint32(0), 0
					for b.Loop() {
						a := &halves[i&(probeCount-1)]
						host, prefix := t.Lookup6(a.hi, a.lo)
						sum += host ^ prefix
						i++
					}
					sink = sum
				})
				benchmark(b, t, keys)
			})
		}
	}
}

// BenchmarkChain walks the 13 prefixes that cover an address, in a table of a million hosts.
func BenchmarkChain(b *testing.B) {
	g := enterprisePlan(1_000_000)
	var keys []uint32
	for i := range 800 { // 13 lengths each: 10,400 more nested prefixes
		a := g.hosts[i*1009]
		for bits := 12; bits < 25; bits++ {
			g.prefixes = append(g.prefixes, netip.PrefixFrom(a, bits))
		}
	}
	g = newGold(g.hosts, g.prefixes)
	t := buildTable(b, g)
	steps := 0
	for _, a := range drawUniform(g.hosts) {
		n := 0
		_, p := t.Lookup(a)
		for ; p != None; p = t.Parent(p) {
			n++
		}
		if n >= 13 {
			keys = append(keys, addrWord4(a))
			steps += n
		}
	}
	b.Logf("%d different addresses, %.1f prefixes around each", len(keys), float64(steps)/float64(len(keys)))
	sum, i := uint32(0), 0
	for b.Loop() {
		_, p := t.Lookup4(keys[i])
		for ; p != None; p = t.Parent(p) {
			sum += p
		}
		if i++; i == len(keys) {
			i = 0
		}
	}
	sink = sum
}

func BenchmarkBuild(b *testing.B) {
	for _, hosts := range []int{1_000, 100_000, 1_000_000} {
		g := enterprisePlan(hosts)
		b.Run(fmt.Sprintf("hosts=%d", hosts), func(b *testing.B) {
			for b.Loop() {
				t, err := Build(g.hosts, g.prefixes)
				require.NoError(b, err)
				sink += uint32(t.Size())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(hosts), "ns/host")
		})
	}
}

// BenchmarkHost computes addresses from ranks. The table does not store the addresses.
func BenchmarkHost(b *testing.B) {
	g := enterprisePlan(1_000_000)
	t := buildTable(b, g)
	rnd := rand.New(rand.NewPCG(16, 17))
	sum := 0
	for b.Loop() {
		sum += t.Host(rnd.Uint32N(uint32(len(g.hosts)))).BitLen()
	}
	sink = uint32(sum)
}

var sink uint32
