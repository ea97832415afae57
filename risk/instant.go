package risk

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// instant is a moment of event time in nanoseconds since 1970 UTC. It reaches
// from 1678 to 2261; a time outside of that is no time of an event, and is
// read as unreadable.
type instant int64

const (
	second  = int64(time.Second)
	never   = instant(math.MaxInt64)
	maxUnix = 9_214_646_400 // 2262-01-01
	minUnix = -9_214_560_000
)

// String returns x as RFC 3339 in UTC, zeros at the end of the fraction cut.
func (x instant) String() string { return string(x.append(nil)) }

// append does what time.Time.AppendFormat does with RFC3339Nano, in a quarter of
// the instructions: a notable says three times and one for each contribution.
func (x instant) append(dst []byte) []byte {
	secs, nanos := int64(x)/second, int64(x)%second
	if nanos < 0 {
		secs, nanos = secs-1, nanos+second
	}
	const daySeconds = 24 * 60 * 60
	secs -= epochDay * daySeconds // all instants lie behind day 0
	year, month, day := civil(uint64(secs / daySeconds))
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

// epochDay is 0000-03-01, counted in days since 1970: from there on a leap day is
// the last one of a year, of a century and of four centuries.
const epochDay = -719468

// civil returns the date of a day that is counted from 0000-03-01 on (Hinnant,
// "chrono-Compatible Low-Level Date Algorithms").
func civil(n uint64) (year, month, day uint64) {
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

// putDigits writes a number of two digits.
func putDigits(b []byte, n uint64) { b[0], b[1] = byte('0'+n/10), byte('0'+n%10) }

// plus returns x + d, held within the range of instants.
func (x instant) plus(d time.Duration) instant {
	sum := x + instant(d)
	switch {
	case d > 0 && sum < x:
		return never
	case d < 0 && sum > x:
		return -never
	}
	return sum
}

// parseInstant reads an RFC 3339 time or epoch seconds. What is finer than a
// nanosecond is cut off.
func parseInstant(text string) (instant, bool) {
	if len(text) >= len("2006-01-02T15:04:05Z") && text[4] == '-' {
		return parseRFC3339(text)
	}
	return parseEpoch(text)
}

func parseEpoch(text string) (instant, bool) {
	if x, ok := plainEpoch(text); ok {
		return x, true
	}
	d, err := parseDecimal(text)
	if err != nil || d.top() > 10 {
		return 0, false
	}
	n := uint64(0)
	for i := range max(0, d.top()+9) { // up to the nanosecond
		digit := uint64(0)
		if i < len(d.digits) {
			digit = uint64(d.digits[i] - '0')
		}
		hi, lo := bits.Mul64(n, 10)
		if hi != 0 || lo+digit > math.MaxInt64 {
			return 0, false
		}
		n = lo + digit
	}
	exact := len(d.digits) <= max(0, d.top()+9)
	x := int64(n)
	if d.neg {
		x = -x
		if !exact {
			x-- // cut off towards the past, as for times after 1970
		}
	}
	if x >= maxUnix*second || x < minUnix*second {
		return 0, false
	}
	return instant(x), true
}

// plainEpoch reads seconds since 1970 of at most nine digits, or ten below
// 2·10⁹, and at most nine digits behind a point; false for all others.
func plainEpoch(text string) (instant, bool) {
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
	return instant(x), i == len(text)
}

// parseRFC3339 reads what RFC 3339 section 5.6 allows: either case of T and Z,
// any number of fraction digits, a leap second (counted as the next one).
func parseRFC3339(s string) (instant, bool) {
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
	return instant(unix*second + int64(nanos)), true
}

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

// zoneOffset reads Z, +hh:mm or -hh:mm, in seconds east.
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

// units of a duration, as time.ParseDuration has them, and days.
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

// ParseDuration reads a duration of the configuration: 7d, 24h, 1h30m, 90s,
// 250ms. A day has 24 hours. A plain 0 is allowed; nothing is negative.
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
