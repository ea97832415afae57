package jsonscan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWildcardMatchesOneName(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, test := range []struct{ event, want string }{
			{`{"u":{"A":{"x":1}}}`, "1"},
			{`{"u.A":{"x":1}}`, "1"},
			{`{"u":{"A.x":1}}`, "1"},
			{`{"u.A.x":1}`, "1"},
			{`{"u" : { "A" : { "x" : 1 } } }`, "1"},
			{`{"u":{"\u0041":{"\u0078":1}}}`, "1"},
			{`{"u":{"":{"x":1}}}`, "1"},
			{`{"u..x":1}`, "1"},
			{`{"u":{"é":{"x":1}}}`, "1"},
			{`{"u":{"A":{"y":2},"B":{"x":1},"C":{}}}`, "1"},
			{`{"u":{"A":{"x":2},"B":{"x":1}}}`, "1"},
			{`{"u":{"A":{"x":2},"B.x":1}}`, "1"},
			{`{"u":{"A":{"x":2}},"u":{"B":{"x":1}}}`, "1"},
			{`{"u":{"A":{"x":2}},"u":{"B":{}}}`, ""},
			{`{"u":{"A":{"x":2}},"u":0}`, ""},
			{`{"u":{"A":{"x":1}},"u.B":{}}`, "1"},
			{`{"u":{"A":{"B":{"x":2}}}}`, ""},
			{`{"u":{"A.B":{"x":2}}}`, ""},
			{`{"u":{"x":2}}`, ""},
			{`{"u.x":2}`, ""},
			{`{"u":{"A":[{"x":2}]}}`, ""},
			{`{"u":{"A":"x","B":[1,{"x":2}],"C":{"D":{"x":2}}}}`, ""},
			{`{"v":{"A":{"x":2}},"uu.A":{"x":2},"":{"x":2}}`, ""},
			{`{"w":{"u":{"A":{"x":2}}}}`, ""},
		} {
			checkTwin(t, []string{"u.*.x", "other"}, []byte(test.event))
			var s Scanner
			require.NoError(t, mustCompile(t, "u.*.x", "other").Scan([]byte(test.event), &s))
			assert.Equal(t, test.want, string(s.Value(0).Raw([]byte(test.event))), test.event)
		}
	})
}

func TestWildcardYieldsNothingToPathsThatNameWhatItMatches(t *testing.T) {
	paths := []string{"u.*.x", "u.A.x", "u.B", "u.*.y.z", "u.C.y.w"}
	eachKernel(t, func(t *testing.T) {
		for _, event := range []string{
			`{"u":{"A":{"x":1}}}`, `{"u.A":{"x":1}}`, `{"u.A.x":1}`, `{"u":{"A.x":1}}`,
			`{"u":{"A":{"x":1,"y":{"z":2}}}}`, `{"u":{"A":{"y.z":2}}}`, `{"u.A.y.z":2}`,
			`{"u":{"B":{"x":1}}}`, `{"u.B":{"x":1}}`, `{"u.B.x":1}`,
			`{"u":{"A":{"x":1},"D":{"x":2}}}`, `{"u":{"D":{"x":2},"A":{"x":1}}}`,
			`{"u":{"C":{"y":{"w":1,"z":2},"x":3}}}`, `{"u":{"C.y":{"w":1,"z":2},"x":3}}`,
			`{"u":{"C":{"y":{"z":2}},"D":{"y.z":1}}}`,
			`{"u":{"A":{"x":1}},"u":{"D":{"x":2}}}`, `{"u":{"D":{"x":1}},"u":{"A":{"x":2}}}`,
		} {
			checkTwin(t, paths, []byte(event))
		}
	})
}

func TestLawWildcardAgreesWithTwin(t *testing.T) {
	for _, paths := range [][]string{{"a.*.b"}, {"a.*.b", "a.*.b.c", "c", "b"}, {"b.*.c.d", "a.b.*.c", "x.*.src_priority"}} {
		eachKernel(t, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkTwin(t, paths, awkwardEvent(t)) })
		})
	}
}

func TestCompileRejectsWildcardsThatAreNotBetweenNames(t *testing.T) {
	for _, test := range []struct{ path, want string }{
		{"*", `path "*" begins with a wildcard: put a name before it`},
		{"*.a", `path "*.a" begins with a wildcard: put a name before it`},
		{"a.*", `path "a.*" ends with a wildcard: put a name after it`},
		{"a.*.b.*.c", `path "a.*.b.*.c" has more than one wildcard: replace all but one by names`},
		{"a.*.*.c", `path "a.*.*.c" has more than one wildcard: replace all but one by names`},
	} {
		_, err := Compile([]string{test.path})
		assert.EqualError(t, err, test.want)
	}
	for _, path := range []string{"a*.b", "a.*b.c", "a.**.c", "a.b*"} {
		_, err := Compile([]string{path})
		assert.NoError(t, err, path)
	}
	_, err := Compile([]string{"a.*.b.d", "a.b.*.d"})
	assert.ErrorContains(t, err, "have wildcards that match the same keys: use the same position in both")
	_, err = Compile([]string{"a.*.b.d", "a.*.c", "a.c.d", "b.*.c"})
	assert.NoError(t, err)
}

// A hostile event can have any number of members that a wildcard matches.
func TestWildcardNeedsBoundedMemoryAndLinearTime(t *testing.T) {
	var event strings.Builder
	event.WriteString(`{"u":{`)
	for i := range 50_000 {
		fmt.Fprintf(&event, `"k%d":{"x":%d,"x":{}},`, i, i)
	}
	event.WriteString(`"last":{"x":7}}}`)
	var s Scanner
	require.NoError(t, mustCompile(t, "u.*.x").Scan([]byte(event.String()), &s))
	assert.Equal(t, "7", string(s.Value(0).Raw([]byte(event.String()))))
	assert.Less(t, len(s.hits.all), 10)
}
