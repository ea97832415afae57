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

// intFromEnv returns a whole number of the environment.
func intFromEnv(name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	return must(strconv.Atoi(text))
}

var numAssets = sync.OnceValue(func() int { return intFromEnv("KITH_BENCH_ASSETS", 100_000) })

// sizeLabel writes a size as benchmarks are named: 1k, 100k, 1M.
func sizeLabel(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%dk", n/1_000)
	}
	return strconv.Itoa(n)
}

func TestLabel(t *testing.T) {
	for n, want := range map[int]string{7: "7", 1_000: "1k", 1_500: "1500", 100_000: "100k", 10_000_000: "10M"} {
		assert.Equal(t, want, sizeLabel(n))
	}
}

// must is for set-ups that are made where no test can fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world is what lists and events are about: five assets a person.
func world(hosts int) gen.World { return gen.World{Seed: 1, Hosts: hosts, People: hosts/5 + 1} }

func newSource(name string, list io.WriterTo) merge.Source {
	var text bytes.Buffer
	must(list.WriteTo(&text))
	return merge.Source{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text.Bytes())), nil
	}}
}

// assetSources are a list of hosts and one of networks, one for fifty hosts.
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

// seed makes runs comparable; outside of benchmarks it is random.
const seed = 1

var assetTable = sync.OnceValue(func() *assets.Table {
	return must(assets.NewTable(mergedAssets(), assets.Options{Seed: seed}))
})

var identityTable = sync.OnceValue(func() *identities.Table {
	return must(identities.NewTable(mergedPeople(), identities.Options{Seed: seed}))
})

// onlyAssets and both are what events are enriched from.
func onlyAssets() *snapshot.Snapshot { return &snapshot.Snapshot{Assets: assetTable()} }

func bothTables() *snapshot.Snapshot {
	return &snapshot.Snapshot{Assets: assetTable(), Identities: identityTable()}
}

// liveHeap returns the bytes of the heap that are in use after a collection.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// sink keeps the compiler from dropping what is computed.
var sink uint32
