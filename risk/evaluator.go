package risk

import (
	"cmp"
	"slices"

	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
)

// emitted is a notable with the keys that it is ordered by.
type emitted struct {
	seq     uint64 // sequence number of the modifier that caused it
	at      eventtime.Instant
	rule    int
	notable *Notable
}

// evaluator evaluates the incident rules for one object after another. Its memory is
// reused.
type evaluator struct {
	rules   []*compiledRule
	dict    *dictionary
	objects *objects
	full    *fullWindow
	sums    []*runningSums // by rule
	eager   bool           // keep the sums of all windows, however small; for tests
	blank   track          // of an object that has no track yet
	moments []window.Moment
	builder notableBuilder
	emitted []emitted
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

// evaluateRule evaluates one rule from o.evaluatedTo up to end. If fresh is set, the last
// modifier of o has just arrived and its time is end.
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

// evaluateArrival is evaluateRule for the common case that the rule is monotone, has no
// track for o, and no modifier of o lowers the risk. Then only an arriving modifier can
// make the condition true, so the window at end is the only one to evaluate. The last
// modifier of o has just arrived and its time is end.
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

// resumeSweep returns a sweep whose window is the one at o.evaluatedTo.
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

// keepSweep stores the track and, if the window is large enough, its sums for the next
// sweep.
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

// evaluateAgain re-evaluates a rule after m arrived late. It starts at the time of m. If
// m lies in or directly after a span, it starts at the beginning of that span, because
// the span may split and its first part may then need a notable of its own. A span cannot
// split if the rule is monotone and m raises the measures. Moments before settled emit
// nothing.
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
	if open && (!w.rule.monotone || w.rule.movesWithTime() || m.lowersRisk()) {
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

// heldBefore returns the span that contains x-1, and reports whether there is one. The
// rule must have decay. If the span is recorded, the caller passes it as known. A span
// without a breakpoint is not recorded, and no notable was emitted in it.
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

// fireMoments emits the notables that are due at the moments of a sweep. None is due
// before settled.
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

// keepThreshold returns the smallest number of modifiers in a window for which it pays to
// keep its sums between arrivals. Smaller windows are counted again, which is faster or
// takes less memory.
func (e *evaluator) keepThreshold(t *runningSums) int {
	switch {
	case e.eager:
		return 1
	case t.extraSums == nil:
		return 8
	}
	return 32
}

// sortEmitted sorts notables by the modifier that caused them, then by time, rule and
// object.
func sortEmitted(out []emitted) {
	slices.SortFunc(out, func(a, b emitted) int {
		x, y := &a.notable.Object, &b.notable.Object
		return cmp.Or(
			cmp.Compare(a.seq, b.seq), cmp.Compare(a.at, b.at), cmp.Compare(a.rule, b.rule),
			cmp.Compare(x.Type, y.Type), cmp.Compare(x.Key, y.Key), cmp.Compare(x.Zone, y.Zone),
		)
	})
}
