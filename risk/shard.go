package risk

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
)

// shard holds a part of the objects. It is used by one goroutine at a time and
// knows nothing of the other shards: time, duplicates and the clock are decided
// before.
type shard struct {
	rules     []*incident
	lateness  time.Duration
	retention time.Duration // the longest window
	words     *vocabulary
	objects   objects
	leaving   departures
	oldest    eventtime.Instant // nothing older is needed, as of the last look at all objects
	live      int
	view      *view
	scratch   []*tally // by rule
	eager     bool     // keeps every tally; for tests
	blank     track    // of objects that have none
	moments   []window.Moment
	notables  notables
	out       []emitted
	toucher   toucher
	recorder  *recorder // nil if nobody asks for checkpoints
}

// admitted is a modifier that counts, with the clock before and after it.
type admitted struct {
	*detect.Fact
	at            eventtime.Instant
	seq           uint64
	before, after eventtime.Instant
	inSID         uint32 // what sid hashes to in the vocabulary of its shard, which has touched it
}

// emitted is a notable and what it is ordered by.
type emitted struct {
	seq     uint64 // of the modifier that caused it
	at      eventtime.Instant
	rule    int
	notable *Notable
}

// departure is an instant at which a negative modifier leaves a window.
type departure struct {
	at     eventtime.Instant
	object uint32
}

type departures []departure

func (d departures) Len() int           { return len(d) }
func (d departures) Less(i, j int) bool { return d[i].at < d[j].at }
func (d departures) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *departures) Push(x any)        { *d = append(*d, x.(departure)) }
func (d *departures) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = departure{}
	*d = (*d)[:last]
	return x
}

func newShard(rules []*incident, lateness, retention time.Duration, limit contributionLimit) *shard {
	words := newVocabulary()
	s := &shard{
		lateness: lateness, retention: retention,
		words: words, objects: newObjects(words, len(rules)), view: newView(),
		scratch: make([]*tally, len(rules)), oldest: -eventtime.Never,
	}
	s.notables = notables{words: words, view: s.view, limit: limit}
	for i, r := range rules {
		own := *r
		if r.series != nil {
			own.series = r.series.Clone()
		}
		s.rules = append(s.rules, &own)
		if !r.scans() {
			s.scratch[i] = newTally(&own)
		}
	}
	return s
}

// run counts a batch: all modifiers that were admitted, in order, of which
// this shard takes its own. What they cause is left in out.
func (s *shard) run(batch []admitted, mine []int32) {
	s.out = s.out[:0]
	if len(batch) == 0 {
		return
	}
	for some := range slices.Chunk(mine, together) {
		s.touch(batch, some)
		for _, i := range some {
			a := &batch[i]
			s.expire(batch, a.before)
			s.arrive(a)
		}
	}
	clock := batch[len(batch)-1].after
	s.expire(batch, clock)
	s.reclaim(batch[0].after, clock)
}

// expire evaluates objects at the instants up to clock at which a negative
// modifier leaves. The cause is the modifier that brought the clock there.
func (s *shard) expire(batch []admitted, clock eventtime.Instant) {
	for len(s.leaving) > 0 && s.leaving[0].at <= clock {
		d := heap.Pop(&s.leaving).(departure)
		o := s.objects.subject(d.object)
		if d.at <= o.done {
			continue
		}
		cause := sort.Search(len(batch), func(i int) bool { return batch[i].after >= d.at })
		s.advance(&o, d.at, false, batch[cause].seq)
	}
}

// arrive counts one modifier.
func (s *shard) arrive(a *admitted) {
	o := s.objects.subject(s.objects.hold(a.Object, uint32(a.Hash)))
	m := s.words.keep(a, s.objects.rows.last(o.object))
	if s.recorder != nil {
		s.recorder.add(s.words, o.object, &m, a.ID)
	}
	s.live++
	s.insert(&o, m, a)
	s.trim(&o, a.after)
	s.mark(&o)
}

// mark notes that the next checkpoint has to look at o.
func (s *shard) mark(o *subject) {
	if s.recorder != nil && o.flags&touched == 0 {
		o.flags |= touched
		s.recorder.touched = append(s.recorder.touched, o.id)
	}
}

// insert puts m in and evaluates every rule up to the last instant that m may
// have changed.
func (s *shard) insert(o *subject, m mod, a *admitted) {
	s.objects.insert(o, m)
	end := max(m.at, o.done)
	if m.lowers() {
		end = s.depart(o, m.at, a.Filters, a.after, end)
	}
	switch settled := a.before.Add(-s.lateness); {
	case m.at < o.done:
		s.insertLate(o, &m, end, settled, a)
	case m.at == o.done:
		s.amend(o, &m, end, settled, a)
	default:
		s.advance(o, end, true, a.seq)
	}
}

// insertLate evaluates every rule again, now that m came before o.done.
func (s *shard) insertLate(o *subject, m *mod, end, settled eventtime.Instant, a *admitted) {
	for i, r := range s.rules {
		if t := o.track(i); t != nil && t.slide != nil && !t.slide.admit(r, s.words, m, o.done) {
			t.slide = nil
		}
		if r.sees(a.Filters) {
			s.repeat(o, i, m, end, settled, a.seq)
		} else {
			s.follow(o, i, end, false, a.seq)
		}
	}
	o.done = end
}

// amend evaluates the instant again at which o stands, now that another
// modifier came there. If that ends a span just before the instant, the span
// may owe what a notable of the instant paid for.
func (s *shard) amend(o *subject, m *mod, end, settled eventtime.Instant, a *admitted) {
	at := m.at
	for i, r := range s.rules {
		t := o.track(i)
		crossed := false
		if t != nil && r.sees(a.Filters) {
			left, found := t.Before(at)
			crossed = found && left.End > at
			t.Reopen(at)
		}
		s.follow(o, i, end, true, a.seq)
		if crossed {
			if left, _ := t.Before(at); left.End == at {
				s.repeat(o, i, m, end, settled, a.seq)
			}
		}
	}
	o.done = max(o.done, end)
	s.mark(o)
}

// depart notes when the negative modifier will leave the windows of the rules
// that see it, and returns the last instant up to the clock at which it does.
func (s *shard) depart(o *subject, at eventtime.Instant, mask uint64, clock, end eventtime.Instant) eventtime.Instant {
	for i, r := range s.rules {
		leaves := at.Add(r.window)
		switch known := slices.IndexFunc(s.rules[:i], func(q *incident) bool { return q.window == r.window && q.sees(mask) }); {
		case !r.sees(mask):
		case leaves <= clock:
			end = max(end, leaves)
		case known < 0:
			heap.Push(&s.leaving, departure{leaves, o.id})
		}
	}
	return end
}

// advance evaluates all rules of o from where it stands up to end. If fresh,
// the last modifier has just been appended.
func (s *shard) advance(o *subject, end eventtime.Instant, fresh bool, seq uint64) {
	for i := range s.rules {
		s.follow(o, i, end, fresh, seq)
	}
	o.done = max(o.done, end)
	s.mark(o)
}

// follow evaluates one rule from o.done up to end. If fresh, the last modifier
// came at end and is not counted yet.
func (s *shard) follow(o *subject, rule int, end eventtime.Instant, fresh bool, seq uint64) {
	if !fresh && end <= o.done || s.glimpse(o, rule, end, fresh, seq) {
		return
	}
	if fresh && o.track(rule) == nil && s.rules[rule].rising && !s.rules[rule].drifts() && o.flags&lowered == 0 {
		s.look(o, rule, end, seq)
		return
	}
	w := s.resume(o, rule, fresh)
	w.to(end)
	s.finish(o, rule, &w)
	s.fire(o, rule, &w, -eventtime.Never, seq)
}

// look is follow for a rule that asks for more and stands nowhere with o, of
// which nothing lowers the risk: leaving modifiers cannot make the condition
// true, so only the last one can, which has just come at end.
func (s *shard) look(o *subject, rule int, end eventtime.Instant, seq uint64) {
	w := s.sweep(o, rule)
	if !w.sees(&o.mods[len(o.mods)-1]) {
		return
	}
	w.fill(end, len(o.mods))
	if score, holds := w.evaluate(end); holds {
		w.track.Open(end)
		w.moments = append(w.moments, window.Moment{At: end, Level: uint8(w.rule.severity(score)), Arrived: true})
	}
	s.finish(o, rule, &w)
	s.fire(o, rule, &w, -eventtime.Never, seq)
}

// resume returns a sweep that stands at o.done.
func (s *shard) resume(o *subject, rule int, fresh bool) sweep {
	w := s.sweep(o, rule)
	w.at = o.done
	if t := o.track(rule); t != nil {
		w.track = t
		if t.slide != nil {
			w.take(t.slide)
			return w
		}
	}
	counted := len(o.mods)
	if fresh {
		counted--
	}
	w.fill(o.done, counted)
	return w
}

func (s *shard) sweep(o *subject, rule int) sweep {
	return sweep{
		rule: s.rules[rule], words: s.words, mods: o.mods, view: s.view,
		track: &s.blank, tally: s.scratch[rule], moments: s.moments[:0],
	}
}

// finish keeps of a sweep what the next one needs.
func (s *shard) finish(o *subject, rule int, w *sweep) {
	s.moments = w.moments
	t := w.track
	if n := w.next - w.head; w.tally != nil && (n >= s.worth(w.tally) || t.slide != nil && 2*n >= s.worth(w.tally)) {
		if t.slide == nil {
			t.slide = &slide{tally: w.tally}
			s.scratch[rule] = newTally(s.rules[rule])
		}
		t.slide.head, t.slide.next = w.head, w.next
	} else {
		t.slide = nil
	}
	if t == &s.blank && !t.idle() {
		kept := *t
		s.blank = track{}
		s.objects.setTrack(o, rule, &kept)
		w.track = &kept
	}
}

// repeat evaluates a rule again after m came late: from then on, and if the
// condition held up to then, from the beginning of that span, which may fall
// apart or owe what something later paid for. It cannot if more can only make
// the condition truer, and m is more.
func (s *shard) repeat(o *subject, rule int, m *mod, end, settled eventtime.Instant, seq uint64) {
	if s.hopeless(o, rule, m.at, end) {
		return
	}
	w, x := s.sweep(o, rule), m.at
	if t := o.track(rule); t != nil {
		w.track = t
	}
	from := x
	left, open := w.track.Before(x)
	if w.rule.drifts() {
		left, open = w.left(x, left, open)
	}
	if open && (!w.rule.rising || w.rule.drifts() || m.lowers()) {
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
	if held := w.track.slide; held != nil && held.tally.reversible() {
		w.take(held)
		w.rewind(from - 1)
	} else {
		w.fill(from-1, len(o.mods))
	}
	w.to(end)
	s.finish(o, rule, &w)
	s.fire(o, rule, &w, settled, seq)
}

// left says whether a rule with decay holds just before x, and since when. A
// span that touched no breakpoint is not on record: nothing fired in it.
func (s *sweep) left(x eventtime.Instant, known window.Span, recorded bool) (window.Span, bool) {
	s.fill(x-1, len(s.mods))
	if _, holds := s.evaluate(x - 1); !holds {
		return window.Span{}, false
	}
	if !recorded {
		known = window.Span{Start: x - 1, End: eventtime.Never}
	}
	return known, true
}

// fire emits the notables that are due at the moments of a sweep. Moments before
// settled are past.
func (s *shard) fire(o *subject, rule int, w *sweep, settled eventtime.Instant, seq uint64) {
	if len(w.moments) == 0 {
		return
	}
	r := s.rules[rule]
	w.track.Fire(w.moments, settled, window.Policy{Suppress: r.suppress, Refire: r.refire}, func(m *window.Moment) { s.emit(o, rule, m, seq) })
}

// emit writes the notable of a rule about o at a moment.
func (s *shard) emit(o *subject, rule int, m *window.Moment, seq uint64) {
	s.mark(o)
	s.out = append(s.out, emitted{seq: seq, at: m.At, rule: rule, notable: s.notables.notable(o, s.objects.name(o.object), s.rules[rule], m)})
}

// sortEmitted puts notables into the order of SPEC 6.4: by the modifier that
// caused them, then by time, rule, type and object.
func sortEmitted(out []emitted) {
	slices.SortFunc(out, func(a, b emitted) int {
		x, y := &a.notable.Object, &b.notable.Object
		return cmp.Or(
			cmp.Compare(a.seq, b.seq), cmp.Compare(a.at, b.at), cmp.Compare(a.rule, b.rule),
			cmp.Compare(x.Type, y.Type), cmp.Compare(x.Key, y.Key), cmp.Compare(x.Zone, y.Zone),
		)
	})
}
