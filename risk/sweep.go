package risk

import (
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// sweep moves the window of one rule over the modifiers of one object, from breakpoint
// to breakpoint: the instants at which a modifier enters or leaves. It updates the
// spans of the track and collects the moments at which the rule can fire.
type sweep struct {
	rule  *compiledRule
	dict *dictionary
	mods  []modifier
	track *track
	full  *fullWindow
	sums  *runningSums // nil if the rule needs the full window
	// mods[head:next] is the window; at is the instant it belongs to.
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

// applyBreakpoint moves the window to x, where it changes, and evaluates it. It need
// not where measures have only fallen, the condition becomes truer when they rise,
// and no span is open.
func (s *sweep) applyBreakpoint(x eventtime.Instant) {
	changed, may, entered := false, false, false
	for ; s.from < s.to && s.mods[s.from].at.Add(s.rule.window) <= x; s.from++ {
		if m := &s.mods[s.from]; s.passesFilter(m) {
			changed, may = true, may || m.lowers()
			s.removeModifier(m)
		}
	}
	for ; s.to < len(s.mods) && s.mods[s.to].at <= x; s.to++ {
		if m := &s.mods[s.to]; s.passesFilter(m) {
			changed, may, entered = true, true, true
			s.addModifier(m)
		}
	}
	if !changed || !may && s.rule.monotone && !s.track.IsOpen() {
		return
	}
	score, holds := s.evaluateAt(x)
	switch open := s.track.IsOpen(); {
	case holds && !open:
		s.track.Open(x)
	case !holds && open:
		s.track.Close(x)
	}
	if holds && may {
		s.moments = append(s.moments, window.Moment{At: x, Level: uint8(s.rule.severityFor(score)), Arrived: entered})
	}
}

func (s *sweep) passesFilter(m *modifier) bool {
	return s.rule.filter == 0 || s.rule.passesFilter(s.dict.kindOf(m).mask)
}

func (s *sweep) addModifier(m *modifier) {
	s.count++
	if m.lowers() {
		s.negative++
	}
	if s.sums != nil {
		s.sums.addModifier(s.dict, m)
	}
}

func (s *sweep) removeModifier(m *modifier) {
	s.count--
	if m.lowers() {
		s.negative--
	}
	if s.sums != nil {
		s.sums.removeModifier(s.dict, m)
	}
}

// evaluateAt returns the risk score at x, and reports whether the condition holds. It
// never does for an empty window.
func (s *sweep) evaluateAt(x eventtime.Instant) (score.Score, bool) {
	if s.count == 0 {
		return score.Score{}, false
	}
	m := s.measuresAt(x, x)
	return m[mCapped], s.rule.when.holds(&m)
}

// measuresAt returns the measures with the positive values at x and the negative ones
// at y.
func (s *sweep) measuresAt(x, y eventtime.Instant) measures {
	if s.sums != nil {
		return s.sums.measures()
	}
	s.full.loadModifiers(s.rule, s.dict, s.mods[s.from:s.to], s.from, x, y)
	return s.full.computeMeasures(s.rule, s.dict, s.mods)
}

// applyDecay evaluates a rule with decay from a to b, between which no modifier
// enters or leaves but values change.
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

// outcomeBetween returns what the condition is from a to b. Positive values fall and
// negative ones rise, and no measure falls when a value rises. So the measures lie
// between those with the positive values at b and the negative ones at a, and those
// with the opposite.
func (s *sweep) outcomeBetween(a, b eventtime.Instant) outcome {
	if s.count == 0 {
		return neverTrue
	}
	low, high := s.measuresAt(b, a), s.measuresAt(a, b)
	return s.rule.when.outcomeBetween(&low, &high)
}

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
