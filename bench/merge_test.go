package bench

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// tenLists returns ten asset lists that overlap by 30 % and have about rows rows together,
// and a list of a fifth as many people.
func tenLists(rows int) (hosts, people []merge.Source) {
	const overlap = 0.3
	w := gen.World{Seed: 1, Hosts: gen.HostsFor(rows, overlap), People: rows / 5}
	for i := range 10 {
		hosts = append(hosts, newSource(fmt.Sprintf("list%d", i), gen.AssetList{World: w, Source: i, Sources: 10, Overlap: overlap}))
	}
	return hosts, []merge.Source{newSource("people", gen.IdentityList{World: w})}
}

// BenchmarkReadCSV reads every cell of an asset list; an operation is a row.
func BenchmarkReadCSV(b *testing.B) {
	var list bytes.Buffer
	must(gen.AssetList{World: world(min(numAssets(), 200_000))}.WriteTo(&list))
	rows := bytes.Count(list.Bytes(), []byte("\n"))
	b.ReportAllocs()
	b.SetBytes(int64(list.Len() / rows))
	b.ResetTimer()
	for left := b.N; left > 0; left -= rows {
		in := csvio.NewReader(bytes.NewReader(list.Bytes()), csvio.Options{})
		for n := 0; n < left && in.Next(); n++ {
			for i := range in.Len() {
				sink += uint32(len(in.Cell(i)))
			}
		}
		require.NoError(b, in.Err())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkMerge reads and merges ten lists, with rows and with twice as many rows; an
// operation is one merge. The live heap includes the rows, which are kept for provenance.
func BenchmarkMerge(b *testing.B) {
	for _, rows := range []int{numAssets(), 2 * numAssets()} {
		b.Run("rows="+sizeLabel(rows), func(b *testing.B) {
			hosts, _ := tenLists(rows)
			benchMerge(b, entity.Asset, rows, hosts)
		})
	}
	b.Run("identities="+sizeLabel(numAssets()/5), func(b *testing.B) {
		_, people := tenLists(numAssets())
		benchMerge(b, entity.Identity, numAssets()/5, people)
	})
}

func benchMerge(b *testing.B, kind entity.Kind, rows int, sources []merge.Source) {
	before := liveHeap()
	var r *merge.Result
	for b.Loop() {
		r = must(merge.Merge(kind, sources, merge.Options{}))
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(liveHeap()-before)/float64(r.Entities.Len()), "heap-B/entity")
	b.ReportMetric(float64(r.Entities.Len()), "entities")
	runtime.KeepAlive(sources)
	runtime.KeepAlive(r)
}

// BenchmarkJob does all the work of `kith merge` and of `kith enrich` before its first
// event: it merges lists, builds tables and writes lookups.
func BenchmarkJob(b *testing.B) {
	hosts, people := tenLists(numAssets())
	dir := b.TempDir()
	b.Run("rows="+sizeLabel(numAssets()), func(b *testing.B) {
		for b.Loop() {
			start := b.Elapsed()
			lap := func(what string) {
				b.ReportMetric((b.Elapsed() - start).Seconds(), what+"-s")
				start = b.Elapsed()
			}
			a := must(merge.Merge(entity.Asset, hosts, merge.Options{}))
			i := must(merge.Merge(entity.Identity, people, merge.Options{}))
			lap("merge")
			must(assets.NewTable(a.Entities, assets.Options{Parallel: true}))
			must(identities.NewTable(i.Entities, identities.Options{}))
			lap("index")
			require.NoError(b, merge.Write(dir, merge.WriteOptions{}, a, i))
			lap("write")
		}
		b.ReportMetric(float64(memoryInUse())/1e6, "MB-from-system")
	})
}

// BenchmarkStart does what `kith enrich` does until its first event is enriched, from
// merged lookups and from a snapshot of the same assets.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "tables.kith")
	r := must(merge.Merge(entity.Asset, assetSources(numAssets()), merge.Options{}))
	require.NoError(b, merge.Write(dir, merge.WriteOptions{}, r))
	require.NoError(b, must(snapshot.Build(r.Entities, nil, snapshot.Options{})).WriteFile(path))
	event := fmt.Appendf(nil, `{"dest":%q}`, entities.Of(r.Entities).CanonicalKey(0))
	r = nil

	b.Run("from=lookups/assets="+sizeLabel(numAssets()), func(b *testing.B) {
		lookups := []merge.Source{
			merge.File("by_str", filepath.Join(dir, merge.AssetsByString)), merge.File("by_cidr", filepath.Join(dir, merge.AssetsByCIDR)),
		}
		for b.Loop() {
			start := b.Elapsed()
			r := must(merge.Merge(entity.Asset, lookups, merge.Options{SkipHash: true}))
			b.ReportMetric((b.Elapsed() - start).Seconds(), "merge-s")
			runtime.GC() // as the command does
			start = b.Elapsed()
			t := must(assets.NewTable(r.Entities, assets.Options{Parallel: true}))
			b.ReportMetric((b.Elapsed() - start).Seconds(), "index-s")
			enrichFirst(b, &snapshot.Snapshot{Assets: t}, event)
		}
		b.ReportMetric(float64(memoryInUse())/1e6, "MB-from-system")
	})
	b.Run("from=snapshot/assets="+sizeLabel(numAssets()), func(b *testing.B) {
		for b.Loop() {
			s, err := snapshot.Open(path, snapshot.Options{})
			require.NoError(b, err)
			enrichFirst(b, s, event)
		}
	})
}

func enrichFirst(b *testing.B, s *snapshot.Snapshot, event []byte) {
	e := must(enrich.New(s, enrich.Options{}))
	out, _, err := e.AppendJSON(nil, event)
	require.NoError(b, err)
	require.Contains(b, string(out), "dest_asset_id")
}

// BenchmarkNewTable builds the table of merged assets; an operation is one build. It
// reports the bytes per asset, in total and by purpose.
func BenchmarkNewTable(b *testing.B) {
	b.Run("assets="+sizeLabel(numAssets()), func(b *testing.B) {
		e := mergedAssets()
		var t *assets.Table
		for b.Loop() {
			t = must(assets.NewTable(e, assets.Options{Seed: seed}))
		}
		s := t.Stats()
		each := func(bytes int, unit string) { b.ReportMetric(float64(bytes)/float64(s.Assets), unit) }
		each(s.Bytes(), "B/asset")
		each(s.RecordBytes, "record-B/asset")
		each(s.NameBytes, "name-B/asset")
		each(s.MACBytes, "MAC-B/asset")
		b.ReportMetric(float64(s.AddressBytes)/float64(s.Addresses+s.Prefixes), "B/address")
	})
	b.Run("identities="+sizeLabel(numAssets()/5), func(b *testing.B) {
		e := mergedPeople()
		var t *identities.Table
		for b.Loop() {
			t = must(identities.NewTable(e, identities.Options{Seed: seed}))
		}
		b.ReportMetric(float64(t.Stats().Bytes())/float64(t.Stats().Identities), "B/identity")
	})
}

// BenchmarkSnapshot writes the tables to a file, and opens the file until the first event
// can be enriched.
func BenchmarkSnapshot(b *testing.B) {
	path := filepath.Join(b.TempDir(), "tables.kith")
	b.Run("do=write/assets="+sizeLabel(numAssets()), func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, bothTables().WriteFile(path))
		}
	})
	b.Run("do=open/assets="+sizeLabel(numAssets()), func(b *testing.B) {
		require.NoError(b, bothTables().WriteFile(path))
		for b.Loop() {
			s, err := snapshot.Open(path, snapshot.Options{})
			require.NoError(b, err)
			sink += uint32(s.Assets.Len())
		}
	})
}
