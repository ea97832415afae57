package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/stream"
)

// run is one run of a Pipeline.
type run struct {
	*Pipeline
	dst     io.Writer
	summary Summary
}

// enrichBlock enriches the lines of a block, appends them to its output and reads their
// facts.
func (r *run) enrichBlock(b *block) error {
	res := &b.Results
	r.prepareResults(res, b.Len())
	res.units = b.AppendUnits(res.units[:0])
	return res.worker.Enrich(res.units, func(first int, events []enrich.Event) error {
		r.writeEvents(b, first, events)
		res.readEvents(first, events)
		return nil
	})
}

// prepareResults makes the results of a block ready for n lines.
func (r *run) prepareResults(res *blockResults, n int) {
	snapshot := r.snapshot.Load()
	if res.worker == nil {
		res.worker, res.reader = r.enricher.NewWorker(), r.engine.NewReader(snapshot)
	} else if res.snapshot != snapshot {
		res.reader.SetResolver(snapshot)
	}
	res.snapshot = snapshot
	now := time.Now
	if r.options.Engine.Now != nil {
		now = r.options.Engine.Now
	}
	res.reader.Reset(now())
	res.readings = slices.Grow(res.readings[:0], n)[:n]
	res.written = slices.Grow(res.written[:0], n)[:n]
	res.bad, res.unmatched = 0, 0
}

// writeEvents appends events to the output of a block. events[0] is line first of the
// block.
func (r *run) writeEvents(b *block, first int, events []enrich.Event) {
	res := &b.Results
	for i := range events {
		e, unit := &events[i], first+i
		res.written[unit] = nil
		malformed := b.Malformed(unit)
		switch {
		case malformed != nil:
			b.AddBad(unit, malformed)
			res.bad++
			if r.options.OnError == enrich.Pass {
				b.Out = append(b.Out, res.units[unit]...)
			}
			continue
		case len(res.units[unit]) == 0:
			b.AddBad(unit, fmt.Errorf("%w: %d bytes", enrich.ErrLineTooLong, r.maxLine()))
			res.bad++
			continue
		case e.Err() != nil:
			b.AddBad(unit, e.Err())
			res.bad++
			if r.options.OnError != enrich.Pass {
				continue
			}
		case !e.IsBlank() && e.Matched() == 0:
			res.unmatched++
		}
		from := len(b.Out)
		b.Out = e.AppendJSON(b.Out)
		res.written[unit] = bytes.TrimSpace(b.Out[from:len(b.Out):len(b.Out)])
	}
}

func (r *run) maxLine() int {
	if r.options.MaxLine > 0 {
		return r.options.MaxLine
	}
	return stream.DefaultMaxLine
}

// readEvents reads the facts of events that were written. Readable events are read
// without another scan; the others are scanned as they were written.
func (res *blockResults) readEvents(first int, events []enrich.Event) {
	views := make([]event.Event, 0, 64)
	for i := 0; i < len(events); {
		isReadable := func(i int) bool { return events[i].Readable() && res.written[first+i] != nil }
		from, readable := i, isReadable(i)
		views = views[:0]
		for ; i < len(events) && isReadable(i) == readable; i++ {
			views = append(views, &events[i])
		}
		lines, readings := res.written[first+from:first+i], res.readings[first+from:first+i]
		if readable {
			res.reader.ReadEvents(views, lines, readings)
		} else {
			res.reader.ReadLines(lines, readings)
		}
	}
}

// countBlock writes a block and counts its facts. If it returns an error, the session
// does not commit any of the block.
func (r *run) countBlock(b *block) error {
	res := &b.Results
	r.summary.Lines += int64(b.Lines)
	r.summary.Bad += res.bad
	r.summary.Unmatched += res.unmatched
	refused := b.EachBad(r.reportBad)
	if _, err := r.dst.Write(b.Out); err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if err := r.countFacts(b); err != nil {
		if r.session != nil {
			r.session.Discard() // the engine has counted notables that were not emitted
		}
		return err
	}
	return nil
}

// countFacts counts the facts of a block and emits the notables.
func (r *run) countFacts(b *block) error {
	res := &b.Results
	result := r.engine.AddReadings(res.readings)
	for _, bad := range result.Bad {
		if b.Results.isReported(b, bad.Index) || r.options.Bad == nil {
			continue
		}
		if err := r.options.Bad(BadLine{Line: b.Line(bad.Index), Raw: res.written[bad.Index], Err: bad.Reason}); err != nil {
			return err
		}
	}
	for _, n := range result.Notables {
		if r.options.Notable != nil {
			if err := r.options.Notable(n); err != nil {
				return err
			}
		}
		if r.session != nil {
			r.session.Emit(n.Change())
		}
	}
	if r.session == nil {
		return nil
	}
	r.session.Advance(b.Len(), b.Size)
	switch {
	case r.engine.Unsaved() > maxUnsaved:
		b.Commit = stream.AtOnce
	case len(result.Notables) > 0:
		b.Commit = stream.AtPause
	}
	return nil
}

// maxUnsaved is the maximum number of bytes of state that wait for a commit.
const maxUnsaved = 16 << 20

// isReported reports whether a line was already reported as bad when it was enriched.
func (res *blockResults) isReported(b *block, unit int) bool {
	return slices.ContainsFunc(b.Bad, func(bad stream.Bad) bool { return bad.Unit == unit })
}

// reportBad passes a line that could not be enriched to Options.Bad. With enrich.Fail, it
// returns the *enrich.BadEvent.
func (r *run) reportBad(line int64, raw []byte, cause error) error {
	if r.options.Bad != nil {
		if err := r.options.Bad(BadLine{Line: line, Raw: raw, Err: cause}); err != nil {
			return err
		}
	}
	if r.options.OnError == enrich.Fail {
		return &enrich.BadEvent{Line: line, Raw: raw, Err: cause}
	}
	return nil
}
