package stream

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutAll returns all units of a source, "TOO LONG" for those that were dropped, and
// checks the numbers of every chunk.
func cutAll(t *testing.T, src Source) (units []string, size int64, err error) {
	t.Helper()
	var c Chunk
	for err == nil {
		err = src.Next(t.Context(), &c)
		if c.Len() > 0 && c.Records.Len() == 0 {
			require.EqualValues(t, len(units)+1, c.First)
			require.Equal(t, c.Len(), c.Lines)
		}
		for i := range c.Len() {
			unit := string(c.Unit(i))
			if unit == "" {
				unit = "TOO LONG"
			}
			units = append(units, unit)
		}
		require.True(t, err != nil || c.Len() > 0, "a chunk without units and an error")
		size += c.Size
		require.Equal(t, size, c.Position.Offset)
	}
	return units, size, err
}

// splitAll returns the units of a text. It is the obvious implementation.
func splitAll(text string, limit int) (units []string) {
	parts := strings.Split(text, "\n")
	for i, line := range parts {
		end := "\n"
		if i == len(parts)-1 {
			end = ""
		}
		switch {
		case line+end == "":
		case len(line) > limit:
			units = append(units, "TOO LONG")
		default:
			units = append(units, line+end)
		}
	}
	return units
}

// anyChunks reads a few bytes at a time, sometimes none.
type anyChunks struct {
	rng *rand.Rand
	src io.Reader
}

func (c *anyChunks) Read(p []byte) (int, error) { return c.src.Read(p[:min(len(p), c.rng.IntN(10))]) }

func TestLinesAreCutAtLineFeeds(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\n\n", "a", "a\n", "a\nb", "a\r\nb\n", "\na\n\n",
		"1234567890", "1234567890\n", "1234567890\na\n", "a\n1234567890", "1234567890\n1234567890\nb", "12345\n123456\n", strings.Repeat("x", 100) + "\n\n",
	} {
		for name, src := range map[string]io.Reader{
			"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
			"half": iotest.HalfReader(strings.NewReader(text)), "early end": iotest.DataErrReader(strings.NewReader(text)),
		} {
			units, size, err := cutAll(t, NewLines(src, 5, 0, 0))
			require.Equal(t, io.EOF, err)
			assert.Equal(t, splitAll(text, 5), units, "%q, %s", text, name)
			assert.Equal(t, int64(len(text)), size, "%q, %s", text, name)
		}
	}
}

func TestLinesAgreeWithSplitting(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var text strings.Builder
		for range rng.IntN(60) {
			text.WriteString(strings.Repeat("x", rng.IntN(14)))
			if rng.IntN(8) > 0 {
				text.WriteByte('\n')
			}
		}
		units, size, err := cutAll(t, NewLines(&anyChunks{rng, strings.NewReader(text.String())}, 10, 0, 0))
		require.Equal(t, io.EOF, err)
		require.Equal(t, splitAll(text.String(), 10), units, "seed %d", seed)
		require.Equal(t, int64(text.Len()), size, "seed %d", seed)
	}
}

func TestLinesLongerThanABlockAreWhole(t *testing.T) {
	line := strings.Repeat("x", 3*blockSize+7)
	units, _, err := cutAll(t, NewLines(strings.NewReader(line+"\n"+line), 0, 0, 0))
	require.Equal(t, io.EOF, err)
	require.Equal(t, []string{line + "\n", line}, units)
}

// TestLineWhoseEndWasNotReadIsDropped ends the input with an error, after which the
// rest of the line is unknown.
func TestLineWhoseEndWasNotReadIsDropped(t *testing.T) {
	for text, want := range map[string][]string{
		"a\nb\nhalf a li": {"a\n", "b\n"}, "half": nil, "a\n" + strings.Repeat("x", 200): {"a\n"}, strings.Repeat("x", 200): nil,
	} {
		for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			units, size, err := cutAll(t, NewLines(io.MultiReader(src, iotest.ErrReader(io.ErrUnexpectedEOF)), 100, 0, 0))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, want, units)
			assert.EqualValues(t, len(strings.Join(want, "")), size)
		}
	}
}

func TestLinesContinueAtAnOffset(t *testing.T) {
	var c Chunk
	l := NewLines(strings.NewReader("c\nd\n"), 0, 2, 4)
	require.NoError(t, l.Next(t.Context(), &c))
	assert.EqualValues(t, 3, c.First)
	assert.EqualValues(t, 4, c.Line(1))
	assert.EqualValues(t, 8, c.Position.Offset)
}

func TestNextReturnsWhenTheContextIsDone(t *testing.T) {
	for name, newSource := range map[string]func(io.Reader) Source{
		"lines":   func(r io.Reader) Source { return NewLines(r, 0, 0, 0) },
		"records": func(r io.Reader) Source { return NewRecords(r, ',', 0, 0) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		in, feed := io.Pipe()
		src := newSource(in)
		go io.WriteString(feed, "a\nb\nno end")
		var c Chunk
		require.NoError(t, src.Next(ctx, &c))
		assert.Equal(t, "a\nb\n", string(c.Data), name)
		time.AfterFunc(time.Millisecond, cancel)
		require.ErrorIs(t, src.Next(ctx, &c), context.Canceled, name)
		assert.Zero(t, c.Len(), name)
		require.ErrorIs(t, src.Next(ctx, &c), context.Canceled, name)
		feed.Close()
	}
}
