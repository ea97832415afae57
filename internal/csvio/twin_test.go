package csvio

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// compareWithStd compares a Reader with encoding/csv: both must return the same records at
// the same positions, and the same error. Inputs with byte order marks are skipped, because
// encoding/csv does not support them.
func compareWithStd(t *testing.T, input []byte, msg string) {
	t.Helper()
	for _, mark := range append(otherBOMs, bomUTF8) {
		if bytes.HasPrefix(input, mark) {
			return
		}
	}
	std := csv.NewReader(bytes.NewReader(input))
	std.FieldsPerRecord = -1
	r := NewReader(iotest.HalfReader(bytes.NewReader(input)), Options{})
	for {
		want, err := std.Read()
		if err == io.EOF {
			require.False(t, r.Next(), msg)
			require.NoError(t, r.Err(), msg)
			return
		}
		if err != nil {
			require.False(t, r.Next(), "%s: encoding/csv: %v", msg, err)
			requireSameError(t, err.(*csv.ParseError), r.Err(), msg)
			return
		}
		require.True(t, r.Next(), "%s: %v", msg, r.Err())
		require.Equal(t, want, row(r), msg)
		for i := range want {
			wantLine, wantColumn := std.FieldPos(i)
			line, column := r.Pos(i)
			require.Equal(t, [2]int{wantLine, wantColumn}, [2]int{line, column}, "%s: Pos(%d)", msg, i)
		}
	}
}

func requireSameError(t *testing.T, want *csv.ParseError, got error, msg string) {
	t.Helper()
	var bad *SyntaxError
	require.ErrorAs(t, got, &bad, msg)
	if bad.Err == ErrUnterminated { // encoding/csv reports the position of the end, a Reader that of the quote
		require.Equal(t, csv.ErrQuote, want.Err, msg)
		return
	}
	require.Equal(t, map[error]error{csv.ErrBareQuote: ErrBareQuote, csv.ErrQuote: ErrQuote}[want.Err], bad.Err, msg)
	require.Equal(t, [2]int{want.Line, want.Column}, [2]int{bad.Line, bad.Column}, msg)
}

func TestReaderAgreesWithEncodingCSV(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		compareWithStd(t, awkwardCSV(rnd), fmt.Sprintf("seed %d", seed))
	}
}

// The input is larger than several buffers, and records cross their boundaries.
func TestReaderAgreesWithEncodingCSVAcrossBuffers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 1))
	var input []byte
	for len(input) < 5*bufferSize {
		input = append(input, awkwardCSV(rnd)...)
	}
	compareWithStd(t, input, "large")
}

// awkwardCSV returns random valid CSV.
func awkwardCSV(rnd *rand.Rand) []byte {
	var b []byte
	for range rnd.IntN(12) {
		for range rnd.IntN(3) / 2 {
			b = append(b, pick(rnd, "\n", "\r\n")...)
		}
		for i := range 1 + rnd.IntN(1+rnd.IntN(40)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendAwkwardCell(b, rnd)
		}
		b = append(b, pick(rnd, "\n", "\r\n")...)
	}
	if rnd.IntN(2) == 0 {
		b = bytes.TrimRight(b, "\r\n")
	}
	return b
}

func appendAwkwardCell(b []byte, rnd *rand.Rand) []byte {
	var cell strings.Builder
	for range rnd.IntN(6) {
		cell.WriteString(pick(rnd, "a", "10.0.0.1", "é", "\xff", " ", "|", "\r", ";\t", "\x00", "-", strings.Repeat("x", rnd.IntN(90))))
	}
	if rnd.IntN(3) > 0 {
		return append(b, cell.String()+"z"...)
	}
	for range rnd.IntN(4) {
		cell.WriteString(pick(rnd, ",", `""`, "\n", "\r\n", "a", "\n\n"))
	}
	return append(b, `"`+cell.String()+`"`...)
}

func pick(rnd *rand.Rand, from ...string) string { return from[rnd.IntN(len(from))] }

func FuzzReader(f *testing.F) {
	for _, tt := range readerTests {
		f.Add([]byte(tt.in))
	}
	for _, tt := range skipTests {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		compareWithStd(t, input, "")
		requireWrittenBack(t, input)
		requirePassedThrough(t, input)
	})
}

// requireWrittenBack checks that records that were read can be written and are then read
// unchanged, except that a remaining CR LF in a cell becomes LF, and that cells can be
// appended to the bytes of a record.
func requireWrittenBack(t *testing.T, input []byte) {
	r := NewReader(bytes.NewReader(input), Options{})
	var want [][]string
	var written []byte
	appended := bytes.Clone(bomUTF8) // so that a first cell that begins like a mark is not taken for one
	for r.Next() {
		want = append(want, row(r))
		written = AppendRow(written, r.AppendCells(nil)...)
		appended = append(appended, r.Raw()...)
		appended = append(AppendCell(append(appended, ','), `new "cell"`), '\n')
	}
	var got [][]string
	r.ResetBytes(written)
	for r.Next() {
		got = append(got, row(r))
	}
	require.NoError(t, r.Err(), "%q", written)
	require.Equal(t, len(want), len(got), "%q", written)
	for i := range want {
		require.Equal(t, onlyLF(want[i]), got[i], "%q", written)
	}

	r.ResetBytes(appended)
	for i := 0; r.Next(); i++ {
		require.Equal(t, append(want[i], `new "cell"`), row(r), "%q", appended)
	}
	require.NoError(t, r.Err(), "%q", appended)
}

func onlyLF(cells []string) []string {
	lf := []string{}
	for _, c := range cells {
		lf = append(lf, strings.ReplaceAll(c, "\r\n", "\n"))
	}
	return lf
}

// requirePassedThrough checks that Raw and End return every byte of the input, in order.
func requirePassedThrough(t *testing.T, input []byte) {
	r := NewReader(iotest.OneByteReader(bytes.NewReader(input)), Options{KeepBlank: true})
	var got []byte
	line := 1
	for r.Next() || r.Err() != nil {
		if r.Err() != nil {
			require.True(t, r.Skip())
		}
		if got == nil && r.BOM() {
			got = append(got, bomUTF8...)
		}
		require.Equal(t, line, r.Line())
		got = append(append(got, r.Raw()...), r.End()...)
		line += bytes.Count(r.Raw(), []byte("\n")) + bytes.Count(r.End(), []byte("\n"))
	}
	if r.BOM() {
		input, got = bytes.TrimPrefix(input, bomUTF8), bytes.TrimPrefix(got, bomUTF8)
	}
	require.Equal(t, string(input), string(got))
}

// Copies of records equal the records, however much was read since.
func TestCopiedRecordsEqualOriginals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 1))
	var input []byte
	for len(input) < 2*bufferSize {
		input = append(append(input, awkwardCSV(rnd)...), '\n')
	}
	var copies Records
	for range 2 {
		copies.Reset()
		for r := NewReader(bytes.NewReader(input), Options{}); r.Next(); {
			copies.Add(&r.Record)
		}
		require.Positive(t, copies.Len())
		require.Greater(t, copies.Size(), len(input)/2)
		r := NewReader(bytes.NewReader(input), Options{})
		for i := range copies.Len() {
			require.True(t, r.Next())
			c := copies.At(i)
			require.Equal(t, []any{r.Line(), r.Raw(), r.End(), r.Len()}, []any{c.Line(), c.Raw(), c.End(), c.Len()})
			for cell := range c.Len() {
				line, column := r.Pos(cell)
				copyLine, copyColumn := c.Pos(cell)
				require.Equal(t, []any{r.Cell(cell), line, column}, []any{c.Cell(cell), copyLine, copyColumn})
			}
		}
		require.False(t, r.Next())
	}
}
