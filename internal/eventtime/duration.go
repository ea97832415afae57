package eventtime

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// FormatDuration formats a duration in the format of [ParseDuration]: 7d, 24h, 1h30m.
// It uses days for two or more whole days.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	for _, zero := range [...]string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// unitOf returns the unit with whose name s begins, and the length of the name, or 0, 0
// if there is none.
func unitOf(s string) (time.Duration, int) {
	for _, u := range [...]struct {
		name string
		size time.Duration
	}{
		{"ns", time.Nanosecond},
		{"us", time.Microsecond},
		{"ms", time.Millisecond},
		{"d", 24 * time.Hour},
		{"h", time.Hour},
		{"m", time.Minute},
		{"s", time.Second},
	} {
		if strings.HasPrefix(s, u.name) {
			return u.size, len(u.name)
		}
	}
	return 0, 0
}

// ParseDuration parses a duration such as 7d, 24h, 1h30m, 90s or 250ms. A day has 24
// hours, and 0 needs no unit. White space around the text is ignored. A negative duration
// is an error.
func ParseDuration(text string) (time.Duration, error) {
	s := strings.TrimSpace(text)
	if s == "0" {
		return 0, nil
	}
	total := time.Duration(0)
	for rest := s; rest != ""; {
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
			n++
		}
		amount, err := strconv.ParseFloat(rest[:n], 64)
		unit, width := unitOf(rest[n:])
		if err != nil || width == 0 || amount*float64(unit) > float64(math.MaxInt64/2) {
			return 0, fmt.Errorf("bad duration %q (write 7d, 24h, 1h30m, 90s or 250ms)", text)
		}
		part := time.Duration(math.Round(amount * float64(unit)))
		if whole, err := strconv.ParseInt(rest[:n], 10, 64); err == nil {
			part = time.Duration(whole) * unit
		}
		if total += part; total < 0 {
			return 0, fmt.Errorf("bad duration %q: too long", text)
		}
		rest = rest[n+width:]
	}
	if s == "" {
		return 0, fmt.Errorf("bad duration %q: empty", text)
	}
	return total, nil
}
