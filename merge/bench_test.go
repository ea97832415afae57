package merge_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
)

// assetSources returns ten asset lists that overlap by 30 %, with the given total number of
// rows.
func assetSources(b *testing.B, rows int) []merge.Source {
	const overlap = 0.3
	world := gen.World{Seed: 1, Hosts: gen.HostsFor(rows, overlap), People: rows / 5}
	var sources []merge.Source
	for i := range 10 {
		var text bytes.Buffer
		_, err := gen.AssetList{World: world, Source: i, Sources: 10, Overlap: overlap}.WriteTo(&text)
		require.NoError(b, err)
		sources = append(sources, merge.Source{Name: fmt.Sprintf("list%d", i), Open: openerOf(text.Bytes())})
	}
	return sources
}

func identitySources(b *testing.B, n int) []merge.Source {
	var text bytes.Buffer
	_, err := gen.IdentityList{World: gen.World{Seed: 1, Hosts: n, People: n}}.WriteTo(&text)
	require.NoError(b, err)
	return []merge.Source{{Name: "hr", Open: openerOf(text.Bytes())}}
}

// BenchmarkMerge loads and merges lists; an operation is one merge. heap-B/entity is the
// live heap per entity, including its rows and provenance.
func BenchmarkMerge(b *testing.B) {
	for _, rows := range []int{100_000, 200_000, 1_000_000, 2_000_000} {
		b.Run(fmt.Sprintf("assets=%d", rows), func(b *testing.B) {
			sources := assetSources(b, rows)
			benchmarkMerge(b, entity.Asset, rows, sources)
		})
	}
	b.Run("identities=200000", func(b *testing.B) {
		benchmarkMerge(b, entity.Identity, 200_000, identitySources(b, 200_000))
	})
}

func benchmarkMerge(b *testing.B, kind entity.Kind, rows int, sources []merge.Source) {
	before := liveHeap()
	var r *merge.Result
	for b.Loop() {
		var err error
		r, err = merge.Merge(kind, sources, merge.Options{})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(liveHeap()-before)/float64(r.Entities.Len()), "heap-B/entity")
	b.ReportMetric(float64(r.Entities.Len()), "entities")
	runtime.KeepAlive(sources)
	runtime.KeepAlive(r)
}

func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkJob measures a complete job: loading and merging a million asset rows and
// 200,000 identities, and writing the lookups.
func BenchmarkJob(b *testing.B) {
	assets, identities := assetSources(b, 1_000_000), identitySources(b, 200_000)
	dir := b.TempDir()
	for b.Loop() {
		start := time.Now()
		a, err := merge.Merge(entity.Asset, assets, merge.Options{})
		require.NoError(b, err)
		i, err := merge.Merge(entity.Identity, identities, merge.Options{})
		require.NoError(b, err)
		merged := time.Since(start)
		require.NoError(b, merge.Write(dir, merge.WriteOptions{}, a, i))
		b.ReportMetric(merged.Seconds(), "merge-s")
		b.ReportMetric((time.Since(start) - merged).Seconds(), "write-s")
	}
}
