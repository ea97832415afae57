package enrich

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/stream"
)

// DefaultMaxLine is the limit of the length of a line unless
// StreamOptions.MaxLine is another one.
const DefaultMaxLine = stream.DefaultMaxLine

// Format is how the events of a stream are written down.
type Format uint8

// The formats.
const (
	FormatDefault Format = iota // NDJSON for the input, the format of the input for the output
	FormatNDJSON                // one JSON object a line
	FormatCSV                   // records; the first one is the header
)

var formatNames = []string{"", "ndjson", "csv"}

// ParseFormat returns the Format of that name: ndjson or csv.
func ParseFormat(name string) (Format, error) {
	if i := slices.Index(formatNames, name); i > 0 {
		return Format(i), nil
	}
	return 0, fmt.Errorf("unknown format %q of a stream: use ndjson or csv", name)
}

// OnError selects what to do with a bad event: one that is not one JSON object, or a
// CSV record that cannot be read or is not as wide as the header.
type OnError uint8

// What to do with bad events. They are counted and dead-lettered in any case.
const (
	Pass OnError = iota // write it unchanged
	Drop                // leave it out
	Fail                // end the stream with a *BadEvent
)

// ParseOnError returns the OnError of that name: pass, drop or fail.
func ParseOnError(name string) (OnError, error) {
	for i, n := range []string{"pass", "drop", "fail"} {
		if name == n {
			return OnError(i), nil
		}
	}
	return 0, fmt.Errorf("unknown action %q for bad events: use pass, drop or fail", name)
}

// StreamOptions are the options of a stream. The zero value is the defaults.
type StreamOptions struct {
	In         Format // default NDJSON
	Out        Format // default In
	Workers    int    // goroutines that enrich; 0 is one a core. The order is kept in any case
	MaxLine    int    // bytes of the longest line; 0 is 16 MiB. Longer ones are bad events and never written
	OnError    OnError
	DeadLetter func(BadEvent) error // called for every bad event, in order; nil for none
	Progress   func(Stats)          // called after every block, on the goroutine that called Stream
}

// BadEvent is an event that could not be enriched.
type BadEvent struct {
	Line int64  // from 1
	Raw  []byte // valid during the call; nil if the line was too long
	Err  error
}

// Error formats e as "line 17: cause".
func (e *BadEvent) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *BadEvent) Unwrap() error { return e.Err }

// Stats counts what a stream did.
type Stats struct {
	Lines     int64 // all lines, blank ones included
	Events    int64 // lines or records that are not blank, bad ones included
	Bad       int64
	Unmatched int64 // good events none of whose roles matched
	BytesIn   int64 // without CSV records that were too long
	BytesOut  int64

	LostMembers int64 // members that have no column, where NDJSON becomes CSV

	matched [event.NumRoles]int64
}

// Matched returns the number of events in which the role matched.
func (s *Stats) Matched(r event.Role) int64 { return s.matched[r] }

func (s *Stats) add(t *Stats) {
	s.Lines += t.Lines
	s.Events += t.Events
	s.Bad += t.Bad
	s.Unmatched += t.Unmatched
	for i, n := range t.matched {
		s.matched[i] += n
	}
	s.BytesIn += t.BytesIn
	s.BytesOut += t.BytesOut
	s.LostMembers += t.LostMembers
}

// countEvent adds one good event.
func (s *Stats) countEvent(b *batch, e *eventState) {
	for _, i := range b.matched[e.matched.from:e.matched.to] {
		s.matched[b.roles[i].role]++
	}
	if e.matched.from == e.matched.to {
		s.Unmatched++
	}
}

// ErrLineTooLong is the cause of a BadEvent longer than MaxLine.
var ErrLineTooLong = errors.New("line is longer than the limit")

// Stream reads events from src and writes them enriched to dst, in order. Blank
// lines are passed through. Memory is bounded: Workers+4 blocks of 512 KiB and
// what they become, or of the longest line if that is longer. When src pauses,
// everything that was read is written. When ctx is done, the events that were
// read are finished and written, and Stream returns without an error; a Read of
// src that is in progress is abandoned.
//
// Swap may be called at any time; a block of events is enriched from one
// Snapshot.
//
// CSV keeps the bytes of its records, line ends and a byte order mark included;
// the header is extended by the columns that CSV describes, and the records by
// their cells. The first line of a bad record stands for it. An input without
// records is empty; a header that cannot be read is an error.
//
// CSV becomes NDJSON as objects of strings in the order of the header, an empty
// cell being an empty string. NDJSON becomes CSV with the members of the first
// good event as columns, in order, and every field that enrichment could add;
// further members of later events are lost. Strings are written without quotes,
// arrays of scalars joined by "|", null as an empty cell, and everything else as
// JSON.
func (e *Enricher) Stream(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions) (Stats, error) {
	s, err := newStreamRun(e, dst, src, o)
	if err != nil {
		return Stats{}, err
	}
	var in stream.Source
	var stages []stream.Stage[blockResults]
	switch {
	case s.options.In == FormatCSV:
		s.records = stream.NewRecords(src, o.MaxLine)
		in = s.records
		stages = []stream.Stage[blockResults]{inOrder(s.readHeader), {Work: s.recordWorker}}
	case s.options.Out == FormatCSV:
		in = stream.NewLines(src, o.MaxLine, 0, 0)
		stages = []stream.Stage[blockResults]{inOrder(s.chooseColumns), {Work: s.convertWorker}}
	default:
		in = stream.NewLines(src, o.MaxLine, 0, 0)
		stages = []stream.Stage[blockResults]{{Work: s.lineWorker}}
	}
	err = stream.Run(ctx, in, stream.Options{Workers: o.Workers}, append(stages, inOrder(s.writeBlock))...)
	return s.total, err
}

// block is a run of whole events on its way.
type block = stream.Block[blockResults]

// blockResults describe a block besides its events.
type blockResults struct {
	stats  Stats
	layout *csvLayout   // of CSV; nil before the header
	header int          // index of the header, or -1
	bom    bool         // the input begins with a byte order mark, and with the block
	bad    []stream.Bad // records that the source could not read
	columns  *csvColumns    // what NDJSON becomes if that is CSV; nil before the first good event
	writeHeader  bool         // the header of the table goes before the block
}

// inOrder is the ordered stage that does one thing.
func inOrder(work func(*block) error) stream.Stage[blockResults] {
	return stream.Stage[blockResults]{Ordered: true, Work: func() func(*block) error { return work }}
}

// streamRun is one run of Stream.
type streamRun struct {
	enricher *Enricher
	options  StreamOptions
	dst      io.Writer
	total    Stats
	records  *stream.Records // if the input is CSV
	layout   *csvLayout      // of CSV, once the header was read
	columns    *csvColumns       // of NDJSON that becomes CSV, after the first good event
}

func newStreamRun(e *Enricher, dst io.Writer, src io.Reader, o StreamOptions) (*streamRun, error) {
	if dst == nil || src == nil {
		return nil, errors.New("a stream needs a source and a destination")
	}
	if o.In == FormatDefault {
		o.In = FormatNDJSON
	}
	if o.Out == FormatDefault {
		o.Out = o.In
	}
	if o.In > FormatCSV || o.Out > FormatCSV || o.OnError > Fail {
		return nil, errors.New("unknown format of a stream, or action for bad events")
	}
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	return &streamRun{enricher: e, options: o, dst: dst}, nil
}

// writeBlock writes the output of a block, in the order of the input, after it has
// reported the bad events.
func (s *streamRun) writeBlock(b *block) error {
	err := b.EachBad(s.reportBad)
	if len(b.Out) > 0 {
		n, failed := s.dst.Write(b.Out)
		b.Results.stats.BytesOut = int64(n)
		err = errors.Join(err, failed)
	}
	s.total.add(&b.Results.stats)
	if err == nil && s.options.Progress != nil {
		s.options.Progress(s.total)
	}
	return err
}

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

// addBad counts a bad event and passes it through if it is to be.
func (s *streamRun) addBad(b *block, unit int, cause error) {
	b.AddBad(unit, cause)
	b.Results.stats.Events++
	b.Results.stats.Bad++
	if s.options.OnError == Pass {
		b.Out = append(b.Out, b.Unit(unit)...)
	}
}

func (s *streamRun) errTooLong() error {
	return fmt.Errorf("%w: %d bytes", ErrLineTooLong, s.options.MaxLine)
}

// appendFunc appends an event as it is to be written.
type appendFunc func(w *eventWriter, dst []byte, e *eventState) []byte

// lineWorker returns the worker that makes NDJSON of NDJSON.
func (s *streamRun) lineWorker() func(*block) error {
	return func(b *block) error {
		s.appendLines(b, (*eventWriter).appendEvent)
		return nil
	}
}

// appendLines enriches the lines of a block.
func (s *streamRun) appendLines(b *block, write appendFunc) {
	b.Results.stats = Stats{Lines: int64(b.Lines), BytesIn: b.Size}
	_ = s.enricher.eachBatch(b.Len(), b.Unit, func(first int, batch *batch) error {
		s.appendBatch(b, batch, first, write)
		return nil
	})
}

// appendBatch writes the events of a batch, the first of which is that unit of
// the block, and counts them.
func (s *streamRun) appendBatch(b *block, batch *batch, unit int, write appendFunc) {
	stats := &b.Results.stats
	for i := range batch.events[:batch.n] {
		switch e := &batch.events[i]; {
		case len(e.raw) == 0:
			s.addBad(b, unit+i, s.errTooLong())
		case e.blank:
			b.Out = append(b.Out, e.raw...)
		case e.err != nil:
			s.addBad(b, unit+i, e.err)
		default:
			b.Out = write(&batch.writer, b.Out, e)
			stats.Events++
			stats.countEvent(batch, e)
		}
	}
}
