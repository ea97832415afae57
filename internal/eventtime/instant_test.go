package eventtime

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kithsec/kith/internal/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestStringAgreesWithRFC3339NanoOfTime(t *testing.T) {
	agrees := func(x int64) {
		want := time.Unix(0, x).UTC().Format(time.RFC3339Nano)
		require.Equal(t, want, Instant(x).String(), "Instant(%d).String()", x)
	}
	const day = 24 * 60 * 60 * second
	for x := minUnix * second; x < maxUnix*second; x += day {
		agrees(x)
		agrees(x - 1)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		x := rng.Int64() - rng.Int64()
		agrees(x)
		agrees(x / second * second)
		agrees(x / 1_000_000 * 1_000_000)
	}
	agrees(int64(Never))
	agrees(-int64(Never))
}

func TestParseAcceptsEpochsAndRFC3339(t *testing.T) {
	for text, want := range map[string]string{
		"1772359200": "2026-03-01T10:00:00Z", "1772359200.5": "2026-03-01T10:00:00.5Z", "1.7723592e9": "2026-03-01T10:00:00Z", "-1.5": "1969-12-31T23:59:58.5Z",
		"-0.0000000001": "1969-12-31T23:59:59.999999999Z", "1772359200.1234567899": "2026-03-01T10:00:00.123456789Z", "0": "1970-01-01T00:00:00Z",
		"2026-03-01T10:00:00Z": "2026-03-01T10:00:00Z", "2026-03-01t10:00:00.120z": "2026-03-01T10:00:00.12Z", "2026-03-01T12:30:00+02:30": "2026-03-01T10:00:00Z",
		"2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z", "2024-02-29T00:00:00-00:30": "2024-02-29T00:30:00Z",
	} {
		x, ok := Parse(text)
		assert.True(t, ok, "Parse(%q)", text)
		assert.Equal(t, want, x.String(), "Parse(%q)", text)
	}
	for _, text := range []string{
		"", "now", "NaN", "1772359200000", "50000-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z",
		"2026-03-01T10:00:00", "2026-03-01 10:00:00Z", "2026-03-01T10:00:00.Z", "2026-03-01T10:00:00+0100", "2026-13-01T10:00:00Z", "2026-03-01T10:61:00Z", "1772359200 ",
	} {
		_, ok := Parse(text)
		assert.False(t, ok, "Parse(%q)", text)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"1772359200.5", "2026-03-01T10:00:00.5+01:00", "-1e3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, ok := Parse(text)
		if !ok {
			return
		}
		again, ok := Parse(x.String())
		require.True(t, ok, "Parse(%q) = %v, which Parse rejects", text, x)
		require.Equal(t, x, again, "Parse(%q)", x)
	})
}

// The fast path must agree with exact arithmetic.
func TestPlainEpochsAgreeWithDecimals(t *testing.T) {
	pattern := rapid.StringMatching(`-?[0-9]{0,14}(\.[0-9]{0,11})?[xe]?`)
	rapid.Check(t, func(t *rapid.T) {
		text := pattern.Draw(t, "text")
		if x, ok := parsePlainEpoch(text); ok {
			d, err := decimal.Parse(text)
			require.NoError(t, err, "decimal.Parse(%q)", text)
			exact := new(big.Rat).Mul(d.Rat(), new(big.Rat).SetInt64(second))
			require.True(t, exact.IsInt() && exact.Num().IsInt64(), "parsePlainEpoch(%q)", text)
			require.Equal(t, exact.Num().Int64(), int64(x), "parsePlainEpoch(%q)", text)
		}
	})
}

func TestDaysInMonthAgreeWithTime(t *testing.T) {
	for month := 1; month <= 12; month++ {
		for _, year := range []int{1900, 2000, 2023, 2024} {
			require.Equal(t, time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day(), daysIn(year, month), "daysIn(%d, %d)", year, month)
		}
	}
}

func TestFormatDurationIsParsedAgain(t *testing.T) {
	for text, want := range map[string]string{"7d": "7d", "24h": "24h", "1d": "24h", "1h30m": "1h30m", "90s": "1m30s", "250ms": "250ms", "1h": "1h", "20m": "20m", "10s": "10s"} {
		d, err := ParseDuration(text)
		require.NoError(t, err, "ParseDuration(%q)", text)
		assert.Equal(t, want, FormatDuration(d), "FormatDuration(%d)", d)
		again, err := ParseDuration(want)
		require.NoError(t, err, "ParseDuration(%q)", want)
		assert.Equal(t, d, again, "ParseDuration(%q)", want)
	}
}
