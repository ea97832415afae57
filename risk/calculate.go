package risk

import (
	"math/big"
	"math/bits"
)

// multiplier is an exact product of factors: num / 10^shift.
type multiplier struct {
	num   int64
	shift int
}

// calculate returns (base + add) × multiply, rounded once, half to even. The
// numbers of nearly every organisation fit the 64-bit way; the rest is done
// with big integers. It is false if the result is out of range.
func calculate(base int64, adds, multiplies []decimal) (Score, bool) {
	if len(adds) == 0 && len(multiplies) == 0 {
		return steps(base), true
	}
	if s, ok := calculateSmall(base, adds, multiplies); ok {
		return s, true
	}
	return calculateBig(base, adds, multiplies)
}

func calculateSmall(base int64, adds, multiplies []decimal) (Score, bool) {
	sum := base
	for _, a := range adds {
		if a.exp < -6 || a.top() > 12 {
			return Score{}, false
		}
		s, err := a.score()
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
	for _, m := range multiplies {
		var ok bool
		if by, ok = by.times(m); !ok {
			return Score{}, false
		}
	}
	return by.apply(sum)
}

func (m multiplier) times(d decimal) (multiplier, bool) {
	if d.top() > 9 || d.exp < -9 || len(d.digits) > 9 {
		return m, false
	}
	n := int64(0)
	for i := range max(len(d.digits), len(d.digits)+d.exp) {
		n *= 10
		if i < len(d.digits) {
			n += int64(d.digits[i] - '0')
		}
	}
	if d.neg {
		n = -n
	}
	const limit = 1 << 31
	if m.num >= limit || m.num <= -limit {
		return m, false
	}
	m.num *= n
	m.shift -= min(d.exp, 0)
	return m, m.shift <= 18
}

// apply returns v × m rounded half to even; false if 64 bits do not do.
func (m multiplier) apply(v int64) (Score, bool) {
	neg := (v < 0) != (m.num < 0)
	hi, lo := bits.Mul64(magnitude64(v), magnitude64(m.num))
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
	return signed(neg, 0, q), true
}

func magnitude64(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func calculateBig(base int64, adds, multiplies []decimal) (Score, bool) {
	v := new(big.Rat).SetInt64(base)
	stepsPerPoint := new(big.Rat).SetInt64(scale)
	for _, a := range adds {
		v.Add(v, new(big.Rat).Mul(a.rat(), stepsPerPoint))
	}
	for _, m := range multiplies {
		v.Mul(v, m.rat())
	}
	s, ok := scoreOf(roundHalfEven(v))
	_, hi, lo := s.magnitude()
	limit := Points(1_000_000_000_000).times(1_000_000_000_000)
	return s, ok && Score{int64(hi), lo}.Cmp(limit) <= 0
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

// ratOf returns s × d, in steps.
func ratOf(s Score, d decimal) *big.Rat {
	return new(big.Rat).Mul(new(big.Rat).SetInt(s.big()), d.rat())
}
