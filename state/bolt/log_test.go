package bolt_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
)

// TestLogAgreesWithMemory commits random changes, sometimes opens the directory again,
// and compares everything that can be read with a log in memory.
func TestLogAgreesWithMemory(t *testing.T) {
	spaces := []string{"a", "b/c", "never"}
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 1))
		dir, twin := t.TempDir(), new(state.Memory)
		log, err := bolt.Open(dir)
		require.NoError(t, err)
		for range 60 {
			changes := make([]state.Change, rng.IntN(20))
			for i := range changes {
				c := state.Change{Space: spaces[rng.IntN(2)], Key: fmt.Appendf(nil, "key%d", rng.IntN(40))}
				if rng.IntN(3) > 0 {
					c.Value = make([]byte, rng.IntN(3000))
				}
				changes[i] = c
			}
			require.NoError(t, log.Commit(changes))
			require.NoError(t, twin.Commit(changes))
			if rng.IntN(10) == 0 {
				require.NoError(t, log.Close())
				log, err = bolt.Open(dir)
				require.NoError(t, err)
			}
			for _, space := range spaces {
				require.Equal(t, contents(t, twin, space), contents(t, log, space), "seed %d, space %s", seed, space)
				require.Equal(t, twin.Len(space), log.Len(space), "seed %d, space %s", seed, space)
			}
			key := fmt.Appendf(nil, "key%d", rng.IntN(40))
			want, _ := twin.Get("a", key)
			got, err := log.Get("a", key)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		require.NoError(t, log.Close())
	}
}

func contents(t *testing.T, r state.Reader, space string) map[string]string {
	values := map[string]string{}
	last := ""
	for c, err := range r.All(space) {
		require.NoError(t, err)
		assert.Less(t, last, string(c.Key), "keys ascend")
		last, values[string(c.Key)] = string(c.Key), string(c.Value)
	}
	return values
}

func TestSecondCloseHasNoEffect(t *testing.T) {
	log, err := bolt.Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, log.Close())
	require.NoError(t, log.Close())
}
