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

// enrichBlock enriches the lines of a block and reads their facts.
func (r *run) enrichBlock(b *block) error {
	f := &b.Results
	r.prepareFacts(f, b.Len())
	f.units = b.AppendUnits(f.units[:0])
	return f.worker.Enrich(f.units, func(first int, events []enrich.Event) error {
		r.writeEvents(b, first, events)
		f.readEvents(first, events)
		return nil
	})
}

// prepareFacts makes facts ready for a block of n lines.
func (r *run) prepareFacts(f *blockResults, n int) {
	snapshot := r.snapshot.Load()
	if f.worker == nil {
		f.worker, f.reader = r.enricher.NewWorker(), r.engine.NewReader(snapshot)
	} else if f.snapshot != snapshot {
		f.reader.SetResolver(snapshot)
	}
	f.snapshot = snapshot
	now := time.Now
	if r.options.Engine.Now != nil {
		now = r.options.Engine.Now
	}
	f.reader.Reset(now())
	f.readings = slices.Grow(f.readings[:0], n)[:n]
	f.written = slices.Grow(f.written[:0], n)[:n]
	f.bad, f.unmatched = 0, 0
}

// writeEvents appends events to the output of a block.
func (r *run) writeEvents(b *block, first int, events []enrich.Event) {
	f := &b.Results
	for i := range events {
		e, unit := &events[i], first+i
		f.written[unit] = nil
		switch {
		case len(f.units[unit]) == 0:
			b.AddBad(unit, fmt.Errorf("%w: %d bytes", enrich.ErrLineTooLong, r.maxLine()))
			f.bad++
			continue
		case e.Err() != nil:
			b.AddBad(unit, e.Err())
			f.bad++
			if r.options.OnError != enrich.Pass {
				continue
			}
		case !e.IsBlank() && e.Matched() == 0:
			f.unmatched++
		}
		from := len(b.Out)
		b.Out = e.AppendJSON(b.Out)
		f.written[unit] = bytes.TrimSpace(b.Out[from:len(b.Out):len(b.Out)])
	}
}

func (r *run) maxLine() int {
	if r.options.MaxLine > 0 {
		return r.options.MaxLine
	}
	return stream.DefaultMaxLine
}

// readEvents reads the facts of events that were written. Most are read without
// another scan; runs of others are read as lines.
func (f *blockResults) readEvents(first int, events []enrich.Event) {
	views := make([]event.Event, 0, 64)
	for i := 0; i < len(events); {
		from, readable := i, events[i].Readable()
		views = views[:0]
		for ; i < len(events) && events[i].Readable() == readable; i++ {
			views = append(views, &events[i])
		}
		lines, readings := f.written[first+from:first+i], f.readings[first+from:first+i]
		if readable {
			f.reader.ReadEvents(views, lines, readings)
		} else {
			f.reader.ReadLines(lines, readings)
		}
	}
}

// countBlock writes a block and counts its facts. After an error the session commits
// nothing of it.
func (r *run) countBlock(b *block) error {
	f := &b.Results
	r.summary.Lines += int64(b.Lines)
	r.summary.Bad += f.bad
	r.summary.Unmatched += f.unmatched
	refused := b.EachBad(r.reportBad)
	if _, err := r.dst.Write(b.Out); err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if err := r.countFacts(b); err != nil {
		if r.session != nil {
			r.session.Discard() // the engine has counted what was not emitted
		}
		return err
	}
	return nil
}

// countFacts counts the facts of a block, and emits the notables.
func (r *run) countFacts(b *block) error {
	f := &b.Results
	result := r.engine.AddReadings(f.readings)
	for _, bad := range result.Bad {
		if b.Results.isReported(b, bad.Index) || r.options.Bad == nil {
			continue
		}
		if err := r.options.Bad(BadLine{Line: b.Line(bad.Index), Raw: f.written[bad.Index], Err: bad.Reason}); err != nil {
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

// maxUnsaved is how many bytes of state wait for a commit at most.
const maxUnsaved = 16 << 20

// isReported reports whether a line was bad already when it was enriched.
func (f *blockResults) isReported(b *block, unit int) bool {
	return slices.ContainsFunc(b.Bad, func(bad stream.Bad) bool { return bad.Unit == unit })
}

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
