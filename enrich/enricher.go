package enrich

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/snapshot"
)

// Enricher adds the fields of entities to events. It is safe for concurrent use, also
// while Swap replaces its Snapshot: every event is enriched from one of them.
type Enricher struct {
	options Options
	plan    atomic.Pointer[plan]
	batches sync.Pool // of *batch
}

// New returns an Enricher. It returns an error if an option is invalid: a
// *event.FormatError for an unknown format, or the error of a condition that does not
// compile.
func New(s *snapshot.Snapshot, o Options) (*Enricher, error) {
	if o.OCSF {
		if o.Into != "" && o.Into != ocsfArray {
			return nil, fmt.Errorf("fields of OCSF events go into %q, not %q", ocsfArray, o.Into)
		}
		o.Into = ocsfArray
	}
	e := &Enricher{options: o}
	e.batches.New = func() any { return new(batch) }
	return e, e.Swap(s)
}

var errNoSnapshot = errors.New("no snapshot to enrich events from")

// Swap makes s the Snapshot of the events that are begun from now on. On an
// error the Enricher keeps the one that it has.
func (e *Enricher) Swap(s *snapshot.Snapshot) error {
	if s == nil {
		return errNoSnapshot
	}
	p, err := newPlan(s, e.options)
	if err != nil {
		return err
	}
	if before := e.plan.Load(); before != nil && before.schema.Equal(p.schema) {
		p.schema = before.schema // forms of events stay valid
	}
	e.plan.Store(p)
	return nil
}

// Snapshot returns the Snapshot in use.
func (e *Enricher) Snapshot() *snapshot.Snapshot { return e.plan.Load().snapshot }

// AppendJSON appends the event, one JSON object, with the fields added before its
// closing brace; all bytes of the event stay as they are. An event that is not one
// JSON object is appended unchanged, with an error unless it is blank. matched are
// the roles whose entity was found. dst and raw must not overlap.
func (e *Enricher) AppendJSON(dst, raw []byte) (out []byte, matched event.Roles, err error) {
	b := e.getBatch(e.plan.Load())
	defer e.putBatch(b)
	b.addJSON(raw)
	b.finishLookups()
	ev := &b.events[0]
	return b.writer.appendEvent(dst, ev), b.matchedRoles(ev), ev.err
}

// matchedRoles returns the roles of an event that matched.
func (b *batch) matchedRoles(e *eventState) (roles event.Roles) {
	for _, i := range b.matched[e.matched.from:e.matched.to] {
		roles = roles.With(b.roles[i].role)
	}
	return roles
}

// Schema returns what the Enricher reads from events, for Apply. Swap replaces it
// if the columns of the new Snapshot's tables are others; forms of events that were
// made before must be made anew then.
func (e *Enricher) Schema() *event.Schema { return e.plan.Load().schema }

// getBatch returns an empty batch for a plan.
func (e *Enricher) getBatch(p *plan) *batch {
	b := e.batches.Get().(*batch)
	b.reset(p)
	return b
}

// putBatch gives a batch back. It keeps no Snapshot alive.
func (e *Enricher) putBatch(b *batch) {
	b.release()
	e.batches.Put(b)
}

// appendEvent appends an event as it is to be written.
func (r *eventWriter) appendEvent(dst []byte, e *eventState) []byte {
	switch {
	case e.err != nil || e.blank:
		return append(dst, e.raw...)
	case r.plan.options.Into == "":
		return r.appendFlat(dst, e)
	case r.isEnrichments(e):
		return r.appendEnrichments(dst, e)
	}
	return r.appendNested(dst, e)
}
