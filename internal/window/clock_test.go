package window

import (
	"math/rand/v2"
	"testing"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/stretchr/testify/require"
)

// What is not stale is remembered; what is may be forgotten.
func TestSeenAgreesWithAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 6))
	s := Seen{seed: 7}
	want := map[Fingerprint]eventtime.Instant{}
	now := eventtime.Instant(0)
	for range 200_000 {
		now++
		id := Fingerprint{1, byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.IntN(4))}
		stale := now - 20_001
		m, found := s.Find(id, stale)
		at, there := want[id]
		require.Equal(t, there && at > stale, found)
		if found {
			require.Equal(t, Slot{id, at}, *m)
			continue
		}
		require.True(t, m.id == Fingerprint{} || m.id == id && m.at <= stale)
		s.Store(m, id, now)
		want[id] = now
	}
	require.Less(t, s.Len(), 60_000, "what is stale is forgotten")
}
