package entity_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
)

// form runs a form on one value and shows what it gives, or the error.
func form(f entity.Form, v string) string {
	got, err := f(nil, v)
	if err != nil {
		return "error: " + err.Error()
	}
	return strings.Join(got.Values, " ")
}

func TestForms(t *testing.T) {
	const badDate = `use %m/%d/%Y %H:%M, %m/%d/%y %H:%M, %m/%d/%Y, RFC 3339 or epoch seconds`
	for _, c := range []struct {
		name     string
		form     entity.Form
		in, want string
	}{
		{"priority", entity.PriorityForm, "CRITICAL", "critical"},
		{"priority", entity.PriorityForm, "Unknown", "unknown"},
		{"priority", entity.PriorityForm, "informational", "informational"},
		{"priority", entity.PriorityForm, "P1", `error: bad priority "P1": use unknown, informational, low, medium, high, critical`},
		{"boolean", entity.BooleanForm, "TRUE", "true"},
		{"boolean", entity.BooleanForm, "t", "true"},
		{"boolean", entity.BooleanForm, "Yes", "true"},
		{"boolean", entity.BooleanForm, "y", "true"},
		{"boolean", entity.BooleanForm, "1", "true"},
		{"boolean", entity.BooleanForm, "On", "true"},
		{"boolean", entity.BooleanForm, "F", "false"},
		{"boolean", entity.BooleanForm, "no", "false"},
		{"boolean", entity.BooleanForm, "N", "false"},
		{"boolean", entity.BooleanForm, "0", "false"},
		{"boolean", entity.BooleanForm, "off", "false"},
		{"boolean", entity.BooleanForm, "2", `error: bad boolean "2": use true or false`},
		{"lat", entity.LatitudeForm, "52.5200", "52.5200"},
		{"lat", entity.LatitudeForm, "+052.5", "52.5"},
		{"lat", entity.LatitudeForm, "-33.86", "-33.86"},
		{"lat", entity.LatitudeForm, "33.86S", "-33.86"},
		{"lat", entity.LatitudeForm, "s 33.86", "-33.86"},
		{"lat", entity.LatitudeForm, "52.5 n", "52.5"},
		{"lat", entity.LatitudeForm, "-0.0", "0.0"},
		{"lat", entity.LatitudeForm, ".5", "0.5"},
		{"lat", entity.LatitudeForm, "5.", "5"},
		{"lat", entity.LatitudeForm, "90", "90"},
		{"lat", entity.LatitudeForm, "90.1", `error: bad latitude "90.1": use decimal degrees up to 90, signed or with N or S`},
		{"lat", entity.LatitudeForm, "13E", `error: bad latitude "13E": use decimal degrees up to 90, signed or with N or S`},
		{"lat", entity.LatitudeForm, "1e1", `error: bad latitude "1e1": use decimal degrees up to 90, signed or with N or S`},
		{"lat", entity.LatitudeForm, "-5S", `error: bad latitude "-5S": use decimal degrees up to 90, signed or with N or S`},
		{"lat", entity.LatitudeForm, "NaN", `error: bad latitude "NaN": use decimal degrees up to 90, signed or with N or S`},
		{"long", entity.LongitudeForm, "180W", "-180"},
		{"long", entity.LongitudeForm, "13.4E", "13.4"},
		{"long", entity.LongitudeForm, "181", `error: bad longitude "181": use decimal degrees up to 180, signed or with E or W`},
		{"long", entity.LongitudeForm, ".", `error: bad longitude ".": use decimal degrees up to 180, signed or with E or W`},
		{"date", entity.TimeForm, "03/01/2020 08:05", "2020-03-01T08:05:00Z"},
		{"date", entity.TimeForm, "3/1/20 8:05", "2020-03-01T08:05:00Z"},
		{"date", entity.TimeForm, "03/01/69 00:00", "1969-03-01T00:00:00Z"},
		{"date", entity.TimeForm, "03/01/68 00:00", "2068-03-01T00:00:00Z"},
		{"date", entity.TimeForm, "12/31/2020", "2020-12-31T00:00:00Z"},
		{"date", entity.TimeForm, "2020-03-01T08:00:00.999+02:00", "2020-03-01T06:00:00Z"},
		{"date", entity.TimeForm, "1583020800", "2020-03-01T00:00:00Z"},
		{"date", entity.TimeForm, "100000000", "1973-03-03T09:46:40Z"},
		{"date", entity.TimeForm, "99999999", `error: bad date "99999999": ` + badDate},
		{"date", entity.TimeForm, "31/12/2020", `error: bad date "31/12/2020": ` + badDate},
		{"date", entity.TimeForm, "2020-03-01", `error: bad date "2020-03-01": ` + badDate},
		{"date", entity.TimeForm, "99999999999999999999", `error: bad date "99999999999999999999": ` + badDate},
		{"zone", entity.ZoneForm, "EMEA Ä", "emea ä"},
	} {
		assert.Equal(t, c.want, form(c.form, c.in), "%s of %q", c.name, c.in)
	}
}

// What stands for a bad value is a canonical one.
func TestFormsUse(t *testing.T) {
	var bad *entity.ValueError
	_, err := entity.PriorityForm(nil, "x")
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, "unknown", bad.Use)
	_, err = entity.BooleanForm(nil, "x")
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, "false", bad.Use)
	_, err = entity.TimeForm(nil, "x")
	require.ErrorAs(t, err, &bad)
	assert.Empty(t, bad.Use)
}

// FuzzForms holds every form to its law: what it gives, it gives again.
func FuzzForms(f *testing.F) {
	for _, v := range []string{"low", "Y", "52.5N", "s 0.0", "03/01/69 00:00", "1583020800", "0000-01-01T00:00:00+12:00", "İ", "-00.1", "+S1"} {
		f.Add(v)
	}
	forms := map[string]entity.Form{
		"priority": entity.PriorityForm, "boolean": entity.BooleanForm, "latitude": entity.LatitudeForm,
		"longitude": entity.LongitudeForm, "time": entity.TimeForm, "zone": entity.ZoneForm,
	}
	f.Fuzz(func(t *testing.T, v string) {
		v = entity.Trim(v)
		for name, form := range forms {
			first, err := form(nil, v)
			if err != nil || v == "" {
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
			case "time":
				_, err := time.Parse(time.RFC3339, first.Values[0])
				require.NoError(t, err)
				require.True(t, strings.HasSuffix(first.Values[0], "Z"))
			}
		}
	})
}
