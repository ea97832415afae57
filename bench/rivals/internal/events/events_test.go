package events

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

// TestEnginesAgree compares the outputs of all engines.
func TestEnginesAgree(t *testing.T) {
	reports, err := Run(Options{Measure: measure.Options{Rounds: 1, Budget: time.Microsecond}, Assets: 2_000, Events: comparedEvents, Progress: io.Discard})
	require.NoError(t, err)
	require.Len(t, reports, 1)
	for _, row := range reports[0].Rows {
		assert.Len(t, row.Cells, len(shapes), "%s", row.Name)
		assert.NotContains(t, row.Verdict, "WRONG", "%s", row.Name)
	}
}

// If the table had no matches, all engines would agree without adding fields.
func TestFieldsAreAdded(t *testing.T) {
	l, err := newLists(2_000)
	require.NoError(t, err)
	for _, s := range shapes {
		c := newCorpus(l, s, comparedEvents)
		longer := 0
		for i, want := range c.want {
			if len(want) > len(c.events[i])+100 {
				longer++
			}
		}
		assert.Greater(t, longer, comparedEvents/2, "%s: events with added fields", s.name)
	}
}
