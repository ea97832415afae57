package risk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/state"
)

// TestLongArraysTakeLinearTime checks that the time for a line is not quadratic in its
// length. 100,000 objects and threats took minutes when each was compared with all others.
func TestLongArraysTakeLinearTime(t *testing.T) {
	const n = 100_000
	var objects, threats strings.Builder
	for i := range n {
		fmt.Fprintf(&objects, `,"Host-%d","host-%d"`, i, i)
		fmt.Fprintf(&threats, `,"threat-%d","threat-%d"`, i, i)
	}
	e, err := New(Config{}, nil, Options{State: new(state.Memory), Now: func() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }})
	require.NoError(t, err)
	began := time.Now()
	result := e.Add([][]byte{
		[]byte(`{"_time":"2026-03-01T10:00:00Z","risk_score":1,"risk_object":[` + objects.String()[1:] + `]}`),
		[]byte(`{"_time":"2026-03-01T10:00:01Z","risk_score":1,"risk_object":"host-7","threat_object":[` + threats.String()[1:] + `]}`),
	})
	e.AppendChanges(nil)
	require.Less(t, time.Since(began), 30*time.Second)
	require.Empty(t, result.Bad)
	require.Equal(t, Summary{Lines: 2, Counted: n + 1}, e.Summary())
}
