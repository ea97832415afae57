package enrich

import (
	"github.com/kithsec/kith/internal/prefetch"
	"github.com/kithsec/kith/internal/table"
)

// inFlight holds the batches a worker processes concurrently, oldest first, each
// one stage behind the previous. Between two stages of a batch others are
// scanned, looked up and written; meanwhile its prefetches complete. With a
// million assets that is worth a quarter of the rate.
type inFlight struct {
	enricher *Enricher
	plan     *plan
	batches  [table.Stages + 1]*batch
	n        int // batches in flight; behind them are empty ones, then nil
}

// newInFlight returns an empty inFlight for the Snapshot in use.
func (e *Enricher) newInFlight() inFlight { return inFlight{enricher: e, plan: e.plan.Load()} }

// close gives the batches back.
func (f *inFlight) close() {
	for _, b := range f.batches {
		if b != nil {
			f.enricher.putBatch(b)
		}
	}
}

// push returns the batch behind all others, to be filled.
func (f *inFlight) push() *batch {
	next := &f.batches[f.n]
	if *next == nil {
		*next = f.enricher.getBatch(f.plan)
	}
	f.n++
	return *next
}

// advance takes a stage with every batch. It returns the oldest once it has been
// through all of them: the caller writes it and calls pop. Without a prefetch
// instruction a batch runs all stages at once.
func (f *inFlight) advance() (done *batch) {
	if !prefetch.Able && f.n > 0 {
		f.batches[0].finishLookups()
		return f.batches[0]
	}
	for _, b := range f.batches[:f.n] {
		if b.stage == table.Stages {
			done = b
			continue
		}
		b.advanceLookups()
	}
	return done
}

// pop empties the oldest batch. It is the next to be filled, so that the memory
// to which long events made it grow is reused before that of others grows.
func (f *inFlight) pop() {
	oldest := f.batches[0]
	oldest.reset(f.plan)
	f.n--
	copy(f.batches[:f.n], f.batches[1:])
	f.batches[f.n] = oldest
}
