package radixsort

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSortIsStableByKey(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 100, 5000} {
		for _, keys := range []uint32{1, 300, 1 << 31} {
			list := make([]uint64, n)
			for i := range list {
				list[i] = Pair(rnd.Uint32N(keys), rnd.Uint32N(4))
			}
			want := slices.Clone(list)
			slices.SortStableFunc(want, func(a, b uint64) int { return cmp.Compare(a>>32, b>>32) })
			if !slices.IsSorted(list) {
				require.Equal(t, want, Sort(list), "%d of %d keys", n, keys)
			}
			slices.Sort(list)
			require.Equal(t, slices.Clone(list), Sort(list), "sorted")
		}
	}
}
