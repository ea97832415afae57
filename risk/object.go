package risk

import (
	"slices"

	"github.com/kithsec/kith/entity"
)

// object is a risk object and what is known of it: its live modifiers by time,
// equal times by arrival, and for each rule where it stands. There may be
// millions, most with one modifier, so it holds no pointer, and its size is
// watched by a test.
type object struct {
	key   uint32 // text
	realm uint32
	hash  uint32
	place uint32 // of its modifiers: see rows
	count uint32
	ranks uint32  // number of its tracks, 0 if it has none
	done  instant // up to here every rule has been evaluated
	size  uint8   // of the place
	flags objectFlags
}

type objectFlags uint8

const (
	saved   objectFlags = 1 << iota // a checkpoint holds its state
	touched                         // its state may have changed since
	lowered                         // a modifier that is there lowers the risk
)

// track is where a rule stands with an object. An object that never came near
// a rule has none.
type track struct {
	runs  []run    // spans in which the condition is true, rising; the last may be open
	fired []firing // notables emitted, rising by time
	slide *slide   // the window at object.done, kept for objects with many modifiers
}

// run is a span of event time in which the condition is true, without its end.
// An open one ends at never.
type run struct{ start, end instant }

// firing is a notable that was emitted.
type firing struct {
	at       instant
	severity entity.Priority
}

// after returns how many modifiers are not later than x.
func after(mods []mod, x instant) int {
	lo, hi := 0, len(mods)
	if hi == 0 || mods[hi-1].at <= x { // most often
		return hi
	}
	for hi--; lo < hi; {
		if mid := int(uint(lo+hi) >> 1); mods[mid].at <= x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// open reports whether the last run is open.
func (t *track) open() bool {
	return len(t.runs) > 0 && t.runs[len(t.runs)-1].end == never
}

func (t *track) begin(x instant) { t.runs = append(t.runs, run{x, never}) }
func (t *track) close(x instant) { t.runs[len(t.runs)-1].end = x }

// before returns the run that holds the last instant before x.
func (t *track) before(x instant) (run, bool) {
	for _, r := range slices.Backward(t.runs) {
		if r.start < x && x <= r.end {
			return r, true
		}
	}
	return run{}, false
}

// cut forgets what is known from x on. A run that goes on up to x or begins
// there is left open.
func (t *track) cut(x instant) {
	for n := len(t.runs) - 1; n >= 0 && t.runs[n].start > x; n-- {
		t.runs = t.runs[:n]
	}
	if n := len(t.runs); n > 0 && t.runs[n-1].end >= x {
		t.runs[n-1].end = never
	}
}

// reopen forgets what is known of x, where something has changed, and later.
func (t *track) reopen(x instant) {
	for n := len(t.runs) - 1; n >= 0 && t.runs[n].start >= x; n-- {
		t.runs = t.runs[:n]
	}
	t.cut(x)
}

// reaches reports whether a run goes on up to x or further.
func (t *track) reaches(x instant) bool {
	return len(t.runs) > 0 && t.runs[len(t.runs)-1].end >= x
}

// within returns what was fired in r: how many, the last time and the highest
// severity.
func (t *track) within(r run) (n int, last instant, highest entity.Priority) {
	for _, f := range t.fired {
		if f.at >= r.start && f.at < r.end {
			n, last, highest = n+1, f.at, max(highest, f.severity)
		}
	}
	return n, last, highest
}

// throttled reports whether a notable at x would come less than suppress after
// another.
func (t *track) throttled(x, suppress instant) bool {
	for _, f := range t.fired {
		if f.at <= x && x-f.at < suppress {
			return true
		}
	}
	return false
}

func (t *track) add(f firing) {
	i := len(t.fired)
	for i > 0 && t.fired[i-1].at > f.at {
		i--
	}
	t.fired = slices.Insert(t.fired, i, f)
}

// forget drops what no modifier from horizon on can depend on.
func (t *track) forget(horizon, suppress instant) {
	gone := 0
	for gone < len(t.runs) && t.runs[gone].end < horizon {
		gone++
	}
	t.runs = slices.Delete(t.runs, 0, gone)
	needed := horizon
	if len(t.runs) > 0 {
		needed = min(needed, t.runs[0].start)
	}
	t.fired = slices.DeleteFunc(t.fired, func(f firing) bool { return f.at < needed && f.at < horizon-suppress })
}

// idle reports whether t says nothing that a new track would not.
func (t *track) idle() bool {
	return len(t.runs) == 0 && len(t.fired) == 0 && t.slide == nil
}
