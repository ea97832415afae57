package risk

import (
	"errors"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// maxBase is the greatest score that a modifier may bring.
const maxBase = 1_000_000_000_000

var (
	errNotANumber = errors.New("not a number")
	errTooLarge   = errors.New("number out of range")
)

// decimal is a number as it was written: digits × 10^exp. It is exact; the
// digits are kept as text until somebody needs them.
type decimal struct {
	neg    bool
	digits string // without leading and trailing zeros; "" is 0
	exp    int
}

// maxDigits bounds the significant digits of a number, so that no number in
// the input can cost more than its own length.
const maxDigits = 1000

// parseDecimal reads a JSON number, or the same with a leading "+" or without
// digits on one side of the point, as text columns hold them.
func parseDecimal(text string) (decimal, error) {
	var d decimal
	s := text
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.neg, s = s[0] == '-', s[1:]
	}
	mantissa, exponent, hasExp := cutExponent(s)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return decimal{}, errNotANumber
	}
	if hasExp {
		n, err := parseExponent(exponent)
		if err != nil {
			return decimal{}, err
		}
		d.exp = n
	}
	d.digits = whole
	if fraction != "" {
		d.digits = whole + fraction
		d.exp -= len(fraction)
	}
	d.digits = strings.TrimLeft(d.digits, "0")
	trimmed := strings.TrimRight(d.digits, "0")
	d.exp += len(d.digits) - len(trimmed)
	d.digits = trimmed
	if trimmed == "" {
		return decimal{}, nil
	}
	if len(trimmed) > maxDigits {
		return decimal{}, errTooLarge
	}
	return d, nil
}

// plainSteps reads a number without a sign or an exponent, of at most twelve
// digits before the point and six behind it, in steps of 0.000001. Nearly all
// scores are such; false for all others.
func plainSteps(text string) (int64, bool) {
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

func cutExponent(s string) (mantissa, exponent string, found bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// parseExponent reads an exponent. What it cannot hold it clamps: so far out
// every number is either 0 or too large.
func parseExponent(s string) (int, error) {
	digits := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+"), "0")
	if s == "" || len(s)-len(strings.TrimLeft(s, "+-")) > 1 || !allDigits(strings.TrimLeft(s, "+-")) || strings.TrimLeft(s, "+-") == "" {
		return 0, errNotANumber
	}
	n := 1 << 40
	if len(digits) < 10 {
		n, _ = strconv.Atoi("0" + digits)
	}
	if s[0] == '-' {
		n = -n
	}
	return n, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// top returns the power of ten just above d: |d| < 10^top.
func (d decimal) top() int { return d.exp + len(d.digits) }

// score rounds d half to even to steps of 0.000001.
func (d decimal) score() (Score, error) {
	floor, rest, err := d.floorSteps()
	if err != nil {
		return Score{}, err
	}
	// rest compares the dropped fraction of the magnitude with one half.
	if rest == moreThanHalf || rest == half && floor.lo&1 == 1 {
		floor = floor.Add(steps(1))
	}
	if d.neg {
		floor = floor.Neg()
	}
	return floor, nil
}

// fraction says how what was cut off compares with one half.
type fraction uint8

const (
	nothing fraction = iota
	lessThanHalf
	half
	moreThanHalf
)

// floorSteps returns the magnitude of d in whole steps, and what was cut off.
func (d decimal) floorSteps() (Score, fraction, error) {
	if d.digits == "" || d.top() < -6 {
		if d.digits == "" {
			return Score{}, nothing, nil
		}
		return Score{}, lessThanHalf, nil
	}
	if d.top() > 31 {
		return Score{}, nothing, errTooLarge
	}
	shift := d.exp + 6 // digits × 10^shift steps
	keep := d.digits
	rest := nothing
	if shift < 0 {
		cut := len(keep) + shift // ≥ 0 because top ≥ -6
		rest = fractionOf(keep[cut:])
		keep, shift = keep[:cut], 0
	}
	var hi, lo uint64
	for i := range len(keep) + shift {
		digit := uint64(0)
		if i < len(keep) {
			digit = uint64(keep[i] - '0')
		}
		h, l := bits.Mul64(lo, 10)
		l, carry := bits.Add64(l, digit, 0)
		hi, lo = hi*10+h+carry, l
	}
	return Score{int64(hi), lo}, rest, nil
}

// fractionOf compares 0.digits with one half; the last digit is not zero.
func fractionOf(digits string) fraction {
	switch {
	case digits == "":
		return nothing
	case digits == "5":
		return half
	case digits[0] >= '5':
		return moreThanHalf
	}
	return lessThanHalf
}

// above reports whether |d| is more than n.
func (d decimal) above(n int64) bool {
	floor, rest, err := d.floorSteps()
	if err != nil {
		return true
	}
	c := floor.Cmp(Points(n))
	return c > 0 || c == 0 && rest != nothing
}

// base reads the score of a modifier: rounded, and not beyond maxBase.
func (d decimal) base() (int64, error) {
	if d.above(maxBase) {
		return 0, errTooLarge
	}
	s, err := d.score()
	return int64(s.lo), err
}

// rat returns d as an exact fraction; only for numbers of the configuration,
// which are bounded.
func (d decimal) rat() *big.Rat {
	n, _ := new(big.Int).SetString("0"+d.digits, 10)
	if d.neg {
		n.Neg(n)
	}
	pow := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.exp, -d.exp))), nil)
	if d.exp < 0 {
		return new(big.Rat).SetFrac(n, pow)
	}
	return new(big.Rat).SetInt(n.Mul(n, pow))
}

// String returns d as a plain decimal.
func (d decimal) String() string {
	s := d.digits
	switch {
	case s == "":
		return "0"
	case d.exp >= 0:
		s += strings.Repeat("0", d.exp)
	case d.top() > 0:
		s = s[:d.top()] + "." + s[d.top():]
	default:
		s = "0." + strings.Repeat("0", -d.top()) + s
	}
	if d.neg {
		s = "-" + s
	}
	return s
}
