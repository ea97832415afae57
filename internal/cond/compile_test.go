package cond

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/entity"
)

func TestCompileErrorsStateClauseKeyAndReason(t *testing.T) {
	const ops = `= != regex like > >= < <= exists`
	for _, test := range []struct {
		clause entity.Clause
		path   string
		want   string
	}{
		{entity.Clause{Op: "exists"}, "[0].field", `clause 1: field: is missing`},
		{entity.Clause{Field: "a"}, "[0].op", `clause 1: op: is missing: use one of ` + ops},
		{entity.Clause{Field: "a", Op: "regexp", Value: entity.Literals{"x"}}, "[0].op", `clause 1: op: unknown operator "regexp" (did you mean "regex"?)`},
		{entity.Clause{Field: "a", Op: "==", Value: entity.Literals{"x"}}, "[0].op", `clause 1: op: unknown operator "==" (did you mean "="?)`},
		{entity.Clause{Field: "a", Op: "=~", Value: entity.Literals{"x"}}, "[0].op", `clause 1: op: unknown operator "=~" (did you mean "regex"?)`},
		{entity.Clause{Field: "a", Op: "EXISTS"}, "[0].op", `clause 1: op: unknown operator "EXISTS": use one of ` + ops},
		{entity.Clause{Field: "a", Op: "startswith", Value: entity.Literals{"x"}}, "[0].op", `clause 1: op: unknown operator "startswith": use one of ` + ops},
		{entity.Clause{Field: "a", Op: "regex", Value: entity.Literals{"(b"}}, "[0].value", `clause 1: value: bad regular expression "(b": missing closing ): "(b"`},
		{entity.Clause{Field: "a", Op: "regex", Value: entity.Literals{"b", "[z-a]"}}, "[0].value[1]", `clause 1: value[1]: bad regular expression "[z-a]": invalid character class range: "z-a"`},
		{entity.Clause{Field: "a", Op: "regex", ValueField: "b"}, "[0].value_field", `clause 1: value_field: regex takes a value, not a field`},
		{entity.Clause{Field: "a", Op: "=", Value: entity.Literals{"x"}, ValueField: "b"}, "[0].value_field", `clause 1: value_field: cannot be combined with value: remove one of them`},
		{entity.Clause{Field: "a", Op: ">="}, "[0].value", `clause 1: value: >= needs a value or a value_field`},
		{entity.Clause{Field: "a", Op: "=", Value: entity.Literals{}}, "[0].value", `clause 1: value: = needs a value or a value_field`},
		{entity.Clause{Field: "a", Op: "regex"}, "[0].value", `clause 1: value: regex needs a value`},
		{entity.Clause{Field: "a", Op: "exists", Value: entity.Literals{"x"}}, "[0].value", `clause 1: value: exists takes no value: remove it`},
		{entity.Clause{Field: "a", Op: "exists", ValueField: "x"}, "[0].value_field", `clause 1: value_field: exists takes no field to compare with: remove it`},
	} {
		_, err := Compile([]entity.Clause{test.clause})
		require.EqualError(t, err, test.want, "Compile(%+v)", test.clause)
		var bad *Error
		require.True(t, errors.As(err, &bad), "Compile(%+v)", test.clause)
		assert.Equal(t, test.path, bad.Path(), "Compile(%+v)", test.clause)
	}
}

func TestCompileReportsAllErrors(t *testing.T) {
	_, err := Compile([]entity.Clause{
		{Field: "a", Op: "exists"},
		{Op: "is"},
		{Field: "a", Op: "regex", Value: entity.Literals{"(", "ok", ")"}},
	})
	assert.EqualError(t, err, `clause 2: field: is missing
clause 2: op: unknown operator "is" (did you mean "="?)
clause 3: value[0]: bad regular expression "(": missing closing ): "("
clause 3: value[2]: bad regular expression ")": unexpected ): ")"`)
}

func TestFieldsAreDistinctInOrderOfMention(t *testing.T) {
	s, err := Compile([]entity.Clause{
		{Field: "b", Op: "exists"},
		{Field: "a", Op: "=", ValueField: "c"},
		{Field: "c", Op: "!=", ValueField: "b"},
		{Field: "a", Op: "=", Value: entity.Literals{"1"}},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "a", "c"}, s.Fields())

	s.Fields()[0] = "changed"
	assert.Equal(t, []string{"b", "a", "c"}, s.Fields(), "Fields returns a copy")
	assert.Empty(t, (*Set)(nil).Fields())
}

func TestClauseIsDecodedFromJSON(t *testing.T) {
	for text, want := range map[string]entity.Clause{
		`{"field":"a","op":"=","value":"x"}`:                                 {Field: "a", Op: "=", Value: entity.Literals{"x"}},
		`{"field":"a","op":"=","value":9007199254740993.0}`:                  {Field: "a", Op: "=", Value: entity.Literals{"9007199254740993.0"}},
		`{"field":"a","op":"=","value":true}`:                                {Field: "a", Op: "=", Value: entity.Literals{"true"}},
		`{"field":"a","op":"=","value":[ 1 , "b\n", false]}`:                 {Field: "a", Op: "=", Value: entity.Literals{"1", "b\n", "false"}},
		`{"field":"a","op":"exists","value":null}`:                           {Field: "a", Op: "exists"},
		`{"field":"a","op":"!=","value_field":"b"}`:                          {Field: "a", Op: "!=", ValueField: "b"},
		`{"field":"a","op":"=","value":[]}`:                                  {Field: "a", Op: "="},
		`{"field":"a","op":"=","value":["` + "\u0130" + `", "` + `\u0131"]}`: {Field: "a", Op: "=", Value: entity.Literals{"\u0130", "\u0131"}},
	} {
		var got entity.Clause
		require.NoError(t, json.Unmarshal([]byte(text), &got), "%s", text)
		assert.Equal(t, want, got, "Unmarshal(%s)", text)
	}
	for _, text := range []string{`{"value":{}}`, `{"value":[[1]]}`, `{"value":[null]}`, `{"value":[{}]}`} {
		assert.Error(t, json.Unmarshal([]byte(text), new(entity.Clause)), "Unmarshal(%s)", text)
	}
}

func TestLiteralsAreOneStringOrAListInYAML(t *testing.T) {
	offer := func(have any) func(any) error {
		return func(into any) error {
			switch into := into.(type) {
			case *string:
				if s, ok := have.(string); ok {
					*into = s
					return nil
				}
			case *[]string:
				if s, ok := have.([]string); ok {
					*into = s
					return nil
				}
			}
			return errors.New("no")
		}
	}
	var v entity.Literals
	require.NoError(t, v.UnmarshalYAML(offer("a")))
	assert.Equal(t, entity.Literals{"a"}, v)
	require.NoError(t, v.UnmarshalYAML(offer([]string{"a", "b"})))
	assert.Equal(t, entity.Literals{"a", "b"}, v)
	assert.Error(t, v.UnmarshalYAML(offer(1)))
}
