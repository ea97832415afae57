package risk

import "github.com/kithsec/kith/internal/eventtime"

// keptWindow holds running sums that are kept between arrivals, and the range of
// modifiers that they cover. It is the window at object.evaluatedTo.
type keptWindow struct {
	sums     *runningSums
	from, to int
}

// insertLate updates s for m, a modifier that was inserted at a time before done, the
// time of the window. It returns false if that is not possible because a slidingMax would
// have to add a value that is not the youngest.
func (s *keptWindow) insertLate(r *compiledRule, dict *dictionary, m *modifier, done eventtime.Instant) bool {
	sees := r.passesFilter(dict.kindOf(m).mask)
	if sees && !s.sums.isReversible() {
		return false
	}
	s.to++
	switch {
	case m.at.Add(r.window) <= done:
		s.from++
	case sees:
		s.sums.addModifier(dict, m)
	}
	return true
}

// isReversible reports whether modifiers may be added and removed in any order.
func (t *runningSums) isReversible() bool {
	return t.extraSums == nil || !t.rule.hasDiscounts() && !t.rule.uses.has(mMax)
}

// loadWindow loads the window at x from the modifiers with indexes below limit.
func (s *sweep) loadWindow(x eventtime.Instant, limit int) {
	lo, hi := windowRange(s.mods[:limit], x, x.Add(-s.rule.window))
	if s.sums != nil {
		s.sums.reset()
	}
	s.from, s.to, s.count, s.negative = lo, lo, 0, 0
	for ; s.to < hi; s.to++ {
		if m := &s.mods[s.to]; s.passesFilter(m) {
			s.addModifier(m)
		}
	}
}

// loadKept loads a window that was kept.
func (s *sweep) loadKept(from *keptWindow) {
	s.sums, s.from, s.to = from.sums, from.from, from.to
	s.count = int(s.sums.count)
}

// rewindTo moves the window back to the earlier instant x. It removes modifiers that
// entered since then, and adds those that left. After a late modifier this is much less
// work than loading the window.
func (s *sweep) rewindTo(x eventtime.Instant) {
	for ; s.to > 0 && s.mods[s.to-1].at > x; s.to-- {
		if m := &s.mods[s.to-1]; s.to <= s.from {
			s.from = s.to - 1 // it had left again
		} else if s.passesFilter(m) {
			s.removeModifier(m)
		}
	}
	for ; s.from > 0 && s.mods[s.from-1].at.Add(s.rule.window) > x; s.from-- {
		if m := &s.mods[s.from-1]; s.passesFilter(m) {
			s.addModifier(m)
		}
	}
}
