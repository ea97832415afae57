package cond

import (
	"cmp"
	"strings"
)

// decimal is a decimal number as it was written: (whole fraction) × 10^exp
// without its leading zeros. It shares the memory of the text.
type decimal struct {
	negative        bool
	whole, fraction string // digits; together they begin with 1 to 9, or are "" for zero
	// magnitude is the power of ten of the first digit, plus one: 3 for 123,
	// 0 for 0.123.
	magnitude int64
	// small is the number itself if it is written in at most 18 digits and
	// nothing else, as event codes and counts are, and else none.
	small int64
}

// maxSmall is how many digits an int64 is sure to hold.
const maxSmall = 18

// maxExponent is the greatest exponent of a number; with a greater one it is
// text. It leaves room for one more digit, and for the length of any text.
const maxExponent = 1e17

// parseDecimal reads a JSON number, or the same with a leading + or zeros, or
// without digits on one side of the point.
func parseDecimal(s string) (decimal, bool) {
	if n, ok := parseSmall(s); ok {
		whole := strings.TrimLeft(s, "0")
		return decimal{whole: whole, magnitude: int64(len(whole)), small: n}, true
	}
	d := decimal{small: none}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative, s = s[0] == '-', s[1:]
	}
	d.whole, s = cutDigits(s)
	if strings.HasPrefix(s, ".") {
		d.fraction, s = cutDigits(s[1:])
	}
	exp, ok := parseExponent(s)
	if !ok || d.whole == "" && d.fraction == "" {
		return decimal{}, false
	}
	d.whole = strings.TrimLeft(d.whole, "0")
	d.magnitude = int64(len(d.whole)) + exp
	if d.whole == "" {
		digits := strings.TrimLeft(d.fraction, "0")
		d.magnitude -= int64(len(d.fraction) - len(digits))
		d.fraction = digits
	}
	if d.zero() {
		d = decimal{}
	}
	return d, true
}

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

// zero reports whether d is zero, all of whose digits are leading zeros.
func (d *decimal) zero() bool { return d.whole == "" && d.fraction == "" }

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// parseExponent reads what follows the digits: nothing, or an exponent.
func parseExponent(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s = s[1:]
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	if digits == "" || rest != "" {
		return 0, false
	}
	exp := int64(0)
	for i := range len(digits) {
		if exp = 10*exp + int64(digits[i]-'0'); exp > maxExponent {
			return 0, false
		}
	}
	if negative {
		exp = -exp
	}
	return exp, true
}

// compare returns -1, 0 or 1 as d is less than, equal to or greater than e.
func (d *decimal) compare(e *decimal) int {
	switch {
	case d.small >= 0 && e.small >= 0:
		return cmp.Compare(d.small, e.small)
	case d.sign() != e.sign():
		return cmp.Compare(d.sign(), e.sign())
	case d.negative:
		return e.compareDigits(d)
	}
	return d.compareDigits(e)
}

func (d *decimal) sign() int {
	switch {
	case d.zero():
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// compareDigits compares without the sign. Missing digits are zeros.
func (d *decimal) compareDigits(e *decimal) int {
	if d.magnitude != e.magnitude {
		return cmp.Compare(d.magnitude, e.magnitude)
	}
	n := max(len(d.whole)+len(d.fraction), len(e.whole)+len(e.fraction))
	for i := range n {
		if a, b := d.digit(i), e.digit(i); a != b {
			return cmp.Compare(a, b)
		}
	}
	return 0
}

func (d *decimal) digit(i int) byte {
	if i < len(d.whole) {
		return d.whole[i]
	}
	if i -= len(d.whole); i < len(d.fraction) {
		return d.fraction[i]
	}
	return '0'
}
