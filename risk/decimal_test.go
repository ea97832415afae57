package risk

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBase(t *testing.T) {
	for text, want := range map[string]string{
		"40": "40", "-15": "-15", "+5": "5", ".5": "0.5", "5.": "5", "1e12": "1000000000000", "1E-6": "0.000001", "0e99999999999999": "0",
		"0.0000005": "0", "0.0000015": "0.000002", "0.0000025": "0.000002", "0.00000250000000000000000001": "0.000003", "-0.0000015": "-0.000002",
		"1e-400": "0", "999999999999.9999995": "1000000000000", "12.50": "12.5", "00012": "12",
	} {
		d, err := parseDecimal(text)
		require.NoError(t, err, text)
		n, err := d.base()
		require.NoError(t, err, text)
		assert.Equal(t, want, steps(n).String(), text)
	}
	for _, text := range []string{"", ".", "-", "1e", "e5", "1e+-5", "NaN", "Infinity", "0x10", "1_000", "1,5", " 1", "1e13", "-1000000000000.0000001", "1e999999999", "1e99999999999999999999"} {
		d, err := parseDecimal(text)
		if err == nil {
			_, err = d.base()
		}
		assert.Error(t, err, text)
	}
}

// A law: a number is read as big.Rat reads it, rounded half to even.
func TestDecimalAgreesWithRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,14}(\.[0-9]{1,10})?(e-?[0-9])?`).Draw(t, "number")
		want, ok := new(big.Rat).SetString(text)
		d, err := parseDecimal(text)
		require.Equal(t, ok, err == nil, text)
		if err != nil {
			return
		}
		require.Zero(t, want.Cmp(d.rat()))
		score, err := d.score()
		require.NoError(t, err)
		require.Zero(t, roundHalfEven(want.Mul(want, big.NewRat(scale, 1))).Cmp(score.big()), text)
	})
}

// A law: the short way to calculate gives what the long way gives.
func TestCalculateAgreesWithItself(t *testing.T) {
	number := rapid.StringMatching(`-?[0-9]{1,10}(\.[0-9]{1,12})?`)
	rapid.Check(t, func(t *rapid.T) {
		var adds, multiplies []decimal
		for range rapid.IntRange(0, 3).Draw(t, "adds") {
			d, _ := parseDecimal(number.Draw(t, "add"))
			adds = append(adds, d)
		}
		for range rapid.IntRange(0, 3).Draw(t, "multiplies") {
			d, _ := parseDecimal(number.Draw(t, "multiply"))
			multiplies = append(multiplies, d)
		}
		base := rapid.Int64Range(-1e18, 1e18).Draw(t, "base")
		got, ok := calculate(base, adds, multiplies)
		want, fits := calculateBig(base, adds, multiplies)
		require.Equal(t, fits, ok)
		require.Equal(t, want, got)
	})
}

func TestScoreArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := steps(a).times(1000), steps(b).times(7)
		p, q := new(big.Int).Mul(big.NewInt(a), big.NewInt(1000)), new(big.Int).Mul(big.NewInt(b), big.NewInt(7))
		require.Equal(t, new(big.Int).Add(p, q).String(), x.Add(y).big().String())
		require.Equal(t, new(big.Int).Sub(p, q).String(), x.Sub(y).big().String())
		require.Equal(t, p.Cmp(q), x.Cmp(y))
		require.Equal(t, p.Sign(), x.Sign())
		text := new(big.Rat).SetFrac(p, big.NewInt(scale)).FloatString(6)
		require.Equal(t, strings.TrimSuffix(strings.TrimRight(text, "0"), "."), x.String())
	})
}

func TestParseInstant(t *testing.T) {
	for text, want := range map[string]string{
		"1772359200": "2026-03-01T10:00:00Z", "1772359200.5": "2026-03-01T10:00:00.5Z", "1.7723592e9": "2026-03-01T10:00:00Z", "-1.5": "1969-12-31T23:59:58.5Z",
		"-0.0000000001": "1969-12-31T23:59:59.999999999Z", "1772359200.1234567899": "2026-03-01T10:00:00.123456789Z", "0": "1970-01-01T00:00:00Z",
		"2026-03-01T10:00:00Z": "2026-03-01T10:00:00Z", "2026-03-01t10:00:00.120z": "2026-03-01T10:00:00.12Z", "2026-03-01T12:30:00+02:30": "2026-03-01T10:00:00Z",
		"2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z", "2024-02-29T00:00:00-00:30": "2024-02-29T00:30:00Z",
	} {
		x, ok := parseInstant(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, x.String(), text)
	}
	for _, text := range []string{
		"", "now", "NaN", "1772359200000", "50000-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z",
		"2026-03-01T10:00:00", "2026-03-01 10:00:00Z", "2026-03-01T10:00:00.Z", "2026-03-01T10:00:00+0100", "2026-13-01T10:00:00Z", "2026-03-01T10:61:00Z", "1772359200 ",
	} {
		_, ok := parseInstant(text)
		assert.False(t, ok, text)
	}
}

func FuzzParseInstant(f *testing.F) {
	for _, text := range []string{"1772359200.5", "2026-03-01T10:00:00.5+01:00", "-1e3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, ok := parseInstant(text)
		if !ok {
			return
		}
		again, ok := parseInstant(x.String())
		require.True(t, ok, "%q is read as %v, which is not", text, x)
		require.Equal(t, x, again)
	})
}

func TestParseCondition(t *testing.T) {
	m := measures{mScore: Points(101), mCapped: Points(90), mCount: Points(4), mSources: Points(4), mTactics: Points(3), mMax: steps(80_000_001)}
	for text, want := range map[string]bool{
		"score > 100": true, "SCORE>100": true, "score > 101": false, "score >= 101.0": true, "score < 1.01e2": false, "score <= 101 and count=4": true,
		"tactics >= 3 and sources >= 5 or max > 80": true, "tactics >= 3 and (sources >= 5 or max > 80)": true, "tactics >= 4 and (sources >= 5 or max > 80)": false,
		"max > 80.0000005": true, "max = 80.0000005": false, "max != 80.0000005": true, "max < 80.0000015": true, "max >= 80.0000015": false,
		"((capped_score = 90))\n AND\tNot_a_word": false,
	} {
		c, err := parseCondition(text)
		if strings.Contains(text, "Not") {
			require.EqualError(t, err, `line 2, column 6: unknown name "Not_a_word" (known: score, capped_score, count, sources, tactics, techniques, threat_objects, max)`)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, c.holds(&m), text)
	}
	for text, want := range map[string]string{
		"":                       `line 1, column 1: expected a name or "(", found the end`,
		"score":                  `line 1, column 6: expected ">", ">=", "<", "<=", "=" or "!=", found the end`,
		"score == 5":             `line 1, column 7: expected ">", ">=", "<", "<=", "=" or "!=", found "=="`,
		"score > five":           `line 1, column 9: expected a number, found "five"`,
		"score > 5x":             `line 1, column 9: "5x": not a number`,
		"score > 1e99":           `line 1, column 9: "1e99": number out of range`,
		"(score > 5":             `line 1, column 11: expected ")", found the end`,
		"score > 5)":             `line 1, column 10: expected "and", "or" or the end, found ")"`,
		"score > 5 count > 1":    `line 1, column 11: expected "and", "or" or the end, found "count"`,
		"score > 5 and\n\u00e4":  "line 2, column 1: expected a name or \"(\", found \"\u00e4\"",
		"5 < score":              `line 1, column 1: expected a name or "(", found "5"`,
		strings.Repeat("(", 101): `line 1, column 101: parentheses are nested too deeply`,
	} {
		_, err := parseCondition(text)
		var e *SyntaxError
		require.ErrorAs(t, err, &e, text)
		assert.Equal(t, want, e.Error(), text)
	}
}

func FuzzParseCondition(f *testing.F) {
	f.Add("score > 100 and (tactics >= 3 or max != -1.5e3)")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCondition(text)
		if err != nil {
			return
		}
		// What holds everywhere between two points holds at both.
		low, high := measures{}, measures{}
		for i := range high {
			high[i] = Points(int64(50 * i))
		}
		if c.within(&low, &high) == always {
			require.True(t, c.holds(&low) && c.holds(&high))
		}
		require.Equal(t, c.holds(&high), c.within(&high, &high) == always)
	})
}

func TestAttack(t *testing.T) {
	table := newAttackTable()
	for text, want := range map[string][2]string{
		"T1110":                      {"T1110", "TA0006"},
		"t1059.001":                  {"T1059.001", "TA0002"},
		"T1059.999":                  {"T1059.999", "TA0002"}, // its parent's
		"T1078|TA0040":               {"T1078", "TA0040"},
		"Command And Control":        {"", "TA0011"},
		"credential-access, nothing": {"", "TA0006"},
		"T9999":                      {"T9999", ""},
		"T11":                        {"", ""},
	} {
		var a attack
		a.add(table, text)
		a.finish(table)
		assert.Equal(t, want, [2]string{strings.Join(a.techniques, " "), strings.Join(a.tactics, " ")}, text)
	}
	assert.Len(t, table.tactics, 637)
}

// What the quick ways read is what the exact ones do.
func TestPlainNumbers(t *testing.T) {
	pattern := rapid.StringMatching(`-?[0-9]{0,14}(\.[0-9]{0,11})?[xe]?`)
	rapid.Check(t, func(t *rapid.T) {
		text := pattern.Draw(t, "text")
		if n, ok := plainSteps(text); ok {
			d, err := parseDecimal(text)
			require.NoError(t, err, text)
			base, err := d.base()
			require.NoError(t, err, text)
			require.Equal(t, base, n, text)
		}
		if x, ok := plainEpoch(text); ok {
			d, err := parseDecimal(text)
			require.NoError(t, err, text)
			exact := new(big.Rat).Mul(d.rat(), new(big.Rat).SetInt64(second))
			require.True(t, exact.IsInt() && exact.Num().IsInt64(), text)
			require.Equal(t, exact.Num().Int64(), int64(x), text)
		}
	})
	for month := 1; month <= 12; month++ {
		for _, year := range []int{1900, 2000, 2023, 2024} {
			require.Equal(t, time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day(), daysIn(year, month))
		}
	}
}
