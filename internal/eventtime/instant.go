// Package eventtime parses and formats times as events contain them, and durations as
// the configuration contains them. A time is an [Instant], an integer.
package eventtime

import (
	"math"
	"math/bits"
	"time"

	"github.com/kithsec/kith/internal/decimal"
)

// Instant is a time in nanoseconds since 1970 UTC. Its range is 1678 to 2261. Parse
// rejects other times, which cannot be those of events.
type Instant int64

// Never is later than any time that Parse returns, and -Never is earlier.
const Never = Instant(math.MaxInt64)

const (
	second  = int64(time.Second)
	maxUnix = 9_214_646_400  // seconds; 2262-01-01, exclusive
	minUnix = -9_214_560_000 // seconds; inclusive
)

// Of returns t as an Instant. t must be in the range of Instant.
func Of(t time.Time) Instant { return Instant(t.UnixNano()) }

// Time returns x in UTC.
func (x Instant) Time() time.Time { return time.Unix(0, int64(x)).UTC() }

// String returns x in RFC 3339 in UTC, without trailing zeros of the fraction.
func (x Instant) String() string { return string(x.Append(nil)) }

// Append appends the text that String returns to dst. Its result is that of
// time.Time.AppendFormat with RFC3339Nano, but it needs a quarter of the instructions.
// That matters because a notable contains three timestamps and another one for each
// contribution.
func (x Instant) Append(dst []byte) []byte {
	secs, nanos := int64(x)/second, int64(x)%second
	if nanos < 0 {
		secs, nanos = secs-1, nanos+second
	}
	const daySeconds = 24 * 60 * 60
	secs -= epochDay * daySeconds // not negative: every Instant is after day 0
	year, month, day := civilDate(uint64(secs / daySeconds))
	clock := uint64(secs % daySeconds)
	dst = append(dst, "2006-01-02T15:04:05"...)
	b := dst[len(dst)-len("2006-01-02T15:04:05"):]
	putDigits(b[0:], year/100)
	putDigits(b[2:], year%100)
	putDigits(b[5:], month)
	putDigits(b[8:], day)
	putDigits(b[11:], clock/3600)
	putDigits(b[14:], clock/60%60)
	putDigits(b[17:], clock%60)
	if nanos > 0 {
		dst = append(dst, '.')
		for unit := second / 10; nanos > 0; unit /= 10 {
			dst = append(dst, byte('0'+nanos/unit))
			nanos %= unit
		}
	}
	return append(dst, 'Z')
}

// epochDay is 0000-03-01 in days since 1970. If years begin in March, a leap day is the
// last day of its year, its century or its four centuries.
const epochDay = -719468

// civilDate returns the date of day n, counted from 0000-03-01 (Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms").
func civilDate(n uint64) (year, month, day uint64) {
	const era = 146097 // days of four centuries
	in := n % era
	of := (in - in/1460 + in/36524 - in/(era-1)) / 365
	in -= 365*of + of/4 - of/100
	since := (5*in + 2) / 153 // months since March
	year, month, day = n/era*400+of, since+3, in-(153*since+2)/5+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// putDigits writes a number of two digits to b.
func putDigits(b []byte, n uint64) { b[0], b[1] = byte('0'+n/10), byte('0'+n%10) }

// Add returns x + d, limited to the range from -Never to Never.
func (x Instant) Add(d time.Duration) Instant {
	sum := x + Instant(d)
	switch {
	case d > 0 && sum < x:
		return Never
	case d < 0 && sum > x:
		return -Never
	}
	return sum
}

// Parse parses a time in RFC 3339 or in seconds since 1970 UTC. Fractions of a
// nanosecond are truncated towards the past. It returns false if the text is neither, or
// the time is out of range.
func Parse(text string) (Instant, bool) {
	if len(text) >= len("2006-01-02T15:04:05Z") && text[4] == '-' {
		return parseRFC3339(text)
	}
	return parseEpoch(text)
}

// parseEpoch parses seconds since 1970 UTC: any decimal number in the range.
func parseEpoch(text string) (Instant, bool) {
	if x, ok := parsePlainEpoch(text); ok {
		return x, true
	}
	d, err := decimal.Parse(text)
	if err == decimal.ErrSyntax || d.Magnitude() > 10 || d.Len() > decimal.MaxDigits {
		return 0, false
	}
	n := uint64(0)
	digits := int(max(0, d.Magnitude()+9)) // digits down to nanoseconds
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

// parsePlainEpoch is a fast path for parseEpoch: it parses seconds below 2·10⁹ without a
// sign or exponent and with at most nine digits after the point. It returns false for any
// other text.
func parsePlainEpoch(text string) (Instant, bool) {
	whole, i := int64(0), 0
	for ; i < len(text) && i < 10 && text[i] >= '0' && text[i] <= '9'; i++ {
		whole = whole*10 + int64(text[i]-'0')
	}
	if i == 0 || whole >= 2_000_000_000 {
		return 0, false
	}
	x, unit := whole*second, second
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && unit > 1 && text[i] >= '0' && text[i] <= '9'; i++ {
			unit /= 10
			x += int64(text[i]-'0') * unit
		}
	}
	return Instant(x), i == len(text)
}

// parseRFC3339 parses a time as defined in RFC 3339 section 5.6: T and Z in either case,
// any number of fraction digits, and leap seconds. A leap second counts as the second
// after it.
func parseRFC3339(s string) (Instant, bool) {
	if s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	var part [6]int
	for i, at := range [...][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		n, ok := digitsValue(s[at[0]:at[1]])
		if !ok {
			return 0, false
		}
		part[i] = n
	}
	year, month, day, hour, minute, sec := part[0], part[1], part[2], part[3], part[4], part[5]
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || sec > 60 {
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

// digitsValue returns the number that the digits of s form, or false if s contains other
// characters.
func digitsValue(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
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

// zoneOffset parses Z, +hh:mm or -hh:mm and returns the offset in seconds east.
func zoneOffset(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	hours, ok1 := digitsValue(s[1:3])
	minutes, ok2 := digitsValue(s[4:6])
	offset := hours*3600 + minutes*60
	if s[0] == '-' {
		offset = -offset
	}
	return offset, ok1 && ok2 && hours < 24 && minutes < 60
}
