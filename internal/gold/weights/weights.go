// Package weights computes the weights of package risk/score slowly and with high
// precision, for tests.
package weights

import (
	"math/big"

	"github.com/kithsec/kith/risk/score"
)

// Pow returns base^-x as exp(-x ln base), from Taylor series with a precision of 320
// bits.
func Pow(base uint64, x *big.Rat) *big.Float {
	const prec = 320
	ln := new(big.Float).SetPrec(prec)
	// ln base = 2 artanh((b-1)/(b+1)), summed until the terms are below the precision
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

// Scale returns s × w, rounded half to even.
func Scale(s score.Score, w *big.Float) score.Score {
	v := new(big.Float).SetPrec(400).SetRat(s.Rat())
	v.Mul(v, w)
	r, _ := v.Rat(nil)
	// Round away the error of the series first, so that exact halves remain halves.
	const steps = 1_000_000
	scaled := r.Mul(r, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(steps), 60)))
	whole := new(big.Int).Add(new(big.Int).Lsh(scaled.Num(), 1), scaled.Denom())
	whole.Div(whole, new(big.Int).Lsh(scaled.Denom(), 1))
	out, _ := score.Round(new(big.Rat).SetFrac(whole, new(big.Int).Lsh(big.NewInt(steps), 60)))
	return out
}
