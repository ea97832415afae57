package csvio

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var readerTests = []struct {
	name, in string
	want     [][]string
	err      string
}{
	{"empty", "", nil, ""},
	{"one", "a", [][]string{{"a"}}, ""},
	{"line ends", "a,b\nc,d\r\ne,f", [][]string{{"a", "b"}, {"c", "d"}, {"e", "f"}}, ""},
	{"CR at the end", "a\r", [][]string{{"a"}}, ""},
	{"CR inside", "a\rb,\r\r\n", [][]string{{"a\rb", "\r"}}, ""},
	{"mark", "\xef\xbb\xbf\"a\",b\n", [][]string{{"a", "b"}}, ""},
	{"mark only", "\xef\xbb\xbf", nil, ""},
	{"mark once", "\xef\xbb\xbf\xef\xbb\xbfa", [][]string{{"\xef\xbb\xbfa"}}, ""},
	{"part of a mark", "\xef\xbb", [][]string{{"\xef\xbb"}}, ""},
	{"blank lines", "\n\r\na\n\n\nb\n\n", [][]string{{"a"}, {"b"}}, ""},
	{"a space is a cell", " \n", [][]string{{" "}}, ""},
	{"empty cells", ",\n,,\n\"\"\n", [][]string{{"", ""}, {"", "", ""}, {""}}, ""},
	{"quotes", `"a","b,c","d ""e""",f` + "\n", [][]string{{"a", "b,c", `d "e"`, "f"}}, ""},
	{"only quotes", `"""","""""",""`, [][]string{{`"`, `""`, ""}}, ""},
	{"line ends in quotes", "\"a\nb\",\"c\r\nd\r\"\r\ne\n", [][]string{{"a\nb", "c\nd\r"}, {"e"}}, ""},
	{"CR before a line end in quotes", "\"a\r\r\nb\"\n", [][]string{{"a\r\nb"}}, ""},
	{"blank lines in quotes", "\"\n\n\",b\n", [][]string{{"\n\n", "b"}}, ""},
	{"no UTF-8", "\xff,\x00\n", [][]string{{"\xff", "\x00"}}, ""},
	{"widths", "a\nb,c\nd\n", [][]string{{"a"}, {"b", "c"}, {"d"}}, ""},

	{"bare quote", "a\nb,c\"d\n", [][]string{{"a"}}, "2:4: quote in an unquoted cell; quote the whole cell and double the quotes in it"},
	{"quote after a space", "a, \"b\"\n", nil, "1:4: quote in an unquoted cell; quote the whole cell and double the quotes in it"},
	{"text after a quote", "\n\"a\"b,c\n", nil, "2:3: text after a closing quote; double a quote that is part of the cell"},
	{"text after a quote, second line", "\"a\nb\" ,c\n", nil, "2:2: text after a closing quote; double a quote that is part of the cell"},
	{"unterminated", "a\nb,\"c\nd\n", [][]string{{"a"}}, "2:3: quoted cell is never closed"},
	{"unterminated at once", `"`, nil, "1:1: quoted cell is never closed"},
	{"unterminated by a doubled quote", `"a""`, nil, "1:1: quoted cell is never closed"},
	{"UTF-16", "\xff\xfea\x00", nil, "1:1: input is UTF-16 or UTF-32; save it as UTF-8"},
	{"UTF-16, big endian", "\xfe\xff\x00a", nil, "1:1: input is UTF-16 or UTF-32; save it as UTF-8"},
	{"UTF-32, big endian", "\x00\x00\xfe\xff", nil, "1:1: input is UTF-16 or UTF-32; save it as UTF-8"},
}

func TestReaderSplitsRecords(t *testing.T) {
	for _, tt := range readerTests {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range readers(tt.in, Options{}) {
				var got [][]string
				for r.Next() {
					got = append(got, row(r))
				}
				assert.Equal(t, tt.want, got, name)
				if tt.err == "" {
					assert.NoError(t, r.Err(), name)
				} else {
					assert.EqualError(t, r.Err(), tt.err, name)
				}
				assert.False(t, r.Next(), "Next after the end")
			}
		})
	}
}

var small = Limits{Line: 12, Cell: 4, Columns: 3}

var limitTests = []struct {
	in   string
	want error
	text string
}{
	{"abcd,efgh,ij\n", nil, ""},
	{"abcd,efgh,ij\r\n", nil, ""},
	{"abcd,efgh,ij", nil, ""},
	{"abcd,efgh,ij\r", nil, ""},
	{"a\nabcd,efgh,ijk\n", ErrLineTooLong, "2:1: line is longer than 12 bytes"},
	{"abcd,efgh,ijk", ErrLineTooLong, "1:1: line is longer than 12 bytes"},
	{"abcd,efgh,ijk\r\n", ErrLineTooLong, "1:1: line is longer than 12 bytes"},
	{strings.Repeat("a", 100), ErrLineTooLong, "1:1: line is longer than 12 bytes"},
	{"a,\"\n\n\",\"\n\n\"\"\n\"\n", ErrLineTooLong, "1:1: line is longer than 12 bytes"},
	{"a,bcdef\n", ErrCellTooLong, "1:3: cell is longer than 4 bytes"},
	{"\"\",bcdef\n", ErrCellTooLong, "1:4: cell is longer than 4 bytes"},
	{"a,\"bcdef\"\n", ErrCellTooLong, "1:3: cell is longer than 4 bytes"},
	{"\"\"\"\"\"\"\"\"\"\"\n", nil, ""}, // four quotes
	{"\"\n\n\n\n\"\n", nil, ""},
	{"a\n\"\n\n\n\n\n\n\n\n\n\n\"", ErrCellTooLong, "2:1: cell is longer than 4 bytes; is its quote closed?"},
	{"a,b,c\n", nil, ""},
	{",,,\n", ErrTooManyColumns, "1:4: more than 3 columns"},
	{",,,,,,,\n", ErrTooManyColumns, "1:4: more than 3 columns"},
	{"\"\",\"\",\"\",\"\"\n", ErrTooManyColumns, "1:10: more than 3 columns"},
	{"\"a\",\"\",b,c\n", ErrTooManyColumns, "1:10: more than 3 columns"},
}

func TestReaderEnforcesLimits(t *testing.T) {
	for _, tt := range limitTests {
		for name, r := range readers(tt.in, Options{Limits: small}) {
			for r.Next() {
			}
			if tt.want == nil {
				assert.NoError(t, r.Err(), "%s: %q", name, tt.in)
				continue
			}
			assert.ErrorIs(t, r.Err(), tt.want, "%s: %q", name, tt.in)
			assert.EqualError(t, r.Err(), tt.text, "%s: %q", name, tt.in)
		}
	}
}

func TestDefaultLimitsAreExact(t *testing.T) {
	for _, tt := range []struct {
		pass, refuse string
		want         string
	}{
		{strings.Repeat(",", 4095), strings.Repeat(",", 4096), "1:4097: more than 4096 columns"},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20+1), "1:1: cell is longer than 1 MiB"},
		{`"` + strings.Repeat(`""`, 1<<20) + `"`, `"` + strings.Repeat(`""`, 1<<20+1) + `"`, "1:1: cell is longer than 1 MiB"},
		{longLine(16 << 20), longLine(16<<20 + 1), "1:1: line is longer than 16 MiB"},
	} {
		r := NewReader(strings.NewReader(tt.pass+"\r\nz\n"), Options{})
		require.True(t, r.Next(), "%v", r.Err())
		require.True(t, r.Next(), "%v", r.Err())
		require.False(t, r.Next())
		require.NoError(t, r.Err())

		r.Reset(strings.NewReader(tt.refuse + "\r\nz\n"))
		require.False(t, r.Next())
		require.EqualError(t, r.Err(), tt.want)
		require.LessOrEqual(t, len(r.buf), 16<<20+2, "memory")
		r.Skip()
		require.True(t, r.Next())
		require.Equal(t, []string{"z"}, row(r))
		require.Equal(t, 2, r.Line())
	}
}

// longLine returns a line of n bytes in cells that are not too long.
func longLine(n int) string {
	return strings.Repeat(strings.Repeat("x", 1<<16-1)+",", n>>16+1)[:n]
}

func TestPosCountsLinesAndBytes(t *testing.T) {
	for name, r := range readers("\xef\xbb\xbfip,dns\r\n\n\"a\"\"b\",c,\"d\ne\n\",f,\"\",\ng\n", Options{}) {
		var got [][3]int
		for r.Next() {
			for i := range r.Len() {
				line, column := r.Pos(i)
				got = append(got, [3]int{r.Line(), line, column})
			}
		}
		require.NoError(t, r.Err(), name)
		require.True(t, r.BOM(), name)
		require.Equal(t, [][3]int{
			{1, 1, 1},
			{1, 1, 4},
			{3, 3, 1},
			{3, 3, 8},
			{3, 3, 10},
			{3, 5, 3},
			{3, 5, 5},
			{3, 5, 8},
			{6, 6, 1},
		}, got, name)
	}
}

// skipTests contains inputs and descriptions of the records of a Reader that skips syntax
// errors. A "!" precedes a bad line, and a "?" replaces a line that is too long to be held.
var skipTests = []struct{ in, want string }{
	{"a,b\nc\"\nd\n", "1 a,b|\n;!2 c\"|\n;3 d|\n;"},
	{"a\r\n\"b\"c\r\nd", "1 a|\r\n;!2 \"b\"c|\r\n;3 d|;"},
	{"\"a\nb,c\nd\n", "!1 \"a|\n;2 b,c|\n;3 d|\n;"},
	{"x\n\"a\n\n\"b\n", "1 x|\n;!2 \"a|\n;3 |\n;!4 \"b|\n;"},
	{"a\"", "!1 a\"|;"},
	{"\"a\r", "!1 \"a|\r;"},
	{"a\n" + strings.Repeat("x,", 50) + "\nb\n", "1 a|\n;?2;3 b|\n;"},
	{"a\n" + strings.Repeat("x,", 50), "1 a|\n;?2;"},
	{strings.Repeat("x", 12) + "\nb\n", "!1 xxxxxxxxxxxx|\n;2 b|\n;"}, // the cell is too long
	{strings.Repeat("x", 13) + "\nb\n", "?1;2 b|\n;"},
	{"\n\n\"a\nb\",c\n\n", "1 |\n;2 |\n;3 \"a\nb\",c|\n;5 |\n;"},
}

func TestSkipContinuesWithNextLine(t *testing.T) {
	for _, tt := range skipTests {
		for name, r := range readers(tt.in, Options{Limits: small, KeepBlank: true}) {
			assert.False(t, r.Skip(), "nothing to skip")
			var got strings.Builder
			for {
				if r.Next() {
					got.WriteString(describeRecord(r))
				} else if r.Err() == nil {
					break
				} else if held := r.Skip(); held {
					assert.Zero(t, r.Len())
					got.WriteString("!" + describeRecord(r))
				} else {
					assert.Empty(t, r.Raw())
					got.WriteString("?" + string(rune('0'+r.Line())) + ";")
				}
			}
			assert.Equal(t, tt.want, got.String(), "%s: %q", name, tt.in)
		}
	}
}

func describeRecord(r *Reader) string {
	return string(rune('0'+r.Line())) + " " + string(r.Raw()) + "|" + string(r.End()) + ";"
}

func TestReaderReturnsErrorOfSource(t *testing.T) {
	broken := errors.New("broken")
	for _, in := range []string{"a,b\nc", "a,b\n\"c\n", "a,b\n"} {
		r := NewReader(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)), Options{})
		require.True(t, r.Next(), in)
		require.False(t, r.Next(), in)
		require.Equal(t, broken, r.Err(), in)
		require.False(t, r.Skip(), in)
	}
	r := NewReader(iotest.ErrReader(nil), Options{})
	require.False(t, r.Next())
	require.Equal(t, io.ErrNoProgress, r.Err())
}

// A record of a live stream is returned as soon as it is complete.
func TestReaderDoesNotWait(t *testing.T) {
	for _, in := range []string{"a\n", "\"\xef\"\r\n", "\x00a\n"} {
		r := NewReader(io.MultiReader(strings.NewReader(in), neverRead{t}), Options{})
		require.True(t, r.Next(), in)
	}
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("Read was called although the record is complete")
	return 0, io.EOF
}

func TestReaderDoesNotAllocate(t *testing.T) {
	input := bytes.Repeat([]byte("10.0.0.1,aa,\"x, y\",\"say \"\"hi\"\"\",,\nb,c,d,e,f\n"), 100)
	src := bytes.NewReader(input)
	r := NewReader(src, Options{})
	all := func() {
		src.Reset(input)
		r.Reset(src)
		n := 0
		for r.Next() {
			n += len(r.Cell(r.Len() - 1))
		}
		require.NoError(t, r.Err())
		r.ResetBytes(input)
		for r.Next() {
			line, _ := r.Pos(2)
			n += line
		}
		require.NoError(t, r.Err())
	}
	require.Zero(t, testing.AllocsPerRun(10, all))
}

func TestAppendCellsKeepsEarlierCells(t *testing.T) {
	r := NewReader(strings.NewReader(`a,"b""c"`), Options{})
	require.True(t, r.Next())
	require.Equal(t, [][]byte{[]byte("z"), []byte("a"), []byte(`b"c`)}, r.AppendCells([][]byte{[]byte("z")}))
}

// readers returns Readers that receive the same input in different pieces.
func readers(in string, o Options) map[string]*Reader {
	whole := NewReader(nil, o)
	whole.ResetBytes([]byte(in))
	again := NewReader(strings.NewReader("x,\"y\"\"\"\n\"z"), o)
	for again.Next() {
	}
	again.Reset(strings.NewReader(in))
	return map[string]*Reader{
		"bytes":     whole,
		"reader":    NewReader(strings.NewReader(in), o),
		"reset":     again,
		"one byte":  NewReader(iotest.OneByteReader(strings.NewReader(in)), o),
		"half":      NewReader(iotest.HalfReader(strings.NewReader(in)), o),
		"data, EOF": NewReader(iotest.DataErrReader(strings.NewReader(in)), o),
	}
}

func row(r *Reader) []string {
	cells := []string{}
	for i := range r.Len() {
		cells = append(cells, string(r.Cell(i)))
	}
	return cells
}
