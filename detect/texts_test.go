package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kithsec/kith/internal/fold"
	"github.com/stretchr/testify/require"
)

// distinctNames compares the names of a short list with each other, and those of a long
// list by means of a map.
func TestDistinctNamesTreatsShortAndLongListsAlike(t *testing.T) {
	for seed := range 200 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		var names, want []string
		for range rng.IntN(3 * manyNames) {
			names = append(names, []string{"a", "A", "ä", "Ä", "b", "K", "K", "straße", "STRASSE", "İ", "i"}[rng.IntN(11)]+strings.Repeat("x", rng.IntN(4)))
		}
		for _, name := range names {
			if !slices.ContainsFunc(want, func(w string) bool { return fold.Equal(w, name) }) {
				want = append(want, name)
			}
		}
		text := fmt.Sprintf("%q", names)
		require.Equal(t, want, append([]string(nil), distinctNames(names)...), "seed %d: distinct(%s)", seed, text)
	}
}
