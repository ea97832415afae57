package enrich_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/gen"
)

func TestAppendJSONDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("allocations cannot be counted under the race detector")
	}
	l := acme(t)
	for _, o := range []enrich.Options{
		{Format: "cim"},
		{Format: "auto"},
		{Format: "windows", Match: true},
		{Format: "ecs", Urgency: true, Defaults: true},
		{Format: "zeek", Overwrite: true},
		{Format: "cim", Into: "kith"},
		{Format: "cim", Owner: true},
		{Format: "cim", Owner: true, Urgency: true, Into: "kith"},
	} {
		e := enricher(t, l, o)
		for _, name := range []string{"cim", "windows", "zeek", "ecs"} {
			var events [][]byte
			for line := range bytes.Lines([]byte(readFile(t, "../testdata/acme/events/"+name+".ndjson"))) {
				events = append(events, line)
			}
			out := make([]byte, 0, 1<<16)
			run := func() {
				for _, event := range events {
					_, _, err := e.AppendJSON(out[:0], event)
					require.NoError(t, err)
				}
			}
			run()
			assert.Zero(t, testing.AllocsPerRun(5, run), "%s events, %+v", name, o)
		}
	}
}

// TestStreamAllocatesOnlyItsBlocks checks that the number of allocations hardly depends
// on the number of events.
func TestStreamAllocatesOnlyItsBlocks(t *testing.T) {
	if raced {
		t.Skip("allocations cannot be counted under the race detector")
	}
	e := enricher(t, acme(t), enrich.Options{})
	var in, csv bytes.Buffer
	_, err := gen.NewEvents(gen.EventOptions{Seed: 1, World: gen.World{Seed: 1, Hosts: 100}}).WriteN(&in, 5_000)
	require.NoError(t, err)
	_, err = e.Stream(t.Context(), &csv, bytes.NewReader(in.Bytes()), enrich.StreamOptions{Out: enrich.FormatCSV})
	require.NoError(t, err)
	for name, formats := range streamFormats {
		text := in.Bytes()
		if formats.In == enrich.FormatCSV {
			text = csv.Bytes()
		}
		formats.Workers = 1
		allocs := testing.AllocsPerRun(1, func() {
			stats, err := e.Stream(t.Context(), io.Discard, bytes.NewReader(text), formats)
			require.NoError(t, err)
			require.Equal(t, int64(5_000), stats.Events-stats.Bad)
		})
		assert.Less(t, allocs, 1_500.0, "%s, 5,000 events", name)
	}
}
