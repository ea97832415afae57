package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kithsec/kith/internal/fold"
)

// Form turns one trimmed, non-empty value into its canonical values, appended
// to dst. Most give one; a range of addresses gives its CIDR cover, a blank
// result is none. An error loses the value.
type Form func(dst []string, value string) (Canonical, error)

// Canonical is the result of applying a Form to a value.
type Canonical struct {
	Values []string
	Ranged bool  // the values are the cover of a range
	Note   error // read, but not as it was written
}

// ValueError is a value that could not be read.
type ValueError struct {
	Reason string // "bad address": what reports count by
	Value  string
	Err    error
	Use    string // the value that stands for it, "" for none
	Note   bool   // it was read after all; nothing is lost
}

// Error quotes the value, unless the cause already does.
func (e *ValueError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ValueError) Unwrap() error { return e.Err }

// BadValue returns a ValueError whose text is the reason, the quoted value and
// what would be accepted.
func BadValue(reason, value, want string) *ValueError {
	return &ValueError{Reason: reason, Value: value, Err: fmt.Errorf("%s %q: %s", reason, value, want)}
}

func oneValue(dst []string, v string) Canonical { return Canonical{Values: append(dst, v)} }

// TextForm keeps the value as it is.
func TextForm(dst []string, v string) (Canonical, error) { return oneValue(dst, v), nil }

// PriorityForm reads a priority; a word that is none becomes "unknown" and is
// reported.
func PriorityForm(dst []string, v string) (Canonical, error) {
	word := fold.Lower(v)
	if !slices.Contains(Priorities[1:], word) {
		err := BadValue("bad priority", v, "use "+strings.Join(Priorities[1:], ", "))
		err.Use = Priorities[1]
		return Canonical{Values: dst}, err
	}
	return oneValue(dst, word), nil
}

// BooleanForm reads true/t/yes/y/1/on and false/f/no/n/0/off in any case;
// anything else becomes false and is reported.
func BooleanForm(dst []string, v string) (Canonical, error) {
	switch fold.Lower(v) {
	case "true", "t", "yes", "y", "1", "on":
		return oneValue(dst, "true"), nil
	case "false", "f", "no", "n", "0", "off":
		return oneValue(dst, "false"), nil
	}
	err := BadValue("bad boolean", v, "use true or false")
	err.Use = "false"
	return Canonical{Values: dst}, err
}

// LatitudeForm reads decimal degrees from -90 to 90, signed or with N or S.
func LatitudeForm(dst []string, v string) (Canonical, error) {
	return degreesForm(dst, v, "latitude", "N", "S", 90)
}

// LongitudeForm reads decimal degrees from -180 to 180, signed or with E or W.
func LongitudeForm(dst []string, v string) (Canonical, error) {
	return degreesForm(dst, v, "longitude", "E", "W", 180)
}

func degreesForm(dst []string, v, what, plus, minus string, most float64) (Canonical, error) {
	bad := func() (Canonical, error) {
		return Canonical{Values: dst}, BadValue("bad "+what, v,
			fmt.Sprintf("use decimal degrees up to %v, signed or with %s or %s", most, plus, minus))
	}
	digits, sign, ok := cutHemisphere(v, plus, minus)
	if !ok {
		return bad()
	}
	digits, ok = plainDecimal(digits)
	if !ok {
		return bad()
	}
	if f, err := strconv.ParseFloat(digits, 64); err != nil || f > most {
		return bad()
	}
	if strings.Trim(digits, "0.") == "" {
		sign = "" // there is no minus zero degrees
	}
	return oneValue(dst, sign+digits), nil
}

// cutHemisphere takes the sign or the letter off v.
func cutHemisphere(v, plus, minus string) (digits, sign string, ok bool) {
	for _, h := range []struct{ letter, sign string }{{plus, ""}, {minus, "-"}} {
		for _, letter := range []string{h.letter, fold.Lower(h.letter)} {
			if rest, found := strings.CutSuffix(v, letter); found {
				return fold.Trim(rest), h.sign, true
			}
			if rest, found := strings.CutPrefix(v, letter); found {
				return fold.Trim(rest), h.sign, true
			}
		}
	}
	switch {
	case strings.HasPrefix(v, "-"):
		return v[1:], "-", true
	case strings.HasPrefix(v, "+"):
		return v[1:], "", true
	}
	return v, "", true
}

// plainDecimal accepts digits with at most one point and returns them as a
// JSON number: no leading zeros, a digit on both sides of the point.
func plainDecimal(s string) (string, bool) {
	whole, fraction, point := strings.Cut(s, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if !point || fraction == "" {
		return whole, true
	}
	return whole + "." + fraction, true
}

// timeLayouts are those of ES; a time without a zone is UTC.
var timeLayouts = []string{"1/2/2006 15:04", "1/2/06 15:04", "1/2/2006", time.RFC3339}

// TimeForm reads the date formats of ES, RFC 3339 and epoch seconds of nine
// digits or more, and gives RFC 3339 in UTC, whole seconds.
func TimeForm(dst []string, v string) (Canonical, error) {
	t, ok := parseTime(v)
	if t = t.UTC(); !ok || t.Year() < 0 || t.Year() > 9999 {
		return Canonical{Values: dst}, BadValue("bad date", v,
			"use %m/%d/%Y %H:%M, %m/%d/%y %H:%M, %m/%d/%Y, RFC 3339 or epoch seconds")
	}
	return oneValue(dst, t.Truncate(time.Second).Format(time.RFC3339)), nil
}

func parseTime(v string) (time.Time, bool) {
	if len(v) >= 9 && strings.Trim(v, "0123456789") == "" {
		seconds, err := strconv.ParseInt(v, 10, 64)
		return time.Unix(seconds, 0), err == nil && seconds < 1<<40
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, v); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// ZoneForm lower-cases a zone.
func ZoneForm(dst []string, v string) (Canonical, error) { return oneValue(dst, fold.Lower(v)), nil }

// Priorities are the words of a priority field, ascending; the first stands for
// a blank cell.
var Priorities = [...]string{"", "unknown", "informational", "low", "medium", "high", "critical"}
