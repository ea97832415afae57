package schema_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// applyForm returns the values that a form returns for a value, or the error.
func applyForm(f schema.Form, v string) string {
	got, err := f(nil, v)
	if err != nil {
		return "error: " + err.Error()
	}
	return strings.Join(got.Values, " ")
}

func TestFormsReturnCanonicalValues(t *testing.T) {
	const badDate = `use 2026-12-31, 12/31/2026 or 31.12.2026, with or without a time, or epoch seconds`
	for _, c := range []struct {
		name     string
		form     schema.Form
		in, want string
	}{
		{"priority", schema.PriorityForm, "CRITICAL", "critical"},
		{"priority", schema.PriorityForm, "Unknown", "unknown"},
		{"priority", schema.PriorityForm, "informational", "informational"},
		{"priority", schema.PriorityForm, "P1", `error: bad priority "P1": use unknown, informational, low, medium, high, critical`},
		{"boolean", schema.BooleanForm, "TRUE", "true"},
		{"boolean", schema.BooleanForm, "t", "true"},
		{"boolean", schema.BooleanForm, "Yes", "true"},
		{"boolean", schema.BooleanForm, "y", "true"},
		{"boolean", schema.BooleanForm, "1", "true"},
		{"boolean", schema.BooleanForm, "On", "true"},
		{"boolean", schema.BooleanForm, "F", "false"},
		{"boolean", schema.BooleanForm, "no", "false"},
		{"boolean", schema.BooleanForm, "N", "false"},
		{"boolean", schema.BooleanForm, "0", "false"},
		{"boolean", schema.BooleanForm, "off", "false"},
		{"boolean", schema.BooleanForm, "2", `error: bad boolean "2": use true or false`},
		{"lat", schema.LatitudeForm, "52.5200", "52.5200"},
		{"lat", schema.LatitudeForm, "+052.5", "52.5"},
		{"lat", schema.LatitudeForm, "-33.86", "-33.86"},
		{"lat", schema.LatitudeForm, "33.86S", "-33.86"},
		{"lat", schema.LatitudeForm, "s 33.86", "-33.86"},
		{"lat", schema.LatitudeForm, "52.5 n", "52.5"},
		{"lat", schema.LatitudeForm, "-0.0", "0.0"},
		{"lat", schema.LatitudeForm, ".5", "0.5"},
		{"lat", schema.LatitudeForm, "5.", "5"},
		{"lat", schema.LatitudeForm, "90", "90"},
		{"lat", schema.LatitudeForm, "90.1", `error: bad latitude "90.1": use decimal degrees up to 90, signed or with N or S`},
		{"lat", schema.LatitudeForm, "13E", `error: bad latitude "13E": use decimal degrees up to 90, signed or with N or S`},
		{"lat", schema.LatitudeForm, "1e1", `error: bad latitude "1e1": use decimal degrees up to 90, signed or with N or S`},
		{"lat", schema.LatitudeForm, "-5S", `error: bad latitude "-5S": use decimal degrees up to 90, signed or with N or S`},
		{"lat", schema.LatitudeForm, "NaN", `error: bad latitude "NaN": use decimal degrees up to 90, signed or with N or S`},
		{"long", schema.LongitudeForm, "180W", "-180"},
		{"long", schema.LongitudeForm, "13.4E", "13.4"},
		{"long", schema.LongitudeForm, "181", `error: bad longitude "181": use decimal degrees up to 180, signed or with E or W`},
		{"long", schema.LongitudeForm, ".", `error: bad longitude ".": use decimal degrees up to 180, signed or with E or W`},
		{"date", schema.TimeForm, "03/01/2020 08:05", "2020-03-01T08:05:00Z"},
		{"date", schema.TimeForm, "3/1/20 8:05", "2020-03-01T08:05:00Z"},
		{"date", schema.TimeForm, "03/01/69 00:00", "1969-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "03/01/68 00:00", "2068-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "12/31/2020", "2020-12-31T00:00:00Z"},
		{"date", schema.TimeForm, "2020-03-01T08:00:00.999+02:00", "2020-03-01T06:00:00Z"},
		{"date", schema.TimeForm, "1583020800", "2020-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "100000000", "1973-03-03T09:46:40Z"},
		{"date", schema.TimeForm, "99999999", `error: bad date "99999999": ` + badDate},
		{"date", schema.TimeForm, "31/12/2020", `error: bad date "31/12/2020": set dates: dmy in the source if the day comes first`},
		{"date", schema.DayFirstTimeForm, "12/31/2020", `error: bad date "12/31/2020": remove dates: dmy from the source, which says that the day comes first`},
		{"date", schema.DayFirstTimeForm, "1/2/2026 3:04:05 PM", "2026-02-01T15:04:05Z"},
		{"date", schema.DayFirstTimeForm, "31/12/20", "2020-12-31T00:00:00Z"},
		{"date", schema.TimeForm, "1/2/2026 3:04:05 PM", "2026-01-02T15:04:05Z"},
		{"date", schema.TimeForm, "1/2/2026 12:04 am", "2026-01-02T00:04:00Z"},
		{"date", schema.TimeForm, "1/2/2026 3:04PM", "2026-01-02T15:04:00Z"},
		{"date", schema.TimeForm, "1/2/2026 13:04:05", "2026-01-02T13:04:05Z"},
		{"date", schema.TimeForm, "1/2/2026 13:04 PM", `error: bad date "1/2/2026 13:04 PM": ` + badDate},
		{"date", schema.TimeForm, "31.12.2026", "2026-12-31T00:00:00Z"},
		{"date", schema.TimeForm, "1.2.26 8:05", "2026-02-01T08:05:00Z"},
		{"date", schema.TimeForm, "31.12.2026 3:04:05 pm", "2026-12-31T15:04:05Z"},
		{"date", schema.TimeForm, "12.31.2026", `error: bad date "12.31.2026": ` + badDate},
		{"date", schema.TimeForm, "2020-03-01", "2020-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "2020-03-01 08:05", "2020-03-01T08:05:00Z"},
		{"date", schema.TimeForm, "2020-03-01T08:05:30.25", "2020-03-01T08:05:30Z"},
		{"date", schema.TimeForm, "2020-03-01 08:05:30+0200", "2020-03-01T06:05:30Z"},
		{"date", schema.TimeForm, "2020-03-01T08:05+02", "2020-03-01T06:05:00Z"},
		{"date", schema.TimeForm, "2020-03-01 08:05:30 UTC", "2020-03-01T08:05:30Z"},
		{"date", schema.TimeForm, "2020-02-30", `error: bad date "2020-02-30": ` + badDate},
		{"date", schema.TimeForm, "20261231", "2026-12-31T00:00:00Z"},
		{"date", schema.TimeForm, "1583020800000", "2020-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "100000000000", "1973-03-03T09:46:40Z"},
		{"date", schema.TimeForm, "20261231170530", "2026-12-31T17:05:30Z"},
		{"date", schema.TimeForm, "20261231170530.0Z", "2026-12-31T17:05:30Z"},
		{"date", schema.TimeForm, "20261231170530Z", "2026-12-31T17:05:30Z"},
		{"date", schema.TimeForm, "20261231170530+0100", "2026-12-31T16:05:30Z"},
		{"date", schema.TimeForm, "1583020800000000", "2020-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "132274944000000000", "2020-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "1583020800000000000", "2020-03-01T00:00:00Z"},
		{"date", schema.TimeForm, "0", ""},
		{"date", schema.TimeForm, "9223372036854775807", ""},
		{"date", schema.TimeForm, "1234567", `error: bad date "1234567": ` + badDate},
		{"date", schema.TimeForm, "20261301", `error: bad date "20261301": ` + badDate},
		{"date", schema.TimeForm, "99999999999999999999", `error: bad date "99999999999999999999": ` + badDate},
		{"zone", schema.ZoneForm, "EMEA Ä", "emea ä"},
	} {
		assert.Equal(t, c.want, applyForm(c.form, c.in), "%s of %q", c.name, c.in)
	}
}

// TestFormsReplaceBadValuesByCanonicalOnes tests ValueError.Use.
func TestFormsReplaceBadValuesByCanonicalOnes(t *testing.T) {
	var bad *schema.ValueError
	_, err := schema.PriorityForm(nil, "x")
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, "unknown", bad.Use)
	_, err = schema.BooleanForm(nil, "x")
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, "false", bad.Use)
	_, err = schema.TimeForm(nil, "x")
	require.ErrorAs(t, err, &bad)
	assert.Empty(t, bad.Use)
}

// FuzzForms checks that forms are idempotent: the form of a canonical value is that value.
func FuzzForms(f *testing.F) {
	for _, v := range []string{"low", "Y", "52.5N", "s 0.0", "03/01/69 00:00", "1583020800", "0000-01-01T00:00:00+12:00", "İ", "-00.1", "+S1"} {
		f.Add(v)
	}
	forms := map[string]schema.Form{
		"priority": schema.PriorityForm, "boolean": schema.BooleanForm, "latitude": schema.LatitudeForm,
		"longitude": schema.LongitudeForm, "time": schema.TimeForm, "zone": schema.ZoneForm, "day first": schema.DayFirstTimeForm,
	}
	f.Fuzz(func(t *testing.T, v string) {
		v = fold.Trim(v)
		for name, form := range forms {
			first, err := form(nil, v)
			if err != nil || v == "" || name != "priority" && len(first.Values) == 0 {
				continue
			}
			require.Len(t, first.Values, 1)
			again, err := form(nil, first.Values[0])
			require.NoError(t, err, "%s of its own %q", name, first.Values[0])
			require.Equal(t, first.Values, again.Values, "%s of %q", name, v)
			switch name {
			case "latitude", "longitude":
				degrees, err := strconv.ParseFloat(first.Values[0], 64)
				require.NoError(t, err)
				require.LessOrEqual(t, max(degrees, -degrees), 180.0)
			case "time", "day first":
				_, err := time.Parse(time.RFC3339, first.Values[0])
				require.NoError(t, err)
				require.True(t, strings.HasSuffix(first.Values[0], "Z"))
			}
		}
	})
}
