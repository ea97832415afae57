package risk

import (
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// sweep walks event time for one rule and one object, from breakpoint to
// breakpoint: the instants at which a modifier enters or leaves. It brings the
// runs of the track up to date and collects the moments.
type sweep struct {
	rule  *incident
	words *vocabulary
	mods  []mod
	track *track
	view  *view
	tally *tally // nil if the rule has to look at the whole window
	// mods[head:next] is the window; at is the instant it belongs to.
	head, next int
	at         eventtime.Instant
	count      int // modifiers in the window that the rule sees
	negative   int // of these, those that lower the risk
	moments    []window.Moment
}

// to walks up to and including end.
func (s *sweep) to(end eventtime.Instant) {
	for {
		x := s.breakpoint()
		if x > end {
			break
		}
		if s.rule.drifts() && s.at < x {
			s.drift(s.at, x-1)
		}
		s.step(x)
		s.at = x
	}
	if s.rule.drifts() && s.at < end {
		s.drift(s.at, end)
		s.at = end
	}
}

// breakpoint returns the next instant at which the window changes.
func (s *sweep) breakpoint() eventtime.Instant {
	x := eventtime.Never
	if s.next < len(s.mods) {
		x = s.mods[s.next].at
	}
	if s.head < s.next {
		x = min(x, s.mods[s.head].at.Add(s.rule.window))
	}
	return x
}

// step lets the window change at x and looks what follows from it.
func (s *sweep) step(x eventtime.Instant) {
	changed, may, entered := false, false, false
	for ; s.head < s.next && s.mods[s.head].at.Add(s.rule.window) <= x; s.head++ {
		if m := &s.mods[s.head]; s.sees(m) {
			changed, may = true, may || m.lowers()
			s.leave(m)
		}
	}
	for ; s.next < len(s.mods) && s.mods[s.next].at <= x; s.next++ {
		if m := &s.mods[s.next]; s.sees(m) {
			changed, may, entered = true, true, true
			s.enter(m)
		}
	}
	if !changed || !may && s.rule.rising && !s.track.IsOpen() {
		return // what fell short before does so with less
	}
	score, holds := s.evaluate(x)
	switch open := s.track.IsOpen(); {
	case holds && !open:
		s.track.Open(x)
	case !holds && open:
		s.track.Close(x)
	}
	if holds && may {
		s.moments = append(s.moments, window.Moment{At: x, Level: uint8(s.rule.severity(score)), Arrived: entered})
	}
}

func (s *sweep) sees(m *mod) bool {
	return s.rule.filter == 0 || s.rule.sees(s.words.kindOf(m).mask)
}

func (s *sweep) enter(m *mod) {
	s.count++
	if m.lowers() {
		s.negative++
	}
	if s.tally != nil {
		s.tally.enter(s.words, m)
	}
}

func (s *sweep) leave(m *mod) {
	s.count--
	if m.lowers() {
		s.negative--
	}
	if s.tally != nil {
		s.tally.leave(s.words, m)
	}
}

// evaluate returns the risk score at x and whether the condition holds. An
// empty window is never true.
func (s *sweep) evaluate(x eventtime.Instant) (score.Score, bool) {
	if s.count == 0 {
		return score.Score{}, false
	}
	m := s.measures(x, x)
	return m[mCapped], s.rule.when.holds(&m)
}

// measures takes the positive values as they are at x and the negative ones as
// they are at y.
func (s *sweep) measures(x, y eventtime.Instant) measures {
	if s.tally != nil {
		return s.tally.measures()
	}
	s.view.load(s.rule, s.words, s.mods[s.head:s.next], s.head, x, y)
	return s.view.measure(s.rule, s.words, s.mods)
}

// drift follows a rule with decay through the instants from a to b, in which
// nothing enters or leaves but values fade.
func (s *sweep) drift(a, b eventtime.Instant) {
	if s.track.IsOpen() {
		if x, found := s.firstFalse(a, b); found {
			s.track.Close(x)
		}
	}
	if s.track.IsOpen() || s.rule.rising && s.negative == 0 {
		return
	}
	if _, holds := s.evaluate(b); holds {
		start := a
		if x, found := s.lastFalse(a, b); found {
			start = x + 1
		}
		s.track.Open(start)
	}
}

// verdict says what the condition is from a to b. Positive values fall and
// negative ones rise, and no measure falls when a value rises: so the measures
// lie between two that can be taken.
func (s *sweep) verdict(a, b eventtime.Instant) verdict {
	if s.count == 0 {
		return neverTrue
	}
	low, high := s.measures(b, a), s.measures(a, b)
	return s.rule.when.within(&low, &high)
}

func (s *sweep) firstFalse(a, b eventtime.Instant) (eventtime.Instant, bool) {
	switch s.verdict(a, b) {
	case always:
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
	switch s.verdict(a, b) {
	case always:
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
