package risk

import (
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// sweep moves the window of one rule over the modifiers of one object. It goes from
// breakpoint to breakpoint, the instants at which a modifier enters or leaves. It updates
// the spans of the track and collects the moments at which the rule can fire.
type sweep struct {
	rule  *compiledRule
	dict  *dictionary
	mods  []modifier
	track *track
	full  *fullWindow
	sums  *runningSums // nil if the rule needs the full window
	// mods[from:to] is the window at instant at.
	from, to int
	at       eventtime.Instant
	count    int // modifiers in the window that pass the filter
	negative int // those of them that lower the risk
	moments  []window.Moment
}

// advanceTo moves the window up to and including end.
func (s *sweep) advanceTo(end eventtime.Instant) {
	for {
		x := s.nextBreakpoint()
		if x > end {
			break
		}
		if s.rule.movesWithTime() && s.at < x {
			s.applyDecay(s.at, x-1)
		}
		s.applyBreakpoint(x)
		s.at = x
	}
	if s.rule.movesWithTime() && s.at < end {
		s.applyDecay(s.at, end)
		s.at = end
	}
}

// nextBreakpoint returns the next instant at which the window changes.
func (s *sweep) nextBreakpoint() eventtime.Instant {
	x := eventtime.Never
	if s.to < len(s.mods) {
		x = s.mods[s.to].at
	}
	if s.from < s.to {
		x = min(x, s.mods[s.from].at.Add(s.rule.window))
	}
	return x
}

// applyBreakpoint moves the window to the breakpoint x and evaluates it. It skips the
// evaluation if no span is open and the condition cannot have become true: the rule is
// monotone and measures have only fallen. The rule can fire at x if a modifier entered the
// window or a negative one left it.
func (s *sweep) applyBreakpoint(x eventtime.Instant) {
	changed, canFire, entered := false, false, false
	for ; s.from < s.to && s.mods[s.from].at.Add(s.rule.window) <= x; s.from++ {
		if m := &s.mods[s.from]; s.passesFilter(m) {
			changed, canFire = true, canFire || m.lowersRisk()
			s.removeModifier(m)
		}
	}
	for ; s.to < len(s.mods) && s.mods[s.to].at <= x; s.to++ {
		if m := &s.mods[s.to]; s.passesFilter(m) {
			changed, canFire, entered = true, true, true
			s.addModifier(m)
		}
	}
	if !changed || !canFire && s.rule.monotone && !s.track.IsOpen() {
		return
	}
	score, holds := s.evaluateAt(x)
	switch open := s.track.IsOpen(); {
	case holds && !open:
		s.track.Open(x)
	case !holds && open:
		s.track.Close(x)
	}
	if holds && canFire {
		s.moments = append(s.moments, window.Moment{At: x, Level: uint8(s.rule.severityFor(score)), Arrived: entered})
	}
}

func (s *sweep) passesFilter(m *modifier) bool {
	return s.rule.filter == 0 || s.rule.passesFilter(s.dict.kindOf(m).mask)
}

func (s *sweep) addModifier(m *modifier) {
	s.count++
	if m.lowersRisk() {
		s.negative++
	}
	if s.sums != nil {
		s.sums.addModifier(s.dict, m)
	}
}

func (s *sweep) removeModifier(m *modifier) {
	s.count--
	if m.lowersRisk() {
		s.negative--
	}
	if s.sums != nil {
		s.sums.removeModifier(s.dict, m)
	}
}

// evaluateAt returns the risk score at x, and reports whether the condition is true. It is
// always false for an empty window.
func (s *sweep) evaluateAt(x eventtime.Instant) (score.Score, bool) {
	if s.count == 0 {
		return score.Score{}, false
	}
	m := s.measuresAt(x, x)
	return m[mCapped], s.rule.when.holds(&m)
}

// measuresAt returns the measures of the window, with positive values decayed to x and
// negative ones to y.
func (s *sweep) measuresAt(x, y eventtime.Instant) measures {
	if s.sums != nil {
		return s.sums.measures()
	}
	s.full.loadModifiers(s.rule, s.dict, s.mods[s.from:s.to], s.from, x, y)
	return s.full.computeMeasures(s.rule, s.dict, s.mods)
}

// applyDecay evaluates a rule with decay from a to b. Values change in that time, but no
// modifier enters or leaves.
func (s *sweep) applyDecay(a, b eventtime.Instant) {
	if s.track.IsOpen() {
		if x, found := s.firstFalse(a, b); found {
			s.track.Close(x)
		}
	}
	if s.track.IsOpen() || s.rule.monotone && s.negative == 0 {
		return
	}
	if _, holds := s.evaluateAt(b); holds {
		start := a
		if x, found := s.lastFalse(a, b); found {
			start = x + 1
		}
		s.track.Open(start)
	}
}

// outcomeBetween returns the outcome of the condition from a to b. Positive values fall and
// negative ones rise in that time, and no measure falls when a value rises. So the least
// measures are those with positive values at b and negative ones at a, and the greatest
// are the opposite.
func (s *sweep) outcomeBetween(a, b eventtime.Instant) outcome {
	if s.count == 0 {
		return neverTrue
	}
	low, high := s.measuresAt(b, a), s.measuresAt(a, b)
	return s.rule.when.outcomeBetween(&low, &high)
}

// firstFalse returns the first instant from a to b at which the condition is false. It
// reports whether there is one. It bisects the interval.
func (s *sweep) firstFalse(a, b eventtime.Instant) (eventtime.Instant, bool) {
	switch s.outcomeBetween(a, b) {
	case alwaysTrue:
		return 0, false
	case neverTrue:
		return a, true
	}
	mid := a + (b-a)/2
	if x, found := s.firstFalse(a, mid); found {
		return x, true
	}
	return s.firstFalse(mid+1, b)
}

// lastFalse returns the last instant from a to b at which the condition is false. It
// reports whether there is one. It bisects the interval.
func (s *sweep) lastFalse(a, b eventtime.Instant) (eventtime.Instant, bool) {
	switch s.outcomeBetween(a, b) {
	case alwaysTrue:
		return 0, false
	case neverTrue:
		return b, true
	}
	mid := a + (b-a)/2
	if x, found := s.lastFalse(mid+1, b); found {
		return x, true
	}
	return s.lastFalse(a, mid)
}
