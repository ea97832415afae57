package enrich

import "github.com/kithsec/kith/internal/prefetch"

// trainSize is how many events are in a batch of a train. With fewer there is too
// little to do before memory is read that was asked for, with more it has left the
// nearest caches again. 16 and 32 are as good, 8 and 64 are not.
func trainSize() int {
	if prefetch.Able {
		return 16
	}
	return batchSize
}

// train is the batches that a worker has on their way, a step apart, oldest first.
// Between two steps of a batch others are scanned, looked up and written; meanwhile
// memory answers. With a million assets that is worth a quarter of the rate.
type train struct {
	batches [len(steps) + 1]*batch
	n       int // batches on their way; behind them are empty ones
}

// beginTrain returns an empty train for the Snapshot in use.
func (e *Enricher) beginTrain() *train {
	t, p := new(train), e.plan.Load()
	for i := range t.batches {
		t.batches[i] = e.begin(p)
	}
	return t
}

// endTrain gives the batches back.
func (e *Enricher) endTrain(t *train) {
	for _, b := range t.batches {
		e.end(b)
	}
}

// join returns the batch behind all others, to be filled.
func (t *train) join() *batch {
	t.n++
	return t.batches[t.n-1]
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

// leave empties the oldest batch.
func (t *train) leave() {
	oldest := t.batches[0]
	oldest.reset(oldest.plan)
	copy(t.batches[:], t.batches[1:])
	t.batches[len(t.batches)-1] = oldest
	t.n--
}
