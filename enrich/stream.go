package enrich

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kithsec/kith/event"
)

// The bounds of a stream where StreamOptions does not say otherwise.
const (
	DefaultMaxLine = 16 << 20
	blockSize      = 512 << 10 // bytes read at a time: less costs reads, more costs cache
)

// OnError says what becomes of an event that is not one JSON object.
type OnError uint8

// What becomes of bad events. They are counted and dead-lettered all the same.
const (
	Pass OnError = iota // written unchanged
	Drop                // not written
	Fail                // the stream ends with an error
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

// StreamOptions says how a stream is run. The zero value is the defaults.
type StreamOptions struct {
	Workers    int // goroutines that enrich; 0 is one a core. Order is kept whatever it is
	MaxLine    int // bytes of the longest line that is held; 0 is 16 MiB. Longer ones are bad events, skipped
	OnError    OnError
	DeadLetter func(BadEvent) error // called for every bad event, in order; nil for none
	Progress   func(Stats)          // called after every block, from the goroutine that called Stream
}

// BadEvent is an event that could not be enriched.
type BadEvent struct {
	Line int64  // from 1
	Raw  []byte // valid during the call; nil if the line was too long to be held
	Err  error
}

// Error formats e as "line 17: cause".
func (e *BadEvent) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *BadEvent) Unwrap() error { return e.Err }

// Stats counts what a stream did.
type Stats struct {
	Lines     int64 // all lines, blank ones included
	Events    int64 // lines that are not blank, bad ones included
	Bad       int64
	Unmatched int64                 // good events none of whose roles matched
	Matched   [event.NumRoles]int64 // by role
	BytesIn   int64                 // but for records of CSV that are too long to be held
	BytesOut  int64

	LostMembers int64 // of StreamJSONToCSV: members that there is no column for
}

func (s *Stats) add(t *Stats) {
	s.Lines += t.Lines
	s.Events += t.Events
	s.Bad += t.Bad
	s.Unmatched += t.Unmatched
	for i, n := range t.Matched {
		s.Matched[i] += n
	}
	s.BytesIn += t.BytesIn
	s.BytesOut += t.BytesOut
	s.LostMembers += t.LostMembers
}

// ErrLineTooLong is the cause of a BadEvent longer than MaxLine.
var ErrLineTooLong = errors.New("line is longer than the limit")

// Stream reads events, one JSON object a line, from src, and writes them
// enriched to dst, in order. Memory is bounded: Workers+4 blocks of 512 KiB in
// and what they become, or of the longest line if that is more. When src pauses,
// what was read is written. When ctx is done, the events that were read are
// finished and written, and Stream returns without an error; a Read of src that
// is under way is left behind.
//
// Swap may be called at any time; a block of events is enriched from one
// Snapshot.
func (e *Enricher) Stream(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions) (Stats, error) {
	s := newStream(o)
	s.work = func() func(*block) {
		return func(b *block) { e.appendBlock(b, &s.options, (*batch).append) }
	}
	return s.run(ctx, dst, src, s.readLines)
}

// appendEvent appends an event as it is to be written.
type appendEvent func(b *batch, dst []byte, e *eventState) []byte

// appendBlock enriches the lines of b.in into b.out.
func (e *Enricher) appendBlock(b *block, o *StreamOptions, write appendEvent) {
	b.out, b.bad, b.stats = b.out[:0], b.bad[:0], Stats{BytesIn: int64(len(b.in) + b.beside)}
	for range b.skipped {
		b.tooLong(o)
	}
	f := e.newInFlight()
	defer f.end()
	for from := 0; from < len(b.in) || f.n > 0; {
		if batch := f.advance(); batch != nil {
			b.appendBatch(batch, o, write)
			f.pop()
		}
		if from < len(b.in) {
			from = b.fillBatch(f.push(), from)
		}
	}
}

func (b *block) tooLong(o *StreamOptions) {
	b.stats.Lines++
	b.stats.Events++
	b.stats.Bad++
	b.bad = append(b.bad, badLine{line: b.stats.Lines, out: len(b.out), err: fmt.Errorf("%w: %d bytes", ErrLineTooLong, o.MaxLine)})
}

// fillBatch adds lines from b.in[from:] to a batch and returns where it stopped.
func (b *block) fillBatch(batch *batch, from int) int {
	for from < len(b.in) && batch.n < batchSize {
		end := len(b.in)
		if i := bytes.IndexByte(b.in[from:], '\n'); i >= 0 {
			end = from + i + 1
		}
		batch.add(b.in[from:end])
		from = end
	}
	return from
}

// appendBatch writes the events of a batch and counts them.
func (b *block) appendBatch(batch *batch, o *StreamOptions, write appendEvent) {
	for i := range batch.events[:batch.n] {
		e := &batch.events[i]
		if len(e.raw) > o.MaxLine && len(bytes.TrimSuffix(e.raw, []byte{'\n'})) > o.MaxLine {
			b.tooLong(o)
			continue
		}
		if e.blank {
			b.stats.Lines++
			b.out = append(b.out, e.raw...)
			continue
		}
		b.stats.Lines++
		b.stats.Events++
		if e.err != nil {
			b.stats.Bad++
			from := cap(b.in) - cap(e.raw)
			b.bad = append(b.bad, badLine{b.stats.Lines, from, from + len(e.raw), len(b.out), e.err})
			if o.OnError == Pass {
				b.out = append(b.out, e.raw...)
			}
			continue
		}
		b.out = write(batch, b.out, e)
		b.stats.count(batch, e)
	}
}

// count adds one good event.
func (s *Stats) count(b *batch, e *eventState) {
	for _, i := range b.matched[e.matched.from:e.matched.to] {
		s.Matched[b.roles[i].role]++
	}
	if e.matched.from == e.matched.to {
		s.Unmatched++
	}
}
