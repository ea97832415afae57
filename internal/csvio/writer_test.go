package csvio

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAppendCellQuotesOnlyIfNecessary(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"a", "a"},
		{"a b", "a b"},
		{"a|b;c-d'e", "a|b;c-d'e"},
		{"é", "é"},
		{"\xc3", "\xc3"},
		{"a,b", `"a,b"`},
		{`"`, `""""`},
		{`a"b""c`, `"a""b""""c"`},
		{"a\nb", "\"a\nb\""},
		{"a\r", "\"a\r\""},
		{" a", `" a"`},
		{"a ", `"a "`},
		{"\ta", "\"\ta\""},
		{"\ufeffa", "\"\ufeffa\""},
		{"\uff21", "\uff21"},
		{"\xff\xfe", "\"\xff\xfe\""},
		{"\x00\x00\xfe\xff", "\"\x00\x00\xfe\xff\""},
	} {
		assert.Equal(t, "x"+tt.want, string(AppendCell([]byte("x"), tt.in)), "AppendCell(%q)", tt.in)
		assert.Equal(t, "x"+tt.want, string(AppendCell([]byte("x"), []byte(tt.in))), "AppendCell(%q)", tt.in)
	}
}

func TestAppendRowDistinguishesEmptyCellFromBlankLine(t *testing.T) {
	assert.Equal(t, "\n", string(AppendRow[string](nil)))
	assert.Equal(t, "\"\"\n", string(AppendRow(nil, "")))
	assert.Equal(t, ",\n", string(AppendRow(nil, "", "")))
	assert.Equal(t, "a,\"b,c\",\n", string(AppendRow(nil, "a", "b,c", "")))
}

// Cells that were written are read back unchanged, except that CR LF becomes LF. A Writer
// writes the same as AppendRow.
func TestReaderReadsWhatWriterWrote(t *testing.T) {
	cell := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", ",", `"`, "\n", "\r", " ", "\t", "\ufeff", "\xff", "\xfe", "\x00", "é",
		}), 0, 5).Draw(t, "parts"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(cell, 1, 4)).Draw(t, "rows")
		var out bytes.Buffer
		var want []byte
		w := NewWriter(&out)
		for _, cells := range rows {
			want = AppendRow(want, cells...)
			require.NoError(t, w.Row(cells...))
		}
		require.NoError(t, w.Flush())
		require.Equal(t, string(want), out.String())

		r := NewReader(&out, Options{})
		for _, cells := range rows {
			require.True(t, r.Next(), "%v", r.Err())
			require.Equal(t, onlyLF(cells), row(r))
		}
		require.False(t, r.Next())
		require.NoError(t, r.Err())
	})
}

func TestWriterFlushesOnlyEndedRows(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Cell("a")
	w.CellBytes([]byte("b"))
	require.NoError(t, w.EndRow())
	w.Cell("")
	require.NoError(t, w.Flush())
	require.Equal(t, "a,b\n", out.String(), "Flush does not write a row that has not ended")
	require.NoError(t, w.EndRow())
	require.NoError(t, w.Flush())
	require.Equal(t, "a,b\n\"\"\n", out.String())

	out.Reset()
	var want []byte
	for range 100000 {
		want = AppendRow(want, "abc", "d,e")
		require.NoError(t, w.Row("abc", "d,e"))
	}
	require.NoError(t, w.Flush())
	require.True(t, bytes.Equal(want, out.Bytes()))
}

func TestWriterKeepsError(t *testing.T) {
	w := NewWriter(full{})
	require.NoError(t, w.Row("a"))
	require.Equal(t, errFull, w.Flush())
	require.Equal(t, errFull, w.Row("b"))
	require.Equal(t, errFull, w.Flush())
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriterDoesNotAllocate(t *testing.T) {
	w := NewWriter(bytes.NewBuffer(make([]byte, 0, 1<<20)))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		w.Cell("\ufeffa")
		w.CellBytes([]byte(`say "hi"`))
		if err := w.EndRow(); err != nil {
			t.Fatal(err)
		}
	}))
	require.NoError(t, w.Flush())
}
