package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutAll takes a text through a lineCutter.
func cutAll(t *testing.T, src io.Reader, limit int) (lines []string, size int64) {
	t.Helper()
	c := lineCutter{src: src, limit: limit}
	for b := (&lineBlock{limit: limit}); ; {
		err := c.next(b)
		long := map[int]bool{}
		for _, i := range b.long {
			require.Nil(t, b.lines[i], "what is too long is not held")
			long[i] = true
		}
		for i, l := range b.lines {
			if long[i] {
				lines = append(lines, "TOO LONG")
			} else {
				lines = append(lines, string(l))
			}
		}
		size += b.size
		if err == io.EOF {
			return lines, size
		}
		require.NoError(t, err)
	}
}

// splitAll is the plain statement of what lineCutter does.
func splitAll(text string, limit int) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > limit {
			line = "TOO LONG"
		}
		lines = append(lines, line)
	}
	return lines
}

// pieces reads a few bytes at a time.
type pieces struct {
	rng *rand.Rand
	src io.Reader
}

func (p *pieces) Read(b []byte) (int, error) { return p.src.Read(b[:min(len(b), 1+p.rng.IntN(9))]) }

func TestLineCutter(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\n\n", "a", "a\n", "a\nb", "a\r\nb\n", "\na\n\n",
		"1234567890", "1234567890\n", "1234567890\na\n", "a\n1234567890", "1234567890\n1234567890\nb", "12345\n123456\n", strings.Repeat("x", 100) + "\n\n",
	} {
		for name, src := range map[string]io.Reader{
			"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)), "early end": iotest.DataErrReader(strings.NewReader(text)),
		} {
			lines, size := cutAll(t, src, 5)
			assert.Equal(t, splitAll(text, 5), lines, "%q, %s", text, name)
			assert.Equal(t, int64(len(text)), size, "%q, %s", text, name)
		}
	}
}

func TestLineCutterAgreesWithSplitting(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var text strings.Builder
		for range rng.IntN(60) {
			text.WriteString(strings.Repeat("x", rng.IntN(14)))
			if rng.IntN(8) > 0 {
				text.WriteByte('\n')
			}
		}
		lines, size := cutAll(t, &pieces{rng, strings.NewReader(text.String())}, 10)
		require.Equal(t, splitAll(text.String(), 10), lines, "seed %d", seed)
		require.Equal(t, int64(text.Len()), size, "seed %d", seed)
	}
}

// A reader that fails tells nobody how the line it is in would have ended.
func TestLineCutterDropsWhatIsCut(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("a\nb\nhalf a li"), iotest.ErrReader(io.ErrUnexpectedEOF))
	c := lineCutter{src: broken, limit: 100}
	b := &lineBlock{limit: 100}
	require.NoError(t, c.next(b))
	assert.Len(t, b.lines, 2)
	require.ErrorIs(t, c.next(b), io.ErrUnexpectedEOF)
	assert.Empty(t, b.lines)
	assert.Zero(t, b.size)
}

func TestSkipCountsLines(t *testing.T) {
	in := &lineInput{path: "x", in: bufio.NewReader(strings.NewReader("a\nbb\nccc\n"))}
	n, err := in.skip(5)
	require.NoError(t, err)
	assert.Equal(t, int64(5), n)
	assert.Equal(t, int64(2), in.line)
	_, err = in.skip(5)
	assert.EqualError(t, err, "x: has 4 bytes, but 5 were read before: put it back, or give what follows another name")
}

func TestDeadLetters(t *testing.T) {
	path := t.TempDir() + "/dead.ndjson"
	var told bytes.Buffer
	for range 2 { // the second run appends
		d, err := newDeadLetters(path, true, &told)
		require.NoError(t, err)
		require.NoError(t, d.add("a\x1b.ndjson", 7, []byte("{\"a\":\"\x1b\"}"), fmt.Errorf("no readable time")))
		require.NoError(t, d.add("b", 8, []byte("\xff"), fmt.Errorf("not UTF-8")))
		require.NoError(t, d.add("b", 9, nil, fmt.Errorf("too long")))
		require.NoError(t, d.Close())
	}
	want := `{"file":"a\u001b.ndjson","line":7,"reason":"no readable time","raw":"{\"a\":\"\u001b\"}"}
{"file":"b","line":8,"reason":"not UTF-8","raw_base64":"/w=="}
{"file":"b","line":9,"reason":"too long"}
`
	assert.Equal(t, want+want, readText(t, path))
	assert.True(t, strings.HasPrefix(told.String(), `kith: a\x1b.ndjson:7: no readable time`), told.String())
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
