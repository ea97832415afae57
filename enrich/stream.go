package enrich

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/stream"
	"github.com/kithsec/kith/internal/zeeklog"
)

// DefaultMaxLine is the default of StreamOptions.MaxLine, in bytes.
const DefaultMaxLine = stream.DefaultMaxLine

// Format is the encoding of the events of a stream.
type Format uint8

// The formats.
const (
	FormatDefault Format = iota // chosen by the beginning of the input: see Enricher.Stream and StreamOptions.Out
	FormatNDJSON                // one JSON object per line
	FormatCSV                   // a header, then one record per event
	FormatJSON                  // only for the input: JSON objects one after another, on any number of lines, or in arrays
	FormatTSV                   // CSV with tabs instead of commas
	FormatZeek                  // Zeek's default log format; as output only for such input
)

var formatNames = []string{"", "ndjson", "csv", "json", "tsv", "zeek"}

// delimiter returns what separates the cells of a format of records, and 0 for other formats.
func (f Format) delimiter() byte {
	switch f {
	case FormatCSV:
		return ','
	case FormatTSV:
		return '\t'
	}
	return 0
}

// ParseFormat returns the Format with this name: ndjson, csv, json, tsv or zeek.
func ParseFormat(name string) (Format, error) {
	if i := slices.Index(formatNames, name); i > 0 {
		return Format(i), nil
	}
	return 0, fmt.Errorf("unknown format %q of a stream: use ndjson, csv, json, tsv or zeek", name)
}

// OnError selects what to do with a bad event: a line that is not one JSON object, or a
// CSV record that cannot be read or is not as wide as the header.
type OnError uint8

// The actions for bad events. Bad events are counted and passed to
// StreamOptions.DeadLetter in any case.
const (
	Pass OnError = iota // write the event unchanged
	Drop                // do not write it
	Fail                // end the stream with a *BadEvent
)

// ParseOnError returns the OnError with this name: pass, drop or fail.
func ParseOnError(name string) (OnError, error) {
	for i, n := range []string{"pass", "drop", "fail"} {
		if name == n {
			return OnError(i), nil
		}
	}
	return 0, fmt.Errorf("unknown action %q for bad events: use pass, drop or fail", name)
}

// StreamOptions are the options of a stream. The zero StreamOptions are the defaults.
type StreamOptions struct {
	In         Format // by default the input is inspected: see Enricher.Stream
	Out        Format // default that of the input for CSV, TSV and Zeek logs, else NDJSON
	Workers    int    // goroutines that enrich; 0 means one per core. The order of events is always kept
	MaxLine    int    // maximum bytes of a line; 0 means 16 MiB. Longer ones are bad events and never written
	OnError    OnError
	DeadLetter func(BadEvent) error // called for every bad event, in order, if not nil. An error ends the stream
	Progress   func(Stats)          // called after every block, on the goroutine that called Stream, if not nil

	// KeepWrapper leaves arrays of events in the objects around them, as one line whose events are
	// enriched in place. It has no effect on CSV and TSV. A bad event in such an array is always
	// written, because the array would not be one without it.
	KeepWrapper bool
	// LeftOut, if not nil, is called at the end of a stream that opened arrays: with the names of
	// members that were around them and were not written, and the line on which the first was.
	LeftOut func(line int64, members []string)

	// Offset is how much of the input an earlier stream has processed, in the bytes that
	// ObservedBlock.Bytes counts. That much is left out, together with the byte order mark and,
	// of a Zeek log, the directives in it. If src is shorter, Stream returns a *ShortInputError.
	Offset int64
	// Header, if not nil, is called at most once, with the header of an output in CSV or TSV,
	// and reports whether to write it. By default it is written if Offset is 0. An error ends
	// the stream.
	Header func(header []byte) (write bool, err error)
	// Observer, if not nil, makes Observers, which process the events in addition to the
	// output.
	Observer func() Observer
	// Commit, if not nil, is called when everything that was read so far has been written
	// and observed, on the goroutine that called Stream: after every CommitEvery in which
	// something was, when the input pauses after an Observer has requested that with
	// ObservedBlock.CommitSoon, and at the end. An error ends the stream.
	Commit      func() error
	CommitEvery time.Duration // 0 means one second
	// Between, if not nil, receives functions to call between two blocks, on the goroutine
	// that called Stream. An error that one returns ends the stream. A function that is not
	// received before Stream returns is not called.
	Between <-chan func() error
	// Hint, if not nil, is called at most once: after 1,000 events or at the end, if
	// they match less than they could. It is called on the goroutine that called Stream.
	Hint func(Hint)
}

// BadEvent is an event that could not be enriched.
type BadEvent struct {
	Line int64  // on which the event begins, from 1
	Raw  []byte // valid during the call; nil if the event was too long
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
	Unmatched int64 // good events without a role that matched
	Ambiguous int64 // roles without a match, because a form of the name leads to several assets
	BytesIn   int64 // excludes CSV records that were too long
	BytesOut  int64

	LostMembers int64 // members without a column, when NDJSON is converted into CSV

	matched [event.NumRoles]int64
}

// Matched returns the number of events in which a role matched.
func (s *Stats) Matched(r event.Role) int64 { return s.matched[r] }

// Add adds the counts of another stream.
func (s *Stats) Add(t *Stats) {
	s.Lines += t.Lines
	s.Events += t.Events
	s.Bad += t.Bad
	s.Unmatched += t.Unmatched
	s.Ambiguous += t.Ambiguous
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
	s.Ambiguous += int64(e.ambiguous)
}

// ErrLineTooLong is the cause of a BadEvent that is longer than StreamOptions.MaxLine.
var ErrLineTooLong = errors.New("line is longer than the limit")

// ErrNotZeek is the error of a stream whose output is to be a Zeek log but whose input is not.
var ErrNotZeek = errors.New("only Zeek logs can be written as Zeek logs: use ndjson, csv or tsv")

// ErrRecords is the error of a stream that is to convert CSV into TSV, or TSV into CSV.
var ErrRecords = errors.New("CSV and TSV are not converted into each other: use ndjson, or the format of the input")

// Stream reads events from src and writes them enriched to dst, in order. Blank lines
// are passed through. Memory is bounded: there are Workers+4 blocks, each of 512 KiB, or
// of the longest line if that is longer, plus its output. When src pauses, everything
// that was read is written. When ctx is done, Stream finishes and writes the events that
// were read, and returns without an error; it abandons a Read of src that is in progress.
//
// An object that only wraps an array of events, such as {"Records":[…]}, is opened, as
// Options.Unwrap states: each event becomes a line. Its other members are left out; see
// KeepWrapper and LeftOut. MaxLine then bounds an event, not the object around all of them. A line
// that is an array of objects is opened, too. With Options.Unwrap.Names, arrays of these names are
// opened without conditions; by default those of Records, records, value and events, if the object
// has no other members but @odata.…, those of hits.hits, and items of a list of Kubernetes, if the
// first element fits.
//
// With FormatJSON, the elements of arrays are events, and every event is written on one line,
// without the line breaks between its tokens. A malformed object is one bad event and ends at
// the next line that begins with "{" and is indented like the line on which the object began.
// By default the input is read in this way if it begins with "[" and then "{", "]" or a line end,
// or if its first line has several objects, opens an object that the next line continues, or is
// a long object that wraps an array; else as NDJSON.
//
// Swap may be called at any time; a block of events is enriched from one Snapshot.
//
// CSV and TSV records keep their bytes, including line ends and a byte order mark. Columns are
// added to the header, and cells to the records, as described at [CSV]. Only the first
// line of a bad record is reported and, with Pass, written; reading resumes with the next
// line. An input without records gives an empty output. A header that cannot be read is
// an error.
//
// A Zeek log gets columns, which are also added to its directives #fields and #types: of type
// string, or set[string] for fields with several values. Its events are looked up, and converted into
// NDJSON, as the objects that Zeek writes with LogAscii::use_json. By default an input that
// begins with #separator is a Zeek log.
//
// CSV is converted into NDJSON as objects of strings, in the order of the header; an
// empty cell becomes an empty string. NDJSON is converted into CSV with these columns:
// the members of the first good event, in order, then every field that enrichment could
// add. Other members of later events are lost and counted. Strings are written without
// quotes, arrays of scalars joined by "|", null as an empty cell, and other values as
// JSON.
func (e *Enricher) Stream(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions) (Stats, error) {
	s, err := newStreamRun(e, dst, src, o)
	if err != nil {
		return Stats{}, err
	}
	in := stream.NewInput(src)
	if err := s.chooseFormats(ctx, in); err != nil {
		return Stats{}, err
	}
	source, stages, err := s.openSource(ctx, in)
	if err != nil {
		if ctx.Err() != nil {
			err = nil
		}
		return Stats{}, shortInput(err)
	}
	var commits *stream.Committer
	if o.Commit != nil {
		commits = &stream.Committer{Every: o.CommitEvery, Commit: func(stream.Position) error { return o.Commit() }}
	}
	err = stream.Run(ctx, source, stream.Options{Workers: o.Workers, Commits: commits, Between: o.Between}, append(stages, orderedStage(s.writeBlock))...)
	s.addSample(nil, true)
	if members, line := s.arrays.LeftOut(); len(members) > 0 && o.LeftOut != nil {
		o.LeftOut(line, members)
	}
	if err == nil && commits != nil {
		err = commits.Flush()
	}
	return s.total, shortInput(err)
}

// ShortInputError is the error of an input that ends before StreamOptions.Offset.
type ShortInputError struct{ Size, Offset int64 }

// Error states the two sizes and what to do.
func (e *ShortInputError) Error() string { return (*stream.ShortError)(e).Error() }

// shortInput returns err, or a *ShortInputError for a *stream.ShortError.
func shortInput(err error) error {
	if short, ok := errors.AsType[*stream.ShortError](err); ok {
		return (*ShortInputError)(short)
	}
	return err
}

// chooseFormats replaces default formats. It may read the beginning of the input.
func (s *streamRun) chooseFormats(ctx context.Context, in *stream.Input) error {
	o := &s.options
	if o.In == FormatDefault {
		form, err := in.InspectBetween(ctx, o.Between)
		if err != nil {
			return err
		}
		o.In = formats[form]
	}
	switch {
	case o.Out == FormatZeek && o.In != FormatZeek:
		return ErrNotZeek
	case o.In.delimiter() != 0 && o.Out.delimiter() != 0 && o.In != o.Out:
		return ErrRecords
	case o.Out == FormatDefault && (o.In.delimiter() != 0 || o.In == FormatZeek):
		o.Out = o.In
	case o.Out == FormatDefault:
		o.Out = FormatNDJSON
	}
	return nil
}

// newArrays returns which arrays of JSON events a stream opens.
func newArrays(e *Enricher, o *StreamOptions) stream.Arrays {
	element := e.Schema().NewJSON()
	return stream.Arrays{
		Objects: !e.options.Unwrap.Off, Names: e.options.Unwrap.Names, Keep: o.KeepWrapper && o.Out == FormatNDJSON,
		Fits: func(text []byte) bool { return element.Scan(text) == nil && element.Fits() },
	}
}

// openSource returns the source of the events and the stages that enrich them.
func (s *streamRun) openSource(ctx context.Context, src *stream.Input) (stream.Source, []stream.Stage[blockResults], error) {
	maxLine, offset := s.options.MaxLine, s.options.Offset
	switch {
	case s.options.In.delimiter() != 0:
		s.records = stream.NewRecords(src, s.options.In.delimiter(), maxLine, offset)
		return s.records, []stream.Stage[blockResults]{orderedStage(s.readHeader), {Work: s.recordWorker}}, nil
	case s.options.Out == FormatZeek:
		var before zeeklog.Directives
		lines, err := src.Skip(ctx, offset, &before)
		if offset > 0 {
			s.zeek = s.newZeekHeader(before.Header)
		}
		return stream.NewLines(src, maxLine, lines, offset), []stream.Stage[blockResults]{orderedStage(s.readDirectives), {Work: s.zeekLines}}, err
	}
	in, err := formOf(s.options.In).Resume(ctx, src, maxLine, offset)
	s.arrays = newArrays(s.enricher, &s.options)
	in = stream.OpenArrays(in, &s.arrays)
	if s.options.Out.delimiter() != 0 {
		return in, []stream.Stage[blockResults]{orderedStage(s.chooseColumns), {Work: s.convertWorker}}, err
	}
	return in, []stream.Stage[blockResults]{{Work: s.lineWorker}}, err
}

// takeHeader returns the header of an output in CSV, or nil if none is written.
func (s *streamRun) takeHeader(header []byte) ([]byte, error) {
	write := s.options.Offset == 0
	if s.options.Header != nil {
		var err error
		if write, err = s.options.Header(header); err != nil {
			return nil, err
		}
	}
	if !write {
		return nil, nil
	}
	return header, nil
}

// formats are the formats of JSON events, by their forms.
var formats = []Format{stream.FormLines: FormatNDJSON, stream.FormValues: FormatJSON, stream.FormZeek: FormatZeek}

// formOf returns the form of input in a format other than CSV.
func formOf(f Format) stream.Form { return stream.Form(slices.Index(formats, f)) }
