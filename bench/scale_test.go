package bench

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
)

// scaleSizes returns the powers of ten from a thousand to KITH_BENCH_SCALE.
func scaleSizes() (list []int) {
	for n := 1_000; n <= intFromEnv("KITH_BENCH_SCALE", 100_000); n *= 10 {
		list = append(list, n)
	}
	return list
}

// scaledTable is a table of some size, which is built once, and keys that it contains.
type scaledTable[T, K any] struct {
	table T
	keys  []K
	built time.Duration
}

var (
	scaledAddrs = map[int]*scaledTable[*lpm.Table, netip.Addr]{}
	scaledNames = map[int]*scaledTable[*names.Table, []byte]{}
)

// BenchmarkScaleAddr measures the index of addresses at several sizes, with the hosts of a
// world, one network for every fifty hosts, and uniform hits.
func BenchmarkScaleAddr(b *testing.B) {
	for _, n := range scaleSizes() {
		b.Run("entries="+sizeLabel(n), func(b *testing.B) {
			s := scaledAddrTable(n)
			i := 0
			for b.Loop() {
				host, prefix := s.table.Lookup(s.keys[i&(probes-1)])
				sink += host ^ prefix
				i++
			}
			b.ReportMetric(float64(s.table.Size())/float64(s.table.NumHosts()+s.table.NumPrefixes()), "B/entry")
			b.ReportMetric(s.built.Seconds()*1e3, "build-ms")
		})
	}
}

func scaledAddrTable(n int) *scaledTable[*lpm.Table, netip.Addr] {
	if s := scaledAddrs[n]; s != nil {
		return s
	}
	hosts := make([]netip.Addr, n)
	for i := range hosts {
		hosts[i] = world(n).Host(i).Addr()
	}
	slices.SortFunc(hosts, netip.Addr.Compare)
	prefixes := slices.Clone(world(n).Subnets(min(n/50, 200_000)))
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	start := time.Now()
	s := &scaledTable[*lpm.Table, netip.Addr]{table: must(lpm.Build(hosts, prefixes))}
	s.built = time.Since(start)
	r := rand.New(rand.NewPCG(6, 7))
	for range probes {
		s.keys = append(s.keys, hosts[r.IntN(n)])
	}
	scaledAddrs[n] = s
	return s
}

// BenchmarkScaleName measures the index of names at several sizes, with uniform hits, one
// by one and in batches.
func BenchmarkScaleName(b *testing.B) {
	for _, n := range scaleSizes() {
		for _, way := range []string{"single", "batch"} {
			b.Run(fmt.Sprintf("entries=%s/way=%s", sizeLabel(n), way), func(b *testing.B) {
				s := scaledNameTable(n)
				benchNames(b, s.table, s.keys, way)
				b.ReportMetric(float64(s.table.Size())/float64(n), "B/entry")
				b.ReportMetric(s.built.Seconds()*1e3, "build-ms")
			})
		}
	}
}

func scaledNameTable(n int) *scaledTable[*names.Table, []byte] {
	if s := scaledNames[n]; s != nil {
		return s
	}
	w := world(n)
	builder := names.NewBuilder(names.Options{Seed: seed})
	for i := range n {
		builder.Add(0, string(w.Host(i).AppendFQDN(nil)), uint32(i))
	}
	start := time.Now()
	s := &scaledTable[*names.Table, []byte]{table: must(builder.Build())}
	s.built = time.Since(start)
	r := rand.New(rand.NewPCG(8, 9))
	for range probes {
		s.keys = append(s.keys, w.Host(r.IntN(n)).AppendFQDN(nil))
	}
	scaledNames[n] = s
	return s
}

func benchNames(b *testing.B, t *names.Table, keys [][]byte, way string) {
	const many = 64
	dst := make([]uint32, many)
	b.ResetTimer()
	for i := 0; i < b.N; i += many {
		at := i & (probes - 1)
		if way == "batch" {
			t.LookupAll(dst, 0, keys[at:at+many])
			sink += dst[0]
			continue
		}
		for _, k := range keys[at : at+many] {
			v, _ := t.Lookup(0, bytestext.String(k))
			sink += v
		}
	}
}
