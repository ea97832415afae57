package enrich

import (
	"bytes"

	"github.com/kithsec/kith/internal/stream"
)

// Observer processes the events of a stream in addition to its output. A stream makes
// several with StreamOptions.Observer, and uses each for one block of events after another:
// first Begin, then Read for the events of the block, then Finish. Begin and Read run on the
// goroutines that enrich, several Observers at the same time. Finish runs on the goroutine
// that called Stream, for the blocks in the order of the input.
type Observer interface {
	// Begin begins a block.
	Begin()
	// Read reads the next events of the block, which are valid during the call. Their
	// values, and the lines that Event.Line returns, are valid until Finish has returned.
	// Blank lines and events that are not written are left out.
	Read(events []Event)
	// Finish is called after the output of the block has been written, unless that failed.
	// An error ends the stream.
	Finish(b *ObservedBlock) error
}

// ObservedBlock is a block of events that an Observer has read. It is valid during the call
// of Finish.
type ObservedBlock struct {
	Events int   // number that were passed to Read and written: all, unless Failed
	Units  int   // lines, records or values, blank and bad ones included
	Bytes  int64 // of the input
	// Failed is set for the last block of a stream that a bad event ends. The output was
	// written up to that event; Units and Bytes count the whole block.
	Failed bool

	events []observedEvent
	line   func(unit int) int64
	bad    func(unit int) bool
	soon   bool // see CommitSoon
}

// CommitSoon requests that StreamOptions.Commit is called as soon as the input pauses.
func (b *ObservedBlock) CommitSoon() { b.soon = true }

// observedEvent is where an event of a block is.
type observedEvent struct {
	unit int32
	end  int // of the event in the output
}

// Line returns the number of the line on which event i begins, from 1.
func (b *ObservedBlock) Line(i int) int64 { return b.line(int(b.events[i].unit)) }

// End returns where event i ends in the output of the block, which was written in one Write.
func (b *ObservedBlock) End(i int) int { return b.events[i].end }

// IsBad reports whether event i is a bad event, which StreamOptions.DeadLetter was called for.
func (b *ObservedBlock) IsBad(i int) bool { return b.bad(int(b.events[i].unit)) }

// Line returns the event as the stream writes it, or would write it as NDJSON, without its
// line end. A bad event is as in the input. Line returns nil for an event of a Worker.
func (e *Event) Line() []byte { return e.line }

// observation collects the events of a block for an Observer. The methods of a nil
// observation do nothing.
type observation struct {
	observer Observer
	worker   Worker // holds the values of the events of the block
	pending  int    // number of worker.events that Read has not been called for
	events   []observedEvent
	json     []byte // backs lines, if the output is not NDJSON
	input    []byte // backs events, if the input is not JSON
}

// beginBlock begins the observation of a block.
func (s *streamRun) beginBlock(b *block) {
	if s.options.Observer == nil {
		return
	}
	o := b.Results.observation
	if o == nil {
		o = &observation{observer: s.options.Observer(), worker: Worker{enricher: s.enricher}}
		b.Results.observation = o
	}
	o.worker.text, o.events, o.json, o.input, o.pending = o.worker.text[:0], o.events[:0], o.json[:0], o.input[:0], 0
	o.observer.Begin()
}

// add adds an event of a batch that was appended to the output of the block as line.
func (o *observation) add(b *block, unit int, batch *batch, e *eventState, line []byte) {
	if o == nil {
		return
	}
	event := &o.worker.events[o.pending]
	event.reset(&o.worker, batch, e)
	event.line = bytes.TrimSpace(line)
	o.events = append(o.events, observedEvent{int32(unit), len(b.Out)})
	if o.pending++; o.pending == batchSize {
		o.flush()
	}
}

// addAsJSON adds an event that was appended to the output in another format than NDJSON.
func (o *observation) addAsJSON(b *block, unit int, batch *batch, e *eventState) {
	if o == nil {
		return
	}
	from := len(o.json)
	o.json = batch.writer.appendEvent(o.json, e)
	o.add(b, unit, batch, e, o.json[from:len(o.json):len(o.json)])
}

// addBad adds a bad event that was appended to the output.
func (o *observation) addBad(b *block, unit int, err error) {
	if line := bytes.TrimSpace(b.Event(unit)); o != nil && len(line) > 0 {
		o.add(b, unit, nil, &eventState{err: err}, line)
	}
}

// flush passes the events that were added to the Observer. It must be called before the
// batch that they are in is reset.
func (o *observation) flush() {
	if o != nil && o.pending > 0 {
		o.observer.Read(o.worker.events[:o.pending])
		o.pending = 0
	}
}

// finish calls the Observer after a block was written. failed is set if a bad event ends the
// stream.
func (o *observation) finish(b *block, failed bool) error {
	if o == nil {
		return nil
	}
	bad := func(unit int) bool {
		for i := range b.Bad {
			if b.Bad[i].Unit == unit {
				return true
			}
		}
		return false
	}
	of := ObservedBlock{Events: len(o.events), Units: b.Len(), Bytes: b.Size, Failed: failed, events: o.events, line: b.Line, bad: bad}
	for failed && of.Events > 0 && o.events[of.Events-1].end > len(b.Out) {
		of.Events--
	}
	err := o.observer.Finish(&of)
	if of.soon {
		b.Commit = stream.AtPause
	}
	return err
}
