// Package window implements the parts of rules over sliding windows of event time: the
// clock of a stream, which decides what is late ([Clock]); the fingerprints of recent
// events, which decide what is a duplicate ([Seen]); the spans in which a condition is true,
// with the firings of the rule ([History]); and counts of distinct values ([Counter]).
//
// At instant x, a window of length W contains the events whose time t satisfies
// t ≤ x < t+W.
package window

import (
	"slices"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
)

// Span is a span of event time in which a condition is true. It includes Start and excludes
// End, which is [eventtime.Never] while the span is open.
type Span struct{ Start, End eventtime.Instant }

// Firing is the time at which a rule fired, and its level of severity.
type Firing struct {
	At    eventtime.Instant
	Level uint8
}

// Moment is an instant at which a rule can fire, because its condition is true and its
// window has changed.
type Moment struct {
	At      eventtime.Instant
	Level   uint8
	Arrived bool // whether an event entered the window; if not, one left it
}

// History holds the spans and firings of a rule for one key, such as a risk object. The zero
// History is that of a key for which the condition was never true.
type History struct {
	Spans []Span   // ascending; only the last can be open
	Fired []Firing // ascending by time
}

// Policy controls when a rule fires in a span.
type Policy struct {
	Suppress time.Duration // minimum time from an earlier firing to the first one in a span
	Refire   bool          // fire again in a span when the level exceeds that of all its firings
}

// IsEmpty reports whether h has no spans and no firings.
func (h *History) IsEmpty() bool { return len(h.Spans) == 0 && len(h.Fired) == 0 }

// IsOpen reports whether the last span is open.
func (h *History) IsOpen() bool {
	return len(h.Spans) > 0 && h.Spans[len(h.Spans)-1].End == eventtime.Never
}

// Open starts a span at x. The last span must not be open.
func (h *History) Open(x eventtime.Instant) {
	h.Spans = append(h.Spans, Span{x, eventtime.Never})
}

// Close ends the last span, which must be open, at x.
func (h *History) Close(x eventtime.Instant) { h.Spans[len(h.Spans)-1].End = x }

// Before returns the span that contains the last instant before x. It reports whether there
// is one.
func (h *History) Before(x eventtime.Instant) (Span, bool) {
	for _, s := range slices.Backward(h.Spans) {
		if s.Start < x && x <= s.End {
			return s, true
		}
	}
	return Span{}, false
}

// Cut removes the parts of spans after x. A span that contains x or ends at x becomes
// open.
func (h *History) Cut(x eventtime.Instant) {
	for n := len(h.Spans) - 1; n >= 0 && h.Spans[n].Start > x; n-- {
		h.Spans = h.Spans[:n]
	}
	if n := len(h.Spans); n > 0 && h.Spans[n-1].End >= x {
		h.Spans[n-1].End = eventtime.Never
	}
}

// Reopen removes the parts of spans from x on, because the window at x has changed. A span
// that reaches x becomes open.
func (h *History) Reopen(x eventtime.Instant) {
	for n := len(h.Spans) - 1; n >= 0 && h.Spans[n].Start >= x; n-- {
		h.Spans = h.Spans[:n]
	}
	h.Cut(x)
}

// Fire calls fire for each of the moments at which the policy requires the rule to fire,
// and records the firing. moments must be in ascending order. Fire ignores moments outside
// of spans and before settled.
func (h *History) Fire(moments []Moment, settled eventtime.Instant, p Policy, fire func(*Moment)) {
	for _, span := range h.Spans {
		for len(moments) > 0 && (moments[0].At < span.Start || moments[0].At < settled) {
			moments = moments[1:]
		}
		n, last, highest := h.firedIn(span)
		for ; len(moments) > 0 && moments[0].At < span.End; moments = moments[1:] {
			m := &moments[0]
			due := n == 0 && !h.isSuppressed(m.At, p.Suppress) ||
				n > 0 && p.Refire && m.At > last && m.Level > highest
			if due {
				n, last, highest = n+1, m.At, max(highest, m.Level)
				h.recordFiring(Firing{m.At, m.Level})
				fire(m)
			}
		}
	}
}

// firedIn returns how many firings are in a span, the time of the last one, and the highest
// level.
func (h *History) firedIn(s Span) (n int, last eventtime.Instant, highest uint8) {
	for _, f := range h.Fired {
		if f.At >= s.Start && f.At < s.End {
			n, last, highest = n+1, f.At, max(highest, f.Level)
		}
	}
	return n, last, highest
}

// isSuppressed reports whether x is less than suppress after a firing at or before x.
func (h *History) isSuppressed(x eventtime.Instant, suppress time.Duration) bool {
	for _, f := range h.Fired {
		if f.At <= x && time.Duration(x-f.At) < suppress {
			return true
		}
	}
	return false
}

func (h *History) recordFiring(f Firing) {
	i := len(h.Fired)
	for i > 0 && h.Fired[i-1].At > f.At {
		i--
	}
	h.Fired = slices.Insert(h.Fired, i, f)
}

// Prune removes spans and firings that cannot affect whether the rule fires at horizon or
// later.
func (h *History) Prune(horizon eventtime.Instant, suppress time.Duration) {
	past := 0
	for past < len(h.Spans) && h.Spans[past].End < horizon {
		past++
	}
	h.Spans = slices.Delete(h.Spans, 0, past)
	needed := horizon
	if len(h.Spans) > 0 {
		needed = min(needed, h.Spans[0].Start)
	}
	h.Fired = slices.DeleteFunc(h.Fired, func(f Firing) bool { return f.At < needed && f.At < horizon-eventtime.Instant(suppress) })
}
