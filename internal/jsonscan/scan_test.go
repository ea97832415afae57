package jsonscan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func mustCompile(t testing.TB, paths ...string) *Paths {
	t.Helper()
	p, err := Compile(paths)
	require.NoError(t, err)
	return p
}

func TestCompileRejectsBadPaths(t *testing.T) {
	for _, c := range []struct {
		paths []string
		err   string
	}{
		{nil, ""},
		{[]string{"a", "a.b", "a.b.c", "..", ".a", "a."}, ""},
		{[]string{"a", ""}, `path is empty`},
		{[]string{"a.b", "c", "a.b"}, `path "a.b" is given twice`},
		{[]string{strings.Repeat(".", 64)}, `path "` + strings.Repeat(".", 64) + `" has more than 64 names`},
	} {
		p, err := Compile(c.paths)
		if c.err != "" {
			assert.EqualError(t, err, c.err, "Compile(%q)", c.paths)
			continue
		}
		require.NoError(t, err, "Compile(%q)", c.paths)
		assert.Equal(t, len(c.paths), p.Len())
	}
}

// Wanted paths are found as if the others did not exist. The others are found only if a
// wanted path leads through them.
func TestCompileSomeFindsOnlyWanted(t *testing.T) {
	paths := []string{"a", "a.b", "c.d.e", "c", "f", "c.x"}
	const event = `{"a":{"b":1},"c":{"d.e":2,"x":3},"f":4}`
	all := []string{`{"b":1}`, `1`, `2`, `{"d.e":2,"x":3}`, `4`, `3`}
	for set := range 1 << len(paths) {
		wanted := make([]bool, len(paths))
		for i := range wanted {
			wanted[i] = set>>i&1 != 0
		}
		p, err := CompileSome(paths, wanted)
		require.NoError(t, err)
		var s Scanner
		require.NoError(t, p.Scan([]byte(event), &s))
		found := []bool{wanted[0] || wanted[1], wanted[1], wanted[2], wanted[3] || wanted[2] || wanted[5], wanted[4], wanted[5]}
		for i, want := range all {
			if !found[i] {
				want = ""
			}
			assert.Equal(t, want, string(s.Value(i).Raw([]byte(event))), "path %s of %v", paths[i], wanted)
		}
		for i := range s.Found() {
			assert.True(t, found[i], "Found has %s of %v", paths[i], wanted)
		}
	}
}

func TestUnwantedPathMayBeTheSameAsAWantedOne(t *testing.T) {
	for wanted := range 2 {
		p, err := CompileSome([]string{"a.b", "a.b"}, []bool{wanted == 0, wanted == 1})
		require.NoError(t, err)
		var s Scanner
		require.NoError(t, p.Scan([]byte(`{"a":{"b":1}}`), &s))
		assert.True(t, s.Value(wanted).Kind == Number && s.Value(1-wanted).Kind == Absent, "path %d is wanted", wanted)
	}
}

// Without Loose, the events are rejected only because of missing keys and values.
func TestLooseIgnoresMissingKeysAndValues(t *testing.T) {
	p := mustCompile(t, "a", "b").Loose()
	for event, want := range map[string]string{
		`{"a":}`: "", `{"a":nul}`: "", `{"a":,"a":2}`: "2", `{:1}`: "", `{"a":1:2}`: "1", `{"a":1,"b"::}`: "1", `{"b":,"a":[x:]}`: "[x:]",
	} {
		var s Scanner
		require.NoError(t, p.Scan([]byte(event), &s), event)
		assert.Equal(t, want, string(s.Value(0).Raw([]byte(event))), event)
	}
	var s Scanner
	for _, event := range []string{`{"a":`, `{"a":nul`, `{"a":]}`, `{"a":\}`, `{:"}`} {
		assert.Error(t, p.Scan([]byte(event), &s), event)
	}
}

// The expected value is written as in the event; an empty one means that the path is
// absent.
func TestScanFindsPaths(t *testing.T) {
	for _, c := range []struct{ path, event, want string }{
		// Spellings.
		{"a.b.c", `{"a":{"b":{"c":1}}}`, `1`},
		{"a.b.c", `{"a.b":{"c":1}}`, `1`},
		{"a.b.c", `{"a":{"b.c":1}}`, `1`},
		{"a.b.c", `{"a.b.c":1}`, `1`},
		{"a.b.c", `{"a":{"b":{"c.d":1}},"c":2,"b":{"c":3}}`, ``},
		{"a.b", `{"x":{"a":{"b":1}},"y":[{"a":{"b":2}}],"a":[{"b":3}]}`, ``},
		{"a", `{"x":{"a":1},"a":2,"y":{"a":3}}`, `2`},
		{"a", `{"A":1,"aa":2,"":3,"a ":4}`, ``},
		{"a..b", `{"a":{"":{"b":1}}}`, `1`},
		{"a.", `{"a":{"":1}}`, `1`},
		{"..", `{"":{"":{"":1}}}`, `1`},
		{"a", `{"a" : 1}`, `1`},
		{"a", "\r\n{\t\"a\"\n:\r\t1 }\r\n", `1`},
		{"a", "\ufeff {\"a\":1}", `1`},

		// Repeats.
		{"a", `{"a":1,"a":2}`, `2`},
		{"a", `{"a":1,"a":null}`, `null`},
		{"a.b", `{"a":{"b":1},"a":{"c":2}}`, ``},
		{"a.b", `{"a":{"b":1},"a":{"c":2,"b":3}}`, `3`},
		{"a.b", `{"a":{"b":1},"a":5}`, ``},
		{"a.b", `{"a":5,"a":{"b":1}}`, `1`},
		{"a.b", `{"a":{"b":1,"b":2}}`, `2`},
		{"a.b", `{"a.b":1,"a":{"b":2}}`, `2`},
		{"a.b", `{"a":{"b":2},"a.b":1}`, `1`},
		{"a.b", `{"a.b":1,"a":{"b":2},"a":5}`, `1`},
		{"a.b", `{"a.b":1,"a":{"b":2},"a":5,"a.b":7}`, `7`},
		{"a.b", `{"a":{"b":2},"a.b":1,"a":5}`, `1`},
		{"a.b.c", `{"a":{"b":{"c":1}},"a.b":{"c":2},"a.b":3}`, `1`},
		{"a.b.c", `{"a":{"b":{"c":1},"b.c":2,"b":{}}}`, `2`},
		{"a.b.c", `{"a":{"b":{"c":1},"b.c":2},"a.b.c":3,"a.b":{"c":4},"a.b":{},"a.b.c":[5],"a":{}}`, `[5]`},
		{"a", `{"a":1,"\u0061":2}`, `2`},
		{"a.b", `{"a":{"b":1},"\u0061":{"c":2}}`, ``},
		{"a", `{"a":{"a":1}}`, `{"a":1}`},

		// Escapes.
		{"src_ip", `{"src\u005fip":"A"}`, `"A"`},
		{"src_ip", `{"src\u005Fip":"A","x":"src_ip"}`, `"A"`},
		{"src_ip", `{"x\"src_ip":"A"}`, ``},
		{"src_ip", `{"x":"{\"src_ip\":\"A\"}"}`, ``},
		{"src_ip", `{"x":"\\","src_ip":"A\\"}`, `"A\\"`},
		{`a\b`, `{"a\b":1}`, ``},
		{`a\b`, `{"a\\b":1}`, `1`},
		{`a"b`, `{"a\"b":1}`, `1`},
		{"é😀", `{"\u00e9\ud83d\ude00":1}`, `1`},
		{"é😀", `{"é😀":1}`, `1`},
		{"a.b", `{"a\u002eb":1}`, `1`},
		{strings.Repeat("k", 200), `{"` + strings.Repeat("k", 199) + `\u006b":1}`, `1`},

		// Values.
		{"a", `{"a":"x\ty"}`, `"x\ty"`},
		{"a", `{"a":""}`, `""`},
		{"a", `{"a": -1.5e+300 }`, `-1.5e+300`},
		{"a", `{"a":123456789012345678901234567890}`, `123456789012345678901234567890`},
		{"a", `{"a":true,"b":1}`, `true`},
		{"a", "{\"a\":false\n}", `false`},
		{"a", `{"a":[1,"]",{"a":2}],"b":3}`, `[1,"]",{"a":2}]`},
		{"a", `{"a":{"}":"{"},"b":3}`, `{"}":"{"}`},
		{"a", `{"a":{ }}`, `{ }`},
		{"a", "{\"a\":\"\xff\xfe\"}", "\"\xff\xfe\""},
		{"a", `{"a":"\ud800"}`, `"\ud800"`},
		{"a", `{}`, ``},
		{"a", ` { } `, ``},
	} {
		p := mustCompile(t, c.path)
		var s Scanner
		require.NoError(t, p.Scan([]byte(c.event), &s), "Scan(%s)", c.event)
		assert.Equal(t, c.want, string(s.Value(0).Raw([]byte(c.event))), "%s in %s", c.path, c.event)
		checkTwin(t, []string{c.path}, []byte(c.event))
	}
}

// checkTwin compares the results of Scan for a valid event with those of the twin.
func checkTwin(t require.TestingT, paths []string, event []byte) {
	p, err := Compile(paths)
	require.NoError(t, err)
	var s Scanner
	require.NoError(t, p.Scan(event, &s), "Scan(%s)", event)
	want := parseTree(event)
	require.Equal(t, want.value, s.Root(), "root of %s", event)
	found := map[int]Value{}
	for i, v := range s.Found() {
		require.NotContains(t, found, i)
		found[i] = v
	}
	for i, path := range paths {
		require.Equal(t, want.find(path), s.Value(i), "%s in %s", path, event)
		require.Equal(t, s.Value(i), found[i], "%s in %s", path, event)
		require.Equal(t, s.Value(i).Found(), s.Present()[i/64]>>(i%64)&1 != 0, "%s in %s", path, event)
	}
}

func TestScanRejectsMalformed(t *testing.T) {
	for _, c := range []struct{ event, err string }{
		{``, `offset 0: not a JSON object`},
		{"  \r\n", `offset 4: not a JSON object`},
		{`[{"a":1}]`, `offset 0: not a JSON object`},
		{`"a"`, `offset 0: not a JSON object`},
		{`1`, `offset 0: not a JSON object`},
		{`null`, `offset 0: not a JSON object`},
		{`{`, `offset 1: object or array is not closed`},
		{`{"a":1`, `offset 6: object or array is not closed`},
		{`{"a":`, `offset 5: object or array is not closed`},
		{`{"b":{"c":[]}`, `offset 13: object or array is not closed`},
		{`{"b":{"c":[}`, `offset 11: bracket closes another kind of bracket`},
		{`{"a":{"c":1]}`, `offset 11: bracket closes another kind of bracket`},
		{`{"b":[1}}`, `offset 7: bracket closes another kind of bracket`},
		{`{"b":1]`, `offset 6: bracket closes another kind of bracket`},
		{`{"a":"x`, `offset 7: string is not closed`},
		{`{"a":"x\"}`, `offset 10: string is not closed`},
		{`{"a":"x}`, `offset 8: string is not closed`},
		{`{"a":1}}`, `offset 7: text after the object`},
		{`{"a":1} x`, `offset 8: text after the object`},
		{`{"a":1}{"a":2}`, `offset 7: text after the object`},
		{"{\"a\":1}\x00", `offset 7: text after the object`},
		{`{"a":}`, `offset 5: not a JSON value`},
		{`{"a":nul}`, `offset 5: not a JSON value`},
		{`{"a":,}`, `offset 5: not a JSON value`},
		{`{:1}`, `offset 1: colon without a key`},
		{`{"a":1:2}`, `offset 6: colon without a key`},
		{`{"b":1:2}`, `offset 6: colon without a key`},
		{`{\"a":1}`, `offset 8: string is not closed`},
		{`{\"a\":1}`, `offset 1: unexpected character`},
		{`{"b":\1}`, `offset 5: unexpected character`},
		{`{"b":[|]}`, `offset 6: unexpected character`},
	} {
		p := mustCompile(t, "a", "a.c")
		var s Scanner
		err := p.Scan([]byte(c.event), &s)
		assert.EqualError(t, err, c.err, "Scan(%s)", c.event)
		assert.False(t, s.Value(0).Found(), "Scan(%s)", c.event)
	}
}

// These are events that splicers often get wrong, with the expected result of adding a
// member. An empty result means that the event is rejected.
func TestSplicingHandlesTraps(t *testing.T) { eachKernel(t, checkSplicing) }

func checkSplicing(t *testing.T) {
	deep := strings.Repeat(`{"d":`, 20_000) + `1` + strings.Repeat(`}`, 20_000)
	long := `{"src_ip":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, c := range []struct{ trap, event, src, spliced string }{
		{"plain", `{"src_ip":"A","b":1}`, `"A"`, `{"src_ip":"A","b":1,"x":1}`},
		{"last", `{"b":1,"src_ip":"A"}`, `"A"`, `{"b":1,"src_ip":"A","x":1}`},
		{"duplicate key", `{"src_ip":"A","src_ip":"B"}`, `"B"`, `{"src_ip":"A","src_ip":"B","x":1}`},
		{"escaped key", `{"src\u005fip":"A"}`, `"A"`, `{"src\u005fip":"A","x":1}`},
		{"nested before", `{"n":{"src_ip":"B"},"src_ip":"A"}`, `"A"`, `{"n":{"src_ip":"B"},"src_ip":"A","x":1}`},
		{"nested after", `{"src_ip":"A","n":{"src_ip":"B"}}`, `"A"`, `{"src_ip":"A","n":{"src_ip":"B"},"x":1}`},
		{"nested only", `{"n":{"src_ip":"B"}}`, ``, `{"n":{"src_ip":"B"},"x":1}`},
		{"in an array", `{"n":[{"src_ip":"B"}]}`, ``, `{"n":[{"src_ip":"B"}],"x":1}`},
		{"key text in a string", `{"m":"\"src_ip\":\"B\"","src_ip":"A"}`, `"A"`, `{"m":"\"src_ip\":\"B\"","src_ip":"A","x":1}`},
		{"key with a quote", `{"\"src_ip":"B","src_ip":"A"}`, `"A"`, `{"\"src_ip":"B","src_ip":"A","x":1}`},
		{"key as value", `{"m":"src_ip","n":1}`, ``, `{"m":"src_ip","n":1,"x":1}`},
		{"brackets in a string", `{"m":"}]{[","src_ip":"A"}`, `"A"`, `{"m":"}]{[","src_ip":"A","x":1}`},
		{"backslash at the end", `{"m":"C:\\","src_ip":"A"}`, `"A"`, `{"m":"C:\\","src_ip":"A","x":1}`},
		{"escaped value", `{"src_ip":"10.0.0.\u0031"}`, `"10.0.0.\u0031"`, `{"src_ip":"10.0.0.\u0031","x":1}`},
		{"field is there", `{"src_ip":"A","x":0}`, `"A"`, `{"src_ip":"A","x":0,"x":1}`},
		{"empty object", `{}`, ``, `{"x":1}`},
		{"empty object, blanks", `{ }`, ``, `{ "x":1}`},
		{"carriage return", "{\"src_ip\":\"A\"}\r", `"A"`, "{\"src_ip\":\"A\",\"x\":1}\r"},
		{"blanks after", `{"src_ip":"A"}  `, `"A"`, `{"src_ip":"A","x":1}  `},
		{"blanks before", `  {"src_ip":"A"}`, `"A"`, `  {"src_ip":"A","x":1}`},
		{"blanks within", `{ "src_ip" : "A" }`, `"A"`, `{ "src_ip" : "A" ,"x":1}`},
		{"truncated in a string", `{"src_ip":"A","b":"c`, ``, ``},
		{"truncated after a brace", `{"src_ip":"A","b":{"c":1}`, ``, ``},
		{"truncated with a brace in a string", `{"src_ip":"A","b":"}`, ``, ``},
		{"missing brace of two", `{"a":{"src_ip":"A"}`, ``, ``},
		{"wrong bracket", `{"a":[1}}`, ``, ``},
		{"text after", `{"src_ip":"A"}x`, ``, ``},
		{"two objects", `{"src_ip":"A"}{"src_ip":"B"}`, ``, ``},
		{"two objects, blank", `{"src_ip":"A"} {"src_ip":"B"}`, ``, ``},
		{"array", `[{"src_ip":"A"}]`, ``, ``},
		{"scalar", `"src_ip"`, ``, ``},
		{"blank", ` `, ``, ``},
		{"invalid UTF-8", "{\"src_ip\":\"A\xff\"}", "\"A\xff\"", "{\"src_ip\":\"A\xff\",\"x\":1}"},
		{"lone surrogate", `{"src_ip":"\ud800"}`, `"\ud800"`, `{"src_ip":"\ud800","x":1}`},
		{"byte order mark", "\ufeff{\"src_ip\":\"A\"}", `"A"`, "\ufeff{\"src_ip\":\"A\",\"x\":1}"},
		{"array value", `{"src_ip":["A","B"]}`, `["A","B"]`, `{"src_ip":["A","B"],"x":1}`},
		{"array of objects", `{"src_ip":[{"src_ip":"A"}]}`, `[{"src_ip":"A"}]`, `{"src_ip":[{"src_ip":"A"}],"x":1}`},
		{"number value", `{"src_ip":12}`, `12`, `{"src_ip":12,"x":1}`},
		{"null value", `{"src_ip":null}`, `null`, `{"src_ip":null,"x":1}`},
		{"numbers stay", `{"n":9223372036854775808,"m":1.0,"o":1E5,"p":1e400}`, ``, `{"n":9223372036854775808,"m":1.0,"o":1E5,"p":1e400,"x":1}`},
		{"text stays", `{"m":"<&>\u2028\/é"}`, ``, `{"m":"<&>\u2028\/é","x":1}`},
		{"deep", deep, ``, deep[:len(deep)-1] + `,"x":1}`},
		{"long", long, long[10 : len(long)-1], long[:len(long)-1] + `,"x":1}`},
	} {
		p := mustCompile(t, "src_ip")
		var s Scanner
		err := p.Scan([]byte(c.event), &s)
		if c.spliced == "" {
			assert.Error(t, err, c.trap)
			continue
		}
		require.NoError(t, err, c.trap)
		assert.Equal(t, c.src, string(s.Value(0).Raw([]byte(c.event))), c.trap)
		assert.Equal(t, c.spliced, string(appendInside(nil, []byte(c.event), s.Root(), []byte(`"x":1`))), c.trap)
	}
	t.Run("dotted key", func(t *testing.T) {
		checkTwin(t, []string{"source.ip"}, []byte(`{"source.ip":"A"}`))
		checkTwin(t, []string{"source.ip"}, []byte(`{"source":{"ip":"A"}}`))
	})
}

// The depths are far greater than the 64 brackets that fit into a word. The kinds of
// brackets are mixed, and one bracket may be wrong.
func TestScanMatchesBracketsAtAnyDepth(t *testing.T) {
	p := mustCompile(t, "a.b", "z")
	var s Scanner
	for _, depth := range []int{1, 2, 62, 63, 64, 65, 66, 127, 128, 129, 191, 192, 193, 10_000, 1_000_000} {
		var opening, closing []byte
		for i := range depth {
			if i*i%7 < 3 {
				opening = append(opening, `{"a":`...)
				closing = append(closing, '}')
			} else {
				opening = append(opening, '[')
				closing = append(closing, ']')
			}
		}
		inner := bytes.Clone(closing)
		for i, j := 0, len(inner)-1; i < j; i, j = i+1, j-1 {
			inner[i], inner[j] = inner[j], inner[i]
		}
		event := fmt.Appendf(nil, `{"y":[%s0%s],"z":1}`, opening, inner)
		require.NoError(t, p.Scan(event, &s), "depth %d", depth)
		assert.Equal(t, "1", string(s.Value(1).Raw(event)), "depth %d", depth)
		for _, wrong := range []int{0, depth / 3, depth / 2, depth - 1} {
			at := 6 + len(opening) + 1 + wrong
			event[at] ^= '{' ^ '['
			assert.Error(t, p.Scan(event, &s), "depth %d, wrong bracket %d", depth, wrong)
			event[at] ^= '{' ^ '['
		}
	}
}

// A Scanner is used again for other paths and other events.
func TestScannerIsReusable(t *testing.T) {
	var s Scanner
	one := mustCompile(t, "a", "b.c")
	two := mustCompile(t, "b", "x", "y", "a")
	require.NoError(t, one.Scan([]byte(`{"a":1,"b":{"c":2},"b":{"c":3}}`), &s))
	require.Error(t, one.Scan([]byte(`{"a":1,`), &s))
	assert.Equal(t, Value{}, s.Value(0))
	assert.Equal(t, Value{}, s.Root())
	event := []byte(`{"y":5}`)
	require.NoError(t, two.Scan(event, &s))
	for i := range two.Len() {
		assert.Equal(t, i == 2, s.Value(i).Found(), "path %d", i)
	}
	require.NoError(t, one.Scan(event, &s))
	assert.False(t, s.Value(0).Found())
	assert.False(t, s.Value(1).Found())
}

// After an event with repeated members, an event that repeats other members must not have
// results of the first.
func TestScannerIsReusableAfterRepeats(t *testing.T) {
	p := mustCompile(t, "a.b", "a.c", "d")
	more := mustCompile(t, "x.y", "x.z", "a.b", "a", "d.e", "d")
	events := []string{
		`{"a":{"b":1},"a":{"b":2}}`, `{"a":{"c":1},"d":1,"d":2}`, `{"a":{"b":1},"a":{"c":2},"a":{"b":3,"b":4}}`, `{"d":1,"d":2,"a":{"b":1,"c":2}}`,
		`{"a.b":1,"a":{"b":2},"a":3}`, `{"d":{"e":1},"a":{"c":1},"d":{}}`, `{"a":{"b":1,"c":2},"d":3}`,
	}
	var s Scanner
	for range 3 {
		for i := range events {
			for j := range events {
				for _, event := range []string{events[i], events[j]} {
					for _, p := range []*Paths{p, more} {
						require.NoError(t, p.Scan([]byte(event), &s))
						var fresh Scanner
						require.NoError(t, p.Scan([]byte(event), &fresh))
						for path := range p.Len() {
							require.Equal(t, fresh.Value(path), s.Value(path), "path %d of %s after %s", path, event, events[i])
						}
					}
				}
			}
		}
	}
}

// The test repeats members a hundred thousand times, in every way in which they can be
// repeated.
func TestRepeatsAreBounded(t *testing.T) {
	paths := []string{"a.b.c", "a", "d"}
	p := mustCompile(t, paths...)
	var s Scanner
	event := []byte(`{`)
	for i := range 100_000 {
		event = fmt.Appendf(event, `"a":{"b":{"c":%d},"b.c":1,"b.c":2},"a.b.c":0,"a.b":{"c":1},"d":%d,`, i, i)
	}
	event = append(event, `"e":1}`...)
	require.NoError(t, p.Scan(event, &s))
	assert.Less(t, len(s.hits.all), 20)
	assert.Equal(t, "1", string(s.Value(0).Raw(event)))
	assert.Equal(t, "99999", string(s.Value(2).Raw(event)))
}

// The key filter checks bytes before a short key. These can belong to a byte order mark or,
// if the event is not valid JSON, can be anything.
func TestKeysAfterBOMAreFound(t *testing.T) { eachKernel(t, checkKeysAfterBOM) }

func checkKeysAfterBOM(t *testing.T) {
	p := mustCompile(t, "k", "ab", "abc", ".b")
	var s Scanner
	for i, event := range []string{`{"k":1}`, `{"ab":1}`, `{"abc":1}`, `{"":{"b":1}}`} {
		for _, space := range []string{"", " ", "\n\n\n"} {
			require.NoError(t, p.Scan([]byte(bom+space+event), &s))
			assert.True(t, s.Value(i).Found(), "%q", bom+space+event)
		}
		if i < 3 {
			require.NoError(t, p.Scan([]byte("{\xbb"+event[1:]), &s))
			assert.True(t, s.Value(i).Found(), "%q", event)
		}
	}
}

const bom = "\xef\xbb\xbf"

// The test uses keys of every length that differ in one byte, at the beginning of an event
// and later, because the length and the position of a key decide how it is compared.
func TestSimilarKeysAreDistinct(t *testing.T) { eachKernel(t, checkSimilarKeys) }

func checkSimilarKeys(t *testing.T) {
	const text = "abcdefghijklmnopqrstuvwxyz"
	for n := range 20 {
		paths := []string{"id", "x." + text[:n]}
		if n > 0 {
			paths = append(paths, text[:n])
		}
		for i := range n {
			paths = append(paths, text[:i]+"_"+text[i+1:n], text[:i]+"é"+text[i+1:n])
		}
		for i := range max(n, 1) {
			foreign := text[:i] + "~" + text[min(i+1, n):n]
			checkTwin(t, paths, fmt.Appendf(nil, `{%q:1}`, foreign))
			checkTwin(t, paths, fmt.Appendf(nil, `{"x":{%q:1,%q:2,"":3}}`, foreign, text[:n]))
		}
		for _, path := range paths {
			checkTwin(t, paths, fmt.Appendf(nil, `{%q:1}`, path))
			checkTwin(t, paths, fmt.Appendf(nil, ` {"id":{"a":0},%q:"1","\u0061%s":2}`, path, path))
		}
	}
}

func TestScanDoesNotAllocate(t *testing.T) {
	p := mustCompile(t, "a", "b.c", "d", "k")
	events := [][]byte{
		[]byte(`{"a":["x","y\n"],"b":{"c":1},"b.c":2,"b":{},"\u006b":"v","l":[[{"m":{}}]]}`),
		[]byte(`{"n":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `,"a":[1,2,{"x":[]}]}`),
	}
	var s Scanner
	var sum uint32
	allocs := testing.AllocsPerRun(100, func() {
		for _, event := range events {
			if err := p.Scan(event, &s); err != nil {
				t.Fatal(err)
			}
			for _, v := range s.Found() {
				sum += v.Start
			}
			for v := range s.Value(0).Elements(event) {
				sum += v.End
			}
		}
	})
	assert.Zero(t, allocs)
	assert.NotZero(t, sum)
}

func TestElementsYieldsAll(t *testing.T) {
	for _, c := range []struct {
		array string
		want  []string
	}{
		{`[]`, nil},
		{` [ ] `, nil},
		{`["a","b"]`, []string{`string "a"`, `string "b"`}},
		{` [ 1 ,true,false , null,"\"]",{"a":[1,"}"]}, [ [ ] ] ] `, []string{
			`number 1`, `true true`, `false false`, `null null`, `string "\"]"`, `object {"a":[1,"}"]}`, `array [ [ ] ]`,
		}},
		{`[1 "a"{}:x,,nul,tru]`, []string{`number 1`, `string "a"`, `object {}`}},
		{`{"a":1}`, nil},
		{`"x"`, nil},
	} {
		p := mustCompile(t, "a")
		event := []byte(`{"a":` + c.array + `}`)
		var s Scanner
		require.NoError(t, p.Scan(event, &s))
		var got []string
		for v := range s.Value(0).Elements(event) {
			got = append(got, v.Kind.String()+" "+string(v.Raw(event)))
			assert.Equal(t, v.Kind == String && bytes.IndexByte(v.Raw(event), '\\') >= 0, v.Escaped)
		}
		assert.Equal(t, c.want, got, "elements of %s", c.array)
		for range s.Value(0).Elements(event) {
			break
		}
	}
}

// appendInside appends event to dst with members written before the closing bracket of v,
// an object of that event. A comma separates them from existing members. members itself
// neither begins nor ends with a comma.
func appendInside(dst, event []byte, v Value, members []byte) []byte {
	dst = append(dst, event[:v.End-1]...)
	if len(members) > 0 && !v.Empty(event) {
		dst = append(dst, ',')
	}
	dst = append(dst, members...)
	return append(dst, event[v.End-1:]...)
}

func TestValueTextKeepsEscapes(t *testing.T) {
	event := []byte(`{"s":"x","n":1,"e":"\u0061\n"}`)
	p := mustCompile(t, "s", "n", "absent", "e")
	var s Scanner
	require.NoError(t, p.Scan(event, &s))
	assert.Equal(t, "x", string(s.Value(0).Text(event)))
	assert.Equal(t, "1", string(s.Value(1).Text(event)))
	assert.Empty(t, s.Value(2).Text(event))
	assert.Equal(t, `\u0061\n`, string(s.Value(3).Text(event)))
	assert.Equal(t, "- x", string(s.Value(0).AppendText([]byte("- "), event)))
	assert.Equal(t, "- 1", string(s.Value(1).AppendText([]byte("- "), event)))
	assert.Equal(t, "- a\n", string(s.Value(3).AppendText([]byte("- "), event)))
	assert.False(t, s.Value(2).Found())
	assert.Equal(t, "absent", s.Value(2).Kind.String())
	assert.Equal(t, "unknown", Kind(99).String())
	assert.Equal(t, len(event)-1, s.Brace())
}
