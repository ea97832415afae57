package score

import (
	"math/big"
	"math/bits"

	"github.com/kithsec/kith/internal/decimal"
)

// multiplier is an exact product of decimals: num / 10^shift.
type multiplier struct {
	num   int64
	shift int
}

// Calculate returns (base + Σ adds) × Π multiplies, rounded once, half to even,
// and reports whether the result is in range. The decimals must be valid.
func Calculate(base Score, adds, multiplies []Decimal) (Score, bool) {
	if len(adds) == 0 && len(multiplies) == 0 {
		return base, true
	}
	// 64 bits are nearly always enough.
	if s, ok := calculateSmall(base, adds, multiplies); ok {
		return s, true
	}
	return calculateBig(base, adds, multiplies)
}

// calculateSmall is Calculate in 64 bits. It returns false if they are not enough.
func calculateSmall(base Score, adds, multiplies []Decimal) (Score, bool) {
	sum, ok := base.Steps()
	if !ok {
		return Score{}, false
	}
	for i := range adds {
		a := &adds[i]
		if a.Places() > 6 || a.number.Magnitude() > 12 {
			return Score{}, false
		}
		s, err := a.Round()
		if err != nil {
			return Score{}, false
		}
		sum += int64(s.lo)
	}
	const limit = 1 << 62
	if sum >= limit || sum <= -limit || len(adds) > 4 {
		return Score{}, false
	}
	by := multiplier{num: 1}
	for i := range multiplies {
		if by, ok = by.timesDecimal(&multiplies[i].number); !ok {
			return Score{}, false
		}
	}
	return by.applyTo(sum)
}

// timesDecimal returns m × d, and reports whether 64 bits are enough.
func (m multiplier) timesDecimal(d *decimal.Decimal) (multiplier, bool) {
	if d.Magnitude() > 9 || d.Exponent() < -9 || d.Len() > 9 {
		return m, false
	}
	n := int64(0)
	for i := range max(d.Len(), int(d.Magnitude())) {
		n = n*10 + int64(d.Digit(i)-'0')
	}
	if d.Sign() < 0 {
		n = -n
	}
	const limit = 1 << 31
	if m.num >= limit || m.num <= -limit {
		return m, false
	}
	m.num *= n
	m.shift -= int(min(d.Exponent(), 0))
	return m, m.shift <= 18
}

// applyTo returns v × m, rounded half to even, and reports whether 64 bits are enough.
func (m multiplier) applyTo(v int64) (Score, bool) {
	neg := (v < 0) != (m.num < 0)
	hi, lo := bits.Mul64(absUint64(v), absUint64(m.num))
	by := uint64(1)
	for range m.shift {
		by *= 10
	}
	if hi >= by {
		return Score{}, false
	}
	q, r := bits.Div64(hi, lo, by)
	if q > 1<<62 {
		return Score{}, false
	}
	if twice := 2 * r; twice > by || twice == by && q&1 == 1 {
		q++
	}
	return fromMagnitude(neg, 0, q), true
}

func absUint64(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// calculateBig is Calculate for numbers of any size.
func calculateBig(base Score, adds, multiplies []Decimal) (Score, bool) {
	v := base.Rat()
	for i := range adds {
		v.Add(v, adds[i].Rat())
	}
	for i := range multiplies {
		v.Mul(v, multiplies[i].Rat())
	}
	s, ok := Round(v)
	_, hi, lo := s.magnitude()
	limit := Points(1_000_000_000_000).timesUint(1_000_000_000_000)
	return s, ok && Score{int64(hi), lo}.Cmp(limit) <= 0
}

// Round returns the Score nearest to v points, half to even, and reports whether
// it is in range.
func Round(v *big.Rat) (Score, bool) {
	return fromBig(roundHalfEven(new(big.Rat).Mul(v, new(big.Rat).SetInt64(scale))))
}

// roundHalfEven returns the whole number nearest to v.
func roundHalfEven(v *big.Rat) *big.Int {
	q, r := new(big.Int), new(big.Int)
	q.DivMod(v.Num(), v.Denom(), r) // floor, 0 ≤ r < denom
	switch r.Lsh(r, 1).Cmp(v.Denom()) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}
