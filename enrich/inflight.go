package enrich

import (
	"github.com/kithsec/kith/internal/prefetch"
	"github.com/kithsec/kith/internal/table"
)

// inFlight holds the batches that a worker processes concurrently, oldest first, each
// one stage behind the previous. Between two stages of a batch the worker scans, looks
// up and writes others, while the prefetches of the first complete. With a million
// assets, a quarter of the throughput is due to this.
type inFlight struct {
	enricher *Enricher
	plan     *plan
	batches  [table.Stages + 1]*batch // n in flight, then empty ones, then nil
	n        int
}

// newInFlight returns an empty inFlight for the Snapshot in use.
func (e *Enricher) newInFlight() inFlight { return inFlight{enricher: e, plan: e.plan.Load()} }

// close returns the batches to the pool.
func (f *inFlight) close() {
	for _, b := range f.batches {
		if b != nil {
			f.enricher.putBatch(b)
		}
	}
}

// push appends an empty batch and returns it, for the caller to fill.
func (f *inFlight) push() *batch {
	next := &f.batches[f.n]
	if *next == nil {
		*next = f.enricher.getBatch(f.plan)
	}
	f.n++
	return *next
}

// advance runs the next stage of every batch. If the oldest batch has finished its
// lookups, advance returns it, and the caller writes it and calls pop; otherwise it
// returns nil. On a processor without a prefetch instruction, all stages of a batch run
// at once.
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

// pop empties the oldest batch and makes it the next to be filled. Its buffers, which
// long events may have grown, are then reused before those of other batches grow.
func (f *inFlight) pop() {
	oldest := f.batches[0]
	oldest.reset(f.plan)
	f.n--
	copy(f.batches[:f.n], f.batches[1:])
	f.batches[f.n] = oldest
}
