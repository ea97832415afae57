package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
)

// Form turns a trimmed, non-empty value into canonical values, which it appends to dst. Most
// forms return one value; a range of addresses can return several prefixes. If a Form
// returns an error, the value is lost.
type Form func(dst []string, value string) (Canonical, error)

// Canonical is the result of applying a Form to a value.
type Canonical struct {
	Values []string
	Ranged bool   // the values cover a range
	Domain string // of CORP\ws-17, the part that was cut off
	Note   error  // set if the value was changed, such as cleared host bits
}

// ValueError is the error for a value that could not be read, or was changed.
type ValueError struct {
	Reason string // the category in reports, such as "bad address"
	Value  string
	Err    error
	Use    string // the value to use instead, "" for none
	Note   bool   // the value was read but changed; nothing is lost
}

// Error returns the text of the cause, which quotes the value.
func (e *ValueError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ValueError) Unwrap() error { return e.Err }

// BadValue returns a ValueError. Its text is the reason, the quoted value, and want, which
// describes what is accepted.
func BadValue(reason, value, want string) *ValueError {
	return &ValueError{Reason: reason, Value: value, Err: fmt.Errorf("%s %s: %s", reason, problem.Quote(value), want)}
}

func oneValue(dst []string, v string) Canonical { return Canonical{Values: append(dst, v)} }

// TextForm returns the value unchanged.
func TextForm(dst []string, v string) (Canonical, error) { return oneValue(dst, v), nil }

// PriorityForm parses a priority. For any other word it returns a ValueError that uses
// "unknown" instead.
func PriorityForm(dst []string, v string) (Canonical, error) {
	word := fold.Lower(v)
	if !slices.Contains(Priorities[1:], word) {
		err := BadValue("bad priority", v, "use "+strings.Join(Priorities[1:], ", "))
		err.Use = Priorities[1]
		return Canonical{Values: dst}, err
	}
	return oneValue(dst, word), nil
}

// BooleanForm parses true, t, yes, y, 1, on, false, f, no, n, 0 and off, ignoring case. For
// any other word it returns a ValueError that uses "false" instead.
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

// LatitudeForm parses decimal degrees from -90 to 90, with a sign or with N or S.
func LatitudeForm(dst []string, v string) (Canonical, error) {
	return degreesForm(dst, v, "latitude", "N", "S", 90)
}

// LongitudeForm parses decimal degrees from -180 to 180, with a sign or with E or W.
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
		sign = "" // zero has no sign
	}
	return oneValue(dst, sign+digits), nil
}

// cutHemisphere returns v without its sign or the letter of its hemisphere, and the sign.
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

// plainDecimal accepts digits with at most one point. It returns them as a JSON number,
// which has no leading zeros and a digit on both sides of a point.
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

// NullTokens are the values, in lower case, that mean that there is none.
var NullTokens = [...]string{
	"", "-", "unknown", "n/a", "null", "none", "(null)", "(empty)", "0.0.0.0", "::", "s-1-0-0", "null sid",
}

// Zone returns the zone that a text names, in lower case, and "" for a null token.
func Zone(text string) string {
	zone := fold.Name(text)
	if slices.Contains(NullTokens[:], zone) {
		return ""
	}
	return zone
}

// ZoneForm returns the zone in lower case, and no value for a null token.
func ZoneForm(dst []string, v string) (Canonical, error) {
	zone := Zone(v)
	if zone == "" {
		return Canonical{Values: dst}, nil
	}
	return oneValue(dst, zone), nil
}

// Priorities are the words of a priority field in ascending order. The first stands for a
// blank cell.
var Priorities = [...]string{"", "unknown", "informational", "low", "medium", "high", "critical"}
