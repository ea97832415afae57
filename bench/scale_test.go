package bench

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/kithsec/kith/internal/lpm"
	"github.com/kithsec/kith/internal/names"
)

// sizes are the powers of ten from a thousand to KITH_BENCH_SCALE.
func sizes() (list []int) {
	for n := 1_000; n <= fromEnv("KITH_BENCH_SCALE", 100_000); n *= 10 {
		list = append(list, n)
	}
	return list
}

// BenchmarkScaleAddr is how the index of addresses grows: hosts as the world
// places them, a network for fifty of them; uniform hits.
func BenchmarkScaleAddr(b *testing.B) {
	for _, n := range sizes() {
		b.Run("entries="+label(n), func(b *testing.B) {
			hosts := make([]netip.Addr, n)
			for i := range hosts {
				hosts[i] = world(n).Host(i).Addr()
			}
			slices.SortFunc(hosts, netip.Addr.Compare)
			prefixes := slices.Clone(world(n).Subnets(max(n/50, 1)))
			slices.SortFunc(prefixes, netip.Prefix.Compare)
			start := time.Now()
			t := must(lpm.Build(hosts, prefixes))
			built := time.Since(start)
			r := rand.New(rand.NewPCG(6, 7))
			keys := make([]netip.Addr, probes)
			for i := range keys {
				keys[i] = hosts[r.IntN(n)]
			}
			i := 0
			for b.Loop() {
				host, prefix := t.Lookup(keys[i&(probes-1)])
				sink += host ^ prefix
				i++
			}
			b.ReportMetric(float64(t.Size())/float64(n+len(prefixes)), "B/entry")
			b.ReportMetric(built.Seconds()*1e3, "build-ms")
		})
	}
}

// BenchmarkScaleName is how the index of names grows; uniform hits, one by one
// and in batches.
func BenchmarkScaleName(b *testing.B) {
	for _, n := range sizes() {
		w := world(n)
		builder := names.NewBuilder(names.Options{Seed: seed})
		for i := range n {
			builder.AddBytes(0, w.Host(i).AppendFQDN(nil), uint32(i))
		}
		start := time.Now()
		t := must(builder.Build())
		built := time.Since(start)
		r := rand.New(rand.NewPCG(8, 9))
		keys := make([][]byte, probes)
		for i := range keys {
			keys[i] = w.Host(r.IntN(n)).AppendFQDN(nil)
		}
		for _, way := range []string{"single", "batch"} {
			b.Run(fmt.Sprintf("entries=%s/way=%s", label(n), way), func(b *testing.B) {
				lookUp(b, t, keys, way)
				b.ReportMetric(float64(t.Size())/float64(n), "B/entry")
				b.ReportMetric(built.Seconds()*1e3, "build-ms")
			})
		}
	}
}

func lookUp(b *testing.B, t *names.Table, keys [][]byte, way string) {
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
			v, _ := t.Lookup(0, k)
			sink += v
		}
	}
}
