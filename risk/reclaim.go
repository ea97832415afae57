package risk

import (
	"slices"
	"time"
)

// looks is how many times all objects are looked at while the longest window
// passes.
const looks = 16

// horizon is the earliest time that a modifier may still have.
func (s *shard) horizon(clock instant) instant { return clock.plus(-s.lateness) }

// portion is which part of an object's modifiers must have expired before they
// are dropped, so that dropping costs little for each.
const portion = 8

// trim drops the modifiers of o that no window can hold again, when there are
// enough of them.
func (s *shard) trim(o *object, clock instant) {
	oldest := s.horizon(clock).plus(-s.retention)
	gone := 0
	if len(o.mods) > 0 && o.mods[len(o.mods)/portion].at < oldest {
		gone, _ = windowOf(o.mods, oldest, oldest-1)
	}
	if gone > 0 {
		for i := range gone {
			s.words.release(o.mods[i])
		}
		s.live -= gone
		o.mods = slices.Delete(o.mods, 0, gone)
		if cap(o.mods) > 16 && cap(o.mods) > 2*len(o.mods) {
			o.mods = slices.Clone(o.mods)
		}
	}
	for i, t := range o.tracks {
		if t == nil {
			continue
		}
		if t.slide != nil {
			t.slide.head -= gone
			t.slide.next -= gone
		}
		t.forget(s.horizon(clock), instant(s.rules[i].suppress))
		if t.idle() {
			o.tracks[i] = nil
		}
	}
}

// reclaim looks at all objects now and then, and drops what has expired of
// those that nobody asked about since.
func (s *shard) reclaim(clock instant) {
	if s.swept == -never {
		s.swept = clock
	}
	if time.Duration(clock-s.swept) < (s.retention+s.lateness)/looks+1 {
		return
	}
	s.swept = clock
	for name, o := range s.objects {
		if len(o.mods) > 0 && o.mods[len(o.mods)/portion].at < s.horizon(clock).plus(-s.retention) {
			s.advance(o, s.horizon(clock), false, 0)
		}
		s.trim(o, clock)
		if len(o.mods) == 0 && !slices.ContainsFunc(o.tracks, func(t *track) bool { return t != nil }) {
			delete(s.objects, name)
			s.touch(o)
		}
	}
}
