package risk

import "time"

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
func (s *shard) trim(o *subject, clock instant) {
	oldest := s.horizon(clock).plus(-s.retention)
	gone := 0
	if o.expired(oldest) {
		gone = after(o.mods, oldest-1)
		s.live -= gone
		s.objects.removeFirst(o, gone)
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
			s.objects.setTrack(o, i, nil)
		}
	}
}

// expired reports whether enough modifiers of o are older than oldest.
func (o *subject) expired(oldest instant) bool {
	return len(o.mods) > 0 && o.mods[len(o.mods)/portion].at < oldest
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
	for o := range s.objects.each() {
		if o.expired(s.horizon(clock).plus(-s.retention)) {
			s.advance(&o, s.horizon(clock), false, 0)
		}
		s.trim(&o, clock)
		if len(o.mods) == 0 && o.tracks == nil {
			if s.recorder != nil && o.flags&saved != 0 {
				s.recorder.gone = append(s.recorder.gone, s.objects.name(o.object).clone())
			}
			s.objects.drop(o.id)
		}
	}
}
