package events

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

// TestEnginesAgree enriches with everything and compares what comes out.
func TestEnginesAgree(t *testing.T) {
	reports, err := Run(Options{Measure: measure.Options{Rounds: 1, Budget: time.Microsecond}, Assets: 2_000, Events: comparedEvents, Progress: io.Discard})
	require.NoError(t, err)
	require.Len(t, reports, 1)
	for _, row := range reports[0].Rows {
		assert.Len(t, row.Cells, len(shapes), "%s", row.Name)
		assert.NotContains(t, row.Verdict, "WRONG", "%s", row.Name)
	}
}

// TestFieldsAreAdded: a table that answers nothing would make everybody right.
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
		assert.Greater(t, longer, comparedEvents/2, "%s: events that got fields", s.name)
	}
}
