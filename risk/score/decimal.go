package score

import (
	"math/big"
	"math/bits"
	"strconv"

	"github.com/kithsec/kith/internal/decimal"
)

// MaxBase is the greatest absolute value, in points, of the base score of a modifier.
const MaxBase = 1_000_000_000_000

// Errors that parsing functions return.
var (
	ErrSyntax = decimal.ErrSyntax
	ErrRange  = decimal.ErrRange
)

// Decimal is an exact decimal number, with which factors add and multiply. The zero Decimal
// is not a number; its IsValid is false.
type Decimal struct {
	number decimal.Decimal
	valid  bool
}

// ParseDecimal parses a number of at most 1000 significant digits. It accepts JSON numbers,
// also with a leading "+" and without digits on one side of the point. The error is
// [ErrSyntax] or [ErrRange].
func ParseDecimal(text string) (Decimal, error) {
	// decimal.Parse limits an exponent that is out of range. Such a number rounds to 0
	// or is too large, so its error is ignored.
	d, err := decimal.Parse(text)
	if err == decimal.ErrSyntax {
		return Decimal{}, ErrSyntax
	}
	if d.Len() > decimal.MaxDigits {
		return Decimal{}, ErrRange
	}
	return Decimal{d, true}, nil
}

// DecimalOf returns the shortest decimal number whose nearest float64 is f: 1.1 for
// 1.1. It is not valid if f is not finite.
func DecimalOf(f float64) Decimal {
	d, _ := ParseDecimal(strconv.FormatFloat(f, 'g', -1, 64))
	return d
}

// ParseAmount is [ParseDecimal] for amounts in a configuration. It returns [ErrRange] if
// the amount is not InRange.
func ParseAmount(text string) (Decimal, error) {
	d, err := ParseDecimal(text)
	if err == nil && !d.InRange() {
		err = ErrRange
	}
	if err != nil {
		return Decimal{}, err
	}
	return d, nil
}

// InRange reports whether |d| is at most [MaxBase] and d has at most 30 digits after the
// point, so that the time to calculate with d is limited.
func (d *Decimal) InRange() bool { return !d.Exceeds(MaxBase) && d.Places() <= 30 }

// IsValid reports whether d is a number.
func (d Decimal) IsValid() bool { return d.valid }

// Sign returns -1 if d is negative, 0 if it is 0 or not valid, and 1 if it is positive.
func (d *Decimal) Sign() int { return d.number.Sign() }

// Places returns how many digits d has after the point, not counting trailing zeros.
func (d *Decimal) Places() int { return int(max(0, -d.number.Exponent())) }

// String returns d in decimal without exponent and trailing zeros.
func (d Decimal) String() string { return d.number.String() }

// Append appends the text that String returns to dst.
func (d *Decimal) Append(dst []byte) []byte { return d.number.Append(dst) }

// MarshalJSON returns d as a JSON number, or null if d is not valid.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if !d.valid {
		return []byte("null"), nil
	}
	return d.Append(nil), nil
}

// UnmarshalJSON parses a JSON number as [ParseDecimal] does, or null.
func (d *Decimal) UnmarshalJSON(b []byte) (err error) {
	*d = Decimal{}
	if string(b) != "null" {
		*d, err = ParseDecimal(string(b))
	}
	return err
}

// Exceeds reports whether |d| is greater than n.
func (d *Decimal) Exceeds(n int64) bool {
	floor, rest, err := d.floorSteps()
	if err != nil {
		return true
	}
	c := floor.Cmp(Points(n))
	return c > 0 || c == 0 && rest != noRemainder
}

// Round returns the Score of d points, rounded half to even. It returns [ErrRange] if d is
// too large.
func (d *Decimal) Round() (Score, error) {
	floor, rest, err := d.floorSteps()
	if err != nil {
		return Score{}, err
	}
	if rest == moreThanHalf || rest == exactlyHalf && floor.lo&1 == 1 {
		floor = floor.Add(Steps(1))
	}
	if d.Sign() < 0 {
		floor = floor.Neg()
	}
	return floor, nil
}

// Floor returns the greatest Score that is at most d points, and reports whether it is
// exactly d. It returns [ErrRange] if d is too large.
func (d *Decimal) Floor() (s Score, exact bool, err error) {
	s, rest, err := d.floorSteps()
	if d.Sign() < 0 {
		s = s.Neg()
		if rest != noRemainder {
			s = s.Sub(Steps(1))
		}
	}
	return s, rest == noRemainder, err
}

// Parse parses a Score as [ParseDecimal] does, and rounds it half to even.
func Parse(text string) (Score, error) {
	d, err := ParseDecimal(text)
	if err != nil {
		return Score{}, err
	}
	return d.Round()
}

// ParseBase is [Parse] for the base score of a modifier. It returns [ErrRange] if the
// absolute value exceeds [MaxBase].
func ParseBase(text string) (Score, error) {
	if n, ok := parsePlain(text); ok {
		return Steps(n), nil
	}
	d, err := ParseDecimal(text)
	if err != nil {
		return Score{}, err
	}
	if d.Exceeds(MaxBase) {
		return Score{}, ErrRange
	}
	return d.Round()
}

// parsePlain parses a number without sign and exponent that has at most twelve digits
// before the point and six after it. It returns the number of steps, or false for any other
// text. Nearly all scores have this form.
func parsePlain(text string) (int64, bool) {
	n, i := int64(0), 0
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		if i == 12 {
			return 0, false
		}
		n = n*10 + int64(text[i]-'0')
	}
	if i == 0 {
		return 0, false
	}
	unit := int64(scale)
	if i++; i < len(text) && text[i-1] == '.' {
		for ; i < len(text) && text[i] >= '0' && text[i] <= '9' && unit > 1; i++ {
			n = n*10 + int64(text[i]-'0')
			unit /= 10
		}
		i++
	}
	return n * unit, i == len(text)+1
}

// remainder classifies the part of a number below a step, for rounding.
type remainder uint8

const (
	noRemainder remainder = iota
	lessThanHalf
	exactlyHalf
	moreThanHalf
)

// floorSteps returns |d| rounded down to whole steps, and the remainder.
func (d *Decimal) floorSteps() (Score, remainder, error) {
	n := &d.number
	switch top := n.Magnitude(); {
	case n.Sign() == 0:
		return Score{}, noRemainder, nil
	case top < -6:
		return Score{}, lessThanHalf, nil
	case top > 31:
		return Score{}, noRemainder, ErrRange
	}
	keep := int(n.Magnitude()) + 6 // digits of whole steps
	var hi, lo uint64
	for i := range keep {
		h, l := bits.Mul64(lo, 10)
		l, carry := bits.Add64(l, uint64(n.Digit(i)-'0'), 0)
		hi, lo = hi*10+h+carry, l
	}
	return Score{int64(hi), lo}, remainderOf(n, keep), nil
}

// remainderOf classifies the digits of n from index i on.
func remainderOf(n *decimal.Decimal, i int) remainder {
	switch {
	case i >= n.Len():
		return noRemainder
	case n.Digit(i) < '5':
		return lessThanHalf
	case n.Digit(i) == '5' && i+1 == n.Len():
		return exactlyHalf
	}
	return moreThanHalf
}

// Rat returns d as a fraction. It takes memory for all digits of d written
// without an exponent.
func (d *Decimal) Rat() *big.Rat { return d.number.Rat() }
