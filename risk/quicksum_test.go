package risk

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/risk/score"
	"github.com/stretchr/testify/require"
)

// A quick sum measures the same as a full window, and is not sure only if there are
// more sources or tactics than bits.
func TestQuickSumAgreesWithFullWindow(t *testing.T) {
	when, err := parseCondition("capped_score > 40 and (sources >= 3 or count >= 6) and tactics >= 2")
	require.NoError(t, err)
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 2))
		words, mods := newDictionary(), []mod(nil)
		sources, tactics := 1+rng.IntN(2*sourceBits), 1+rng.IntN(2*tacticBits)
		for i := range 800 {
			f := detect.Fact{Score: score.Steps(rng.Int64N(20) * 1_000_000), Filters: rng.Uint64N(4)}
			if n := rng.IntN(sources + 1); n > 0 {
				f.Source = fmt.Sprint("s", n)
			}
			for range rng.IntN(3) {
				f.Attack.Tactics = append(f.Attack.Tactics, fmt.Sprint("TA", rng.IntN(tactics)))
			}
			mods = append(mods, words.intern(&admitted{Fact: &f, at: eventtime.Instant(i)}, mod{}))
			if rng.IntN(3) == 0 { // so that bits change hands
				words.release(&mods[0])
				mods = mods[1:]
			}
			r := &incident{when: when, uses: when.uses(), rising: true, filter: rng.Uint64N(4)}
			window := mods[rng.IntN(len(mods)+1):]
			score, holds, sure := (&evaluator{words: words}).quickSum(r, window)
			if !sure {
				require.True(t, len(words.bits.sources.ids) == sourceBits || len(words.bits.tactics.ids) == tacticBits, "seed %d", seed)
				continue
			}
			v := newFullWindow()
			v.load(r, words, window, 0, eventtime.Instant(i), eventtime.Instant(i))
			want := v.measure(r, words, window)
			require.Equal(t, want[mCapped], score, "seed %d", seed)
			require.Equal(t, len(v.rows) > 0 && when.holds(&want), holds, "seed %d, modifier %d", seed, i)
		}
		for i := range mods {
			words.release(&mods[i])
		}
		require.Zero(t, words.kinds.Len(), "seed %d", seed)
		for _, s := range []bitNumbers{words.bits.sources, words.bits.tactics} {
			for bit := range s.ids {
				require.Zero(t, s.ids[bit])
				require.Zero(t, s.refs[bit])
			}
		}
	}
}
