package stream

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInputThatBeginsLikeASequenceHasItsForm(t *testing.T) {
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
			want := FormLines
			if test.sequence {
				want = FormValues
			}
			in := NewInput(read(strings.NewReader(test.text)))
			require.Equal(t, want, in.Inspect(t.Context()), "%q", test.text)
			assert.Equal(t, listUnits(t, want.Open(strings.NewReader(test.text), 0, 0, 0)), listUnits(t, want.Open(in, 0, 0, 0)), "%q", test.text)
		}
	}
}

// listUnits returns the units of a source.
func listUnits(t *testing.T, src Source) (units []string) {
	var c Chunk
	for err := error(nil); err == nil; {
		err = src.Next(t.Context(), &c)
		for i := range c.Len() {
			units = append(units, string(c.Unit(i)))
		}
	}
	return units
}

// The first line is passed on before the second arrives, unless the second decides.
func TestInspectionDoesNotDelayTheFirstEvent(t *testing.T) {
	r, w := io.Pipe()
	in := NewInput(r)
	go io.WriteString(w, "{\"a\":1}\n") //nolint:errcheck // the pipe is never closed
	require.Equal(t, FormLines, in.Inspect(t.Context()))
	var c Chunk
	require.NoError(t, FormLines.Open(in, 0, 0, 0).Next(t.Context(), &c))
	assert.Equal(t, 1, c.Len())
}

func TestInspectionEndsWithTheContext(t *testing.T) {
	r, _ := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	in := NewInput(r)
	time.AfterFunc(time.Millisecond, cancel)
	require.Equal(t, FormLines, in.Inspect(ctx))
	var c Chunk
	require.ErrorIs(t, FormLines.Open(in, 0, 0, 0).Next(ctx, &c), context.Canceled)
}

const zeekLog = "#separator \\x09\n#fields\tts\tid.orig_h\n#types\ttime\taddr\n1.5\t10.0.0.1\n2.5\n\n#fields\ta\nx\n"

func TestZeekLogsBecomeJSON(t *testing.T) {
	for _, read := range []func(io.Reader) io.Reader{
		func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader,
	} {
		in := NewInput(read(strings.NewReader(zeekLog)))
		require.Equal(t, FormZeek, in.Inspect(t.Context()))
		want := []string{`{"ts":1.5,"id.orig_h":"10.0.0.1"}` + "\n", "2.5\n", "\n", `{"a":"x"}` + "\n"}
		assert.Equal(t, want, listUnits(t, FormZeek.Open(in, 0, 0, 0)))
	}
	z := FormZeek.Open(strings.NewReader(zeekLog), 0, 0, 0)
	var c Chunk
	require.NoError(t, z.Next(t.Context(), &c))
	require.EqualError(t, c.Malformed(1), "1 column instead of the 2 of the #fields line")
	require.NoError(t, c.Malformed(0))
	require.EqualValues(t, 8, c.Line(3))
	assert.EqualValues(t, len(zeekLog), c.Position.Offset, "positions count the bytes of the log")
}

func TestInputAfterAnOffsetIsReadLikeItsBeginning(t *testing.T) {
	text := "[\n{\"a\":1},\n{\"a\":2}\n]"
	at := int64(strings.Index(text, ",\n"))
	var c Chunk
	src := FormOf([]byte(text)).Open(strings.NewReader(text[at:]), 0, 1, at)
	require.NoError(t, src.Next(t.Context(), &c))
	assert.Equal(t, "{\"a\":2}\n", string(c.Unit(0)))
	assert.EqualValues(t, 3, c.Line(0))
}
