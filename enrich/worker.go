package enrich

import "github.com/kithsec/kith/event"

// Worker enriches many events at once, so that the memory reads of their lookups
// overlap, and lets others read the enriched events without scanning them again. It
// is for one goroutine.
type Worker struct {
	enricher *Enricher
	events   [batchSize]Event
	text     []byte // of written values; when it grows, earlier ones stay where they are
}

// NewWorker returns a Worker of the Enricher.
func (e *Enricher) NewWorker() *Worker { return &Worker{enricher: e} }

// Enrich enriches events, each one JSON object with or without a line end, and
// calls do for some of them after the other, in order: events[i] is lines[first+i].
// All of them are enriched from one Snapshot. Events are valid during the call, their
// values as long as the lines and until the next Enrich. An error of do ends Enrich,
// which returns it.
func (w *Worker) Enrich(lines [][]byte, do func(first int, events []Event) error) error {
	w.text = w.text[:0]
	return w.enricher.eachBatch(len(lines), func(i int) []byte { return lines[i] }, func(first int, b *batch) error {
		for i := range b.n {
			w.events[i].reset(w, b, &b.events[i])
		}
		return do(first, w.events[:b.n])
	})
}

// eachBatch enriches n events in batches, several of which are in flight.
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

// Event is an enriched event of a [Worker]. If it is Readable, it is an event.Event
// for the Schema of Options.View: a path that enrichment writes has the written
// value.
type Event struct {
	worker *Worker
	batch  *batch
	state  *eventState

	present event.Set
	values  []viewedValue
	skipRole    bool // the fields of a role are not written
}

// reset makes an event of a batch the event.
func (e *Event) reset(w *Worker, b *batch, s *eventState) {
	e.worker, e.batch, e.state = w, b, s
	clear(e.present)
	e.values = e.values[:0]
	if e.Readable() {
		e.readView(b.plan.view)
	}
}

// IsBlank reports whether the line is nothing but white space.
func (e *Event) IsBlank() bool { return e.state.blank }

// Err returns why the line is not an event, nil if it is one or blank.
func (e *Event) Err() error { return e.state.err }

// Readable reports whether the methods of event.Event can be called. Blank and
// malformed lines are not readable, nor are events of which the View reads parts of
// what is written, or objects around it: scan what AppendJSON appends.
func (e *Event) Readable() bool { return e.state.readable }

// Matched returns the roles whose entity was found.
func (e *Event) Matched() event.Roles { return e.batch.matchedRoles(e.state) }

// AppendJSON appends what Enricher.AppendJSON makes of the line.
func (e *Event) AppendJSON(dst []byte) []byte { return e.batch.writer.appendEvent(dst, e.state) }
