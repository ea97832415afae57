package stream

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/csvio"
)

// listRecords lists the units of a CSV as text: line, bytes, cells, error.
func listRecords(t *testing.T, r *Records) (units []string, err error) {
	t.Helper()
	var c Chunk
	lines := 0
	for err == nil {
		err = r.Next(t.Context(), &c)
		require.EqualValues(t, lines+1, c.First)
		lines += c.Lines
		for i := range c.Len() {
			rec := c.Records.At(i)
			require.Equal(t, string(rec.Raw())+string(rec.End()), string(c.Unit(i)))
			unit := fmt.Sprintf("%d %q %q", c.Line(i), c.Unit(i), rec.AppendCells(nil))
			if err := c.Malformed(i); err != nil {
				unit += " " + err.Error()
			}
			units = append(units, unit)
		}
	}
	return units, err
}

func TestRecordsAreNotCutAtLineFeeds(t *testing.T) {
	text := "\ufeff\na,b\r\n1,\"x\ny\"\n\nbad\"\n" + strings.Repeat("x", 30) + "\n\"" + strings.Repeat("\n", 30) + "\n2,3\n\"open"
	for name, src := range map[string]io.Reader{
		"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)), "early end": iotest.DataErrReader(strings.NewReader(text)),
	} {
		units, err := listRecords(t, NewRecords(src, ',', 20, 0))
		require.Equal(t, io.EOF, err)
		want := []string{
			`1 "\n" []`, `2 "a,b\r\n" ["a" "b"]`, `3 "1,\"x\ny\"\n" ["1" "x\ny"]`, `5 "\n" []`,
			`6 "bad\"\n" [] 6:4: quote in an unquoted cell; quote the whole cell and double the quotes in it`,
			`7 "" [] 7:1: line is longer than 20 bytes`,
			`8 "\"\n" [] 8:1: line is longer than 20 bytes`,
		}
		for line := 9; line < 39; line++ {
			want = append(want, fmt.Sprintf(`%d "\n" []`, line))
		}
		want = append(want, `39 "2,3\n" ["2" "3"]`, `40 "\"open" [] 40:1: quoted cell is never closed`)
		assert.Equal(t, want, units, name)
	}
}

// TestRecordsDoNotDependOnReadSizes compares random sizes of reads with one read of the
// whole text.
func TestRecordsDoNotDependOnReadSizes(t *testing.T) {
	parts := []string{"a", ",", "\"", "\n", "\r\n", "\"\"", "\"b\"", "xyz", "a,b\n", strings.Repeat("y", 15)}
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 4))
		text := "h,i\n"
		for range rng.IntN(60) {
			text += parts[rng.IntN(len(parts))]
		}
		want, err := listRecords(t, NewRecords(strings.NewReader(text), ',', 20, 0))
		require.Equal(t, io.EOF, err)
		got, err := listRecords(t, NewRecords(&anyChunks{rng, strings.NewReader(text)}, ',', 20, 0))
		require.Equal(t, io.EOF, err)
		require.Equal(t, want, got, "seed %d: %q", seed, text)
		assert.Equal(t, twinOfRecords(text), want, "seed %d: %q", seed, text)
	}
}

// twinOfRecords lists the units as listRecords does, with a csvio.Reader alone.
func twinOfRecords(text string) (units []string) {
	r := csvio.NewReader(strings.NewReader(text), csvio.Options{KeepBlank: true, Limits: csvio.Limits{Line: 20}})
	for {
		suffix := ""
		if !r.Next() {
			var bad *csvio.SyntaxError
			if !errors.As(r.Err(), &bad) {
				return units
			}
			suffix = " " + bad.Error()
			r.Skip()
		}
		raw := string(r.Raw()) + string(r.End())
		units = append(units, fmt.Sprintf("%d %q %q%s", r.Line(), raw, r.AppendCells(nil), suffix))
	}
}

func TestHeaderThatCannotBeReadEndsTheInput(t *testing.T) {
	for _, header := range []string{"a\"b", strings.Repeat("x", 30)} {
		units, err := listRecords(t, NewRecords(strings.NewReader("\n"+header+"\n1\n"), ',', 20, 0))
		var bad *csvio.SyntaxError
		require.ErrorAs(t, err, &bad)
		assert.ErrorContains(t, err, "header: 2:")
		assert.Equal(t, []string{`1 "\n" []`}, units)
	}
}
