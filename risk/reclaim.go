package risk

import (
	"slices"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
)

// looks is how many times all objects are looked at while the longest window
// passes.
const looks = 16

// horizon is the earliest time that a modifier may still have.
func (s *shard) horizon(clock eventtime.Instant) eventtime.Instant { return clock.Add(-s.lateness) }

// portion is which part of an object's modifiers must have expired before they
// are dropped, so that dropping costs little for each.
const portion = 8

// trim drops the modifiers of o that no window can hold again, when there are
// enough of them.
func (s *shard) trim(o *subject, clock eventtime.Instant) {
	oldest := s.horizon(clock).Add(-s.retention)
	gone := 0
	if expired(o.mods, oldest) {
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
		t.Forget(s.horizon(clock), s.rules[i].suppress)
		if t.idle() {
			s.objects.setTrack(o, i, nil)
		}
	}
}

// expired reports whether enough modifiers of an object are older than oldest.
func expired(mods []mod, oldest eventtime.Instant) bool {
	return len(mods) > 0 && mods[len(mods)/portion].at < oldest
}

// reclaim looks at all objects now and then, and drops what has expired of
// those that nobody asked about since. first is the clock when the shard began,
// if it begins.
//
// A store forgets what is older than s.oldest, a modifier at a time, not an
// object at a time. So no span may still wait for such a modifier to end it:
// else it would go on after a restart, and the next one owe nothing.
func (s *shard) reclaim(first, clock eventtime.Instant) {
	if s.oldest == -eventtime.Never {
		s.oldest = s.horizon(first).Add(-s.retention)
	}
	oldest := s.horizon(clock).Add(-s.retention)
	if time.Duration(oldest-s.oldest) < (s.retention+s.lateness)/looks+1 {
		return
	}
	s.oldest = oldest
	for id := uint32(1); id <= s.objects.all.Max(); id++ {
		if id%together == 1 {
			s.touchExpired(id, oldest)
		}
		if !s.objects.ages(id, oldest) {
			continue
		}
		o := s.objects.subject(id)
		if expired(o.mods, oldest) || o.waits(oldest) {
			s.advance(&o, s.horizon(clock), false, 0)
		}
		s.trim(&o, clock)
		if len(o.mods) == 0 && o.tracks == nil {
			if s.recorder != nil && o.flags&saved != 0 {
				s.recorder.gone = append(s.recorder.gone, s.objects.name(o.object).Clone())
			}
			s.objects.drop(o.id)
		}
	}
}

// ages reports whether there may be something to drop of an object.
func (s *objects) ages(id uint32, oldest eventtime.Instant) bool {
	o := s.all.At(id)
	return o.realm != 0 && (o.count == 0 || o.ranks != 0 || expired(s.rows.of(o), oldest))
}

// waits reports whether a span of o goes on and a modifier is older than
// oldest.
func (o *subject) waits(oldest eventtime.Instant) bool {
	return len(o.mods) > 0 && o.mods[0].at < oldest &&
		slices.ContainsFunc(o.tracks, func(t *track) bool { return t != nil && t.IsOpen() })
}
