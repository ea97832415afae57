package csvread

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

// TestReadersAgree compares the totals of all readers.
func TestReadersAgree(t *testing.T) {
	reports, err := Run(Options{Measure: measure.Options{Rounds: 1, Budget: time.Microsecond}, Rows: 1, Progress: io.Discard})
	require.NoError(t, err)
	require.Len(t, reports, 2)
	for _, report := range reports {
		for _, row := range report.Rows {
			assert.Contains(t, []string{"same cells", "rows counted"}, row.Verdict, "%s", row.Name)
		}
	}
}
