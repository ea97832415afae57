package eventtime

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseReadsTimesAsEventsContainThem(t *testing.T) {
	const ten = "2026-03-01T10:00:00Z"
	for _, c := range []struct{ rule, text, want string }{
		{"RFC 3339", "2026-03-01T10:00:00Z", ten},
		{"RFC 3339 in lower case", "2026-03-01t10:00:00.120z", "2026-03-01T10:00:00.12Z"},
		{"an offset is subtracted", "2026-03-01T12:30:00+02:30", ten},
		{"a negative offset is added", "2024-02-29T00:00:00-00:30", "2024-02-29T00:30:00Z"},
		{"a leap second is the second after it", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
		{"a space for the T (NXLog)", "2026-03-01 10:00:00Z", ten},
		{"no zone is UTC (Sysmon)", "2026-03-01 10:00:00.000", ten},
		{"no zone after a T", "2026-03-01T10:00:00", ten},
		{"an offset without a colon (Suricata)", "2026-03-01T11:00:00.123456+0100", "2026-03-01T10:00:00.123456Z"},
		{"an offset of hours (PostgreSQL)", "2026-03-01 11:00:00+01", ten},
		{"a negative offset of hours", "2026-03-01 05:00:00-05", ten},
		{"UTC as a word (Splunk)", "2026-03-01 10:00:00.000 UTC", ten},
		{"GMT as a word", "2026-03-01 10:00:00 gmt", ten},
		{"a word without a space", "2026-03-01T10:00:00UTC", ten},
		{"a space before an offset", "2026-03-01 11:00:00 +0100", ten},
		{"a space before Z", "2026-03-01 10:00:00 Z", ten},
		{"nine digits and more", "2026-03-01T10:00:00.1234567899+00", "2026-03-01T10:00:00.123456789Z"},
		{"before 1970 a fraction still counts forward", "1969-12-31T23:59:58.5Z", "1969-12-31T23:59:58.5Z"},

		{"seconds", "1772359200", ten},
		{"seconds with a fraction (Zeek)", "1772359200.5", "2026-03-01T10:00:00.5Z"},
		{"seconds with an exponent", "1.7723592e9", ten},
		{"seconds before 1970", "-1.5", "1969-12-31T23:59:58.5Z"},
		{"less than a nanosecond before 1970", "-0.0000000001", "1969-12-31T23:59:59.999999999Z"},
		{"less than a nanosecond after", "1772359200.1234567899", "2026-03-01T10:00:00.123456789Z"},
		{"zero", "0", "1970-01-01T00:00:00Z"},
		{"the last second", "9214646399.999999999", "2261-12-31T23:59:59.999999999Z"},
		{"milliseconds (OCSF)", "1772359200000", ten},
		{"the first that are milliseconds", "100000000000", "1973-03-03T09:46:40Z"},
		{"milliseconds with a fraction", "1772359200000.25", "2026-03-01T10:00:00.00025Z"},
		{"milliseconds with an exponent", "1.7723592005e12", "2026-03-01T10:00:00.5Z"},
		{"milliseconds before 1970", "-100000000000", "1966-10-31T14:13:20Z"},
		{"microseconds", "1772359200000000", ten},
		{"the first that are microseconds", "100000000000000", "1973-03-03T09:46:40Z"},
		{"microseconds with a fraction", "1772359200000000.9999", "2026-03-01T10:00:00.000000999Z"},
		{"nanoseconds", "1772359200000000001", "2026-03-01T10:00:00.000000001Z"},
		{"the first that are nanoseconds", "1e17", "1973-03-03T09:46:40Z"},
		{"nanoseconds with a fraction", "1772359200000000000.7", ten},
		{"nanoseconds with a fraction before 1970", "-1772359200000000000.7", "1913-11-02T13:59:59.999999999Z"},
	} {
		x, ok := Parse(c.text)
		assert.True(t, ok, "%s: Parse(%q)", c.rule, c.text)
		assert.Equal(t, c.want, x.String(), "%s: Parse(%q)", c.rule, c.text)
	}
}

func TestParseRejectsWhatIsNotATime(t *testing.T) {
	for _, c := range []struct{ rule, text string }{
		{"nothing", ""},
		{"a word", "now"},
		{"not a number", "NaN"},
		{"a date alone", "2026-03-01"},
		{"a year of five digits", "50000-01-01T00:00:00Z"},
		{"a year out of range", "9999-01-01T00:00:00Z"},
		{"a year before the range", "0001-01-01T00:00:00Z"},
		{"a day that does not exist", "2026-02-29T00:00:00Z"},
		{"a month that does not exist", "2026-13-01T10:00:00Z"},
		{"an hour that does not exist", "2026-03-01T24:00:00Z"},
		{"a minute that does not exist", "2026-03-01T10:61:00Z"},
		{"two spaces", "2026-03-01  10:00:00"},
		{"another separator", "2026-03-01_10:00:00Z"},
		{"slashes", "2026/03/01 10:00:00"},
		{"no seconds", "2026-03-01T10:00Z"},
		{"a point without digits", "2026-03-01T10:00:00.Z"},
		{"a zone that is not UTC", "2026-03-01 10:00:00 CET"},
		{"two zones", "2026-03-01 10:00:00 +0000 UTC"},
		{"two spaces before the zone", "2026-03-01 10:00:00  UTC"},
		{"a space at the end", "2026-03-01 10:00:00 "},
		{"an offset of one digit", "2026-03-01T10:00:00+1"},
		{"an offset of three digits", "2026-03-01T10:00:00+100"},
		{"an offset with a colon in another place", "2026-03-01T10:00:00+1:000"},
		{"an offset of a day", "2026-03-01T10:00:00+2400"},
		{"an offset of sixty minutes", "2026-03-01T10:00:00+0060"},
		{"a space after a number", "1772359200 "},
		{"seconds out of range", "9214646400"},
		{"the last that are seconds", "99999999999"},
		{"milliseconds out of range", "9214646400000"},
		{"a date of 14 digits, as milliseconds", "20260301100000"},
		{"microseconds out of range", "99999999999999999"},
		{"nanoseconds out of range", "9214646400000000000"},
		{"twenty digits", "18446744073709551616"},
		{"an exponent that is out of range", "1e999999999"},
		{"a point alone", "."},
		{"two points", "1772359200.1.2"},
	} {
		x, ok := Parse(c.text)
		assert.False(t, ok, "%s: Parse(%q) = %v", c.rule, c.text, x)
	}
}

// twinLayouts are the layouts of package time for the texts that parseDateTime accepts in
// upper case. Package time accepts a fraction after the seconds in each of them.
func twinLayouts() (all []string) {
	for _, separator := range []string{"T", " "} {
		for _, zone := range []string{"", "Z", " Z", "UTC", " UTC", "GMT", " GMT", "-07", " -07", "-0700", " -0700", "-07:00", " -07:00"} {
			all = append(all, "2006-01-02"+separator+"15:04:05"+zone)
		}
	}
	return all
}

// twinDateTime parses a time with package time. It rejects leap seconds.
func twinDateTime(text string) (time.Time, bool) {
	for _, layout := range twinLayouts() {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// twinEpoch parses a number with package big.
func twinEpoch(text string) (Instant, bool) {
	n, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "/_xXpPbBoO") {
		return 0, false
	}
	abs, unit := new(big.Rat).Abs(n), int64(1)
	for _, u := range []struct{ below, nanoseconds int64 }{{1e17, 1e3}, {1e14, 1e6}, {1e11, 1e9}} {
		if abs.Cmp(new(big.Rat).SetInt64(u.below)) < 0 {
			unit = u.nanoseconds
		}
	}
	n.Mul(n, new(big.Rat).SetInt64(unit))
	whole := new(big.Int).Div(n.Num(), n.Denom()) // rounds down: the denominator is positive
	if !whole.IsInt64() || whole.Int64() >= maxUnix*second || whole.Int64() < minUnix*second {
		return 0, false
	}
	return Instant(whole.Int64()), true
}

func TestDatesAgreeWithPackageTime(t *testing.T) {
	layouts := twinLayouts()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(minUnix+24*60*60, maxUnix-1-24*60*60).Draw(t, "seconds"), rapid.Int64Range(0, second-1).Draw(t, "nanoseconds"))
		zone := time.FixedZone("", 60*rapid.IntRange(-24*60+1, 24*60-1).Draw(t, "offset in minutes"))
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		layout = strings.Replace(layout, "05", "05"+rapid.SampledFrom([]string{"", ".0", ".000", ".999", ".000000", ".999999999"}).Draw(t, "fraction"), 1)
		text := at.In(zone).Format(layout)
		want, ok := twinDateTime(text)
		require.True(t, ok, "time.Parse(%q)", text)
		got, ok := Parse(text)
		require.True(t, ok, "Parse(%q)", text)
		require.Equal(t, want.Format(time.RFC3339Nano), got.String(), "Parse(%q)", text)
	})
}

// TestMutilatedDatesAgreeWithPackageTime has texts of which most are almost times. It has no
// offsets of a day or of sixty minutes, which package time accepts.
func TestMutilatedDatesAgreeWithPackageTime(t *testing.T) {
	pattern := rapid.StringMatching(`(2026|1969|0001)-(02|12|13)-(28|29|31)[T _](00|23|24):[05][09]:(00|59|61)(\.[0-9]{0,11})?( ?(Z|UTC|GMT|CET|[+-](([01][0-9]|2[0-3])(:?[0-5][0-9][0-9]?)?|[0-9])?))?`)
	rapid.Check(t, func(t *rapid.T) {
		text := pattern.Draw(t, "text")
		want, parses := twinDateTime(text)
		parses = parses && want.Unix() >= minUnix && want.Unix() < maxUnix
		got, ok := Parse(text)
		require.Equal(t, parses, ok, "Parse(%q)", text)
		if ok {
			require.Equal(t, want.Format(time.RFC3339Nano), got.String(), "Parse(%q)", text)
		}
	})
}

// The fast path and the exact calculation must agree with fractions of package big.
func TestEpochsAgreeWithFractions(t *testing.T) {
	pattern := rapid.StringMatching(`[-+]?(1|9|17|92|922)?[0-9]{0,20}(\.[0-9]{0,11})?([xe]|e[-+]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		text := pattern.Draw(t, "text")
		want, parses := twinEpoch(text)
		got, ok := Parse(text)
		require.Equal(t, parses, ok, "Parse(%q) = %v", text, got)
		require.Equal(t, want, got, "Parse(%q)", text)
	})
}

// FuzzParse checks that a time survives being written and read again, in every form in
// which Kith or another program may write it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"1772359200.5", "1772359200123", "-1772359200123456789", "2026-03-01T10:00:00.5+01:00", "2026-03-01 10:00:00.5 UTC", "2026-03-01 10:00:00-05", "-1e3", "1e17",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, ok := Parse(text)
		if !ok {
			return
		}
		spellings := []string{x.String(), strings.Replace(x.String(), "T", " ", 1), strings.TrimSuffix(x.String(), "Z") + "+0000", strings.TrimSuffix(x.String(), "Z")}
		if x >= 1e17 || x <= -1e17 {
			spellings = append(spellings, fmt.Sprint(int64(x)))
		}
		for _, again := range spellings {
			y, ok := Parse(again)
			require.True(t, ok, "Parse(%q) = %v, but Parse(%q) fails", text, x, again)
			require.Equal(t, x, y, "Parse(%q)", again)
		}
	})
}
