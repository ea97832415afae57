package score

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseBaseRoundsHalfToEven(t *testing.T) {
	for text, want := range map[string]string{
		"40": "40", "-15": "-15", "+5": "5", ".5": "0.5", "5.": "5", "1e12": "1000000000000", "1E-6": "0.000001", "0e99999999999999": "0",
		"0.0000005": "0", "0.0000015": "0.000002", "0.0000025": "0.000002", "0.00000250000000000000000001": "0.000003", "-0.0000015": "-0.000002",
		"1e-400": "0", "999999999999.9999995": "1000000000000", "12.50": "12.5", "00012": "12",
	} {
		s, err := ParseBase(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, s.String(), text)
	}
	for _, text := range []string{"", ".", "-", "1e", "e5", "1e+-5", "NaN", "Infinity", "0x10", "1_000", "1,5", " 1", "1e13", "-1000000000000.0000001", "1e999999999", "1e99999999999999999999"} {
		_, err := ParseBase(text)
		assert.Error(t, err, text)
	}
}

// TestRoundAgreesWithRat checks that ParseDecimal accepts what big.Rat accepts, and that
// Round rounds it half to even.
func TestRoundAgreesWithRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,14}(\.[0-9]{1,10})?(e-?[0-9])?`).Draw(t, "number")
		want, ok := new(big.Rat).SetString(text)
		d, err := ParseDecimal(text)
		require.Equal(t, ok, err == nil, text)
		if err != nil {
			return
		}
		require.Zero(t, want.Cmp(d.Rat()))
		score, err := d.Round()
		require.NoError(t, err)
		require.Zero(t, roundHalfEven(want.Mul(want, big.NewRat(scale, 1))).Cmp(score.toBig()), text)
	})
}

// TestCalculateAgreesWithBigIntegers compares Calculate, which prefers 64 bits, with
// calculateBig.
func TestCalculateAgreesWithBigIntegers(t *testing.T) {
	number := rapid.StringMatching(`-?[0-9]{1,10}(\.[0-9]{1,12})?`)
	rapid.Check(t, func(t *rapid.T) {
		var adds, multiplies []Decimal
		for range rapid.IntRange(0, 3).Draw(t, "adds") {
			d, _ := ParseDecimal(number.Draw(t, "add"))
			adds = append(adds, d)
		}
		for range rapid.IntRange(0, 3).Draw(t, "multiplies") {
			d, _ := ParseDecimal(number.Draw(t, "multiply"))
			multiplies = append(multiplies, d)
		}
		base := rapid.Int64Range(-1e18, 1e18).Draw(t, "base")
		got, ok := Calculate(Steps(base), adds, multiplies)
		want, fits := calculateBig(Steps(base), adds, multiplies)
		require.Equal(t, fits, ok)
		require.Equal(t, want, got)
	})
}

func TestScoreArithmeticAgreesWithBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := Steps(a).timesUint(1000), Steps(b).timesUint(7)
		p, q := new(big.Int).Mul(big.NewInt(a), big.NewInt(1000)), new(big.Int).Mul(big.NewInt(b), big.NewInt(7))
		require.Equal(t, new(big.Int).Add(p, q).String(), x.Add(y).toBig().String())
		require.Equal(t, new(big.Int).Sub(p, q).String(), x.Sub(y).toBig().String())
		require.Equal(t, p.Cmp(q), x.Cmp(y))
		require.Equal(t, p.Sign(), x.Sign())
		text := new(big.Rat).SetFrac(p, big.NewInt(scale)).FloatString(6)
		require.Equal(t, strings.TrimSuffix(strings.TrimRight(text, "0"), "."), x.String())
	})
}

// TestPlainScoresAgreeWithDecimals compares parsePlain with Parse.
func TestPlainScoresAgreeWithDecimals(t *testing.T) {
	pattern := rapid.StringMatching(`-?[0-9]{0,14}(\.[0-9]{0,11})?[xe]?`)
	rapid.Check(t, func(t *rapid.T) {
		text := pattern.Draw(t, "text")
		if n, ok := parsePlain(text); ok {
			want, err := Parse(text)
			require.NoError(t, err, text)
			require.Equal(t, want, Steps(n), text)
		}
	})
}
