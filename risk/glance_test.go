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

// A glance measures what a view of the same window does, and is not sure only if
// there were more sources or tactics than seats.
func TestGlanceAgreesWithView(t *testing.T) {
	when, err := parseCondition("capped_score > 40 and (sources >= 3 or count >= 6) and tactics >= 2")
	require.NoError(t, err)
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 2))
		words, mods := newVocabulary(), []mod(nil)
		sources, tactics := 1+rng.IntN(2*sourceSeats), 1+rng.IntN(2*tacticSeats)
		for i := range 800 {
			f := detect.Fact{Score: score.Steps(rng.Int64N(20) * 1_000_000), Filters: rng.Uint64N(4)}
			if n := rng.IntN(sources + 1); n > 0 {
				f.Source = fmt.Sprint("s", n)
			}
			for range rng.IntN(3) {
				f.Attack.Tactics = append(f.Attack.Tactics, fmt.Sprint("TA", rng.IntN(tactics)))
			}
			mods = append(mods, words.keep(&admitted{Fact: &f, at: eventtime.Instant(i)}, mod{}))
			if rng.IntN(3) == 0 { // so that seats change hands
				words.release(&mods[0])
				mods = mods[1:]
			}
			r := &incident{when: when, uses: when.uses(), rising: true, filter: rng.Uint64N(4)}
			window := mods[rng.IntN(len(mods)+1):]
			score, holds, sure := words.glance(r, window)
			if !sure {
				require.True(t, len(words.sources.ids) == sourceSeats || len(words.tactics.ids) == tacticSeats, "seed %d", seed)
				continue
			}
			v := newView()
			v.load(r, words, window, 0, eventtime.Instant(i), eventtime.Instant(i))
			want := v.measure(r, words, window)
			require.Equal(t, want[mCapped], score, "seed %d", seed)
			require.Equal(t, len(v.rows) > 0 && when.holds(&want), holds, "seed %d, modifier %d", seed, i)
		}
		for i := range mods {
			words.release(&mods[i])
		}
		require.Zero(t, words.kinds.Len(), "seed %d", seed)
		for _, s := range []seats{words.sources, words.tactics} {
			for seat := range s.ids {
				require.Zero(t, s.ids[seat])
				require.Zero(t, s.refs[seat])
			}
		}
	}
}
