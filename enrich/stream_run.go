package enrich

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/kithsec/kith/internal/stream"
)

// block is a block of the stream: whole events, their output and the results of stages.
type block = stream.Block[blockResults]

// blockResults are the results that the stages store with a block.
type blockResults struct {
	stats       Stats
	layout      *csvLayout    // of a CSV input; nil before the header
	header      int           // index of the header in the block, or -1
	hasBOM      bool          // the block is the first, and the input begins with a byte order mark
	sections    []zeekSection // of a Zeek log
	columns     *csvColumns   // of the CSV into which NDJSON is converted; nil before the first good event
	headerText  []byte        // the header of the output, to be written with the block; nil for none
	observation *observation  // nil without StreamOptions.Observer
	sample      eventSample   // for StreamOptions.Hint
}

// orderedStage returns the ordered stage that calls work for each block.
func orderedStage(work func(*block) error) stream.Stage[blockResults] {
	return stream.Stage[blockResults]{Ordered: true, Work: func() func(*block) error { return work }}
}

// streamRun is one run of Stream.
type streamRun struct {
	enricher *Enricher
	options  StreamOptions
	dst      io.Writer
	total    Stats
	records  *stream.Records // nil unless the input is CSV
	zeek     *zeekHeader     // of a Zeek log, once a directive has been read
	layout   *csvLayout      // of a CSV input, once the header has been read
	columns  *csvColumns     // for NDJSON converted into CSV, after the first good event
	sampling atomic.Bool     // workers sample events for StreamOptions.Hint
	sample   eventSample
	arrays   stream.Arrays // that are opened in JSON
}

func newStreamRun(e *Enricher, dst io.Writer, src io.Reader, o StreamOptions) (*streamRun, error) {
	if dst == nil || src == nil {
		return nil, errors.New("a stream needs a source and a destination")
	}
	if o.In > FormatZeek || o.Out > FormatZeek || o.Out == FormatJSON {
		return nil, fmt.Errorf("unknown format %d of a stream", max(o.In, o.Out))
	}
	if o.OnError > Fail {
		return nil, fmt.Errorf("unknown action %d for bad events", o.OnError)
	}
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	s := &streamRun{enricher: e, options: o, dst: dst}
	s.sampling.Store(o.Hint != nil)
	return s, nil
}

// writeBlock reports the bad events of a block and writes its output. It is called in the
// order of the input. If reportBad returns an error, only the output before that event is
// written.
func (s *streamRun) writeBlock(b *block) error {
	err := b.EachBad(s.reportBad)
	var failed error
	if len(b.Out) > 0 {
		var n int
		n, failed = s.dst.Write(b.Out)
		b.Results.stats.BytesOut = int64(n)
	}
	if failed == nil {
		failed = b.Results.observation.finish(b, err != nil)
	}
	err = errors.Join(err, failed)
	s.total.Add(&b.Results.stats)
	s.addSample(&b.Results.sample, false)
	b.Results.sample = eventSample{}
	if err == nil && s.options.Progress != nil {
		s.options.Progress(s.total)
	}
	return err
}

// reportBad passes a bad event to StreamOptions.DeadLetter. With Fail, it returns the
// *BadEvent.
func (s *streamRun) reportBad(line int64, raw []byte, cause error) error {
	bad := BadEvent{Line: line, Raw: raw, Err: cause}
	if s.options.DeadLetter != nil {
		if err := s.options.DeadLetter(bad); err != nil {
			return err
		}
	}
	if s.options.OnError == Fail {
		return &bad
	}
	return nil
}

// addBad counts a bad event, marks it for reportBad, and with Pass appends it to the
// output.
func (s *streamRun) addBad(b *block, unit int, cause error) {
	b.AddBad(unit, cause)
	b.Results.stats.Events++
	b.Results.stats.Bad++
	if _, _, isPart := b.Around(unit); s.options.OnError == Pass || isPart {
		b.Out = append(b.Out, b.Event(unit)...)
		b.Results.observation.addBad(b, unit, cause)
	}
}

func (s *streamRun) errTooLong() error {
	return fmt.Errorf("%w: %d bytes", ErrLineTooLong, s.options.MaxLine)
}

// appendFunc appends a good event in the output format.
type appendFunc func(w *eventWriter, dst []byte, e *eventState) []byte

// lineWorker returns a worker that enriches NDJSON.
func (s *streamRun) lineWorker() func(*block) error {
	return func(b *block) error {
		s.appendLines(b, (*eventWriter).appendEvent)
		return nil
	}
}

// appendLines enriches the lines of a block.
func (s *streamRun) appendLines(b *block, write appendFunc) {
	b.Results.stats = Stats{Lines: int64(b.Lines), BytesIn: b.Size}
	s.beginBlock(b)
	_ = s.enricher.eachBatch(b.Len(), b.Event, func(first int, batch *batch) error {
		s.appendBatch(b, batch, first, write)
		return nil
	})
}

// appendBatch counts the events of a batch and appends them to the output of the block.
// unit is the index in the block of the batch's first event.
func (s *streamRun) appendBatch(b *block, batch *batch, unit int, write appendFunc) {
	stats, observed, sampling := &b.Results.stats, b.Results.observation, s.isSampled(b)
	hasParts := b.HasParts()
	var before, after []byte // parts of the line around the event
	for i := range batch.events[:batch.n] {
		e, malformed := &batch.events[i], b.Malformed(unit+i)
		if hasParts {
			before, after, _ = b.Around(unit + i)
			b.Out = append(b.Out, before...)
		}
		switch {
		case malformed != nil:
			s.addBad(b, unit+i, malformed)
		case len(e.raw) == 0:
			s.addBad(b, unit+i, s.errTooLong())
		case e.blank:
			b.Out = append(b.Out, e.raw...)
		case e.err != nil:
			s.addBad(b, unit+i, e.err)
		default:
			from := len(b.Out)
			b.Out = write(&batch.writer, b.Out, e)
			stats.Events++
			stats.countEvent(batch, e)
			if sampling {
				b.Results.sample.add(sampledEvent{json: bytes.Clone(e.raw)})
			}
			switch {
			case observed == nil:
			case s.options.Out == FormatNDJSON:
				observed.add(b, unit+i, batch, e, b.Out[from:len(b.Out):len(b.Out)])
			default:
				observed.addAsJSON(b, unit+i, batch, e)
			}
		}
		if hasParts {
			b.Out = append(b.Out, after...)
		}
	}
	observed.flush()
}
