package table

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/schema"
)

// TestAllYieldsKeysByRecord compares the keys with those of entities.Store.KeysOf.
func TestAllYieldsKeysByRecord(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		e := randomStore(entities.Asset, []int{0, 1, readAhead, readAhead + 1, 500}[seed%5], seed)
		for i := range e.Records {
			e.Records[i].Zone = e.Texts.Intern([]string{"", "emea", "apac"}[r.IntN(3)])
		}
		for i := range e.Keys {
			e.Keys[i].Class = schema.KeyClass(r.IntN(6))
		}
		r.Shuffle(len(e.Records), func(i, j int) { e.Records[i], e.Records[j] = e.Records[j], e.Records[i] })

		keys := keysOf(e)
		var want, got []key
		for i := range e.Len() {
			for k, text := range e.KeysOf(i) {
				want = append(want, key{uint32(i), keys.Zone(i), k.Class, k.Fields, text})
			}
		}
		for k := range keys.All() {
			got = append(got, k)
		}
		require.Equal(t, want, got, "seed %d", seed)
		seen := map[entity.Zone]bool{}
		for i := range e.Len() {
			zone := entity.Zone(e.Zone(i))
			require.Equal(t, zone, keys.Zones[keys.Zone(i)])
			if !seen[zone] {
				require.EqualValues(t, len(seen), keys.Zone(i), "zones are numbered in the order in which they occur")
				seen[zone] = true
			}
		}
		require.Len(t, keys.Zones, len(seen))
	}
}

func TestAllStopsWhenTheLoopBreaks(t *testing.T) {
	n := 0
	for range keysOf(randomStore(entities.Asset, 500, 1)).All() {
		if n++; n == 3 {
			break
		}
	}
	require.Equal(t, 3, n)
}
