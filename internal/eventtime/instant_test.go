package eventtime

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
