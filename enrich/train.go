package enrich

import "github.com/kithsec/kith/internal/prefetch"

// train is the batches that a worker has on their way, a step apart, oldest first.
// Between two steps of a batch others are scanned, looked up and written; meanwhile
// memory answers. With a million assets that is worth a quarter of the rate.
type train struct {
	enricher *Enricher
	plan     *plan
	batches  [len(steps) + 1]*batch
	n        int // batches on their way; behind them are empty ones, then none
}

// beginTrain returns an empty train for the Snapshot in use.
func (e *Enricher) beginTrain() train { return train{enricher: e, plan: e.plan.Load()} }

// end gives the batches back.
func (t *train) end() {
	for _, b := range t.batches {
		if b != nil {
			t.enricher.end(b)
		}
	}
}

// join returns the batch behind all others, to be filled.
func (t *train) join() *batch {
	next := &t.batches[t.n]
	if *next == nil {
		*next = t.enricher.begin(t.plan)
	}
	t.n++
	return *next
}

// turn takes a step with every batch. It returns the oldest once that has none
// left: it is to be written and to leave. Where memory cannot be asked for, batches
// are better taken one after the other.
func (t *train) turn() (done *batch) {
	if !prefetch.Able && t.n > 0 {
		t.batches[0].find()
		return t.batches[0]
	}
	for _, b := range t.batches[:t.n] {
		if b.taken == len(steps) {
			done = b
			continue
		}
		steps[b.taken](b)
		b.taken++
	}
	return done
}

// leave empties the oldest batch. It is the next to be filled: what long events made
// it grow to is not needed by others then.
func (t *train) leave() {
	oldest := t.batches[0]
	oldest.reset(t.plan)
	t.n--
	copy(t.batches[:t.n], t.batches[1:])
	t.batches[t.n] = oldest
}
