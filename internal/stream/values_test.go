package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listValues returns the units of a JSON sequence, each with the number of its line, and for
// those that are malformed with the error.
func listValues(t *testing.T, v *Values) (units []string) {
	t.Helper()
	var c Chunk
	lines, size := int64(v.lines), v.offset
	for err := error(nil); err == nil; {
		err = v.Next(t.Context(), &c)
		require.True(t, err == nil || err == io.EOF, "%v", err)
		require.True(t, err != nil || c.Len() > 0, "a chunk without units and an error")
		require.Equal(t, lines+1, c.First)
		lines += int64(c.Lines)
		size += c.Size
		require.Equal(t, size, c.Position.Offset)
		for i := range c.Len() {
			unit := fmt.Sprintf("%d %s", c.Line(i), strings.TrimSuffix(string(c.Unit(i)), "\n"))
			if err := c.Malformed(i); err != nil {
				unit += " BAD " + err.Error()
			}
			units = append(units, unit)
		}
	}
	return units
}

func TestValuesOfASequence(t *testing.T) {
	nested := "{\"a\":" + strings.Repeat("[", maxDepth)
	for _, test := range []struct {
		about string
		text  string
		want  []string
	}{
		{"an empty input", "", nil},
		{"blank lines", "\n \r\n", nil},
		{"a value per line", "{\"a\":1}\n{\"a\":2}\n", []string{`1 {"a":1}`, `2 {"a":2}`}},
		{"values beside each other", `{"a":1}{"a":2} {"a":3}`, []string{`1 {"a":1}`, `1 {"a":2}`, `1 {"a":3}`}},
		{"values on several lines keep their blanks", "{\n  \"a\": [\n    1\n  ]\n}\r\n{\r\n}", []string{`1 {  "a": [    1  ]}`, `6 {}`}},
		{"an array", "[\n{\"a\":1},\n{\"a\":2}\n]\n", []string{`2 {"a":1}`, `3 {"a":2}`}},
		{"an array on one line", `[{"a":1},{"a":[{}]}]`, []string{`1 {"a":1}`, `1 {"a":[{}]}`}},
		{"arrays one after another", "[{}]\n[{}, {}] []{}", []string{`1 {}`, `2 {}`, `2 {}`, `2 {}`}},
		{"an array in an array is a value", `[[{}], {}]`, []string{`1 [{}]`, `1 {}`}},
		{"numbers and strings are values", "1 \"a b\" true\nnull", []string{`1 1`, `1 "a b"`, `1 true`, `2 null`}},
		{"brackets, quotes and escapes in strings", `{"a":"}\"]\\"}{"b":"["}`, []string{`1 {"a":"}\"]\\"}`, `1 {"b":"["}`}},
		{"a byte order mark", "\ufeff{}\n\n{}", []string{`1 {}`, `3 {}`}},
		{"record separators (RFC 7464)", "\x1e{}\n\x1e{\"a\":1}\n", []string{`1 {}`, `2 {"a":1}`}},
		{
			"a string that is cut short", "{\n  \"a\": \"x\n{\n  \"a\": 2\n}\n",
			[]string{"1 {\n  \"a\": \"x BAD line break in a string, on line 2", `3 {  "a": 2}`},
		},
		{
			"an object that is cut short", "{\n  \"a\": 1,\n{\n  \"a\": 2\n}\n",
			[]string{"1 {\n  \"a\": 1, BAD unexpected '{', want a key, on line 3", `3 {  "a": 2}`},
		},
		{
			"an array that is cut short is not taken for the value that follows",
			"{\n  \"a\": [\n{\n  \"b\": 2\n}\n{\n  \"c\": 3\n}\n",
			[]string{"1 {\n  \"a\": [ BAD unexpected '{', want a comma or a closing bracket, on line 6", `3 {  "b": 2}`, `6 {  "c": 3}`},
		},
		{
			"a malformed element of an array", "[\n  {\"a\": 1},\n  {\"a\": },\n  {\"a\": 3}\n]\n{}",
			[]string{`2 {"a": 1}`, `3 {"a": }, BAD unexpected '}', want a value`, `4 {"a": 3}`, `6 {}`},
		},
		{
			"an object within a malformed one is not an event", "{\n  \"a\": 1 2,\n  \"b\":\n  {\n  }\n}\n{\"a\": 2}\n",
			[]string{"1 {\n  \"a\": 1 2,\n  \"b\":\n  {\n  }\n} BAD unexpected '2', want a comma or a closing bracket, on line 2", `7 {"a": 2}`},
		},
		{
			"without indentation reading resumes behind the error", "{\n\"a\":\n{\n\"b\": x y\n}\n}\n{\"a\": 2}\n",
			[]string{"1 {\n\"a\":\n{\n\"b\": x y\n}\n} BAD unexpected 'y', want a comma or a closing bracket, on line 4", `7 {"a": 2}`},
		},
		{"text that is not JSON", "{}\n<html>\n</html>\n{}\n", []string{`1 {}`, "2 <html>", "3 </html>", `4 {}`}},
		{"a closing bracket too many", "{}}\n{}\n", []string{`1 {}`, "1 } BAD unexpected '}', want a value", `2 {}`}},
		{"an array that is not closed", "[{}, {}", []string{`1 {}`, `1 {}`, "1  BAD the array that begins here is not closed: the input may be cut short"}},
		{"a value at the end that is cut short", "{}\n{\"a\":", []string{`1 {}`, `2 {"a": BAD the value is cut short`}},
		{
			"nesting without end", "{}\n" + nested + "\n{}\n",
			[]string{`1 {}`, "2 " + nested + " BAD more than 10000 nested objects and arrays", `3 {}`},
		},
	} {
		t.Run(test.about, func(t *testing.T) {
			assert.Equal(t, test.want, listValues(t, NewValues(strings.NewReader(test.text), 0, 0, 0)))
			if len(test.text) > 1000 {
				return
			}
			oneByOne := iotest.OneByteReader(strings.NewReader(test.text))
			assert.Equal(t, test.want, listValues(t, NewValues(oneByOne, 0, 0, 0)), "read byte by byte")
		})
	}
}

// drawSequence returns a valid sequence in one of several layouts.
func drawSequence(rng *rand.Rand) string {
	var text strings.Builder
	for range 1 + rng.IntN(4) {
		n := 1 + rng.IntN(4)
		isArray := rng.IntN(2) == 0
		if isArray {
			text.WriteString([]string{"[", "[\n", " [ "}[rng.IntN(3)])
		}
		for i := range n {
			value, err := json.Marshal(drawValue(rng, 3))
			if err != nil {
				panic(err)
			}
			if rng.IntN(2) == 0 {
				var indented bytes.Buffer
				if err := json.Indent(&indented, value, []string{"", "  "}[rng.IntN(2)], []string{"", " ", "\t"}[rng.IntN(3)]); err != nil {
					panic(err)
				}
				value = indented.Bytes()
			}
			text.Write(value)
			if isArray && i+1 < n {
				text.WriteString([]string{",", ",\n", "\r\n ,"}[rng.IntN(3)])
			} else {
				text.WriteString([]string{"\n", "\r\n", " ", "\n\n"}[rng.IntN(4)])
			}
		}
		if isArray {
			text.WriteString("]\n")
		}
	}
	return text.String()
}

func drawValue(rng *rand.Rand, depth int) any {
	if depth == 0 {
		return []any{1.5, true, nil, "", "a\"b", `\`, "{", "]\n", "é", -12}[rng.IntN(10)]
	}
	if depth < 3 && rng.IntN(3) == 0 {
		list := make([]any, rng.IntN(3))
		for i := range list {
			list[i] = drawValue(rng, depth-1)
		}
		return list
	}
	object := map[string]any{}
	for range rng.IntN(3) {
		object[[]string{"a", "b", "}", `"`, "c d"}[rng.IntN(5)]] = drawValue(rng, depth-1)
	}
	return object
}

// decodeSequence returns the values of a valid sequence, compact. It is the obvious
// implementation.
func decodeSequence(t *testing.T, text string) (values []string) {
	decoder := json.NewDecoder(strings.NewReader(text))
	for {
		var value json.RawMessage
		err := decoder.Decode(&value)
		if err == io.EOF {
			return values
		}
		require.NoError(t, err)
		elements := []json.RawMessage{value}
		if value[0] == '[' {
			require.NoError(t, json.Unmarshal(value, &elements))
		}
		for _, element := range elements {
			var compact bytes.Buffer
			require.NoError(t, json.Compact(&compact, element))
			values = append(values, compact.String())
		}
	}
}

func TestValuesAgreeWithDecoding(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		text := drawSequence(rng)
		var got []string
		for _, unit := range listValues(t, NewValues(&anyChunks{rng, strings.NewReader(text)}, 0, 0, 0)) {
			_, unit, _ = strings.Cut(unit, " ")
			require.NotContains(t, unit, "\n")
			var compact bytes.Buffer
			require.NoError(t, json.Compact(&compact, []byte(unit)), "%q of %q", unit, text)
			got = append(got, compact.String())
		}
		require.Equal(t, decodeSequence(t, text), got, "%q", text)
	}
}

func TestValuesLongerThanTheLimitAreDropped(t *testing.T) {
	long := "{\n\"a\": \"" + strings.Repeat("x", 3*blockSize) + "\",\n\"b\": 1\n}"
	v := NewValues(strings.NewReader("[{},\n"+long+",\n{\"c\":1}]\n"+long+"\n{\"d\": }\n{\"e\":1}"), 100, 0, 0)
	want := []string{"1 {}", "2 ", `6 {"c":1}`, "7 ", `11 {"d": } BAD unexpected '}', want a value`, `12 {"e":1}`}
	assert.Equal(t, want, listValues(t, v))
	assert.Less(t, cap(v.buf), 3*blockSize, "the memory does not grow with the value")
}

func TestEndlessArrayIsReadInBoundedMemory(t *testing.T) {
	element := `{"a":"` + strings.Repeat("x", 1000) + `"},`
	v := NewValues(io.MultiReader(strings.NewReader("["), strings.NewReader(strings.Repeat(element, 20_000))), 0, 0, 0)
	var c Chunk
	units := 0
	for err := error(nil); err == nil; units += c.Len() {
		err = v.Next(t.Context(), &c)
	}
	assert.Equal(t, 20_001, units, "the last one is the array without its end")
	assert.Less(t, cap(v.buf)+cap(c.Data), 6*blockSize)
}

// The text after any chunk gives the rest of the values, also within an array.
func TestValuesResumeAtThePositionOfEveryChunk(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		text := drawSequence(rng)
		v := NewValues(&anyChunks{rng, strings.NewReader(text)}, 0, 0, 0)
		all := listValues(t, NewValues(strings.NewReader(text), 0, 0, 0))
		var c Chunk
		seen := 0
		for err := error(nil); err == nil; {
			err = v.Next(t.Context(), &c)
			seen += c.Len()
			at := c.Position.Offset
			rest := listValues(t, NewValues(strings.NewReader(text[at:]), 0, v.lines, at))
			require.Equal(t, all[seen:], append([]string{}, rest...), "%q from %d", text, at)
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, text := range []string{
		"[{\"a\":1},\n{\"b\":[1,2]}]", "{\n \"a\": \"x\n{\n \"b\": 1\n}", "\x1e{}\n}{", "[[[\n{", "{\"a\":1 2\n\n {\n{}",
	} {
		f.Add(text, 40)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = max(limit%1000, 1)
		whole := listValues(t, NewValues(strings.NewReader(text), limit, 0, 0))
		parts := listValues(t, NewValues(iotest.OneByteReader(strings.NewReader(text)), limit, 0, 0))
		require.Equal(t, whole, parts)
	})
}
