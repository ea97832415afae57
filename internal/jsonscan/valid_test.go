package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValidAcceptsRFC8259Only(t *testing.T) {
	for _, event := range []string{
		`{}`, `[]`, ` [ ] `, `0`, `-0`, `-0.0e-0`, `1E+2`, `"x"`, `null`, `{"a":[{"b":[]},{}]}`, "{\"a\"\t:\r\n1 , \"a\" : [ 1 , 2 ]}", `"\ud800"`,
		`"\"\\\/\b\f\n\r\t\u00e9"`, "\"é\x7f\u2028\"", "\ufeff{}", `["` + strings.Repeat("x", 100) + `"]`,
	} {
		assert.NoError(t, Valid([]byte(event)), "Valid(%q)", event)
		checkAny(t, []byte(event))
	}
	for _, c := range []struct{ event, err string }{
		{``, `offset 0: not a JSON value`},
		{` `, `offset 1: not a JSON value`},
		{`x`, `offset 0: not a JSON value`},
		{`nul`, `offset 0: not a JSON value`},
		{`nulls`, `offset 4: text after the value`},
		{`{"a":1}{`, `offset 7: text after the value`},
		{`{`, `offset 1: object or array is not closed`},
		{`[`, `offset 1: object or array is not closed`},
		{`[1`, `offset 2: object or array is not closed`},
		{`[1,`, `offset 3: object or array is not closed`},
		{`{"a":1,`, `offset 7: object or array is not closed`},
		{`{"a":`, `offset 5: object or array is not closed`},
		{`{"a"`, `offset 4: colon is missing`},
		{`{"a" 1}`, `offset 5: colon is missing`},
		{`{1}`, `offset 1: key is missing`},
		{`{"a":1,}`, `offset 7: key is missing`},
		{`{,"a":1}`, `offset 1: key is missing`},
		{`[1,]`, `offset 3: not a JSON value`},
		{`[,1]`, `offset 1: not a JSON value`},
		{`[1}`, `offset 2: bracket closes another kind of bracket`},
		{`{"a":1]`, `offset 6: bracket closes another kind of bracket`},
		{`{"a":1 "b":2}`, `offset 7: comma or closing brace is missing`},
		{`[1 2]`, `offset 3: comma or closing bracket is missing`},
		{`01`, `offset 0: number begins with zero`},
		{`-01`, `offset 1: number begins with zero`},
		{`-`, `offset 1: number without digits`},
		{`+1`, `offset 0: not a JSON value`},
		{`.5`, `offset 0: not a JSON value`},
		{`1.`, `offset 2: number without digits after the point`},
		{`1.e5`, `offset 2: number without digits after the point`},
		{`1e`, `offset 2: number without digits in the exponent`},
		{`1e+`, `offset 3: number without digits in the exponent`},
		{`"x`, `offset 2: string is not closed`},
		{`"x\"`, `offset 4: string is not closed`},
		{`"x\`, `offset 2: not an escape of JSON`},
		{`"\x"`, `offset 1: not an escape of JSON`},
		{`"\u12g4"`, `offset 1: not an escape of JSON`},
		{"\"a\tb\"", `offset 2: control character in a string`},
		{"\"01234567\x00\"", `offset 9: control character in a string`},
		{"\"a\xff\"", `offset 2: not UTF-8`},
		{"\"\xed\xa0\x80\"", `offset 1: not UTF-8`},
	} {
		assert.EqualError(t, Valid([]byte(c.event)), c.err, "Valid(%q)", c.event)
		checkAny(t, []byte(c.event))
	}
}

func TestValidMatchesBracketsAtAnyDepth(t *testing.T) {
	for _, depth := range []int{63, 64, 65, 128, 9_999, 1_000_000} {
		event := []byte(strings.Repeat(`[{"a":`, depth) + "1" + strings.Repeat("}]", depth))
		require.NoError(t, Valid(event), "depth %d", depth)
		if depth < 5000 { // encoding/json allows 10,000 levels, and each depth has two
			require.True(t, json.Valid(event))
		}
		event[len(event)-1-depth] ^= '}' ^ ']'
		require.Error(t, Valid(event), "depth %d", depth)
	}
}

func TestValidDoesNotAllocate(t *testing.T) {
	event := []byte(`{"a":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `,"b":"x\n\u00e9é"}`)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if err := Valid(event); err != nil {
			t.Fatal(err)
		}
	}))
}

// TestValueEndIsTheEndOfTheFirstValue checks that what follows a value has no effect, and
// that no beginning of an object is valid.
func TestValueEndIsTheEndOfTheFirstValue(t *testing.T) {
	for _, value := range []string{`{}`, `[]`, `[[],{"a":[1]}]`, `{"a" : "x\"}" , "b":[{}]}`, `"}"`, `null`, `-1.5e3`} {
		for _, after := range []string{"", " ", ",", "\n{", "]", "}x", `"`} {
			end, err := ValueEnd([]byte(" "+value+after), 0, 2+strings.Count(value, "["))
			require.NoError(t, err, "ValueEnd(%q)", value+after)
			assert.Equal(t, 1+len(value), end, "ValueEnd(%q)", value+after)
		}
		for n := range value {
			if value[0] == '{' || value[0] == '[' {
				_, err := ValueEnd([]byte(value[:n]), 0, 9)
				assert.Error(t, err, "ValueEnd(%q)", value[:n])
			}
		}
	}
	_, err := ValueEnd([]byte(`[{"a":[]}]`), 0, 2)
	assert.EqualError(t, err, "offset 6: "+TooDeep)
}

func TestMembersAreThoseOfTheObject(t *testing.T) {
	for _, test := range []struct{ object, want string }{
		{`{}`, ""},
		{` { } `, ""},
		{`{"a":1}`, "a=1;"},
		{`{ "a" : "x,}" , "b\"c" :{"d":[1,2]},"a":[ ] ,"":null}`, `a="x,}";b"c={"d":[1,2]};a=[ ];=null;`},
		{`[1]`, ""},
	} {
		event := []byte(test.object)
		object := readElement(event, skipSpace(event, 0))
		got := ""
		for key, value := range object.Members(event) {
			got += string(key.AppendText(nil, event)) + "=" + string(value.Raw(event)) + ";"
		}
		assert.Equal(t, test.want, got, "Members of %s", test.object)
		for range object.Members(event) {
			break // must not continue
		}
	}
}
