package risk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/state"
)

// Few names and many are told apart in the same way: as a scan does.
func TestDistinct(t *testing.T) {
	for seed := range 200 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		var names, want []string
		for range rng.IntN(3 * manyNames) {
			names = append(names, []string{"a", "A", "ä", "Ä", "b", "K", "K", "straße", "STRASSE", "İ", "i"}[rng.IntN(11)]+strings.Repeat("x", rng.IntN(4)))
		}
		for _, name := range names {
			if !slices.ContainsFunc(want, func(w string) bool { return fold.Equal(w, name) }) {
				want = append(want, name)
			}
		}
		text := fmt.Sprintf("%q", names)
		require.Equal(t, want, append([]string(nil), distinct(names)...), "seed %d: distinct(%s)", seed, text)
	}
}

// What a line costs grows with its length, not with the square of it: 100,000
// objects and threats took minutes when each was compared with all others.
func TestLongArrays(t *testing.T) {
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
