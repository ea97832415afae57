package risk

import (
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
)

// object is the record of a risk object: its live modifiers by time, then arrival, and
// its tracks. There may be millions, most with one modifier, so it has no pointers, and
// a test checks its size.
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
	saved   objectFlags = 1 << iota // its state is recorded
	changed                         // its state may have changed since then
	lowered                         // one of its modifiers lowers the risk
)

// track is what a rule knows about an object. There is none if that is nothing.
type track struct {
	window.History
	kept *keptWindow // the window at object.done, kept for objects with many modifiers
}

// idle reports whether t is the same as a new track.
func (t *track) idle() bool { return t.IsEmpty() && t.kept == nil }

// after returns how many modifiers are not later than x.
func after(mods []mod, x eventtime.Instant) int {
	lo, hi := 0, len(mods)
	if hi == 0 || mods[hi-1].at <= x { // the usual case
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
