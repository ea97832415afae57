package schema

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// TimeForm parses a date, with or without a time, as lists write it:
//
//	2026-12-31  2026-12-31 17:05  2026-12-31T17:05:30.5+01:00
//	12/31/2026  12/31/26 17:05    12/31/2026 5:05:30 PM
//	31.12.2026  31.12.2026 17:05
//
// and numbers: 20261231, 20261231170530 (in LDAP with .0Z), epoch seconds (9 to 11 digits),
// milliseconds (12 or 13), microseconds (15 or 16) and nanoseconds (19), and Windows file
// times (17 or 18), where 0 and 2^63-1 mean never and are blank. A time without a zone is
// UTC. TimeForm returns the time in UTC, in RFC 3339 with whole seconds.
func TimeForm(dst []string, v string) (Canonical, error) { return timeForm(dst, v, false) }

// DayFirstTimeForm is TimeForm, but reads 1/2/2026 as the first of February.
func DayFirstTimeForm(dst []string, v string) (Canonical, error) { return timeForm(dst, v, true) }

func timeForm(dst []string, v string, dayFirst bool) (Canonical, error) {
	if v == "0" || v == maxFileTime {
		return Canonical{Values: dst}, nil
	}
	t, ok := parseTime(v, dayFirst)
	if t = t.UTC(); !ok || t.Year() < 0 || t.Year() > 9999 {
		return Canonical{Values: dst}, BadValue("bad date", v, wantDate(v, dayFirst))
	}
	return oneValue(dst, t.Truncate(time.Second).Format(time.RFC3339)), nil
}

// maxFileTime is the Windows file time that stands for never.
const maxFileTime = "9223372036854775807"

// wantDate returns a hint how to write a date, or how to make Kith exchange its day and
// month.
func wantDate(v string, dayFirst bool) string {
	if _, ok := parseTime(v, !dayFirst); ok && dayFirst {
		return "remove dates: dmy from the source, which says that the day comes first"
	} else if ok {
		return "set dates: dmy in the source if the day comes first"
	}
	return "use 2026-12-31, 12/31/2026 or 31.12.2026, with or without a time, or epoch seconds"
}

// parseTime parses a date in one of the forms that TimeForm lists.
func parseTime(v string, dayFirst bool) (time.Time, bool) {
	if strings.Trim(v, "0123456789") == "" {
		return parseNumericTime(v)
	}
	if len(v) > len(ldapLayout) && strings.Trim(v[:len(ldapLayout)], "0123456789") == "" {
		return parseLayouts(v, ldapLayout+"Z0700", ldapLayout+"Z07")
	}
	v = strings.ToUpper(v)
	at := strings.IndexAny(v, " T")
	if at < 0 {
		at = len(v)
	}
	date, iso, ok := dateLayout(v[:at], dayFirst)
	switch {
	case !ok:
		return time.Time{}, false
	case at == len(v):
		return parseLayouts(v, date)
	case iso:
		layout, utc := date+v[at:at+1], strings.TrimSuffix(v, " UTC")
		return parseLayouts(utc, layout+"15:04:05", layout+"15:04", layout+"15:04:05Z07:00", layout+"15:04:05Z0700",
			layout+"15:04:05Z07", layout+"15:04Z07:00", layout+"15:04Z0700", layout+"15:04Z07")
	}
	date += " "
	return parseLayouts(v, date+"15:04", date+"15:04:05", date+"3:04 PM", date+"3:04:05 PM", date+"3:04PM", date+"3:04:05PM")
}

// dateLayout returns the layout of a date by its separator, and whether it is ISO 8601.
func dateLayout(date string, dayFirst bool) (layout string, iso, ok bool) {
	twoDigits := len(date) >= 3 && strings.ContainsAny(date[len(date)-3:len(date)-2], "/.")
	switch {
	case strings.Contains(date, "-"):
		return "2006-01-02", true, true
	case strings.Contains(date, "/") && dayFirst:
		layout = "2/1/2006"
	case strings.Contains(date, "/"):
		layout = "1/2/2006"
	case strings.Contains(date, "."):
		layout = "2.1.2006"
	default:
		return "", false, false
	}
	if twoDigits {
		layout = strings.Replace(layout, "2006", "06", 1)
	}
	return layout, false, true
}

// ldapLayout is the layout of a date and time in digits, as LDAP writes it.
const ldapLayout = "20060102150405"

func parseLayouts(v string, layouts ...string) (time.Time, bool) {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, v); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// fileTimeEpoch is 1970 as a Windows file time: the number of 100 ns since 1601.
const fileTimeEpoch = 116444736e9

// parseNumericTime parses a date of digits only, whose number decides what they count.
func parseNumericTime(digits string) (time.Time, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	switch len(digits) {
	case 8:
		return parseLayouts(digits, "20060102")
	case 9, 10, 11:
		return time.Unix(n, 0), true
	case 12, 13:
		return time.UnixMilli(n), true
	case 14:
		return parseLayouts(digits, ldapLayout)
	case 15, 16:
		return time.UnixMicro(n), true
	case 17, 18:
		n -= fileTimeEpoch
		return time.Unix(n/1e7, n%1e7*100), true
	case 19:
		return time.Unix(0, n), n != math.MaxInt64
	}
	return time.Time{}, false
}
