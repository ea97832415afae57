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
	"github.com/kithsec/kith/snapshot"
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
	plain, err := enrich.New(&snapshot.Snapshot{}, enrich.Options{})
	require.NoError(b, err)
	_, err = plain.Stream(b.Context(), &records, bytes.NewReader(lines.Bytes()), enrich.StreamOptions{Out: enrich.FormatCSV})
	require.NoError(b, err)
	for _, c := range []struct {
		name    string
		text    []byte
		in, out enrich.Format
	}{
		{"json", lines.Bytes(), enrich.FormatNDJSON, enrich.FormatNDJSON},
		{"csv", records.Bytes(), enrich.FormatCSV, enrich.FormatCSV},
		{"csv-json", records.Bytes(), enrich.FormatCSV, enrich.FormatNDJSON},
		{"json-csv", lines.Bytes(), enrich.FormatNDJSON, enrich.FormatCSV},
	} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("form=%s/workers=%d", c.name, workers), func(b *testing.B) {
				b.ReportAllocs()
				for n := 0; n < b.N; n += events {
					stats, err := e.Stream(b.Context(), io.Discard, bytes.NewReader(c.text), enrich.StreamOptions{In: c.in, Out: c.out, Workers: workers})
					require.NoError(b, err)
					require.Equal(b, int64(events), stats.Events-stats.Bad)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
			})
		}
	}
	require.Equal(b, events, strings.Count(lines.String(), "\n"))
}
