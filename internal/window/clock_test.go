package window

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/eventtime"
)

func TestClockAcceptsWhatIsNoOlderThanTheLateness(t *testing.T) {
	for _, c := range []struct {
		name     string
		lateness time.Duration
		advance  []eventtime.Instant
		at       eventtime.Instant
		late     bool
	}{
		{"before the clock has started, any time is accepted", 10, nil, -1_000_000, false},
		{"the time of the clock is not late", 10, []eventtime.Instant{100}, 100, false},
		{"later than the clock is not late", 10, []eventtime.Instant{100}, 101, false},
		{"exactly the lateness behind is not late", 10, []eventtime.Instant{100}, 90, false},
		{"further behind is late", 10, []eventtime.Instant{100}, 89, true},
		{"without lateness, any time behind the clock is late", 0, []eventtime.Instant{100}, 99, true},
		{"the clock does not go back", 10, []eventtime.Instant{100, 50}, 89, true},
	} {
		clock := NewClock(c.lateness, 0)
		for _, x := range c.advance {
			clock.Advance(x)
		}
		assert.Equal(t, c.late, clock.IsLate(c.at), "IsLate(%d) with lateness %d after Advance of %d: %s", c.at, c.lateness, c.advance, c.name)
	}
}

func TestStaleIsLatenessAndRetentionBehindTheClock(t *testing.T) {
	clock := NewClock(10, 50)
	assert.Equal(t, -never, clock.Now(), "Now before the first Advance")
	clock.Advance(1000)
	assert.Equal(t, eventtime.Instant(940), clock.Stale())
}

func TestSeenFindsAFingerprintUntilItIsStale(t *testing.T) {
	id, other := Fingerprint{1}, Fingerprint{0, 1}
	for _, c := range []struct {
		name   string
		stored map[Fingerprint]eventtime.Instant
		id     Fingerprint
		stale  eventtime.Instant
		want   bool
	}{
		{"nothing was seen", nil, id, -never, false},
		{"what was stored was seen", map[Fingerprint]eventtime.Instant{id: 100}, id, 0, true},
		{"another fingerprint was not seen", map[Fingerprint]eventtime.Instant{other: 100}, id, 0, false},
		{"seen just after stale", map[Fingerprint]eventtime.Instant{id: 100}, id, 99, true},
		{"seen at stale is forgotten", map[Fingerprint]eventtime.Instant{id: 100}, id, 100, false},
	} {
		for _, reserved := range []int{0, 100_000} {
			s := NewSeen()
			s.Reserve(reserved)
			for id, at := range c.stored {
				slot, _ := s.Find(id, -never)
				s.Store(slot, id, at)
			}
			_, found := s.Find(c.id, c.stale)
			assert.Equal(t, c.want, found, "Find(%v, %d) after Reserve(%d): %s", c.id, c.stale, reserved, c.name)
			assert.Equal(t, len(c.stored), s.Len(), c.name)
		}
	}
}

// TestSeenAgreesWithAMap compares Seen with a map while fingerprints become stale.
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
