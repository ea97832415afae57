package enrich

import "github.com/kithsec/kith/event"

// Worker enriches many events at once, so that the cache misses of their lookups
// overlap, and lets the caller read the enriched events without scanning them again.
// It is for one goroutine.
type Worker struct {
	enricher *Enricher
	events   [batchSize]Event
	text     []byte // written values; those appended earlier stay valid when it grows
}

// NewWorker returns a Worker of the Enricher.
func (e *Enricher) NewWorker() *Worker { return &Worker{enricher: e} }

// Enrich enriches lines, each one JSON object with or without a line end. It calls do
// for one batch of events after another, in order: events[i] is lines[first+i]. All
// events are enriched from one Snapshot. They are valid only during the call; their
// values are valid until the next Enrich, while the lines are unchanged. Enrich returns
// the first error of do and stops there.
func (w *Worker) Enrich(lines [][]byte, do func(first int, events []Event) error) error {
	w.text = w.text[:0]
	return w.enricher.eachBatch(len(lines), func(i int) []byte { return lines[i] }, func(first int, b *batch) error {
		for i := range b.n {
			w.events[i].reset(w, b, &b.events[i])
		}
		return do(first, w.events[:b.n])
	})
}

// eachBatch enriches n events in batches, several of which are in flight, and calls do
// for each batch in order. It stops at the first error of do.
func (e *Enricher) eachBatch(n int, line func(i int) []byte, do func(first int, b *batch) error) error {
	f := e.newInFlight()
	defer f.close()
	for read, done := 0, 0; read < n || f.n > 0; {
		if b := f.advance(); b != nil {
			if err := do(done, b); err != nil {
				return err
			}
			done += b.n
			f.pop()
		}
		if read < n {
			b := f.push()
			for end := min(read+batchSize, n); read < end; read++ {
				b.addJSON(line(read))
			}
		}
	}
	return nil
}

// Event is an enriched event of a [Worker], or of a stream with an [Observer]. If it is
// Readable, it implements event.Event for the Schema of Options.View: a path that enrichment
// writes has the value that is written.
type Event struct {
	worker *Worker
	batch  *batch
	state  *eventState

	line     []byte // see Line
	present  event.Set
	values   []viewedValue
	skipRole bool // the fields of the current role are not written
}

// reset makes e the event s of a batch.
func (e *Event) reset(w *Worker, b *batch, s *eventState) {
	e.worker, e.batch, e.state, e.line = w, b, s, nil
	clear(e.present)
	e.values = e.values[:0]
	if e.Readable() {
		e.readView(b.plan.view)
	}
}

// IsBlank reports whether the line is only white space.
func (e *Event) IsBlank() bool { return e.state.blank }

// Err returns why the line is not an event, or nil if it is one or is blank.
func (e *Event) Err() error { return e.state.err }

// Readable reports whether the methods of event.Event may be called. Blank and
// malformed lines are not readable. No event is readable without Options.View, or if the
// View reads a part of a value that enrichment writes, or an object around one: then scan
// the output of AppendJSON instead.
func (e *Event) Readable() bool { return e.state.readable }

// View returns the Options.View for which the event is readable, or nil.
func (e *Event) View() *event.Schema {
	if !e.Readable() {
		return nil
	}
	return e.batch.plan.viewed
}

// Matched returns the roles whose entity was found.
func (e *Event) Matched() event.Roles { return e.batch.matchedRoles(e.state) }

// AppendJSON appends the enriched line, as Enricher.AppendJSON does.
func (e *Event) AppendJSON(dst []byte) []byte { return e.batch.writer.appendEvent(dst, e.state) }
