package enrich_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/gen"
)

// BenchmarkStream enriches 400-byte events, or records of as many fields, from
// 100,000 assets; one event is one operation.
func BenchmarkStream(b *testing.B) {
	const events = 20_000
	world := gen.World{Seed: 1, Hosts: 100_000}
	var list bytes.Buffer
	_, err := gen.AssetList{World: world, Sources: 1}.WriteTo(&list)
	require.NoError(b, err)
	l := newLists(b, list.String(), "", listOptions{})
	e := enricher(b, l, only("asset", "priority", "category", "bunit", "owner"))
	var lines bytes.Buffer
	_, err = gen.NewEvents(gen.EventOptions{World: world, Seed: 2}).WriteN(&lines, events)
	require.NoError(b, err)
	var records bytes.Buffer
	plain, err := enrich.New(&enrich.Snapshot{}, enrich.Options{})
	require.NoError(b, err)
	_, err = plain.StreamJSONToCSV(b.Context(), &records, bytes.NewReader(lines.Bytes()), enrich.StreamOptions{})
	require.NoError(b, err)
	for _, c := range []struct {
		name string
		in   []byte
		run  func(io.Writer, io.Reader, enrich.StreamOptions) (enrich.Stats, error)
	}{
		{"json", lines.Bytes(), func(w io.Writer, r io.Reader, o enrich.StreamOptions) (enrich.Stats, error) {
			return e.Stream(b.Context(), w, r, o)
		}},
		{"csv", records.Bytes(), func(w io.Writer, r io.Reader, o enrich.StreamOptions) (enrich.Stats, error) {
			return e.StreamCSV(b.Context(), w, r, o)
		}},
		{"csv-json", records.Bytes(), func(w io.Writer, r io.Reader, o enrich.StreamOptions) (enrich.Stats, error) {
			return e.StreamCSVToJSON(b.Context(), w, r, o)
		}},
		{"json-csv", lines.Bytes(), func(w io.Writer, r io.Reader, o enrich.StreamOptions) (enrich.Stats, error) {
			return e.StreamJSONToCSV(b.Context(), w, r, o)
		}},
	} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("form=%s/workers=%d", c.name, workers), func(b *testing.B) {
				b.ReportAllocs()
				for n := 0; n < b.N; n += events {
					stats, err := c.run(io.Discard, bytes.NewReader(c.in), enrich.StreamOptions{Workers: workers})
					require.NoError(b, err)
					require.Equal(b, int64(events), stats.Events-stats.Bad)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
			})
		}
	}
	require.Equal(b, events, strings.Count(lines.String(), "\n"))
}
