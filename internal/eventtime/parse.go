package eventtime

import (
	"math"
	"math/bits"
	"strings"
	"time"

	"github.com/kithsec/kith/internal/decimal"
)

// Parse parses a time in one of the forms in which events contain it:
//
//   - RFC 3339, also with a space in place of the T. The zone is Z, UTC or GMT, or an
//     offset (+01:00, +0100, +01); a space may precede it. Without a zone the time is in
//     UTC. A leap second counts as the second after it.
//   - A decimal number since 1970 UTC: of seconds below 1e11, of milliseconds below 1e14,
//     of microseconds below 1e17, and otherwise of nanoseconds. The sign is ignored for
//     the choice.
//
// Fractions may have any length. What is less than a nanosecond is truncated towards the
// past. Parse returns false for other texts and for times that are out of range.
func Parse(text string) (Instant, bool) {
	if len(text) >= len("2006-01-02T15:04:05") && text[4] == '-' {
		return parseDateTime(text)
	}
	return parseEpoch(text)
}

// parseEpoch parses a number since 1970 UTC: any decimal number in the range.
func parseEpoch(text string) (Instant, bool) {
	if x, ok := parsePlainEpoch(text); ok {
		return x, true
	}
	d, err := decimal.Parse(text)
	if err == decimal.ErrSyntax || d.Magnitude() > 19 || d.Len() > decimal.MaxDigits {
		return 0, false
	}
	n := uint64(0)
	digits := int(max(0, d.Magnitude()+fractionDigits(d.Magnitude()))) // down to nanoseconds
	for i := range digits {
		hi, lo := bits.Mul64(n, 10)
		digit := uint64(d.Digit(i) - '0')
		if hi != 0 || lo+digit > math.MaxInt64 {
			return 0, false
		}
		n = lo + digit
	}
	x := int64(n)
	if d.Sign() < 0 {
		x = -x
		if d.Len() > digits {
			x-- // truncate towards the past, as for times after 1970
		}
	}
	if x >= maxUnix*second || x < minUnix*second {
		return 0, false
	}
	return Instant(x), true
}

// fractionDigits returns the number of digits after the point down to a nanosecond, in the
// unit of an epoch with this [decimal.Decimal.Magnitude].
func fractionDigits(magnitude int64) int64 {
	switch {
	case magnitude <= 11: // seconds
		return 9
	case magnitude <= 14: // milliseconds
		return 6
	case magnitude <= 17: // microseconds
		return 3
	}
	return 0
}

// parsePlainEpoch is a fast path for parseEpoch: it parses up to 19 digits, and perhaps a
// point and more digits down to a nanosecond. It returns false for any other text and for
// times that are out of range.
func parsePlainEpoch(text string) (Instant, bool) {
	whole, i := uint64(0), 0
	for ; i < len(text) && i < 19 && text[i] >= '0' && text[i] <= '9'; i++ {
		whole = whole*10 + uint64(text[i]-'0')
	}
	unit := second
	if whole >= maxUnix {
		unit = epochUnit(whole)
	}
	if i == 0 || unit == 0 {
		return 0, false
	}
	x := int64(whole) * unit
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && unit > 1 && text[i] >= '0' && text[i] <= '9'; i++ {
			unit /= 10
			x += int64(text[i]-'0') * unit
		}
	}
	return Instant(x), i == len(text)
}

// epochUnit returns the unit of an epoch of at least maxUnix, in nanoseconds, or 0 if the
// time is out of range.
func epochUnit(whole uint64) int64 {
	switch {
	case whole < 1e11, whole >= maxUnix*1e3 && whole < 1e14, whole >= maxUnix*1e6 && whole < 1e17, whole >= maxUnix*1e9:
		return 0
	case whole < 1e14:
		return 1_000_000
	case whole < 1e17:
		return 1_000
	}
	return 1
}

// parseDateTime parses a date and a time of day. s is at least as long as
// "2006-01-02T15:04:05".
func parseDateTime(s string) (Instant, bool) {
	if s[7] != '-' || s[10]|0x20 != 't' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	year, month, day := 100*twoDigits(s[0:])+twoDigits(s[2:]), twoDigits(s[5:]), twoDigits(s[8:])
	hour, minute, sec := twoDigits(s[11:]), twoDigits(s[14:]), twoDigits(s[17:])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || sec < 0 || sec > 60 {
		return 0, false
	}
	nanos, rest, ok := cutFraction(s[19:])
	if !ok {
		return 0, false
	}
	offset, ok := zoneOffset(rest)
	if !ok {
		return 0, false
	}
	unix := time.Date(year, time.Month(month), day, hour, minute, sec, 0, time.UTC).Unix() - int64(offset)
	if unix >= maxUnix || unix < minUnix {
		return 0, false
	}
	return Instant(unix*second + int64(nanos)), true
}

// twoDigits returns the number with which s begins. It is less than -1000 if the first two
// characters are not digits.
func twoDigits(s string) int {
	tens, ones := s[0]-'0', s[1]-'0'
	if tens > 9 || ones > 9 {
		return -10_000
	}
	return 10*int(tens) + int(ones)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// cutFraction parses the fraction of a second with which s may begin, in nanoseconds, and
// returns the rest of s. It returns false if there is a point without digits.
func cutFraction(s string) (nanos int, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	end := 1
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	for i := 1; i <= 9; i++ {
		nanos *= 10
		if i < end {
			nanos += int(s[i] - '0')
		}
	}
	return nanos, s[end:], end > 1
}

// zoneOffset parses the zone after a time and returns the offset in seconds east. "" is
// UTC.
func zoneOffset(s string) (int, bool) {
	if s == "Z" || s == "" {
		return 0, true
	}
	if s[0] == ' ' {
		if s = s[1:]; s == "" {
			return 0, false
		}
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, strings.EqualFold(s, "Z") || strings.EqualFold(s, "UTC") || strings.EqualFold(s, "GMT")
	}
	hours, minutes := 0, 0
	switch len(s) {
	case len("+01"):
		hours = twoDigits(s[1:])
	case len("+0100"):
		hours, minutes = twoDigits(s[1:]), twoDigits(s[3:])
	case len("+01:00"):
		if s[3] != ':' {
			return 0, false
		}
		hours, minutes = twoDigits(s[1:]), twoDigits(s[4:])
	default:
		return 0, false
	}
	offset := hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60
}
