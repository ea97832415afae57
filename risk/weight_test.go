package risk

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// slowPow is base^-x by another way than the tables: exp(-x ln base) as a
// Taylor series in 320 bits.
func slowPow(base uint64, x *big.Rat) *big.Float {
	const prec = 320
	ln := new(big.Float).SetPrec(prec)
	// ln base = 2 artanh((b-1)/(b+1)), summed until nothing changes
	b := new(big.Float).SetPrec(prec).SetUint64(base)
	z := new(big.Float).SetPrec(prec).Quo(new(big.Float).Sub(b, big.NewFloat(1)), new(big.Float).SetPrec(prec).Add(b, big.NewFloat(1)))
	term, square := new(big.Float).SetPrec(prec).Set(z), new(big.Float).SetPrec(prec).Mul(z, z)
	for k := int64(1); k < 60_000 && term.Sign() != 0 && term.MantExp(nil) > -prec; k += 2 {
		ln.Add(ln, new(big.Float).SetPrec(prec).Quo(term, new(big.Float).SetInt64(k)))
		term.Mul(term, square)
	}
	ln.Mul(ln, big.NewFloat(2))
	y := new(big.Float).SetPrec(prec).SetRat(x)
	y.Mul(y, ln).Neg(y)
	y.Quo(y, big.NewFloat(1<<20)) // e^y = (e^(y/2^20))^(2^20)
	sum, t := new(big.Float).SetPrec(prec).SetInt64(1), new(big.Float).SetPrec(prec).SetInt64(1)
	for k := int64(1); k < 60; k++ {
		t.Mul(t, y).Quo(t, new(big.Float).SetInt64(k))
		sum.Add(sum, t)
	}
	for range 20 {
		sum.Mul(sum, sum)
	}
	return sum
}

func slowWeigh(s Score, w *big.Float) Score {
	v := new(big.Float).SetPrec(400).SetInt(s.big())
	v.Mul(v, w)
	r, _ := v.Rat(nil)
	// what is a half but for the error of the series is a half
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 60)))
	r = new(big.Rat).Quo(new(big.Rat).SetInt(roundHalfEven(scaled)), new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 60)))
	out, _ := scoreOf(roundHalfEven(r))
	return out
}

func TestDecayAgreesWithTheSeries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.Int64Range(1, int64(30*24*time.Hour)).Draw(t, "half")
		age := rapid.Int64Range(0, 40*half).Draw(t, "age")
		s := steps(rapid.Int64Range(-1e18, 1e18).Draw(t, "score"))
		got := newDecay(time.Duration(half)).at(instant(age)).of(s)
		require.Equal(t, slowWeigh(s, slowPow(2, big.NewRat(age, half))), got)
	})
}

func TestSeriesAgreesWithTheSeries(t *testing.T) {
	for _, p := range []string{"1.5", "1", "0.5", "2", "0.333"} {
		d, err := parseDecimal(p)
		require.NoError(t, err)
		ranks := newSeries(d)
		for _, i := range []uint64{1, 2, 3, 4, 5, 7, 9, 16, 25, 36, 64, 81, 100} {
			for _, n := range []int64{1, 4, 108, 21e6, 999_999_999_999_999_999, -7} {
				require.Equal(t, slowWeigh(steps(n), slowPow(i, d.rat())), ranks.rank(int(i)).of(steps(n)), "p=%s i=%d n=%d", p, i, n)
			}
		}
	}
}

func TestWeightFloat(t *testing.T) {
	d := newDecay(time.Hour)
	require.Equal(t, 1.0, d.at(0).float())
	require.Equal(t, 0.5, d.at(instant(time.Hour)).float())
	require.Equal(t, math.Sqrt(0.5), d.at(instant(30*time.Minute)).float())
	require.Equal(t, 0.0, d.at(instant(2000*time.Hour)).float())
}
