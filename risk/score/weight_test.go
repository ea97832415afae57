package score_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/kithsec/kith/internal/gold/weights"
	"github.com/kithsec/kith/risk/score"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDecayAgreesWithBigFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.Int64Range(1, int64(30*24*time.Hour)).Draw(t, "half")
		age := rapid.Int64Range(0, 40*half).Draw(t, "age")
		n := score.Steps(rapid.Int64Range(-1e18, 1e18).Draw(t, "score"))
		got := score.NewDecay(time.Duration(half)).At(time.Duration(age)).Scale(n)
		require.Equal(t, weights.Scale(n, weights.Pow(2, big.NewRat(age, half))), got)
	})
}

func TestSeriesAgreesWithBigFloats(t *testing.T) {
	for _, p := range []string{"1.5", "1", "0.5", "2", "0.333"} {
		d, err := score.ParseDecimal(p)
		require.NoError(t, err)
		ranks := score.NewSeries(d)
		for _, i := range []uint64{1, 2, 3, 4, 5, 7, 9, 16, 25, 36, 64, 81, 100} {
			for _, n := range []int64{1, 4, 108, 21e6, 999_999_999_999_999_999, -7} {
				require.Equal(t, weights.Scale(score.Steps(n), weights.Pow(i, d.Rat())), ranks.Rank(int(i)).Scale(score.Steps(n)), "p=%s i=%d n=%d", p, i, n)
			}
		}
	}
}

func TestWeightFloatIsTheNearestFloat64(t *testing.T) {
	d := score.NewDecay(time.Hour)
	require.Equal(t, 1.0, d.At(0).Float())
	require.Equal(t, 0.5, d.At(time.Hour).Float())
	require.Equal(t, math.Sqrt(0.5), d.At(30*time.Minute).Float())
	require.Equal(t, 0.0, d.At(2000*time.Hour).Float())
}
