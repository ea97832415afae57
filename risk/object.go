package risk

import (
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
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
	ranks uint32            // number of its tracks, 0 if it has none
	done  eventtime.Instant // up to here every rule has been evaluated
	size  uint8             // of the place
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
	window.History
	slide *slide // the window at object.done, kept for objects with many modifiers
}

// idle reports whether t is the same as a new track.
func (t *track) idle() bool { return t.IsEmpty() && t.slide == nil }

// after returns how many modifiers are not later than x.
func after(mods []mod, x eventtime.Instant) int {
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
