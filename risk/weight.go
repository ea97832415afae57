package risk

import (
	"math/big"
	"math/bits"
	"time"
)

// weight is a factor between 0 and 1 with 128 binary digits after the point.
// The zero weight is 1, which the digits cannot say.
type weight struct {
	u128
	less bool // whether the weight is u128 / 2^128, and not 1
}

// tie is how near to one half a product of a weight counts as one half: a
// weight is good to some 118 digits, and products that are not halves come so
// near only by an accident of one in 10^12.
const tieShift = 40

// of returns s × w rounded once, half to even.
func (w weight) of(s Score) Score {
	if !w.less {
		return s
	}
	neg, hi, lo := s.magnitude()
	whole, frac := mul256(hi, lo, w.hi, w.lo)
	if roundsUp(whole.lo, frac) {
		whole.lo++
		if whole.lo == 0 {
			whole.hi++
		}
	}
	return signed(neg, whole.hi, whole.lo)
}

func roundsUp(whole, frac uint64) bool {
	const half, near = uint64(1) << 63, uint64(1) << (64 - tieShift)
	if frac-(half-near) <= 2*near { // a tie
		return whole&1 == 1
	}
	return frac > half
}

// mul256 returns the upper half of the product and the 64 bits below it.
func mul256(ahi, alo, bhi, blo uint64) (u128, uint64) {
	h0, _ := bits.Mul64(alo, blo)
	h1, l1 := bits.Mul64(alo, bhi)
	h2, l2 := bits.Mul64(ahi, blo)
	h3, l3 := bits.Mul64(ahi, bhi)
	mid, c1 := bits.Add64(h0, l1, 0)
	mid, c2 := bits.Add64(mid, l2, 0)
	low, c3 := bits.Add64(h1, h2, c1)
	low, c4 := bits.Add64(low, l3, c2)
	return u128{h3 + c3 + c4, low}, mid
}

func (w weight) times(o weight) weight {
	switch {
	case !w.less:
		return o
	case !o.less:
		return w
	}
	p, _ := mul256(w.hi, w.lo, o.hi, o.lo)
	return weight{p, true}
}

// halved returns w / 2^n.
func (w weight) halved(n uint64) weight {
	switch {
	case n == 0:
		return w
	case n > 128 || n == 128 && w.less:
		return weight{less: true}
	case !w.less:
		w, n = weight{u128{1 << 63, 0}, true}, n-1
	}
	if n >= 64 {
		w.hi, w.lo, n = 0, w.hi, n-64
	}
	if n > 0 {
		w.lo = w.lo>>n | w.hi<<(64-n)
		w.hi >>= n
	}
	return w
}

// float returns the float64 nearest to w.
func (w weight) float() float64 {
	if !w.less {
		return 1
	}
	f := new(big.Float).SetPrec(128).SetUint64(w.hi)
	f.SetMantExp(f, 64).Add(f, new(big.Float).SetPrec(128).SetUint64(w.lo))
	out, _ := f.SetMantExp(f, -128).Float64()
	return out
}

// exp2 raises 2 to negative powers, from tables: eight digits of the exponent
// at a time. It is immutable once made.
type exp2 struct {
	table [8][256]weight
}

// precision is the working precision of everything that a table is made with.
const precision = 192

func newExp2() *exp2 {
	e := new(exp2)
	root := new(big.Float).SetPrec(precision).SetFloat64(0.5)
	for j := range e.table {
		for bit := 7; bit >= 0; bit-- {
			root.Sqrt(root) // 2^-(2^-k), k = 8j + 8 - bit
			w := weightOf(root)
			for b := range 256 {
				if b&(1<<bit) != 0 {
					e.table[j][b] = e.table[j][b].times(w)
				}
			}
		}
	}
	return e
}

func weightOf(f *big.Float) weight {
	n, _ := new(big.Float).SetPrec(precision).SetMantExp(f, 128).Int(nil)
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	return weight{u128{n.Rsh(n, 64).Uint64(), lo}, true}
}

// power returns 2^-(whole + frac/2^128).
func (e *exp2) power(whole uint64, frac u128) weight {
	var w weight
	for j := range e.table {
		if b := frac.hi >> (56 - 8*j) & 0xff; b != 0 {
			w = w.times(e.table[j][b])
		}
	}
	// For the digits beyond the tables 2^-g = 1 - g ln 2 is exact enough.
	if frac.lo != 0 {
		const ln2 = 0xb17217f7d1cf79ab // ln 2 × 2^64
		drop, _ := bits.Mul64(frac.lo, ln2)
		lo, borrow := bits.Sub64(0, drop, 0)
		w = w.times(weight{u128{-borrow, lo}, true})
	}
	return w.halved(whole)
}

// decay weighs scores by age: 2^(-age / half-life).
type decay struct {
	half uint64
	exp  *exp2
}

func newDecay(halfLife time.Duration) *decay {
	return &decay{half: uint64(halfLife), exp: newExp2()}
}

func (d *decay) at(age instant) weight {
	whole, rest := uint64(age)/d.half, uint64(age)%d.half
	var frac u128
	if rest != 0 {
		frac.hi, rest = bits.Div64(rest, 0, d.half)
		frac.lo, _ = bits.Div64(rest, 0, d.half)
	}
	return d.exp.power(whole, frac)
}

// series weighs ranks: i^-p. Ranks it has not met it computes on first use, so
// a series belongs to one goroutine.
type series struct {
	p       *big.Float
	exp     *exp2
	weights []weight
}

func newSeries(p decimal) *series {
	return &series{p: new(big.Float).SetPrec(precision).SetRat(p.rat()), exp: newExp2()}
}

// clone returns a series for another goroutine.
func (s *series) clone() *series { return &series{p: s.p, exp: s.exp} }

// rank returns the weight of the i-th largest, i from 1.
func (s *series) rank(i int) weight {
	for len(s.weights) < i {
		s.weights = append(s.weights, s.compute(uint64(len(s.weights)+1)))
	}
	return s.weights[i-1]
}

func (s *series) compute(i uint64) weight {
	e := log2(i)
	e.Mul(e, s.p)
	whole, _ := e.Int(nil)
	if !whole.IsUint64() || whole.Uint64() > 1000 {
		return weight{less: true}
	}
	frac := weightOf(e.Sub(e, new(big.Float).SetPrec(precision).SetInt(whole)))
	return s.exp.power(whole.Uint64(), frac.u128)
}

// log2 returns the binary logarithm of n, a digit at a time: squaring a number
// between 1 and 2 doubles its logarithm.
func log2(n uint64) *big.Float {
	whole := bits.Len64(n) - 1
	x := new(big.Float).SetPrec(2 * precision).SetUint64(n)
	x.SetMantExp(x, -whole)
	result := new(big.Float).SetPrec(precision).SetInt64(int64(whole))
	two := big.NewFloat(2)
	bit := new(big.Float).SetPrec(precision).SetFloat64(0.5)
	for range precision - 16 {
		if x.Mul(x, x); x.Cmp(two) >= 0 {
			x.SetMantExp(x, -1)
			result.Add(result, bit)
		}
		bit.SetMantExp(bit, -1)
	}
	return result
}
