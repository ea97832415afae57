package names

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

// TestEnginesAgree builds all engines and compares their answers.
func TestEnginesAgree(t *testing.T) {
	reports, err := Run(Options{Measure: measure.Options{Rounds: 1, Budget: time.Microsecond}, Names: 8_000, Keys: 2 * keysPerCall, Progress: io.Discard})
	require.NoError(t, err)
	for _, report := range reports {
		require.Len(t, report.Rows, len(newEngines()))
		for _, row := range report.Rows {
			assert.NotContains(t, row.Verdict, "WRONG", "%s: %s", report.Title, row.Name)
		}
	}
}

func TestOnlyMissProbeHasAbsentNames(t *testing.T) {
	for _, p := range probesOf(newNames(2000)[:1000], newNames(2000)[1000:], keysPerCall) {
		for i, want := range p.want {
			require.Equal(t, p.name == "miss", want == none, "%s: %s", p.name, p.keys[i])
		}
	}
}
