package risk

import (
	"cmp"
	"slices"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
)

// emitted is a notable, and what it is ordered by.
type emitted struct {
	seq     uint64 // of the modifier that caused it
	at      eventtime.Instant
	rule    int
	notable *Notable
}

// evaluator evaluates the rules for one object after another. Its memory is reused.
type evaluator struct {
	rules    []*compiledRule
	dict    *dictionary
	objects  *objects
	full     *fullWindow
	sums     []*runningSums // by rule
	eager    bool           // keeps the sums of all windows; for tests
	blank    track          // of objects that have none
	moments  []window.Moment
	builder notableBuilder
	emitted      []emitted
}

// newEvaluator returns an evaluator without objects.
func newEvaluator(rules []*compiledRule, limit contributionLimit) evaluator {
	dict := newDictionary()
	e := evaluator{dict: dict, objects: newObjects(dict, len(rules)), full: newFullWindow(), sums: make([]*runningSums, len(rules))}
	e.builder = notableBuilder{dict: dict, full: e.full, limit: limit}
	for i, r := range rules {
		own := *r
		if r.series != nil {
			own.series = r.series.Clone()
		}
		e.rules = append(e.rules, &own)
		if !r.needsFullWindow() {
			e.sums[i] = newRunningSums(&own)
		}
	}
	return e
}

// evaluateRule evaluates one rule from o.done up to end. If fresh, the last modifier
// has just arrived, at end.
func (e *evaluator) evaluateRule(o *objectView, rule int, end eventtime.Instant, fresh bool, seq uint64) {
	if !fresh && end <= o.evaluatedTo {
		return
	}
	if fresh && o.trackOf(rule) == nil && e.rules[rule].monotone && !e.rules[rule].movesWithTime() && o.flags&flagLowered == 0 {
		e.evaluateArrival(o, rule, end, seq)
		return
	}
	w := e.resumeSweep(o, rule, fresh)
	w.advanceTo(end)
	e.keepSweep(o, rule, &w)
	e.fireMoments(o, rule, &w, -eventtime.Never, seq)
}

// evaluateArrival is evaluateRule for a rule whose condition becomes truer when measures
// rise, which has no track with o, where no modifier lowers the risk. Only a modifier
// that arrives can make the condition true then, and the last one has just arrived,
// at end.
func (e *evaluator) evaluateArrival(o *objectView, rule int, end eventtime.Instant, seq uint64) {
	w := e.newSweep(o, rule)
	if !w.passesFilter(&o.mods[len(o.mods)-1]) {
		return
	}
	w.loadWindow(end, len(o.mods))
	if score, holds := w.evaluateAt(end); holds {
		w.track.Open(end)
		w.moments = append(w.moments, window.Moment{At: end, Level: uint8(w.rule.severityFor(score)), Arrived: true})
	}
	e.keepSweep(o, rule, &w)
	e.fireMoments(o, rule, &w, -eventtime.Never, seq)
}

// resumeSweep returns a sweep whose window is the one at o.done.
func (e *evaluator) resumeSweep(o *objectView, rule int, fresh bool) sweep {
	w := e.newSweep(o, rule)
	w.at = o.evaluatedTo
	if t := o.trackOf(rule); t != nil {
		w.track = t
		if t.kept != nil {
			w.loadKept(t.kept)
			return w
		}
	}
	counted := len(o.mods)
	if fresh {
		counted--
	}
	w.loadWindow(o.evaluatedTo, counted)
	return w
}

func (e *evaluator) newSweep(o *objectView, rule int) sweep {
	return sweep{
		rule: e.rules[rule], dict: e.dict, mods: o.mods, full: e.full,
		track: &e.blank, sums: e.sums[rule], moments: e.moments[:0],
	}
}

// keepSweep keeps what the next sweep needs.
func (e *evaluator) keepSweep(o *objectView, rule int, w *sweep) {
	e.moments = w.moments
	t := w.track
	if n := w.to - w.from; w.sums != nil && (n >= e.keepThreshold(w.sums) || t.kept != nil && 2*n >= e.keepThreshold(w.sums)) {
		if t.kept == nil {
			t.kept = &keptWindow{sums: w.sums}
			e.sums[rule] = newRunningSums(e.rules[rule])
		}
		t.kept.from, t.kept.to = w.from, w.to
	} else {
		t.kept = nil
	}
	if t == &e.blank && !t.isBlank() {
		kept := *t
		e.blank = track{}
		e.objects.setTrack(o, rule, &kept)
		w.track = &kept
	}
}

// evaluateAgain evaluates a rule again after m arrived late: from m on, and if the
// condition held just before m, from the beginning of that span. The span may split,
// so that its first part has no notable any more. It cannot if m raises the measures
// and the condition becomes truer when they rise.
func (e *evaluator) evaluateAgain(o *objectView, rule int, m *modifier, end, settled eventtime.Instant, seq uint64) {
	w, x := e.newSweep(o, rule), m.at
	if t := o.trackOf(rule); t != nil {
		w.track = t
	}
	from := x
	left, open := w.track.Before(x)
	if w.rule.movesWithTime() {
		left, open = w.heldBefore(x, left, open)
	}
	if open && (!w.rule.monotone || w.rule.movesWithTime() || m.lowers()) {
		from = max(left.Start, settled)
	}
	if open {
		if w.track.Cut(from); !w.track.IsOpen() {
			w.track.Open(left.Start)
		}
	} else {
		w.track.Reopen(x)
	}
	w.at = from
	if held := w.track.kept; held != nil && held.sums.isReversible() {
		w.loadKept(held)
		w.rewindTo(from - 1)
	} else {
		w.loadWindow(from-1, len(o.mods))
	}
	w.advanceTo(end)
	e.keepSweep(o, rule, &w)
	e.fireMoments(o, rule, &w, settled, seq)
}

// heldBefore returns the span in which a rule with decay holds just before x, and
// false if it does not. A span that touches no breakpoint is not recorded: nothing
// fired in it.
func (s *sweep) heldBefore(x eventtime.Instant, known window.Span, recorded bool) (window.Span, bool) {
	s.loadWindow(x-1, len(s.mods))
	if _, holds := s.evaluateAt(x - 1); !holds {
		return window.Span{}, false
	}
	if !recorded {
		known = window.Span{Start: x - 1, End: eventtime.Never}
	}
	return known, true
}

// fireMoments emits the notables that are due at the moments of a sweep. Nothing is
// due before settled.
func (e *evaluator) fireMoments(o *objectView, rule int, w *sweep, settled eventtime.Instant, seq uint64) {
	if len(w.moments) == 0 {
		return
	}
	r := e.rules[rule]
	w.track.Fire(w.moments, settled, window.Policy{Suppress: r.suppress, Refire: r.refire}, func(m *window.Moment) { e.emitNotable(o, rule, m, seq) })
}

// emitNotable emits the notable of a rule for o at a moment.
func (e *evaluator) emitNotable(o *objectView, rule int, m *window.Moment, seq uint64) {
	e.emitted = append(e.emitted, emitted{seq: seq, at: m.At, rule: rule, notable: e.builder.buildNotable(o, e.objects.nameOf(o.object), e.rules[rule], m)})
}

// keepThreshold returns the number of modifiers in a window from which on keeping its sums
// between arrivals is faster, or smaller, than counting it again.
func (e *evaluator) keepThreshold(t *runningSums) int {
	switch {
	case e.eager:
		return 1
	case t.extraSums == nil:
		return 8
	}
	return 32
}

// sortEmitted sorts notables by the modifier that caused them, then by time, rule, type
// and object.
func sortEmitted(out []emitted) {
	slices.SortFunc(out, func(a, b emitted) int {
		x, y := &a.notable.Object, &b.notable.Object
		return cmp.Or(
			cmp.Compare(a.seq, b.seq), cmp.Compare(a.at, b.at), cmp.Compare(a.rule, b.rule),
			cmp.Compare(x.Type, y.Type), cmp.Compare(x.Key, y.Key), cmp.Compare(x.Zone, y.Zone),
		)
	})
}
