package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lawPaths are the paths that generated events are scanned for. They share names and
// prefixes, so that generated keys spell them in many ways.
var lawPaths = []string{
	"a", "a.b", "a.b.c", "b.c", "c", "a.b.c.d", "a..b", "é.a", `a\b`, "src_priority", "x.src_priority", "src_category_of_the_host",
}

// awkwardWriter writes JSON that is valid but as unusual as possible.
type awkwardWriter struct {
	*rapid.T
	out []byte
}

func (a *awkwardWriter) pick(n int) int { return rapid.IntRange(0, n-1).Draw(a.T, "pick") }

func (a *awkwardWriter) space() {
	if a.pick(6) == 0 {
		a.out = append(a.out, rapid.SampledFrom([]string{" ", "\t", "\r\n", strings.Repeat(" ", 61)}).Draw(a.T, "space")...)
	}
}

func (a *awkwardWriter) object(depth int) {
	a.out = append(a.out, '{')
	a.space()
	for i := range a.pick(6) {
		if i > 0 {
			a.out = append(a.out, ',')
		}
		a.space()
		a.key()
		a.space()
		a.out = append(a.out, ':')
		a.space()
		a.value(depth)
		a.space()
	}
	a.out = append(a.out, '}')
}

func (a *awkwardWriter) key() {
	key := rapid.SampledFrom([]string{
		"a", "b", "c", "d", "a.b", "b.c", "a.b.c", "c.d", "", ".b", "é", "é.a", `a\b`, `a"b`, "x", "other", "src_priority", "x.src_priority",
		"src_category_of_the_host", "src_category_on_the_host", "dst_priority", strings.Repeat("long", 40), "a.b.c.d",
	}).Draw(a.T, "key")
	a.out = append(a.out, '"')
	for _, r := range key {
		switch {
		case r < utf8.RuneSelf && a.pick(8) == 0:
			a.out = fmt.Appendf(a.out, `\u%04x`, r)
		case r == '"' || r == '\\':
			a.out = append(a.out, '\\', byte(r))
		default:
			a.out = utf8.AppendRune(a.out, r)
		}
	}
	a.out = append(a.out, '"')
}

func (a *awkwardWriter) value(depth int) {
	n := 8
	if depth > 4 {
		n = 6
	}
	switch a.pick(n) {
	case 0, 1:
		a.out = append(a.out, rapid.SampledFrom([]string{
			`"v"`, `""`, `"a"`, `"\\"`, `"\\\\\\\""`, `"{[\"a\":1"`, `"]}"`, `"\u0061\ud83d\ude00"`, `"\ud800"`, "\"\xff\"", `",:"`,
			`"` + strings.Repeat("x", 63) + `"`, `"` + strings.Repeat(`\\`, 40) + `"`, `"` + strings.Repeat(`\\`, 31) + `\""`,
		}).Draw(a.T, "string")...)
	case 2:
		a.out = append(a.out, rapid.SampledFrom([]string{"0", "-1", "1.5e+300", "12345678901234567890", "1E400"}).Draw(a.T, "number")...)
	case 3:
		a.out = append(a.out, rapid.SampledFrom([]string{"true", "false", "null"}).Draw(a.T, "word")...)
	case 4, 6:
		a.object(depth + 1)
	case 5:
		a.array(depth + 1)
	case 7:
		n := rapid.IntRange(1, 200).Draw(a.T, "deep")
		a.out = append(append(a.out, bytes.Repeat([]byte(`[{"a":`), n)...), '1')
		a.out = append(a.out, bytes.Repeat([]byte(`}]`), n)...)
	}
}

func (a *awkwardWriter) array(depth int) {
	a.out = append(a.out, '[')
	a.space()
	for i := range a.pick(4) {
		if i > 0 {
			a.out = append(a.out, ',')
		}
		a.space()
		if depth < 6 {
			a.value(depth)
		} else {
			a.out = append(a.out, '1')
		}
		a.space()
	}
	a.out = append(a.out, ']')
}

func awkwardEvent(t *rapid.T) []byte {
	a := awkwardWriter{T: t}
	a.space()
	a.object(0)
	a.space()
	return a.out
}

// Scan accepts a valid event and finds the same values as the twin.
func TestLawScanAgreesWithTwin(t *testing.T) { eachKernel(t, checkScanAgrees) }

func checkScanAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkTwin(t, lawPaths, awkwardEvent(t))
	})
}

// Scan and Valid reject every truncated event.
func TestLawTruncatedIsRejected(t *testing.T) {
	p := mustCompile(t, lawPaths...)
	var s Scanner
	rapid.Check(t, func(t *rapid.T) {
		event := bytes.TrimSpace(awkwardEvent(t))
		cut := event[:rapid.IntRange(0, len(event)-1).Draw(t, "cut")]
		require.Error(t, p.Scan(cut, &s), "Scan(%s)", cut)
		require.Error(t, Valid(cut), "Valid(%s)", cut)
		require.Error(t, p.Scan(append(event, "{}"...), &s))
	})
}

// An event to which a member is added has its old members and the new one.
func TestLawSplicedEventKeepsItsMembers(t *testing.T) {
	p := mustCompile(t, lawPaths...)
	var s Scanner
	rapid.Check(t, func(t *rapid.T) {
		event := awkwardEvent(t)
		require.NoError(t, p.Scan(event, &s))
		before, after := parseTree(event), parseTree(appendInside(nil, event, s.Root(), []byte(`"new":1`)))
		require.Len(t, after.members, len(before.members)+1)
		want := append(before.members, treeMember{"new", after.members[len(before.members)].tree})
		require.Equal(t, want, after.members)
	})
}

// Elements yields what encoding/json reads, and the value of a path can be replaced in
// place.
func TestLawElementsAreThoseOfEncodingJSON(t *testing.T) {
	p := mustCompile(t, lawPaths...)
	var s Scanner
	rapid.Check(t, func(t *rapid.T) {
		event := awkwardEvent(t)
		require.NoError(t, p.Scan(event, &s))
		for i, v := range s.Found() {
			if v.Kind == Array {
				var want []json.RawMessage
				require.NoError(t, json.Unmarshal(v.Raw(event), &want))
				got := []json.RawMessage{}
				for e := range v.Elements(event) {
					got = append(got, e.Raw(event))
				}
				require.Equal(t, want, got)
				require.Equal(t, len(want) == 0, v.Empty(event))
			}
			replaced := slices.Concat(event[:v.Start], []byte(`"new"`), event[v.End:])
			require.Equal(t, `"new"`, string(parseTree(replaced).find(lawPaths[i]).Raw(replaced)), "%s", event)
		}
	})
}

// If bytes are changed, removed or doubled anywhere, Scan and Valid do not panic, Valid
// agrees with encoding/json, and Scan accepts every valid event.
func TestLawMutantsAreJudgedLikeEncodingJSON(t *testing.T) { eachKernel(t, checkMutants) }

func checkMutants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := awkwardEvent(t)
		for range rapid.IntRange(1, 3).Draw(t, "mutations") {
			at := rapid.IntRange(0, len(event)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "mutation") {
			case 0:
				event[at] = rapid.SampledFrom([]byte("\"\\{}[]:,0-.e nu\x00\x1f\xff|")).Draw(t, "byte")
			case 1:
				if event = slices.Delete(event, at, at+1); len(event) == 0 {
					event = []byte("0")
				}
			case 2:
				event = slices.Insert(event, at, event[at])
			}
		}
		checkAny(t, event)
	})
}

// checkAny compares Scan and Valid with encoding/json on arbitrary bytes.
func checkAny(t require.TestingT, event []byte) {
	text := event[skipBOM(event):]
	valid := json.Valid(text) && utf8.Valid(text)
	err := Valid(event)
	require.Equal(t, valid, err == nil, "Valid(%q) = %v", event, err)
	var reason *Error
	if err != nil {
		require.True(t, errors.As(err, &reason))
		require.LessOrEqual(t, reason.Offset, len(event))
	}
	p, err := Compile(lawPaths)
	require.NoError(t, err)
	var s Scanner
	switch err = p.Scan(event, &s); {
	case json.Valid(text) && bytes.TrimSpace(text)[0] == '{':
		if utf8.Valid(text) {
			checkTwin(t, lawPaths, event)
		}
		require.NoError(t, err, "Scan(%q)", event)
	case err == nil:
		for _, v := range s.Found() {
			require.Less(t, v.Start, v.End, "Scan(%q)", event)
			require.LessOrEqual(t, int(v.End), s.Brace(), "Scan(%q)", event)
			for e := range v.Elements(event) {
				require.Less(t, e.Start, e.End)
				require.Less(t, e.End, v.End)
			}
		}
	default:
		require.True(t, errors.As(err, &reason))
		require.LessOrEqual(t, reason.Offset, len(event))
	}
}

func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"a":{"b":{"c":1}},"a.b":{"c":2},"a":5}`, `{"\u0061":"\\\"","b":[{"c":1},[]]}`, ` { } `, `{"a":1}}`, `{"a":[1}`, "\ufeff{\"a\":\"\xff\"}",
		`{"src_priority":"high","src_category_of_the_host":["x","y"],"n":-1.5e+300}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, event []byte) { checkAny(t, event) })
}

// Quoted text is valid JSON, and unquotes to the same text except for invalid bytes.
func TestLawQuotingRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			text += rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
				"\xff", "\xed\xa0\x80", "\xe2\x82", "\"", "\\", "\x00", "\x1f", "\x7f", "\u2028", "😀", "\ufffd", "\n\r\t\b\f", "<&>/",
			})).Draw(t, "part")
		}
		quoted := AppendString([]byte("x"), text)[1:]
		require.Equal(t, quoted, AppendString(nil, []byte(text)))
		require.NoError(t, Valid(quoted))
		want := strings.ToValidUTF8(strings.Map(func(r rune) rune { return r }, text), "")
		require.Equal(t, want, string(AppendUnquoted(nil, quoted[1:len(quoted)-1])))
		var decoded string
		require.NoError(t, json.Unmarshal(quoted, &decoded))
		require.Equal(t, want, decoded)
	})
}

// AppendUnquoted unquotes like encoding/json.
func TestLawUnquotingIsThatOfEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text string
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			text += rapid.SampledFrom([]string{
				`\n`, `\"`, `\\`, `\/`, `\b`, `\f`, `\r`, `\t`, `\u0041`, `\u00e9`, `\ud83d`, `\ude00`, `\uD83D\uDE00`, `\uffff`, `\u0000`, "x", "é", "u0041",
			}).Draw(t, "part")
		}
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+text+`"`), &want))
		require.Equal(t, want, string(AppendUnquoted(nil, []byte(text))))
	})
}
