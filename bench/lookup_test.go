package bench

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/kithsec/kith/assets"
)

// benchLookups runs a benchmark with every probe; an operation is one key.
func benchLookups[K any](b *testing.B, size int, list []probe[K], lookup func(K) uint32) {
	for _, p := range list {
		b.Run(fmt.Sprintf("assets=%s/probe=%s", sizeLabel(size), p.name), func(b *testing.B) {
			b.ReportAllocs()
			sum, i := uint32(0), 0
			for b.Loop() {
				sum += lookup(p.keys[i&(probes-1)])
				i++
			}
			sink = sum
		})
	}
}

// benchBatchLookups is benchLookups for lookups of 64 keys at once. An operation is still
// one key.
func benchBatchLookups[K any](b *testing.B, size int, list []probe[K], lookup func(dst []assets.Match, keys []K)) {
	const many = 64
	for _, p := range list {
		b.Run(fmt.Sprintf("assets=%s/probe=%s", sizeLabel(size), p.name), func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]assets.Match, many)
			b.ResetTimer()
			for i := 0; i < b.N; i += many {
				at := i & (probes - 1)
				lookup(dst, p.keys[at:at+many])
				sink += dst[0].Record()
			}
		})
	}
}

func BenchmarkLookupAddr(b *testing.B) {
	t := assetTable()
	benchLookups(b, numAssets(), addrProbes(), func(a netip.Addr) uint32 { m, _ := t.LookupAddr("", a); return m.Record() })
}

func BenchmarkLookupAddrs(b *testing.B) {
	t := assetTable()
	benchBatchLookups(b, numAssets(), addrProbes(), func(dst []assets.Match, keys []netip.Addr) { t.LookupAddrs(dst, "", keys) })
}

func BenchmarkLookupName(b *testing.B) {
	t := assetTable()
	benchLookups(b, numAssets(), nameProbes(), func(k []byte) uint32 { m, _ := t.LookupBytes("", k); return m.Record() })
}

func BenchmarkLookupNames(b *testing.B) {
	t := assetTable()
	benchBatchLookups(b, numAssets(), nameProbes(), func(dst []assets.Match, keys [][]byte) { t.LookupNames(dst, "", keys) })
}

func BenchmarkLookupMAC(b *testing.B) {
	t := assetTable()
	benchLookups(b, numAssets(), macProbes(), func(k []byte) uint32 { m, _ := t.LookupBytes("", k); return m.Record() })
}

// BenchmarkLookup looks up keys whose kind is not known in advance, as they are in events:
// it parses and looks up text.
func BenchmarkLookup(b *testing.B) {
	t := assetTable()
	benchLookups(b, numAssets(), keyProbes(), func(k []byte) uint32 { m, _ := t.LookupBytes("", k); return m.Record() })
}

func BenchmarkLookupUser(b *testing.B) {
	t := identityTable()
	benchLookups(b, numAssets(), userProbes(), func(k []byte) uint32 { m, _ := t.LookupBytes("", k); return m.Record() })
}

// BenchmarkCovering iterates over the networks that contain a host.
func BenchmarkCovering(b *testing.B) {
	t := assetTable()
	keys, found := addrProbes()[0].keys, 0
	i := 0
	for b.Loop() {
		m, _ := t.LookupAddr("", keys[i&(probes-1)])
		for c := range t.Covering(m) {
			sink += c.Record
			found++
		}
		i++
	}
	b.ReportMetric(float64(found)/float64(i), "networks/op")
}
