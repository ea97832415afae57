package score

import (
	"math/big"
	"math/bits"
	"strconv"
	"time"
)

// Weight is a factor from 0 to 1 with 128 binary digits after the point. The zero Weight is
// 1.
type Weight struct {
	digits u128
	less   bool // if set, the weight is digits / 2^128; if not, it is 1
}

// tieShift defines when a fraction counts as exactly one half: when it differs from one
// half by at most 2^-tieShift. Weights are exact to about 118 binary digits, so that a
// tie is not computed exactly. The probability that a fraction which is not a tie is taken
// for one is 1 in 10^12.
const tieShift = 40

// IsOne reports whether w is 1.
func (w Weight) IsOne() bool { return !w.less }

// Scale returns s × w, rounded half to even.
func (w Weight) Scale(s Score) Score {
	if !w.less {
		return s
	}
	neg, hi, lo := s.magnitude()
	whole, frac := mul256(hi, lo, w.digits.hi, w.digits.lo)
	if roundsUp(whole.lo, frac) {
		whole.lo++
		if whole.lo == 0 {
			whole.hi++
		}
	}
	return fromMagnitude(neg, whole.hi, whole.lo)
}

func roundsUp(whole, frac uint64) bool {
	const half, near = uint64(1) << 63, uint64(1) << (64 - tieShift)
	if frac-(half-near) <= 2*near { // a tie
		return whole&1 == 1
	}
	return frac > half
}

// mul256 returns the upper 128 bits of the product of a and b, and the 64 bits below them.
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

func (w Weight) times(o Weight) Weight {
	switch {
	case !w.less:
		return o
	case !o.less:
		return w
	}
	p, _ := mul256(w.digits.hi, w.digits.lo, o.digits.hi, o.digits.lo)
	return Weight{p, true}
}

// shiftedRight returns w / 2^n.
func (w Weight) shiftedRight(n uint64) Weight {
	switch {
	case n == 0:
		return w
	case n > 128 || n == 128 && w.less:
		return Weight{less: true}
	case !w.less:
		w, n = Weight{u128{1 << 63, 0}, true}, n-1
	}
	d := w.digits
	if n >= 64 {
		d.hi, d.lo, n = 0, d.hi, n-64
	}
	if n > 0 {
		d.lo = d.lo>>n | d.hi<<(64-n)
		d.hi >>= n
	}
	return Weight{d, true}
}

// Float returns the float64 nearest to w.
func (w Weight) Float() float64 {
	if !w.less {
		return 1
	}
	f := new(big.Float).SetPrec(128).SetUint64(w.digits.hi)
	f.SetMantExp(f, 64).Add(f, new(big.Float).SetPrec(128).SetUint64(w.digits.lo))
	out, _ := f.SetMantExp(f, -128).Float64()
	return out
}

// String returns Float in decimal.
func (w Weight) String() string { return string(w.Append(nil)) }

// Append appends Float to dst in the format of encoding/json.
func (w Weight) Append(dst []byte) []byte {
	f := w.Float()
	if f == 0 || f >= 1e-6 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-2] == '0' { // e-09 is e-9
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// UnmarshalJSON parses a JSON number from 0 to 1. It is never the zero Weight: notables omit
// weights that are 1, so the number 1 stands for a weight just below 1.
func (w *Weight) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f < 0 || f > 1 {
		return ErrRange
	}
	*w = Weight{u128{^uint64(0), ^uint64(0)}, true}
	if f < 1 {
		*w = weightOf(new(big.Float).SetPrec(precision).SetFloat64(f))
	}
	return nil
}

// exp2 computes negative powers of 2 from tables, for eight binary digits of the exponent at
// a time. It is immutable.
type exp2 struct {
	table [8][256]Weight
}

// precision is the precision of the computation of tables, in bits.
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

func weightOf(f *big.Float) Weight {
	n, _ := new(big.Float).SetPrec(precision).SetMantExp(f, 128).Int(nil)
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	return Weight{u128{n.Rsh(n, 64).Uint64(), lo}, true}
}

// negPower returns 2^-(whole + frac/2^128).
func (e *exp2) negPower(whole uint64, frac u128) Weight {
	var w Weight
	for j := range e.table {
		if b := frac.hi >> (56 - 8*j) & 0xff; b != 0 {
			w = w.times(e.table[j][b])
		}
	}
	// For the digits beyond the tables, 1 - g ln 2 is near enough to 2^-g.
	if frac.lo != 0 {
		const ln2 = 0xb17217f7d1cf79ab // ln 2 × 2^64
		drop, _ := bits.Mul64(frac.lo, ln2)
		lo, borrow := bits.Sub64(0, drop, 0)
		w = w.times(Weight{u128{-borrow, lo}, true})
	}
	return w.shiftedRight(whole)
}

// Decay weights scores by age: by 2^(-age / half-life). It is immutable.
type Decay struct {
	half uint64
	exp  *exp2
}

// NewDecay returns a Decay with a half-life, which must be positive.
func NewDecay(halfLife time.Duration) *Decay {
	return &Decay{half: uint64(halfLife), exp: newExp2()}
}

// At returns the weight at an age, which must not be negative.
func (d *Decay) At(age time.Duration) Weight {
	whole, rest := uint64(age)/d.half, uint64(age)%d.half
	var frac u128
	if rest != 0 {
		frac.hi, rest = bits.Div64(rest, 0, d.half)
		frac.lo, _ = bits.Div64(rest, 0, d.half)
	}
	return d.exp.negPower(whole, frac)
}

// Series weights ranks: rank i by i^-p. It computes the weight of a rank on first use, so it
// must not be used concurrently.
type Series struct {
	p       *big.Float
	exp     *exp2
	weights []Weight
}

// NewSeries returns the Series with an exponent p, which must be valid and not
// negative.
func NewSeries(p Decimal) *Series {
	return &Series{p: new(big.Float).SetPrec(precision).SetRat(p.Rat()), exp: newExp2()}
}

// Clone returns a Series for use by another goroutine.
func (s *Series) Clone() *Series { return &Series{p: s.p, exp: s.exp} }

// Rank returns the weight of rank i. The first rank is 1.
func (s *Series) Rank(i int) Weight {
	for len(s.weights) < i {
		s.weights = append(s.weights, s.computeWeight(uint64(len(s.weights)+1)))
	}
	return s.weights[i-1]
}

func (s *Series) computeWeight(i uint64) Weight {
	e := log2(i)
	e.Mul(e, s.p)
	whole, _ := e.Int(nil)
	if !whole.IsUint64() || whole.Uint64() > 1000 {
		return Weight{less: true}
	}
	frac := weightOf(e.Sub(e, new(big.Float).SetPrec(precision).SetInt(whole)))
	return s.exp.negPower(whole.Uint64(), frac.digits)
}

// log2 returns the binary logarithm of n. It computes one binary digit at a time: squaring a
// number between 1 and 2 doubles its logarithm.
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
