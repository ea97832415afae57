package risk

import (
	"container/heap"
	"slices"
	"sort"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
)

// shard holds a part of the objects. It is used by one goroutine at a time and
// does not depend on the other shards: times, duplicates and the clock are decided
// before.
type shard struct {
	evaluator
	lateness   time.Duration
	retention  time.Duration // the longest window
	leaving    departures
	oldest     eventtime.Instant // modifiers before it are not needed, as of the last look at all objects
	live       int
	prefetcher prefetcher
	recorder   *recorder // nil if changes are not recorded
}

// admitted is a modifier that counts, with the clock before and after it.
type admitted struct {
	*detect.Fact
	at            eventtime.Instant
	seq           uint64
	before, after eventtime.Instant
	inSID         uint32 // hash of the SID in the dictionary of its shard, where it was prefetched
}

// departure is an instant at which a negative modifier of an object leaves a window.
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
	return &shard{evaluator: newEvaluator(rules, limit), lateness: lateness, retention: retention, oldest: -eventtime.Never}
}

// countBatch counts those modifiers of a batch that belong to this shard. The batch
// has all that were admitted, in order. The notables that they cause are in out.
func (s *shard) countBatch(batch []admitted, mine []int32) {
	s.out = s.out[:0]
	if len(batch) == 0 {
		return
	}
	for some := range slices.Chunk(mine, prefetchBatch) {
		s.prefetch(batch, some)
		for _, i := range some {
			a := &batch[i]
			s.evaluateDepartures(batch, a.before)
			s.addModifier(a)
		}
	}
	clock := batch[len(batch)-1].after
	s.evaluateDepartures(batch, clock)
	s.reclaim(batch[0].after, clock)
}

// evaluateDepartures evaluates objects at the instants up to clock at which a negative
// modifier leaves. The cause of a notable is the modifier that moved the clock there.
func (s *shard) evaluateDepartures(batch []admitted, clock eventtime.Instant) {
	for len(s.leaving) > 0 && s.leaving[0].at <= clock {
		d := heap.Pop(&s.leaving).(departure)
		o := s.objects.subject(d.object)
		if d.at <= o.done {
			continue
		}
		cause := sort.Search(len(batch), func(i int) bool { return batch[i].after >= d.at })
		s.evaluateTo(&o, d.at, false, batch[cause].seq)
	}
}

// addModifier counts one modifier.
func (s *shard) addModifier(a *admitted) {
	o := s.objects.subject(s.objects.findOrAdd(a.Object, uint32(a.Hash)))
	m := s.words.intern(a, s.objects.rows.last(o.object))
	if s.recorder != nil {
		s.recorder.add(s.words, o.object, &m, a.ID)
	}
	s.live++
	s.insert(&o, m, a)
	s.dropExpired(&o, a.after)
	s.markChanged(&o)
}

// markChanged records that the state of o has changed.
func (s *shard) markChanged(o *subject) {
	if s.recorder != nil && o.flags&changed == 0 {
		o.flags |= changed
		s.recorder.changed = append(s.recorder.changed, o.id)
	}
}

// insert inserts m and evaluates every rule up to the last instant that m may have
// changed.
func (s *shard) insert(o *subject, m mod, a *admitted) {
	s.objects.insert(o, m)
	end := max(m.at, o.done)
	if m.lowers() {
		end = s.scheduleDeparture(o, m.at, a.Filters, a.after, end)
	}
	switch settled := a.before.Add(-s.lateness); {
	case m.at < o.done:
		s.insertLate(o, &m, end, settled, a)
	case m.at == o.done:
		s.insertNow(o, &m, end, settled, a)
	default:
		s.evaluateTo(o, end, true, a.seq)
	}
}

// insertLate evaluates every rule again after m was inserted before o.done.
func (s *shard) insertLate(o *subject, m *mod, end, settled eventtime.Instant, a *admitted) {
	for i, r := range s.rules {
		if t := o.track(i); t != nil && t.kept != nil && !t.kept.insertLate(r, s.words, m, o.done) {
			t.kept = nil
		}
		if r.sees(a.Filters) {
			s.evaluateAgain(o, i, m, end, settled, a.seq)
		} else {
			s.evaluateRule(o, i, end, false, a.seq)
		}
	}
	o.done = end
}

// insertNow evaluates o.done again after another modifier m arrived at that instant. If
// a span now ends there, it may need a notable of its own, because the notable at
// o.done is not in it any more.
func (s *shard) insertNow(o *subject, m *mod, end, settled eventtime.Instant, a *admitted) {
	at := m.at
	for i, r := range s.rules {
		t := o.track(i)
		crossed := false
		if t != nil && r.sees(a.Filters) {
			left, found := t.Before(at)
			crossed = found && left.End > at
			t.Reopen(at)
		}
		s.evaluateRule(o, i, end, true, a.seq)
		if crossed {
			if left, _ := t.Before(at); left.End == at {
				s.evaluateAgain(o, i, m, end, settled, a.seq)
			}
		}
	}
	o.done = max(o.done, end)
	s.markChanged(o)
}

// scheduleDeparture schedules when a negative modifier leaves the windows of the rules
// whose filters it passes, and returns the last instant up to the clock at which it
// does.
func (s *shard) scheduleDeparture(o *subject, at eventtime.Instant, mask uint64, clock, end eventtime.Instant) eventtime.Instant {
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

// evaluateTo evaluates all rules for o from o.done up to end. If fresh, the last
// modifier has just been appended.
func (s *shard) evaluateTo(o *subject, end eventtime.Instant, fresh bool, seq uint64) {
	for i := range s.rules {
		s.evaluateRule(o, i, end, fresh, seq)
	}
	o.done = max(o.done, end)
	s.markChanged(o)
}
