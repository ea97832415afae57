package names

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// someNames returns n names, some of which are long or not ASCII.
func someNames(n int) []string {
	all := realisticNames(rand.New(rand.NewPCG(1, 2)), n)
	for i := range all {
		switch {
		case i%50 == 0:
			all[i] += strings.Repeat("x", 60)
		case i%50 == 1:
			all[i] += "ö"
		}
	}
	return all
}

// The order in which names are added does not change the bytes.
func TestSameSeedGivesSameBytes(t *testing.T) {
	all := someNames(3000)
	made := func(seed uint64, order []int) *Table {
		b := NewBuilder(Options{Seed: seed})
		for _, i := range order {
			b.Add(uint32(i%2), all[i], uint32(i))
		}
		table, err := b.Build()
		require.NoError(t, err)
		return table
	}
	there, back := make([]int, len(all)), make([]int, len(all))
	for i := range all {
		there[i], back[len(all)-1-i] = i, i
	}
	want := made(5, there)
	require.Equal(t, want, made(5, back))
	other := made(6, there)
	require.NotEqual(t, want.arena, other.arena)
	require.NotEqual(t, made(0, there).seed, made(0, there).seed)
}

// Names that an attacker chose for one bucket under one seed are spread under another seed.
func TestOtherSeedSpreadsHostileNames(t *testing.T) {
	a, b := newHashKeys(1), newHashKeys(2)
	spread := map[uint64]bool{}
	n := 0
	for i := 0; n < 40; i++ {
		name := fmt.Sprintf("host-%d.example", i)
		if h, _ := a.hashName(0, name, highs); h>>48 == 0 {
			n++
			h, _ = b.hashName(0, name, highs)
			spread[h>>48] = true
		}
	}
	assert.Greater(t, len(spread), 36)
}

func TestCollisionMakesBuilderReseed(t *testing.T) {
	all := someNames(500)
	b := NewBuilder(Options{Seed: 9})
	for i, name := range all {
		b.Add(uint32(i), name, uint32(i))
	}
	for i := range b.lists {
		for _, c := range b.lists[i].chunks {
			copy(c.hashes[1:], c.hashes)
		}
	}
	_, _, err := placeEntries(b)
	require.ErrorIs(t, err, errCollision)
	table, err := b.Build()
	require.NoError(t, err)
	require.NotEqualValues(t, 9, table.seed)
	for i, name := range all {
		got, found := table.Lookup(uint32(i), name)
		require.True(t, found, "%q", name)
		require.EqualValues(t, i, got)
	}
}

func TestEveryNumberOfNamesFindsPilots(t *testing.T) {
	for n := range 300 {
		b := NewBuilder(Options{})
		for i := range n {
			b.Add(0, fmt.Sprintf("n%03d", i), uint32(i))
		}
		table, err := b.Build()
		require.NoError(t, err)
		for i := range n + 1 {
			got, found := table.Lookup(0, fmt.Sprintf("N%03d", i))
			require.Equal(t, i < n, found, "%d of %d", i, n)
			require.True(t, !found || int(got) == i)
		}
	}
}

func TestTableIsLittleLargerThanItsNames(t *testing.T) {
	all := realisticNames(rand.New(rand.NewPCG(1, 2)), 100_000)
	text := 0
	for _, name := range all {
		text += len(name)
	}
	table := build(t, Options{}, 0, all...)
	each := float64(table.Size()-text) / float64(len(all))
	assert.Less(t, each, 11.0, "bytes for every name, beside the name")
}

func TestClassMayHaveSeveralChunks(t *testing.T) {
	b := NewBuilder(Options{})
	const n = 2*chunkEntries + 1000
	for i := range n {
		b.Add(uint32(i%3), fmt.Sprintf("host-%06d.with.a.rather.long.name.example", i), uint32(i))
	}
	p := &b.lists[classOf(0, len("host-000000.with.a.rather.long.name.example"))]
	require.Len(t, p.chunks, n/chunkEntries+1)
	require.Equal(t, n, p.len())
	for _, c := range p.chunks[1:] {
		require.Equal(t, chunkEntries, cap(c.hashes))
	}
	table, err := b.Build()
	require.NoError(t, err)
	for i := range n {
		got, found := table.Lookup(uint32(i%3), fmt.Sprintf("HOST-%06d.with.a.rather.long.name.example", i))
		require.True(t, found && int(got) == i, "%d", i)
	}
}

// The expected pilots are computed in the order in which the builder places buckets: the
// fullest first.
func TestEachBucketHasItsLeastFreePilot(t *testing.T) {
	b := NewBuilder(Options{Seed: 3})
	for i, name := range someNames(20_000) {
		b.Add(uint32(i%2), name, uint32(i))
	}
	lists := b.lists
	table, err := b.Build()
	require.NoError(t, err)
	index := make([]uint32, len(table.index))
	for i := range table.classes {
		c := &table.classes[i]
		buckets := make([][]uint64, c.buckets)
		for _, chunk := range lists[i].chunks {
			for _, h := range chunk.hashes {
				at := c.bucket(h) - uint64(c.first)
				buckets[at] = append(buckets[at], h)
			}
		}
		order := make([]int, c.buckets)
		for j := range order {
			order[j] = j
		}
		slices.SortStableFunc(order, func(a, b int) int { return len(buckets[b]) - len(buckets[a]) })
		taken := map[uint64]bool{}
		for _, j := range order {
			index[int(c.first)+j] = leastPilot(c, buckets[j], taken)
		}
	}
	require.Equal(t, index, table.index)
}

// leastPilot finds the least pilot that fits a bucket, marks the bucket's slots as taken,
// and returns the word of the bucket with this pilot.
func leastPilot(c *class, hashes []uint64, taken map[uint64]bool) (word uint32) {
	for pilot := uint64(0); ; pilot++ {
		word = uint32(pilot)
		slots := map[uint64]bool{}
		for _, h := range hashes {
			word |= filterBit(h)
			if s := c.slot(h, pilot); !taken[s] {
				slots[s] = true
			}
		}
		if len(slots) == len(hashes) {
			maps.Copy(taken, slots)
			return word
		}
	}
}
