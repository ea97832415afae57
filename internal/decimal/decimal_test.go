package decimal

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseAcceptsDecimalNumbersOnly(t *testing.T) {
	for text, want := range map[string]string{
		"40": "40", "-15": "-15", "+5": "5", ".5": "0.5", "5.": "5", "1e12": "1000000000000", "1E-6": "0.000001", "0e99999999999999": "0",
		"12.50": "12.5", "00012": "12", "-0": "0", "100": "100", "100.00": "100", "120e-1": "12", "0.00120": "0.0012",
	} {
		d, err := Parse(text)
		require.NoError(t, err, "Parse(%q)", text)
		assert.Equal(t, want, d.String(), "Parse(%q)", text)
	}
	for _, text := range []string{"", ".", "-", "1e", "e5", "1e+-5", "NaN", "Infinity", "0x10", "1_000", "1,5", " 1", "1 ", "1e5x", "--1"} {
		_, err := Parse(text)
		assert.Equal(t, ErrSyntax, err, "Parse(%q)", text)
	}
}

func TestParseLimitsExponents(t *testing.T) {
	for text, sign := range map[string]int{
		"1e100000000000000001": 1, "-1e99999999999999999999": -1, "1e-99999999999999999999": 1, "0e99999999999999999999": 0,
	} {
		d, err := Parse(text)
		assert.Equal(t, ErrRange, err, "Parse(%q)", text)
		assert.Equal(t, sign, d.Sign(), "Parse(%q)", text)
	}
	d, err := Parse("1e100000000000000000")
	assert.NoError(t, err)
	assert.EqualValues(t, maxExponent, d.Exponent())
}

func TestParseDoesNotAllocate(t *testing.T) {
	for _, text := range []string{"4624", "-12.50e3", "x"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { Parse(text) }), "Parse(%q)", text)
	}
}

// The twin of a Decimal is a big.Rat, which twinRat parses.

var numberForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func twinRat(s string) (*big.Rat, bool) {
	if !numberForm.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func TestDecimalAgreesWithRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+-]?[0-9]{0,20}(\.[0-9]{0,10})?(e[+-]?[0-9])?`).Draw(t, "number")
		want, ok := twinRat(text)
		d, err := Parse(text)
		require.Equal(t, ok, err == nil, "Parse(%q)", text)
		if err == nil {
			require.Zero(t, want.Cmp(d.Rat()), "Rat of %q", text)
			again, err := Parse(d.String())
			require.NoError(t, err, "%q printed as %q", text, d)
			require.Zero(t, d.Compare(&again), "%q printed as %q", text, d)
		}
	})
}

func FuzzCompare(f *testing.F) {
	f.Add("1.50", "15e-1")
	f.Add("-0", "0.0e9")
	f.Add("9007199254740993", "9007199254740992")
	f.Add("100", "1e2")
	f.Add("+.5", "5.")
	farOut := regexp.MustCompile(`[eE][+-]?[0-9]{4}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		// The twin is too slow for numbers of more than a few thousand digits.
		if len(a) > 100 || len(b) > 100 || farOut.MatchString(a) || farOut.MatchString(b) {
			return
		}
		x, errX := Parse(a)
		y, errY := Parse(b)
		p, isP := twinRat(a)
		q, isQ := twinRat(b)
		assert.Equal(t, isP, errX == nil, "Parse(%q)", a)
		assert.Equal(t, isQ, errY == nil, "Parse(%q)", b)
		if isP && isQ {
			assert.Equal(t, p.Cmp(q), x.Compare(&y), "%q compared with %q", a, b)
			assert.Equal(t, p.Sign(), x.Sign(), "sign of %q", a)
		}
	})
}

func TestDigitsDescribeTheNumber(t *testing.T) {
	for text, want := range map[string]struct {
		magnitude, exponent int64
		digits              string
	}{
		"123": {3, 0, "123"}, "0.123": {0, -3, "123"}, "1e3": {4, 3, "1"}, "0.00120": {-2, -4, "12"}, "0": {0, 0, ""}, "100.0": {3, 2, "1"},
	} {
		d, err := Parse(text)
		require.NoError(t, err, "Parse(%q)", text)
		var digits strings.Builder
		for i := range d.Len() {
			digits.WriteByte(d.Digit(i))
		}
		assert.Equal(t, want.digits, digits.String(), "digits of %s", text)
		assert.Equal(t, want.magnitude, d.Magnitude(), "Magnitude of %s", text)
		assert.Equal(t, want.exponent, d.Exponent(), "Exponent of %s", text)
		assert.Equal(t, byte('0'), d.Digit(d.Len()), "digit after the last one of %s", text)
	}
}
