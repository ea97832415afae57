package enrich

import (
	"sync"
	"sync/atomic"
)

// Enricher writes into events who and what they touched. It is safe for
// concurrent use, also while Swap replaces its Snapshot: every event is
// enriched from one of them.
type Enricher struct {
	options Options
	plan    atomic.Pointer[plan]
	batches sync.Pool // of *batch
}

// New returns an Enricher. An error says which option makes no sense: a
// *event.FormatError, a condition that does not compile.
func New(s *Snapshot, o Options) (*Enricher, error) {
	e := &Enricher{options: o}
	e.batches.New = func() any { return new(batch) }
	return e, e.Swap(s)
}

// Swap makes s the Snapshot of the events that are begun from now on. On an
// error the Enricher keeps the one that it has.
func (e *Enricher) Swap(s *Snapshot) error {
	p, err := newPlan(s, e.options)
	if err == nil {
		e.plan.Store(p)
	}
	return err
}

// Snapshot returns the Snapshot in use.
func (e *Enricher) Snapshot() *Snapshot { return e.plan.Load().snapshot }

// AppendJSON appends the event, one JSON object, with the fields added before
// its closing brace; all bytes of the event stay as they are. An event that is
// not one JSON object is appended unchanged, and the error says why. dst and
// event must not overlap.
func (e *Enricher) AppendJSON(dst, event []byte) ([]byte, error) {
	b := e.begin(e.plan.Load())
	defer e.end(b)
	b.add(event)
	b.find()
	return b.append(dst, &b.events[0]), b.events[0].err
}

// begin returns an empty batch for a plan.
func (e *Enricher) begin(p *plan) *batch {
	b := e.batches.Get().(*batch)
	b.reset(p)
	return b
}

// end gives a batch back. It keeps no Snapshot alive.
func (e *Enricher) end(b *batch) {
	b.reset(nil)
	clear(b.events[:b.used])
	b.used = 0
	e.batches.Put(b)
}

// append appends an event as it is to be written.
func (b *batch) append(dst []byte, e *eventState) []byte {
	switch {
	case e.err != nil || e.blank:
		return append(dst, e.raw...)
	case b.plan.options.Into == "":
		return b.appendFlat(dst, e)
	case b.plan.options.Into == "enrichments" && e.format.Name() == "ocsf":
		return b.appendEnrichments(dst, e)
	}
	return b.appendNested(dst, e)
}
