package window

import (
	"time"

	"github.com/kithsec/kith/internal/eventtime"
)

// Clock is the event time of a stream: the greatest time that was accepted. It
// never goes back.
type Clock struct {
	Lateness  time.Duration // how far behind the clock events are accepted
	Retention time.Duration // the longest window
	now       eventtime.Instant
}

// NewClock returns a clock that has not started: Now is -[eventtime.Never].
func NewClock(lateness, retention time.Duration) Clock {
	return Clock{Lateness: lateness, Retention: retention, now: -eventtime.Never}
}

// Now returns the event time.
func (c *Clock) Now() eventtime.Instant { return c.now }

// Advance moves the clock to x, but not back.
func (c *Clock) Advance(x eventtime.Instant) { c.now = max(c.now, x) }

// IsLate reports whether an event at x is too late to be accepted.
func (c *Clock) IsLate(x eventtime.Instant) bool { return x < c.now.Add(-c.Lateness) }

// Stale returns the instant up to which nothing can be repeated any more, because
// the longest window and the lateness have passed.
func (c *Clock) Stale() eventtime.Instant { return c.now.Add(-c.Retention).Add(-c.Lateness) }
