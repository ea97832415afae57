package risk

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/risk/score"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestModifiersTake48BytesAndObjects40(t *testing.T) {
	assert.LessOrEqual(t, unsafe.Sizeof(modifier{}), uintptr(48))
	assert.LessOrEqual(t, unsafe.Sizeof(object{}), uintptr(40))
}

func TestSizeClassesAreTight(t *testing.T) {
	require.Equal(t, 512, classSize(maxClass))
	for n := 1; n <= 600; n++ {
		size := classFor(n)
		if n > 512 {
			require.Equal(t, uint8(ownSlice), size)
			continue
		}
		require.GreaterOrEqual(t, classSize(size), n)
		require.Less(t, classSize(size-1), n, "a smaller place than %d would do", size)
	}
}

// TestModifierStoreAgreesWithSlices checks that each object has its own modifiers, in order,
// after any insertions and removals.
func TestModifierStoreAgreesWithSlices(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 5))
		var r modifierStore
		objects, want := make([]object, 60), make([][]modifier, 60)
		for step := range 60_000 {
			i := rng.IntN(1 + rng.IntN(len(objects)))
			o := &objects[i]
			if rng.IntN(400) == 0 || step > 40_000 && rng.IntN(20) == 0 {
				n := rng.IntN(len(want[i]) + 1)
				r.removeFirst(o, n)
				want[i] = slices.Delete(want[i], 0, n)
			} else {
				at := len(want[i]) - min(len(want[i]), rng.IntN(1+rng.IntN(4)))
				m := modifier{at: eventtime.Instant(step), base: int64(i)}
				r.insertAt(o, at, m)
				want[i] = slices.Insert(want[i], at, m)
			}
			require.Equal(t, len(want[i]), len(r.modifiersOf(o)), "seed %d", seed)
		}
		for i := range objects {
			require.Equal(t, len(want[i]), len(r.modifiersOf(&objects[i])))
			require.True(t, slices.Equal(want[i], r.modifiersOf(&objects[i])), "seed %d, object %d", seed, i)
		}
	}
}

func TestScoresBeyond64BitsArePacked(t *testing.T) {
	v := newDictionary()
	trillion, _ := score.ParseDecimal("1e12")
	top, _ := score.Calculate(score.Points(1_000_000_000_000), nil, []score.Decimal{trillion})
	for _, s := range []score.Score{{}, score.Steps(1), score.Steps(-1), score.Steps(1 << 62), score.Steps(-1 << 62), score.Steps(1<<63 - 1), score.Steps(-1 << 63), top, top.Neg(), score.FromWords(0, 1<<63), score.FromWords(-1, 1)} {
		m := modifier{score: v.packScore(s)}
		assert.Equal(t, s, v.scoreOf(&m))
		assert.Equal(t, s.Sign() < 0, m.lowersRisk(), s.String())
	}
}
