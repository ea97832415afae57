// Package score provides the exact numbers of risk: scores in steps of 0.000001
// ([Score]), decimal numbers of any precision, with which factors add and multiply
// ([Decimal]), and weights from 0 to 1 for age and rank ([Weight]). A calculation is
// rounded once, half to even, so that the contributions that a notable lists add up
// exactly to its score.
package score

import (
	"math/big"
	"math/bits"
	"strconv"
)

// scale is the number of steps in a point of risk.
const scale = 1_000_000

// Score is an exact amount of risk: a number of steps of 0.000001 points, in 128 bits of
// two's complement. The zero Score is 0. Every amount has only one representation, so
// scores can be compared with ==.
type Score struct {
	hi int64
	lo uint64
}

// Steps returns the Score of n steps of 0.000001 points.
func Steps(n int64) Score { return Score{hi: n >> 63, lo: uint64(n)} }

// Points returns the Score of n whole points.
func Points(n int64) Score {
	if few := int64(1) << 40; -few < n && n < few {
		return Steps(n * scale)
	}
	return Steps(n).timesUint(scale)
}

// Add returns s + o. Overflow is not checked: scores are limited when they are parsed, so
// that sums fit 128 bits.
func (s Score) Add(o Score) Score {
	lo, carry := bits.Add64(s.lo, o.lo, 0)
	return Score{s.hi + o.hi + int64(carry), lo}
}

// Sub returns s - o.
func (s Score) Sub(o Score) Score {
	lo, borrow := bits.Sub64(s.lo, o.lo, 0)
	return Score{s.hi - o.hi - int64(borrow), lo}
}

// Neg returns -s.
func (s Score) Neg() Score { return Score{}.Sub(s) }

// Cmp returns -1 if s is less than o, 0 if they are equal, and 1 if s is greater.
func (s Score) Cmp(o Score) int {
	switch {
	case s == o:
		return 0
	case s.hi < o.hi, s.hi == o.hi && s.lo < o.lo:
		return -1
	}
	return 1
}

// Sign returns -1 if s is negative, 0 if it is 0, and 1 if it is positive.
func (s Score) Sign() int {
	switch {
	case s.hi < 0:
		return -1
	case s.hi == 0 && s.lo == 0:
		return 0
	}
	return 1
}

// Steps returns s as a number of steps of 0.000001 points, and reports whether the number
// fits 64 bits.
func (s Score) Steps() (int64, bool) { return int64(s.lo), s.hi == int64(s.lo)>>63 }

// Words returns the upper and lower 64 bits of s. [FromWords] is the inverse.
func (s Score) Words() (hi int64, lo uint64) { return s.hi, s.lo }

// FromWords returns the Score with the words that Words returned.
func FromWords(hi int64, lo uint64) Score { return Score{hi, lo} }

// Rat returns s in points, as a fraction.
func (s Score) Rat() *big.Rat { return new(big.Rat).SetFrac(s.toBig(), big.NewInt(scale)) }

// Float returns the float64 nearest to s, for display.
func (s Score) Float() float64 {
	f, _ := s.Rat().Float64()
	return f
}

// String returns s in points, in decimal without exponent and trailing zeros.
func (s Score) String() string { return string(s.Append(nil)) }

// MarshalJSON returns s in points, as a JSON number.
func (s Score) MarshalJSON() ([]byte, error) { return s.Append(nil), nil }

// UnmarshalJSON parses a JSON number as [Parse] does.
func (s *Score) UnmarshalJSON(b []byte) error {
	parsed, err := Parse(string(b))
	if err == nil {
		*s = parsed
	}
	return err
}

// Append appends the text that String returns to dst.
func (s Score) Append(dst []byte) []byte {
	neg, hi, lo := s.magnitude()
	if neg {
		dst = append(dst, '-')
	}
	whole, rest := div128(hi, lo, scale)
	dst = appendU128(dst, whole)
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := uint64(scale / 10); rest > 0; unit /= 10 {
		dst = append(dst, byte('0'+rest/unit))
		rest %= unit
	}
	return dst
}

func (s Score) magnitude() (neg bool, hi, lo uint64) {
	if neg = s.hi < 0; neg {
		s = s.Neg()
	}
	return neg, uint64(s.hi), s.lo
}

func fromMagnitude(neg bool, hi, lo uint64) Score {
	s := Score{int64(hi), lo}
	if neg {
		return s.Neg()
	}
	return s
}

// timesUint returns s × n. Overflow is not checked.
func (s Score) timesUint(n uint64) Score {
	neg, hi, lo := s.magnitude()
	h, l := bits.Mul64(lo, n)
	return fromMagnitude(neg, hi*n+h, l)
}

func (s Score) toBig() *big.Int {
	neg, hi, lo := s.magnitude()
	n := new(big.Int).SetUint64(hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(lo))
	if neg {
		n.Neg(n)
	}
	return n
}

// fromBig returns the Score of n steps, and reports whether it fits 126 bits.
func fromBig(n *big.Int) (Score, bool) {
	if n.BitLen() > 126 {
		return Score{}, false
	}
	abs := new(big.Int).Abs(n)
	lo := new(big.Int).And(abs, new(big.Int).SetUint64(^uint64(0))).Uint64()
	return fromMagnitude(n.Sign() < 0, new(big.Int).Rsh(abs, 64).Uint64(), lo), true
}

// u128 is an unsigned 128-bit integer.
type u128 struct{ hi, lo uint64 }

func div128(hi, lo, by uint64) (u128, uint64) {
	if hi == 0 {
		return u128{0, lo / by}, lo % by
	}
	qhi, r := hi/by, hi%by
	qlo, r := bits.Div64(r, lo, by)
	return u128{qhi, qlo}, r
}

func appendU128(dst []byte, n u128) []byte {
	if n.hi == 0 {
		return strconv.AppendUint(dst, n.lo, 10)
	}
	var digits [40]byte
	i := len(digits)
	for {
		var d uint64
		n, d = div128(n.hi, n.lo, 10)
		i--
		digits[i] = byte('0' + d)
		if n.hi == 0 && n.lo == 0 {
			return append(dst, digits[i:]...)
		}
	}
}
