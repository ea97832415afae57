package stream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hasSrc is the Fits of the tests: an element fits if it has a member src.
func hasSrc(element []byte) bool { return bytes.Contains(element, []byte(`"src"`)) }

// listEvents returns the units of a source, without what is around their events, and those that
// are malformed with the error.
func listEvents(t *testing.T, src Source) (units []string) {
	t.Helper()
	var c Chunk
	for err := error(nil); err == nil; {
		err = src.Next(t.Context(), &c)
		require.True(t, err == nil || err == io.EOF, "%v", err)
		require.True(t, err != nil || c.Len() > 0, "a chunk without units and an error")
		for i := range c.Len() {
			unit := fmt.Sprintf("%d %s", c.Line(i), strings.TrimSuffix(string(c.Event(i)), "\n"))
			if err := c.Malformed(i); err != nil {
				unit += " BAD " + err.Error()
			}
			units = append(units, unit)
		}
	}
	return units
}

func TestArraysAreOpened(t *testing.T) {
	for _, c := range []struct {
		about, text string
		names       []string
		want        []string
		leftOut     string
	}{
		{about: "a line that is an array", text: "{}\n[{\"a\":1} , {\"b\":[2]}]\n{}\n", want: []string{`1 {}`, `2 {"a":1}`, `2 {"b":[2]}`, `3 {}`}},
		{about: "an array with a scalar among its objects", text: "{}\n[{\"a\":1},2]", want: []string{`1 {}`, `2 {"a":1}`, `2 2`}},
		{about: "an array of scalars is not opened", text: "{}\n[1,{}]", want: []string{`1 {}`, `2 [1,{}]`}},
		{about: "an empty array is no event", text: "{}\n[ ]\n{}", want: []string{`1 {}`, `3 {}`}},
		{about: "only empty arrays", text: "\n[]\n[]", want: []string{`1 `}},
		{about: "text behind an array", text: "{}\n[{}] x", want: []string{`1 {}`, `2 [{}] x`}},
		{about: "an array that is cut short", text: "{}\n[{\"a\":1},{\"b\":\n{}", want: []string{`1 {}`, `2 {"a":1}`, `2 {"b": BAD the value is cut short`, `3 {}`}},
		{about: "an array without a comma", text: "{}\n[{\"a\":1} {\"b\":1}]", want: []string{`1 {}`, `2 {"a":1}`, `2 {"b":1}] BAD '{' where a comma or ] should be`}},
		{about: "a byte order mark, and blanks", text: "\ufeff{\"src\":1}\n  [{\"a\":1}]", want: []string{"1 \ufeff" + `{"src":1}`, `2 {"a":1}`}},

		{about: "each name", text: `{"Records":[{"src":1}]}` + "\n" + `{"records":[{"src":2}]}` + "\n" + `{"value": [ {"src":3} ] }` + "\r\n" + `{"events":[{"src":4},{}]}`, want: []string{`1 {"src":1}`, `2 {"src":2}`, `3 {"src":3}`, `4 {"src":4}`, `4 {}`}},
		{about: "members of OData", text: `{"@odata.context":"c","value":[{"src":1}],"@odata.nextLink":{"a":[]}}`, want: []string{`1 {"src":1}`}, leftOut: "1 @odata.context @odata.nextLink"},
		{about: "another member before", text: `{"a":1,"Records":[{"src":1}]}`, want: []string{`1 {"a":1,"Records":[{"src":1}]}`}},
		{about: "another member behind", text: `{"Records":[{"src":1}],"a":1}`, want: []string{`1 {"Records":[{"src":1}],"a":1}`}},
		{about: "two of the arrays", text: `{"Records":[{"src":1}],"events":[{"src":1}]}`, want: []string{`1 {"Records":[{"src":1}],"events":[{"src":1}]}`}},
		{about: "the first element does not fit", text: `{"Records":[{"a":1},{"src":1}]}`, want: []string{`1 {"Records":[{"a":1},{"src":1}]}`}},
		{about: "the first element is not an object", text: `{"Records":["src",{"src":1}]}`, want: []string{`1 {"Records":["src",{"src":1}]}`}},
		{about: "an empty array in an object passes", text: `{"Records":[]}`, want: []string{`1 {"Records":[]}`}},
		{about: "an object instead of an array", text: `{"Records":{"src":1}}`, want: []string{`1 {"Records":{"src":1}}`}},
		{about: "hits of a search", text: "{}\n" + `{"took":1,"_shards":{"total":1},"hits":{"total":{"value":9},"hits":[{"src":1},{"src":2}],"max_score":1},"aggregations":{}}`, want: []string{`1 {}`, `2 {"src":1}`, `2 {"src":2}`}, leftOut: "2 took _shards hits.total hits.max_score aggregations"},
		{about: "a list of Kubernetes", text: `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{"src":1}]}`, want: []string{`1 {"src":1}`}, leftOut: "1 kind apiVersion metadata"},
		{about: "items of something else", text: `{"items":[{"src":1}]}`, want: []string{`1 {"items":[{"src":1}]}`}},
		{about: "text before the object is repeated", text: `<1>h: {"Records":[{"src":1},{"src":2}]}`, want: []string{`1 <1>h: {"src":1}`, `1 <1>h: {"src":2}`}},
		{about: "an object that is cut short", text: `{"Records":[{"src":1},{"sr`, want: []string{`1 {"src":1}`, `1 {"sr BAD the value is cut short`}},
		{about: "an object that is cut short behind the array", text: "{\"Records\":[{\"src\":1}]\n{}", want: []string{`1 {"src":1}`, `1  BAD the value is cut short`, `2 {}`}},

		{about: "a name", text: `{"a":1,"body":[{"b":1}],"c":2}`, names: []string{"body"}, want: []string{`1 {"b":1}`}, leftOut: "1 a c"},
		{about: "a nested name", text: `{"data":{"x":1,"body":[{"b":1}]}}`, names: []string{"data.body"}, want: []string{`1 {"b":1}`}, leftOut: "1 data.x"},
		{about: "a name with a dot", text: `{"data.body":[{"b":1}]}`, names: []string{"data.body"}, want: []string{`1 {"b":1}`}},
		{about: "a name replaces the others", text: `{"Records":[{"src":1}]}`, names: []string{"body"}, want: []string{`1 {"Records":[{"src":1}]}`}},
		{about: "a name of an object is not an array", text: `{"body":{"src":1}}`, names: []string{"body"}, want: []string{`1 {"body":{"src":1}}`}},
	} {
		for _, size := range []int{1 << 20, 1} {
			a := &Arrays{Objects: true, Fits: hasSrc, Names: c.names}
			var in io.Reader = strings.NewReader(c.text)
			if size == 1 {
				in = iotest.OneByteReader(in)
			}
			assert.Equal(t, c.want, listEvents(t, OpenArrays(NewLines(in, 0, 0, 0), a)), c.about)
			names, line := a.LeftOut()
			if leftOut := fmt.Sprintf("%d %s", line, strings.Join(names, " ")); c.leftOut != "" {
				assert.Equal(t, c.leftOut, leftOut, c.about)
			} else {
				assert.Empty(t, names, c.about)
			}
		}
		if c.names == nil && strings.Contains(c.text, "src") {
			off := listEvents(t, OpenArrays(NewLines(strings.NewReader(c.text), 0, 0, 0), &Arrays{}))
			assert.Equal(t, listEvents(t, NewLines(strings.NewReader(c.text), 0, 0, 0))[0], off[0], c.about)
		}
	}
}

// drawWrapper draws a line that may be an object around an array, and the units that must be
// read from it.
func drawWrapper(rng *rand.Rand, pretty bool) (line string, units []string) {
	element := func() (string, bool) {
		v := map[string]any{}
		fits := rng.IntN(4) > 0
		if fits {
			v["src"] = `]}"{[` + strings.Repeat("x", rng.IntN(20))
		}
		if rng.IntN(3) == 0 {
			v["n"] = []any{1, map[string]any{"Records": []any{}}, "\\"}
		}
		text, _ := json.Marshal(v)
		return string(text), fits
	}
	var elements []string
	firstFits := false
	for i := range rng.IntN(4) {
		text, fits := element()
		elements, firstFits = append(elements, text), firstFits || i == 0 && fits
	}
	name := []string{"Records", "records", "value", "events", "other"}[rng.IntN(5)]
	var before, behind []string
	opened := firstFits && name != "other"
	for range rng.IntN(2) {
		before = append(before, `"@odata.a":["]"]`)
	}
	switch rng.IntN(5) {
	case 0:
		behind, opened = append(behind, `"x":{"y":1}`), false
	case 1:
		behind = append(behind, `"@odata.b":"}"`)
	}
	line = "{" + strings.Join(slices.Concat(before, []string{`"` + name + `":[` + strings.Join(elements, ",") + "]"}, behind), ",") + "}"
	if pretty {
		var out bytes.Buffer
		_ = json.Indent(&out, []byte(line), "", "  ")
		line = out.String()
	}
	if opened {
		return line, elements
	}
	return line, []string{line}
}

// TestOpenedArraysMatchTheirTwin compares both kinds of sources, with every way to read them, on
// drawn input.
func TestOpenedArraysMatchTheirTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var text strings.Builder
		var want []string
		pretty := rng.IntN(2) == 0
		for range rng.IntN(5) + 1 {
			line, units := drawWrapper(rng, pretty)
			text.WriteString(line + "\n")
			for _, unit := range units {
				var compact bytes.Buffer
				require.NoError(t, json.Compact(&compact, []byte(unit)))
				want = append(want, compact.String())
			}
		}
		read := func(src Source) (events []string, all string) {
			var c Chunk
			for err := error(nil); err == nil; {
				err = src.Next(t.Context(), &c)
				for i := range c.Len() {
					var compact bytes.Buffer
					require.NoError(t, c.Malformed(i))
					require.NoError(t, json.Compact(&compact, c.Event(i)))
					events = append(events, strings.TrimSpace(compact.String()))
				}
				all += string(c.Data)
			}
			return events, all
		}
		for _, keep := range []bool{false, true} {
			a := &Arrays{Objects: true, Fits: hasSrc, Keep: keep}
			events, all := read(OpenArrays(NewValues(strings.NewReader(text.String()), 0, 0, 0), a))
			require.Equal(t, want, events, "%s", text.String())
			if !pretty {
				if keep {
					require.Equal(t, text.String(), all)
				}
				events, all = read(OpenArrays(NewLines(iotest.HalfReader(strings.NewReader(text.String())), 0, 0, 0), a))
				require.Equal(t, want, events, "%s", text.String())
				if keep {
					require.Equal(t, text.String(), all)
				}
			}
		}
	}
}

// TestLongObjectsAreOpenedByTheirBeginning: MaxLine bounds an element, not the object.
func TestLongObjectsAreOpenedByTheirBeginning(t *testing.T) {
	for _, c := range []struct{ about, head, tail string }{
		{"Records", `{"Records":[`, `]}`},
		{"members around", "{ \"@odata.context\" : \"x\" ,\n \"value\" : [\n", "\n] , \"@odata.nextLink\":\"]}\" }"},
		{"hits", `{"took":1,"hits":{"total":1,"hits":[`, `]},"timed_out":false}`},
		{"a line break behind the bracket", "{\"Records\":[\n", "\n]\n}"},
	} {
		var elements, want []string
		for i := range 40 {
			elements = append(elements, fmt.Sprintf(`{"src":%d,"pad":"]}{["}`, i))
		}
		for range 2 {
			want = append(want, elements...)
			want = append(want, `{"a":1}`)
		}
		one := c.head + strings.Join(elements, ",") + c.tail
		text := one + "\n{\"a\":1}" + one + `{"a":1}`
		a := &Arrays{Objects: true, Fits: hasSrc}
		events := func(units []string) (list []string) {
			for _, unit := range units {
				_, event, _ := strings.Cut(unit, " ")
				list = append(list, event)
			}
			return list
		}
		src := OpenArrays(NewValues(iotest.HalfReader(strings.NewReader(text)), 100, 0, 0), a)
		assert.Equal(t, want, events(listEvents(t, src)), c.about)

		// Reading resumes at the position of every chunk.
		read := 0
		var chunk Chunk
		small := OpenArrays(NewValues(iotest.OneByteReader(strings.NewReader(text)), 100, 0, 0), a)
		for err := error(nil); err == nil; {
			err = small.Next(t.Context(), &chunk)
			if read += chunk.Len(); read == len(want) {
				break
			}
			offset := chunk.Position.Offset
			rest := OpenArrays(NewValues(strings.NewReader(text[offset:]), 100, 5, offset), a)
			require.Equal(t, want[read:], events(listEvents(t, rest)), "%s: from %d", c.about, offset)
		}
		require.Equal(t, len(want), read, c.about)
		cut := listEvents(t, OpenArrays(NewValues(strings.NewReader(one[:len(one)-1]), 100, 0, 0), a))
		assert.Contains(t, cut[len(cut)-1], "BAD the array that begins here is not closed", c.about)
	}
	kept := listEvents(t, OpenArrays(NewValues(strings.NewReader(`{"Records":[`+strings.Repeat(`{"src":1},`, 20)+`{}]}`), 100, 0, 0), &Arrays{Objects: true, Fits: hasSrc, Keep: true}))
	assert.Equal(t, []string{"1 "}, kept, "an object that is kept is one line")
}

func TestEndlessObjectIsReadInBoundedMemory(t *testing.T) {
	element := []byte(`{"src":"` + strings.Repeat("x", 200) + `"},`)
	in := io.MultiReader(strings.NewReader(`{"Records":[`), &repeatReader{text: element})
	src := OpenArrays(NewValues(in, 1<<16, 0, 0), &Arrays{Objects: true, Fits: hasSrc})
	var c Chunk
	var before, after runtime.MemStats
	for i := range 200 {
		require.NoError(t, src.Next(t.Context(), &c))
		require.Positive(t, c.Len())
		if i == 50 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(8<<20))
	assert.Less(t, cap(c.Data), 8<<20)
}

// repeatReader repeats a text without end.
type repeatReader struct {
	text []byte
	at   int
}

func (r *repeatReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], r.text[r.at:])
		n += k
		r.at = (r.at + k) % len(r.text)
	}
	return n, nil
}

func TestFormOfInputsWithWrappers(t *testing.T) {
	long := strings.Repeat(`{"src":1},`, 100_000)
	for _, c := range []struct {
		about, text string
		want        Form
	}{
		{"a line around an array", "{\"Records\":[{\"src\":1}]}\n{}", FormLines},
		{"a long line around an array", `{"Records":[` + long, FormValues},
		{"a long line around hits", `{"took":1,"hits":{"hits":[` + long, FormValues},
		{"another long line", `{"other":[` + long, FormLines},
		{"an array whose elements are lines", "{\"Records\":[\n{\"src\":1},\n{}]}", FormValues},
		{"an object that is cut short", "{\"other\":[\n{\"src\":1}\n", FormLines},
		{"objects beside each other", `{"event":{}}{"event":{}}`, FormValues},
		{"objects beside each other, with a blank", "{\"event\":{}} {\"event\":{}}\n", FormValues},
		{"text behind the first object", "{\"event\":{}} x\n", FormLines},
	} {
		assert.Equal(t, c.want, NewInput(strings.NewReader(c.text)).Inspect(t.Context()), c.about)
	}
}

// FuzzArrays checks that opening arrays loses no byte of a line with Keep, and that every line
// without an array stays as it is.
func FuzzArrays(f *testing.F) {
	f.Add([]byte(`{"Records":[{"src":1},{}]}`))
	f.Add([]byte("[{\"a\":1}]\n<1>: {\"hits\":{\"hits\":[{\"src\":1}]}}\n{\"value\":[{\"src\":1}],"))
	f.Add([]byte("{\"@odata.a\":1,\"value\":[{\"src\":1} {\"src\":2}]}\n[]\n[[]]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		a := &Arrays{Objects: true, Fits: hasSrc, Keep: true}
		var c Chunk
		src := OpenArrays(NewLines(bytes.NewReader(text), 0, 0, 0), a)
		lines := int64(0)
		var all []byte
		for err := error(nil); err == nil; {
			err = src.Next(t.Context(), &c)
			for i := range c.Len() {
				before, after, _ := c.Around(i)
				require.Equal(t, string(c.Unit(i)), string(before)+string(c.Event(i))+string(after))
			}
			all = append(all, c.Data...)
			lines += int64(c.Lines)
		}
		if !bytes.Contains(text, []byte("[")) {
			require.Equal(t, string(text), string(all))
		}
		require.Equal(t, int64(bytes.Count(append(text, '\n'), []byte{'\n'})), lines+b2i(len(text) == 0 || text[len(text)-1] == '\n'))
		long := OpenArrays(NewValues(bytes.NewReader(text), 20, 0, 0), &Arrays{Objects: true, Fits: hasSrc})
		for err := error(nil); err == nil; {
			err = long.Next(t.Context(), &c)
		}
		require.LessOrEqual(t, c.Position.Offset, int64(len(text)))
	})
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
