// Package decimal implements exact decimal numbers: a number of any length is parsed,
// compared and printed without losing a digit. Parsing does not allocate.
package decimal

import (
	"cmp"
	"errors"
	"math/big"
	"strings"
)

// Decimal is a decimal number. Its absolute value is 0.D × 10^magnitude, where D is the
// digits of whole followed by those of fraction. It shares the memory of the text from
// which it was parsed. The zero Decimal is 0.
type Decimal struct {
	negative bool
	// whole and fraction together begin with 1 to 9, or are empty for zero. They do
	// not end with 0, unless smallPlusOne is set.
	whole, fraction string
	// magnitude is the power of ten of the first digit, plus one: 3 for 123, 0 for
	// 0.123.
	magnitude int64
	// smallPlusOne is the number plus one if its text is at most maxSmall digits and
	// nothing else, as event codes and counts are. Otherwise it is 0.
	smallPlusOne int64
}

// Errors of [Parse].
var (
	ErrSyntax = errors.New("not a number")
	ErrRange  = errors.New("number out of range")
)

// MaxDigits is the number of significant digits up to which callers should calculate
// with a number, so that a number in the input does not cost more than its length.
// Comparing needs no such limit.
const MaxDigits = 1000

// maxSmall is the number of digits that always fit into an int64.
const maxSmall = 18

// maxExponent is the largest exponent of a number. An int64 has room for one more digit,
// and for the length of any text added to it.
const maxExponent = 1e17

// Parse parses a number as in JSON, also with a leading + or zeros, or without digits on
// one side of the point. If the exponent is out of range, Parse returns ErrRange and, as
// strconv does, the number with the nearest exponent in the range.
func Parse(s string) (Decimal, error) {
	if n, ok := parseSmall(s); ok {
		whole := strings.TrimLeft(s, "0")
		return Decimal{whole: whole, magnitude: int64(len(whole)), smallPlusOne: n + 1}, nil
	}
	var d Decimal
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative, s = s[0] == '-', s[1:]
	}
	d.whole, s = cutDigits(s)
	if strings.HasPrefix(s, ".") {
		d.fraction, s = cutDigits(s[1:])
	}
	exp, err := parseExponent(s)
	if err == ErrSyntax || d.whole == "" && d.fraction == "" {
		return Decimal{}, ErrSyntax
	}
	d.whole = strings.TrimLeft(d.whole, "0")
	d.magnitude = int64(len(d.whole)) + exp
	if d.whole == "" {
		digits := strings.TrimLeft(d.fraction, "0")
		d.magnitude -= int64(len(d.fraction) - len(digits))
		d.fraction = digits
	}
	if d.fraction = strings.TrimRight(d.fraction, "0"); d.fraction == "" {
		d.whole = strings.TrimRight(d.whole, "0")
	}
	if d.Sign() == 0 {
		d = Decimal{}
	}
	return d, err
}

// parseSmall parses at most maxSmall digits. It returns false for any other text.
func parseSmall(s string) (n int64, ok bool) {
	if s == "" || len(s) > maxSmall {
		return 0, false
	}
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	return n, true
}

// cutDigits splits s after the digits with which it begins.
func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// parseExponent parses the rest of a number after its digits: an exponent, or nothing.
// It limits an exponent that is out of range.
func parseExponent(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, ErrSyntax
	}
	s = s[1:]
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	if digits == "" || rest != "" {
		return 0, ErrSyntax
	}
	exp, err := int64(0), error(nil)
	for i := range len(digits) {
		if exp = 10*exp + int64(digits[i]-'0'); exp > maxExponent {
			exp, err = maxExponent, ErrRange
			break
		}
	}
	if negative {
		exp = -exp
	}
	return exp, err
}

// Sign returns -1, 0 or 1 if d is negative, zero or positive.
func (d *Decimal) Sign() int {
	switch {
	case d.whole == "" && d.fraction == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// Compare returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d *Decimal) Compare(e *Decimal) int {
	switch {
	case d.smallPlusOne > 0 && e.smallPlusOne > 0:
		return cmp.Compare(d.smallPlusOne, e.smallPlusOne)
	case d.Sign() != e.Sign():
		return cmp.Compare(d.Sign(), e.Sign())
	case d.negative:
		return e.compareDigits(d)
	}
	return d.compareDigits(e)
}

// compareDigits compares the absolute values.
func (d *Decimal) compareDigits(e *Decimal) int {
	if d.magnitude != e.magnitude {
		return cmp.Compare(d.magnitude, e.magnitude)
	}
	for i := range max(d.Len(), e.Len()) {
		if a, b := d.Digit(i), e.Digit(i); a != b {
			return cmp.Compare(a, b)
		}
	}
	return 0
}

// Len returns the number of digits of d, leading zeros excluded.
func (d *Decimal) Len() int { return len(d.whole) + len(d.fraction) }

// Digit returns digit i of d as '0' to '9'. Digit 0 is the first that is not 0. Digits
// from Len on are '0'.
func (d *Decimal) Digit(i int) byte {
	if i < len(d.whole) {
		return d.whole[i]
	}
	if i -= len(d.whole); i < len(d.fraction) {
		return d.fraction[i]
	}
	return '0'
}

// Magnitude returns the smallest m for which |d| < 10^m: 3 for 123, 0 for 0.123. For 0
// it returns 0.
func (d *Decimal) Magnitude() int64 { return d.magnitude }

// Exponent returns the power of ten of the last digit: -2 for 1.23. It is at most 0 for
// numbers that are written without an exponent and without trailing zeros.
func (d *Decimal) Exponent() int64 { return d.magnitude - int64(d.Len()) }

// Rat returns d as a fraction. It needs memory in proportion to the digits of d written
// without an exponent.
func (d *Decimal) Rat() *big.Rat {
	n, _ := new(big.Int).SetString("0"+d.whole+d.fraction, 10)
	if d.negative {
		n.Neg(n)
	}
	exp := d.Exponent()
	pow := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(exp, -exp)), nil)
	if exp < 0 {
		return new(big.Rat).SetFrac(n, pow)
	}
	return new(big.Rat).SetInt(n.Mul(n, pow))
}

// String returns d without an exponent, and without leading zeros or trailing zeros of a
// fraction.
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append appends the text that String returns to dst.
func (d *Decimal) Append(dst []byte) []byte {
	if d.Sign() == 0 {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	if d.magnitude <= 0 {
		dst = append(dst, "0."...)
	}
	for i := min(d.magnitude, 0); i < 0; i++ {
		dst = append(dst, '0')
	}
	for i := range max(d.Len(), int(d.magnitude)) {
		if i > 0 && int64(i) == d.magnitude {
			dst = append(dst, '.')
		}
		dst = append(dst, d.Digit(i))
	}
	return dst
}
