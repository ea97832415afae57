package risk

import (
	"container/heap"
	"slices"
	"sort"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/eventtime"
)

// shard holds a part of the objects. It is used by one goroutine at a time and does not
// depend on other shards, because lateness, duplicates and the clock are decided before.
type shard struct {
	evaluator
	lateness   time.Duration
	retention  time.Duration // the longest window
	departures departureHeap
	oldest     eventtime.Instant // time before which modifiers were not needed when reclaimObjects last ran
	live       int
	prefetcher prefetcher
	recorder   *recorder // nil if changes are not recorded
}

// admitted is a modifier that counts, with the clock before and after it was admitted.
type admitted struct {
	*detect.Fact
	event                   int // index in the argument of the call
	at                      eventtime.Instant
	seq                     uint64
	clockBefore, clockAfter eventtime.Instant
	sidHash                 uint32 // hash of the SID in the dictionary of its shard, where it was prefetched
}

// departure is the instant at which a negative modifier of an object leaves a window.
type departure struct {
	at     eventtime.Instant
	object uint32
}

type departureHeap []departure

func (d departureHeap) Len() int           { return len(d) }
func (d departureHeap) Less(i, j int) bool { return d[i].at < d[j].at }
func (d departureHeap) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *departureHeap) Push(x any)        { *d = append(*d, x.(departure)) }
func (d *departureHeap) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = departure{}
	*d = (*d)[:last]
	return x
}

func newShard(rules []*compiledRule, lateness, retention time.Duration, limit contributionLimit) *shard {
	return &shard{evaluator: newEvaluator(rules, limit), lateness: lateness, retention: retention, oldest: -eventtime.Never}
}

// addBatch adds batch[i] for every i in mine. The other modifiers of the batch
// belong to other shards. Afterwards, s.emitted holds the notables that were
// caused.
func (s *shard) addBatch(batch []admitted, mine []int32) {
	s.emitted = s.emitted[:0]
	if len(batch) == 0 {
		return
	}
	for some := range slices.Chunk(mine, prefetchBatch) {
		s.prefetch(batch, some)
		for _, i := range some {
			a := &batch[i]
			s.evaluateDepartures(batch, a.clockBefore)
			s.addModifier(a)
		}
	}
	clock := batch[len(batch)-1].clockAfter
	s.evaluateDepartures(batch, clock)
	s.reclaimObjects(batch[0].clockAfter, clock)
}

// evaluateDepartures evaluates objects at the instants up to clock at which a negative
// modifier leaves. Notables are attributed to the modifier that advanced the clock to
// that instant.
func (s *shard) evaluateDepartures(batch []admitted, clock eventtime.Instant) {
	for len(s.departures) > 0 && s.departures[0].at <= clock {
		d := heap.Pop(&s.departures).(departure)
		o := s.objects.viewOf(d.object)
		if d.at <= o.evaluatedTo {
			continue
		}
		cause := sort.Search(len(batch), func(i int) bool { return batch[i].clockAfter >= d.at })
		s.evaluateTo(&o, d.at, false, batch[cause].seq)
	}
}

// addModifier adds one modifier.
func (s *shard) addModifier(a *admitted) {
	o := s.objects.viewOf(s.objects.findOrAdd(a.Object, uint32(a.Hash)))
	m := s.dict.internFact(a, s.objects.modifiers.lastOf(o.object))
	if s.recorder != nil {
		s.recorder.addModifier(s.dict, o.object, &m, a.ID)
	}
	s.live++
	s.insertModifier(&o, m, a)
	s.dropExpired(&o, a.clockAfter)
	s.markChanged(&o)
}

// markChanged notes that the tracks of o may have changed and must be recorded.
func (s *shard) markChanged(o *objectView) {
	if s.recorder != nil && o.flags&flagChanged == 0 {
		o.flags |= flagChanged
		s.recorder.changed = append(s.recorder.changed, o.id)
	}
}

// insertModifier inserts m and evaluates every rule up to the last instant whose window m
// may have changed.
func (s *shard) insertModifier(o *objectView, m modifier, a *admitted) {
	s.objects.insertModifier(o, m)
	end := max(m.at, o.evaluatedTo)
	if m.lowersRisk() {
		end = s.scheduleDeparture(o, m.at, a.Filters, a.clockAfter, end)
	}
	switch settled := a.clockBefore.Add(-s.lateness); {
	case m.at < o.evaluatedTo:
		s.insertLate(o, &m, end, settled, a)
	case m.at == o.evaluatedTo:
		s.insertAtEvaluated(o, &m, end, settled, a)
	default:
		s.evaluateTo(o, end, true, a.seq)
	}
}

// insertLate re-evaluates every rule after m was inserted before o.evaluatedTo.
func (s *shard) insertLate(o *objectView, m *modifier, end, settled eventtime.Instant, a *admitted) {
	for i, r := range s.rules {
		if t := o.trackOf(i); t != nil && t.kept != nil && !t.kept.insertLate(r, s.dict, m, o.evaluatedTo) {
			t.kept = nil
		}
		if r.passesFilter(a.Filters) {
			s.evaluateAgain(o, i, m, end, settled, a.seq)
		} else {
			s.evaluateRule(o, i, end, false, a.seq)
		}
	}
	o.evaluatedTo = end
}

// insertAtEvaluated re-evaluates the instant o.evaluatedTo after another modifier m arrived
// at it. If a span now ends there, it may need a notable of its own, because the notable
// at that instant is not in the span any more.
func (s *shard) insertAtEvaluated(o *objectView, m *modifier, end, settled eventtime.Instant, a *admitted) {
	at := m.at
	for i, r := range s.rules {
		t := o.trackOf(i)
		crossed := false
		if t != nil && r.passesFilter(a.Filters) {
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
	o.evaluatedTo = max(o.evaluatedTo, end)
	s.markChanged(o)
}

// scheduleDeparture schedules the departures of a negative modifier from the windows of
// the rules whose filters it passes. It returns the latest of them that is not after
// the clock, or end if that is later.
func (s *shard) scheduleDeparture(o *objectView, at eventtime.Instant, mask uint64, clock, end eventtime.Instant) eventtime.Instant {
	for i, r := range s.rules {
		leaves := at.Add(r.window)
		switch known := slices.IndexFunc(s.rules[:i], func(q *compiledRule) bool { return q.window == r.window && q.passesFilter(mask) }); {
		case !r.passesFilter(mask):
		case leaves <= clock:
			end = max(end, leaves)
		case known < 0:
			heap.Push(&s.departures, departure{leaves, o.id})
		}
	}
	return end
}

// evaluateTo evaluates all rules for o from o.evaluatedTo up to end. If fresh is set, the
// last modifier of o has just arrived.
func (s *shard) evaluateTo(o *objectView, end eventtime.Instant, fresh bool, seq uint64) {
	for i := range s.rules {
		s.evaluateRule(o, i, end, fresh, seq)
	}
	o.evaluatedTo = max(o.evaluatedTo, end)
	s.markChanged(o)
}
