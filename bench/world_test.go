package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// intFromEnv returns the integer in an environment variable, or fallback if it is not
// set.
func intFromEnv(name string, fallback int) int {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	return must(strconv.Atoi(text))
}

var numAssets = sync.OnceValue(func() int { return intFromEnv("KITH_BENCH_ASSETS", 100_000) })

// sizeLabel returns a size as in the names of benchmarks: 1k, 100k, 1M.
func sizeLabel(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%dk", n/1_000)
	}
	return strconv.Itoa(n)
}

func TestSizeLabelShortensRoundNumbers(t *testing.T) {
	for n, want := range map[int]string{7: "7", 1_000: "1k", 1_500: "1500", 100_000: "100k", 10_000_000: "10M"} {
		assert.Equal(t, want, sizeLabel(n))
	}
}

// must returns v and panics if there is an error. It is for data that several benchmarks
// share.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world returns the world of the lists and events. It has five assets per person.
func world(hosts int) gen.World { return gen.World{Seed: 1, Hosts: hosts, People: hosts/5 + 1} }

func newSource(name string, list io.WriterTo) merge.Source {
	var text bytes.Buffer
	must(list.WriteTo(&text))
	return merge.Source{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text.Bytes())), nil
	}}
}

// assetSources returns a list of hosts and a list of networks, one for every fifty hosts.
func assetSources(hosts int) []merge.Source {
	return []merge.Source{
		newSource("hosts", gen.AssetList{World: world(hosts)}),
		newSource("networks", gen.SubnetList{World: world(hosts), N: hosts / 50}),
	}
}

func peopleSources(hosts int) []merge.Source {
	return []merge.Source{newSource("people", gen.IdentityList{World: world(hosts)})}
}

var mergedAssets = sync.OnceValue(func() *entity.Entities {
	return must(merge.Merge(entity.Asset, assetSources(numAssets()), merge.Options{})).Entities
})

var mergedPeople = sync.OnceValue(func() *entity.Entities {
	return must(merge.Merge(entity.Identity, peopleSources(numAssets()), merge.Options{})).Entities
})

// seed is the hash seed of the tables. It is fixed to make runs comparable; outside of
// benchmarks it is random.
const seed = 1

var assetTable = sync.OnceValue(func() *assets.Table {
	return must(assets.NewTable(mergedAssets(), assets.Options{Seed: seed}))
})

var identityTable = sync.OnceValue(func() *identities.Table {
	return must(identities.NewTable(mergedPeople(), identities.Options{Seed: seed}))
})

// onlyAssets returns a snapshot with the assets.
func onlyAssets() *snapshot.Snapshot { return &snapshot.Snapshot{Assets: assetTable()} }

// bothTables returns a snapshot with the assets and the identities.
func bothTables() *snapshot.Snapshot {
	return &snapshot.Snapshot{Assets: assetTable(), Identities: identityTable()}
}

// liveHeap returns the number of bytes on the heap after a garbage collection.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// sink keeps the compiler from removing computations whose results are not used.
var sink uint32
