package risk

import "github.com/kithsec/kith/internal/eventtime"

// slide is a tally that is kept between arrivals, and the part of an object's
// modifiers that it covers: the window at object.done.
type slide struct {
	tally      *tally
	head, next int
}

// admit takes in m, which was inserted before done, and reports whether it
// could: the window's maximum does not tell what it was without its youngest.
func (s *slide) admit(r *incident, words *vocabulary, m *mod, done eventtime.Instant) bool {
	sees := r.sees(words.kindOf(m).mask)
	if sees && !s.tally.reversible() {
		return false
	}
	s.next++
	switch {
	case m.at.Add(r.window) <= done:
		s.head++
	case sees:
		s.tally.enter(words, m)
	}
	return true
}

// worth is from how many modifiers in the window on keeping a tally between
// arrivals is quicker, or smaller, than counting again.
func (s *shard) worth(t *tally) int {
	switch {
	case s.eager:
		return 1
	case t.details == nil:
		return 8
	}
	return 32
}

// reversible reports whether modifiers may enter and leave in any order.
func (t *tally) reversible() bool {
	return t.details == nil || !t.rule.discounts() && !t.rule.uses.has(mMax)
}

// fill loads the window at x; only modifiers before limit are taken.
func (s *sweep) fill(x eventtime.Instant, limit int) {
	lo, hi := windowOf(s.mods[:limit], x, x.Add(-s.rule.window))
	if s.tally != nil {
		s.tally.reset()
	}
	s.head, s.next, s.count, s.negative = lo, lo, 0, 0
	for ; s.next < hi; s.next++ {
		if m := &s.mods[s.next]; s.sees(m) {
			s.enter(m)
		}
	}
}

// take loads the window that was kept.
func (s *sweep) take(from *slide) {
	s.tally, s.head, s.next = from.tally, from.head, from.next
	s.count = int(s.tally.count)
}

// rewind takes the window back to the earlier instant x: what came since
// leaves, what left comes back. For a late modifier that is much less than the
// window.
func (s *sweep) rewind(x eventtime.Instant) {
	for ; s.next > 0 && s.mods[s.next-1].at > x; s.next-- {
		if m := &s.mods[s.next-1]; s.next <= s.head {
			s.head = s.next - 1 // it had left before, too
		} else if s.sees(m) {
			s.leave(m)
		}
	}
	for ; s.head > 0 && s.mods[s.head-1].at.Add(s.rule.window) > x; s.head-- {
		if m := &s.mods[s.head-1]; s.sees(m) {
			s.enter(m)
		}
	}
}
