package risk

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInstantsAreWrittenAsTimeWritesThem(t *testing.T) {
	agrees := func(x int64) {
		want := time.Unix(0, x).UTC().Format(time.RFC3339Nano)
		require.Equal(t, want, instant(x).String(), "instant(%d)", x)
	}
	const day = 24 * 60 * 60 * second
	for x := minUnix * second; x < maxUnix*second; x += day {
		agrees(x)
		agrees(x - 1)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		x := rng.Int64() - rng.Int64()
		agrees(x)
		agrees(x / second * second)
		agrees(x / 1_000_000 * 1_000_000)
	}
	agrees(int64(never))
	agrees(-int64(never))
}
