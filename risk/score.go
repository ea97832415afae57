package risk

import (
	"math/big"
	"math/bits"
	"strconv"
)

// scale is how many steps one point of risk has.
const scale = 1_000_000

// Score is an amount of risk in steps of 0.000001, exact: 128 bits, two's
// complement. The zero Score is 0. Scores are compared with Cmp, and because
// every amount has one representation, == works, too.
type Score struct {
	hi int64
	lo uint64
}

// steps returns the Score of n steps of 0.000001.
func steps(n int64) Score { return Score{hi: n >> 63, lo: uint64(n)} }

// Points returns the Score of n whole points.
func Points(n int64) Score {
	if few := int64(1) << 40; -few < n && n < few {
		return steps(n * scale)
	}
	return steps(n).times(scale)
}

// Add returns s + o. Scores are bounded when they are read so that no sum of
// them leaves 128 bits.
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

// Cmp returns -1, 0 or 1 as s is less than, equal to or greater than o.
func (s Score) Cmp(o Score) int {
	switch {
	case s == o:
		return 0
	case s.hi < o.hi, s.hi == o.hi && s.lo < o.lo:
		return -1
	}
	return 1
}

// Sign returns -1, 0 or 1.
func (s Score) Sign() int {
	switch {
	case s.hi < 0:
		return -1
	case s.hi == 0 && s.lo == 0:
		return 0
	}
	return 1
}

// Float returns the nearest float64, for drawing; every decision is exact.
func (s Score) Float() float64 {
	f, _ := new(big.Rat).SetFrac(s.big(), big.NewInt(scale)).Float64()
	return f
}

// String returns s as a plain decimal: no exponent, no zeros at the end.
func (s Score) String() string { return string(s.Append(nil)) }

// MarshalJSON writes s as a JSON number.
func (s Score) MarshalJSON() ([]byte, error) { return s.Append(nil), nil }

// UnmarshalJSON reads a JSON number, rounding half to even.
func (s *Score) UnmarshalJSON(b []byte) error {
	d, err := parseDecimal(string(b))
	if err != nil {
		return err
	}
	*s, err = d.score()
	return err
}

// Append appends String to dst.
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

func signed(neg bool, hi, lo uint64) Score {
	s := Score{int64(hi), lo}
	if neg {
		return s.Neg()
	}
	return s
}

// times returns s × n for a small n.
func (s Score) times(n uint64) Score {
	neg, hi, lo := s.magnitude()
	h, l := bits.Mul64(lo, n)
	return signed(neg, hi*n+h, l)
}

func (s Score) big() *big.Int {
	neg, hi, lo := s.magnitude()
	n := new(big.Int).SetUint64(hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(lo))
	if neg {
		n.Neg(n)
	}
	return n
}

// scoreOf is the inverse of big; false if n does not fit.
func scoreOf(n *big.Int) (Score, bool) {
	if n.BitLen() > 126 {
		return Score{}, false
	}
	abs := new(big.Int).Abs(n)
	lo := new(big.Int).And(abs, new(big.Int).SetUint64(^uint64(0))).Uint64()
	return signed(n.Sign() < 0, new(big.Int).Rsh(abs, 64).Uint64(), lo), true
}

// u128 is a whole number, high half first.
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
