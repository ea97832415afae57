package risk

import (
	"slices"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
)

// reclaimsPerRetention is how many times reclaimObjects checks all objects while the
// clock advances by the longest window plus the lateness.
const reclaimsPerRetention = 16

// earliestArrival returns the earliest time that a modifier may still have.
func (s *shard) earliestArrival(clock eventtime.Instant) eventtime.Instant {
	return clock.Add(-s.lateness)
}

// expiredShare is the inverse of the share of an object's modifiers that must have
// expired before they are dropped, so that the cost per dropped modifier is small.
const expiredShare = 8

// dropExpired drops the modifiers of o that no window can contain any more, if there are
// enough of them, and the spans and firings that tracks do not need any more.
func (s *shard) dropExpired(o *objectView, clock eventtime.Instant) {
	oldest := s.earliestArrival(clock).Add(-s.retention)
	gone := 0
	if manyExpired(o.mods, oldest) {
		gone = countUpTo(o.mods, oldest-1)
		s.live -= gone
		s.objects.removeFirst(o, gone)
	}
	for i, t := range o.tracks {
		if t == nil {
			continue
		}
		if t.kept != nil {
			t.kept.from -= gone
			t.kept.to -= gone
		}
		t.Prune(s.earliestArrival(clock), s.rules[i].suppress)
		if t.isBlank() {
			s.objects.setTrack(o, i, nil)
		}
	}
}

// manyExpired reports whether more than 1/expiredShare of mods are older than oldest.
func manyExpired(mods []modifier, oldest eventtime.Instant) bool {
	return len(mods) > 0 && mods[len(mods)/expiredShare].at < oldest
}

// reclaimObjects drops expired modifiers, tracks and objects. It checks all objects, but
// only after enough event time has passed since the last time. first is the clock after
// the first modifier of the batch.
//
// A restored engine does not have modifiers that are older than s.oldest. So a span that
// ends because such a modifier leaves must be closed before. Otherwise it would go on
// after a restart, and the next span would not get a notable.
func (s *shard) reclaimObjects(first, clock eventtime.Instant) {
	if s.oldest == -eventtime.Never {
		s.oldest = s.earliestArrival(first).Add(-s.retention)
	}
	oldest := s.earliestArrival(clock).Add(-s.retention)
	if time.Duration(oldest-s.oldest) < (s.retention+s.lateness)/reclaimsPerRetention+1 {
		return
	}
	s.oldest = oldest
	for id := uint32(1); id <= s.objects.slab.Max(); id++ {
		if id%prefetchBatch == 1 {
			s.prefetchExpired(id, oldest)
		}
		if !s.objects.mayExpire(id, oldest) {
			continue
		}
		o := s.objects.viewOf(id)
		if manyExpired(o.mods, oldest) || o.hasOpenSpan(oldest) {
			s.evaluateTo(&o, s.earliestArrival(clock), false, 0)
		}
		s.dropExpired(&o, clock)
		if len(o.mods) == 0 && o.tracks == nil {
			if s.recorder != nil && o.flags&flagSaved != 0 {
				s.recorder.dropped = append(s.recorder.dropped, s.objects.nameOf(o.object).Clone())
			}
			s.objects.drop(o.id)
		}
	}
}

// mayExpire reports whether reclaimObjects may have to change an object.
func (s *objects) mayExpire(id uint32, oldest eventtime.Instant) bool {
	o := s.slab.At(id)
	return o.realm != 0 && (o.count == 0 || o.trackList != 0 || manyExpired(s.modifiers.modifiersOf(o), oldest))
}

// hasOpenSpan reports whether o has an open span and a modifier that is older than
// oldest.
func (o *objectView) hasOpenSpan(oldest eventtime.Instant) bool {
	return len(o.mods) > 0 && o.mods[0].at < oldest &&
		slices.ContainsFunc(o.tracks, func(t *track) bool { return t != nil && t.IsOpen() })
}
