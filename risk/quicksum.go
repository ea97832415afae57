package risk

import (
	"math/bits"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/risk/score"
)

// Most windows hold a few modifiers, and no condition becomes true. To find that
// out, a window is summed up in one pass: sources and tactics are bits that all
// modifiers of a kind share, so that nothing is looked up and nothing is kept.
//
// This works only for rules whose condition becomes truer when measures rise, for
// values that do not change with time, and while no modifier lowers the risk. Then a
// modifier that leaves can only end a span, only one that arrives can begin one, and
// a window measures no more than one that contains it.

// kindBits are the source and the tactics of a kind as bits. The last bit of a set
// stands for all texts that have no bit of their own: the number of texts in a set
// with it is unknown.
type kindBits struct {
	sources [4]uint64
	tactics uint64
}

const (
	sourceBits  = 4*64 - 1
	tacticBits  = 64 - 1
	overflowBit = 1 << 63 // in the last word of a set
)

// bitNumbers assigns bits to texts.
type bitNumbers struct {
	ids  []uint32 // the text of each bit, 0 if it is free
	refs []uint32
}

// assign returns the bit of a text and counts one more user. If limit bits are in
// use, it returns limit.
func (s *bitNumbers) assign(id uint32, limit int) int {
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

// release is the inverse of assign.
func (s *bitNumbers) release(bit, limit int) {
	if bit == limit {
		return
	}
	if s.refs[bit]--; s.refs[bit] == 0 {
		s.ids[bit] = 0
	}
}

// attributeBits assigns bits to the sources and tactics of kinds.
type attributeBits struct{ sources, tactics bitNumbers }

// assign returns the bits of a kind with a source and tactics.
func (b *attributeBits) assign(source uint32, tactics []uint32) kindBits {
	var k kindBits
	if source != 0 {
		n := b.sources.assign(source, sourceBits)
		k.sources[n/64] = 1 << (n % 64)
	}
	for _, id := range tactics {
		n := b.tactics.assign(id, tacticBits)
		if bit := uint64(1) << n; k.tactics&bit != 0 { // listed twice
			b.tactics.release(n, tacticBits)
		} else {
			k.tactics |= bit
		}
	}
	return k
}

// release is the inverse of assign.
func (b *attributeBits) release(k *kindBits) {
	for i, word := range k.sources {
		if word != 0 {
			b.sources.release(64*i+bits.TrailingZeros64(word), sourceBits)
		}
	}
	for set := k.tactics; set != 0; set &= set - 1 {
		b.tactics.release(bits.TrailingZeros64(set), tacticBits)
	}
}

// sumsQuickly reports whether quickSum computes everything that the rule uses.
func (r *incident) sumsQuickly() bool {
	return r.rising && !r.needsFullWindow() && !r.discounts() && r.uses&^(1<<mScore|1<<mCapped|1<<mCount|1<<mSources|1<<mTactics) == 0
}

// quickSum evaluates a rule over a window. It is not sure if a source or tactic has
// no bit of its own.
func (e *evaluator) quickSum(r *incident, mods []mod) (total score.Score, holds, sure bool) {
	var m measures
	if r.filter == 0 && r.uses.onlySums() {
		m[mScore], m[mCount] = e.sumScores(mods), score.Points(int64(len(mods)))
	} else if !e.sumAttributes(r, mods, &m) {
		return score.Score{}, false, false
	}
	m[mCapped] = m[mScore]
	return m[mScore], m[mCount] != score.Score{} && r.when.holds(&m), true
}

func (e *evaluator) sumScores(mods []mod) score.Score {
	var sum score.Score
	for i := range mods {
		sum = sum.Add(e.words.score(&mods[i]))
	}
	return sum
}

// sumAttributes sets the measures of the modifiers that pass the filter of the rule,
// and reports whether they are exact.
func (e *evaluator) sumAttributes(r *incident, mods []mod, to *measures) bool {
	var sum score.Score
	var a, b, c, d, tactics uint64
	count := 0
	for i := range mods {
		m := &mods[i]
		key, set := e.words.kinds.Key(m.kind), e.words.kinds.Value(m.kind)
		if !r.sees(key.mask) {
			continue
		}
		count++
		sum = sum.Add(e.words.score(m))
		a, b, c, d = a|set.sources[0], b|set.sources[1], c|set.sources[2], d|set.sources[3]
		tactics |= set.tactics
	}
	to[mScore], to[mCount] = sum, score.Points(int64(count))
	to[mSources] = score.Points(int64(bits.OnesCount64(a) + bits.OnesCount64(b) + bits.OnesCount64(c) + bits.OnesCount64(d)))
	to[mTactics] = score.Points(int64(bits.OnesCount64(tactics)))
	return (d|tactics)&overflowBit == 0
}

// tryQuick evaluates a rule up to end by quickSum, and reports whether that was
// possible. It is not if a span ended before end, or if running sums of the window
// are kept. If fresh, the last modifier has just arrived, at end.
func (e *evaluator) tryQuick(o *subject, rule int, end eventtime.Instant, fresh bool, seq uint64) bool {
	r, t := e.rules[rule], o.track(rule)
	if !r.sumsQuickly() || t != nil && t.kept != nil || o.lowersAfter(o.done.Add(-r.window)) {
		return false
	}
	open := t != nil && t.IsOpen()
	if !fresh && !open {
		return true // the condition was false, and measures have only fallen since
	}
	from, before := after(o.mods, end.Add(-r.window)), len(o.mods)
	if fresh {
		before--
	}
	if len(o.mods)-from >= e.keepFrom(e.sums[rule]) {
		return false
	}
	if open {
		if _, still, sure := e.quickSum(r, o.mods[from:before]); !still || !sure {
			return false
		}
	}
	if !fresh || !r.sees(e.words.kindOf(&o.mods[before]).mask) {
		return true
	}
	score, holds, sure := e.quickSum(r, o.mods[from:])
	if holds {
		e.fireAt(o, rule, window.Moment{At: end, Level: uint8(r.severity(score)), Arrived: true}, seq)
	}
	return sure
}

// cannotHold reports whether the rule's condition is false in every window ending
// between x and end, and no such window overlaps an open span. It tests an upper
// bound: even all modifiers in that range together do not satisfy the condition.
func (e *evaluator) cannotHold(o *subject, rule int, x, end eventtime.Instant) bool {
	r, t := e.rules[rule], o.track(rule)
	if !r.sumsQuickly() || t != nil && (t.kept != nil || t.Reaches(x)) || o.lowersAfter(x.Add(-r.window)) {
		return false
	}
	lo, hi := windowOf(o.mods, end, x.Add(-r.window))
	_, holds, sure := e.quickSum(r, o.mods[lo:hi])
	return sure && !holds
}

// lowersAfter reports whether a modifier of o after x lowers the risk. Such a
// modifier may leave a window, or be in one that others leave.
func (o *subject) lowersAfter(x eventtime.Instant) bool {
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

// fireAt records that the condition of a rule holds at a moment, and fires if that
// is due.
func (e *evaluator) fireAt(o *subject, rule int, m window.Moment, seq uint64) {
	w := e.newSweep(o, rule)
	w.sums = nil // there are no running sums to keep
	if t := o.track(rule); t != nil {
		w.track = t
	}
	if !w.track.IsOpen() {
		w.track.Open(m.At)
	}
	w.moments = append(w.moments, m)
	e.keepSweep(o, rule, &w)
	e.fireMoments(o, rule, &w, -eventtime.Never, seq)
}
