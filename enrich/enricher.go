package enrich

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/snapshot"
)

// Options control which fields are written into events, and how. The zero Options are
// the defaults.
type Options struct {
	Format    string         // preset: one of event.PresetNames (default: cim), auto, or one of Presets
	Presets   []event.Preset // user-defined presets; one with the name of a built-in preset replaces it
	Fields    []string       // write only these fields, named without the role; empty means all
	Into      string         // nest the fields in this object; "" writes them into the event itself
	Owner     bool           // add the owner of assets as <role>_owner_<field>
	Overwrite bool           // replace fields that the event already has; the default is to keep them
	Defaults  bool           // write false booleans, and the ES defaults for unmatched roles
	Match     bool           // add <role>_match: why the role matched
	Urgency   bool           // add urgency to events that have a severity
	Validate  bool           // reject events that are not valid JSON (RFC 8259)
	Zone      event.ZoneOptions
	Unwrap    event.Unwrap  // which JSON objects are envelopes of events; by default those that look like one
	View      *event.Schema // for reading the events of a Worker; nil if they are not read

	// OCSF writes the fields of OCSF events as objects into their array "enrichments",
	// and nests those of other events in an object of that name. Into must then be
	// empty or that name.
	OCSF bool
}

// Enricher adds the fields of entities to events. It is safe for concurrent use, even
// while Swap replaces its Snapshot: every event is enriched from exactly one Snapshot.
type Enricher struct {
	plan    atomic.Pointer[plan]
	batches sync.Pool // of *batch

	swap    sync.Mutex // held while the plan is replaced; guards options
	options Options
}

// New returns an Enricher that enriches events from s. It returns an error if an option
// is invalid: a *event.FormatError for an unknown format, or the error of a condition
// that does not compile.
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

// SwapView replaces Options.View for all events whose enrichment begins from now on. If it
// returns an error, the Enricher keeps its current view.
func (e *Enricher) SwapView(view *event.Schema) error {
	e.swap.Lock()
	defer e.swap.Unlock()
	before := e.options.View
	e.options.View = view
	err := e.swapPlan(e.Snapshot())
	if err != nil {
		e.options.View = before
	}
	return err
}

var errNoSnapshot = errors.New("no snapshot to enrich events from")

// Swap makes s the Snapshot for all events whose enrichment begins from now on. If it
// returns an error, the Enricher keeps its current Snapshot.
func (e *Enricher) Swap(s *snapshot.Snapshot) error {
	e.swap.Lock()
	defer e.swap.Unlock()
	return e.swapPlan(s)
}

// swapPlan makes the plan for s and the options, and puts it into use.
func (e *Enricher) swapPlan(s *snapshot.Snapshot) error {
	if s == nil {
		return errNoSnapshot
	}
	p, err := newPlan(s, e.options)
	if err != nil {
		return err
	}
	if before := e.plan.Load(); before != nil && before.schema.Equal(p.schema) {
		p.schema = before.schema // events that were made for it stay valid
	}
	e.plan.Store(p)
	return nil
}

// Snapshot returns the Snapshot in use.
func (e *Enricher) Snapshot() *snapshot.Snapshot { return e.plan.Load().snapshot }

// Schema returns the Schema of the events that Apply accepts. Swap changes it if the
// columns of the new Snapshot's tables differ; events must then be created again for
// the new Schema.
func (e *Enricher) Schema() *event.Schema { return e.plan.Load().schema }

// AppendJSON appends the event, which must be one JSON object, with the added fields
// before its closing brace. All bytes of the event itself are kept. Anything else is
// appended unchanged, with an error unless it is blank. There may be text before the object,
// and the event may be in an envelope, as described at [event.Unwrap]; the fields then go
// into the event, or if that is text, into the envelope. An object that only wraps an array
// of events is several events: only streams open it. matched are the roles whose
// entity was found. dst and raw must not overlap.
func (e *Enricher) AppendJSON(dst, raw []byte) (out []byte, matched event.Roles, err error) {
	b := e.getBatch(e.plan.Load())
	defer e.putBatch(b)
	b.addJSON(raw)
	b.finishLookups()
	ev := &b.events[0]
	return b.writer.appendEvent(dst, ev), b.matchedRoles(ev), ev.err
}

// getBatch returns an empty batch for a plan.
func (e *Enricher) getBatch(p *plan) *batch {
	b := e.batches.Get().(*batch)
	b.reset(p)
	return b
}

// putBatch returns a batch to the pool. The batch must not be used afterwards.
func (e *Enricher) putBatch(b *batch) {
	b.release()
	e.batches.Put(b)
}
