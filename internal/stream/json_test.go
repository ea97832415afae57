package stream

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInputThatBeginsLikeASequenceIsReadAsValues(t *testing.T) {
	for _, test := range []struct {
		text     string
		sequence bool
	}{
		{"", false},
		{"\n\n", false},
		{"{\"a\":1}\n{\"a\":2}\n", false},
		{`{"a":1}`, false},
		{"{\"a\":1}\n\n  \"b\"", false},
		{"[1,2]\n", false},
		{"[\"a\"]\n", false},
		{"src,dest\n", false},
		{"2026-01-02 host {\"a\":\n1}\n", false},
		{"[{\"a\":1},\n{\"a\":2}]", true},
		{" [ {}", true},
		{"\n[\n{}]", true},
		{"[]", true},
		{"\ufeff[\r\n{}]", true},
		{"{\n  \"a\": 1\n}\n", true},
		{"{\"a\": 1,\n\"b\": 2}\n", true},
		{"{\"a\":\n{}}", false}, // may be an object that is cut short, and another
		{"{\"a\":\n", false},
		{"{\"a\" 1\n2}", false},
		{"{\"a\":\"x\n\"b\"", true},
		{"\x1e{}\n\x1e{}", true},
	} {
		for _, read := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader,
		} {
			j := NewJSON(read(strings.NewReader(test.text)), 0, 0, 0, nil)
			var units, want []string
			var c Chunk
			for err := error(nil); err == nil; {
				err = j.Next(t.Context(), &c)
				for i := range c.Len() {
					units = append(units, string(c.Unit(i)))
				}
			}
			_, isSequence := j.source.(*Values)
			assert.Equal(t, test.sequence, isSequence, "%q", test.text)
			var twin Source = NewLines(strings.NewReader(test.text), 0, 0, 0)
			if test.sequence {
				twin = NewValues(strings.NewReader(test.text), 0, 0, 0)
			}
			for err := error(nil); err == nil; {
				err = twin.Next(t.Context(), &c)
				for i := range c.Len() {
					want = append(want, string(c.Unit(i)))
				}
			}
			assert.Equal(t, want, units, "%q", test.text)
		}
	}
}

// The first line is passed on before the second arrives, unless the second decides.
func TestInspectionDoesNotDelayTheFirstEvent(t *testing.T) {
	r, w := io.Pipe()
	j := NewJSON(r, 0, 0, 0, nil)
	go io.WriteString(w, "{\"a\":1}\n") //nolint:errcheck // the pipe is never closed
	var c Chunk
	require.NoError(t, j.Next(t.Context(), &c))
	assert.Equal(t, 1, c.Len())
}

func TestInputAfterAnOffsetIsReadLikeItsBeginning(t *testing.T) {
	text := "[\n{\"a\":1},\n{\"a\":2}\n]"
	at := int64(strings.Index(text, ",\n"))
	j := NewJSON(strings.NewReader(text[at:]), 0, 1, at, []byte(text))
	var c Chunk
	require.NoError(t, j.Next(t.Context(), &c))
	assert.Equal(t, "{\"a\":2}\n", string(c.Unit(0)))
	assert.EqualValues(t, 3, c.Line(0))
}
