package risk

import (
	"math/bits"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// Most windows hold a few modifiers, and no condition comes true. To see that,
// a window is summed up in one go: sources and tactics as sets of bits that
// modifiers of a kind share, so that nothing is looked up and nothing is kept.
//
// This is only for rules that ask for more and values that do not move, while
// nothing lowers the risk: what leaves can end a span, but only what arrives can
// begin one, and a window within another measures no more than it.

// marks are sets of texts: each has a bit, by its seat. The last bit of a set
// stands for the texts that found no seat: with it the set does not tell how
// many there are.
type marks struct {
	sources [4]uint64
	tactics uint64
}

const (
	sourceSeats = 4*64 - 1
	tacticSeats = 64 - 1
	unseated    = 1 << 63 // in the last word of a set
)

// seats give the texts of the kinds that are held their bits.
type seats struct {
	ids  []uint32 // of texts, 0 where a seat is free
	refs []uint32
}

// take returns the seat of a text and counts one more user; limit is no seat.
func (s *seats) take(id uint32, limit int) int {
	free := len(s.ids)
	for i, taken := range s.ids {
		if taken == id {
			s.refs[i]++
			return i
		}
		if taken == 0 {
			free = min(free, i)
		}
	}
	if free == limit {
		return limit
	}
	if free == len(s.ids) {
		s.ids, s.refs = append(s.ids, 0), append(s.refs, 0)
	}
	s.ids[free], s.refs[free] = id, 1
	return free
}

// leave is the inverse of take.
func (s *seats) leave(seat, limit int) {
	if seat == limit {
		return
	}
	if s.refs[seat]--; s.refs[seat] == 0 {
		s.ids[seat] = 0
	}
}

// markKind returns the marks of a kind that is held from now on.
func (v *vocabulary) markKind(k *kind) marks {
	var m marks
	if k.source != 0 {
		seat := v.sources.take(k.source, sourceSeats)
		m.sources[seat/64] = 1 << (seat % 64)
	}
	for _, id := range v.attackOf(k).tactics {
		seat := v.tactics.take(id, tacticSeats)
		if bit := uint64(1) << seat; m.tactics&bit != 0 { // said twice
			v.tactics.leave(seat, tacticSeats)
		} else {
			m.tactics |= bit
		}
	}
	return m
}

// unmarkKind is the inverse of markKind.
func (v *vocabulary) unmarkKind(m *marks) {
	for i, word := range m.sources {
		if word != 0 {
			v.sources.leave(64*i+bits.TrailingZeros64(word), sourceSeats)
		}
	}
	for set := m.tactics; set != 0; set &= set - 1 {
		v.tactics.leave(bits.TrailingZeros64(set), tacticSeats)
	}
}

// glances reports whether a glance tells all that the rule asks for.
func (r *incident) glances() bool {
	return r.rising && !r.scans() && !r.discounts() && r.uses&^(1<<mScore|1<<mCapped|1<<mCount|1<<mSources|1<<mTactics) == 0
}

// glance evaluates a rule over a window. It is not sure if some source or tactic
// has no seat.
func (v *vocabulary) glance(r *incident, mods []mod) (total score.Score, holds, sure bool) {
	var m measures
	if r.filter == 0 && r.uses.light() {
		m[mScore], m[mCount] = v.sum(mods), score.Points(int64(len(mods)))
	} else if !v.sumUp(r, mods, &m) {
		return score.Score{}, false, false
	}
	m[mCapped] = m[mScore]
	return m[mScore], m[mCount] != score.Score{} && r.when.holds(&m), true
}

func (v *vocabulary) sum(mods []mod) score.Score {
	var sum score.Score
	for i := range mods {
		sum = sum.Add(v.score(&mods[i]))
	}
	return sum
}

// sumUp sets the measures of the modifiers that the rule sees, and reports
// whether it could.
func (v *vocabulary) sumUp(r *incident, mods []mod, to *measures) bool {
	var sum score.Score
	var a, b, c, d, tactics uint64
	count := 0
	for i := range mods {
		m := &mods[i]
		key, marks := v.kinds.Key(m.kind), v.kinds.Value(m.kind)
		if !r.sees(key.mask) {
			continue
		}
		count++
		sum = sum.Add(v.score(m))
		a, b, c, d = a|marks.sources[0], b|marks.sources[1], c|marks.sources[2], d|marks.sources[3]
		tactics |= marks.tactics
	}
	to[mScore], to[mCount] = sum, score.Points(int64(count))
	to[mSources] = score.Points(int64(bits.OnesCount64(a) + bits.OnesCount64(b) + bits.OnesCount64(c) + bits.OnesCount64(d)))
	to[mTactics] = score.Points(int64(bits.OnesCount64(tactics)))
	return (d|tactics)&unseated == 0
}

// glimpse brings a rule to end, up to which all modifiers have come, and reports
// whether it could: not if a span ended before, or if the window is one that a
// tally is kept of. If fresh, the last modifier has just come, at end.
func (s *shard) glimpse(o *subject, rule int, end eventtime.Instant, fresh bool, seq uint64) bool {
	r, t := s.rules[rule], o.track(rule)
	if !r.glances() || t != nil && t.slide != nil || o.falls(o.done.Add(-r.window)) {
		return false
	}
	open := t != nil && t.IsOpen()
	if !fresh && !open {
		return true // what fell short before does so with less
	}
	from, before := after(o.mods, end.Add(-r.window)), len(o.mods)
	if fresh {
		before--
	}
	if len(o.mods)-from >= s.worth(s.scratch[rule]) {
		return false
	}
	if open {
		if _, still, sure := s.words.glance(r, o.mods[from:before]); !still || !sure {
			return false
		}
	}
	if !fresh || !r.sees(s.words.kindOf(&o.mods[before]).mask) {
		return true
	}
	score, holds, sure := s.words.glance(r, o.mods[from:])
	if holds {
		s.found(o, rule, window.Moment{At: end, Level: uint8(r.severity(score)), Arrived: true}, seq)
	}
	return sure
}

// hopeless reports whether no window from x up to end can be one in which the
// condition of a rule holds, nor one touches a span in which it does: all that is
// in any of them is not enough.
func (s *shard) hopeless(o *subject, rule int, x, end eventtime.Instant) bool {
	r, t := s.rules[rule], o.track(rule)
	if !r.glances() || t != nil && (t.slide != nil || t.Reaches(x)) || o.falls(x.Add(-r.window)) {
		return false
	}
	lo, hi := windowOf(o.mods, end, x.Add(-r.window))
	_, holds, sure := s.words.glance(r, o.mods[lo:hi])
	return sure && !holds
}

// falls reports whether a modifier of o after x lowers the risk: it may leave a
// window, or be in one that others leave.
func (o *subject) falls(x eventtime.Instant) bool {
	if o.flags&lowered == 0 {
		return false
	}
	for i := len(o.mods) - 1; i >= 0 && o.mods[i].at > x; i-- {
		if o.mods[i].lowers() {
			return true
		}
	}
	return false
}

// found lets a rule whose condition holds speak of a moment.
func (s *shard) found(o *subject, rule int, m window.Moment, seq uint64) {
	w := s.sweep(o, rule)
	w.tally = nil // nothing was counted that could be kept
	if t := o.track(rule); t != nil {
		w.track = t
	}
	if !w.track.IsOpen() {
		w.track.Open(m.At)
	}
	w.moments = append(w.moments, m)
	s.finish(o, rule, &w)
	s.fire(o, rule, &w, -eventtime.Never, seq)
}
