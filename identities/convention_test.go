package identities

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConventionBuildsKeyFromColumns(t *testing.T) {
	columns := []string{"identity", "first", "last", "work_city", "city", "managedBy"}
	values := map[string]string{"first": "Émile", "last": "Zola", "work_city": "Paris", "managedBy": "boss"}
	for _, c := range []struct{ text, want string }{
		{"first(1)last()", "ÉZola"},
		{"first().last()", "Émile.Zola"},
		{"ADMIN_first(1)last()", "ADMIN_ÉZola"},
		{"last(2)first(2)", "ZoÉm"},
		{"LAST()", "Zola"},
		{"work_city(3)", "Par"},
		{"last(100)", "Zola"},
		{"x-last()-y", "x-Zola-y"},
		{"city()", ""},
		{"first()identity()", ""},
	} {
		got, err := ParseConvention(c.text, columns)
		require.NoError(t, err)
		assert.Equal(t, c.text, got.String())
		key, ok := got.Apply(func(column string) string { return values[column] })
		assert.Equal(t, c.want, key, "Apply of %q", c.text)
		assert.Equal(t, c.want != "", ok, "Apply of %q", c.text)
	}
}

func TestColumnsReturnsEachColumnOnce(t *testing.T) {
	columns := []string{"first", "last", "nick"}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"first(1)last()", []string{"first", "last"}},
		{"x-LAST()-y", []string{"last"}},
		{"last(1)first()last()", []string{"last", "first"}},
	} {
		got, err := ParseConvention(c.text, columns)
		require.NoError(t, err)
		assert.Equal(t, c.want, got.Columns(), "Columns of %q", c.text)
	}
}

func TestParseConventionErrorsNamePlaceAndCure(t *testing.T) {
	columns := []string{"first", "last"}
	for _, c := range []struct{ text, want string }{
		{"", `convention "": contains no column, such as first(1)last()`},
		{"jdoe", `convention "jdoe": contains no column, such as first(1)last()`},
		{"Emial", `convention "Emial": contains no column (did you mean "email"?)`},
		{"fist(1)", `convention "fist(1)": no column before the "(" at 5: did you mean "first"? (declare a custom column with fields: {fist: {}})`},
		{"user(1)", `convention "user(1)": no column before the "(" at 5: use one of first, last (declare a custom column with fields: {user: {}})`},
		{"first().Hire_2()", `convention "first().Hire_2()": no column before the "(" at 15: use one of first, last (declare a custom column with fields: {Hire_2: {}})`},
		{"é(1)", `convention "é(1)": no column before the "(" at 3: use one of first, last (declare a custom column with fields: {é: {}})`},
		{"–é(1)", `convention "–é(1)": no column before the "(" at 6: use one of first, last (declare a custom column with fields: {é: {}})`},
		{"-é-(1)", `convention "-é-(1)": no column before the "(" at 5: use one of first, last`},
		{"(1)", `convention "(1)": no column before the "(" at 1: use one of first, last`},
		{"first(1", `convention "first(1": the "(" at 6 has no ")"`},
		{"first(0)", `convention "first(0)": the number of characters at 7 must be from 1 to 1000, not "0"`},
		{"first(-1)", `convention "first(-1)": the number of characters at 7 must be from 1 to 1000, not "-1"`},
		{"first()last(x)", `convention "first()last(x)": the number of characters at 13 must be from 1 to 1000, not "x"`},
	} {
		_, err := ParseConvention(c.text, columns)
		assert.EqualError(t, err, c.want, "ParseConvention(%q)", c.text)
	}
}

// FuzzConvention checks that a valid convention has a column, and that Apply does not panic.
func FuzzConvention(f *testing.F) {
	f.Add("ADMIN_first(1)last()", "Émile", "\xff")
	f.Fuzz(func(t *testing.T, text, first, last string) {
		c, err := ParseConvention(text, []string{"first", "last"})
		if err != nil {
			return
		}
		_, ok := c.Apply(func(string) string { return "" })
		require.False(t, ok, "Apply of %q returns a key without values", text)
		_, _ = c.Apply(func(column string) string { return map[string]string{"first": first, "last": last}[column] })
	})
}
