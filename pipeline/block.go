package pipeline

import (
	"io"
	"slices"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/risk"
)

// run is one run of a Pipeline.
type run struct {
	*Pipeline
	dst     io.Writer
	block   []byte // the output of the current block, if Options.Inline is set
	unsaved error  // why the engine has counted what must not be committed
}

// Write implements io.Writer for the output of the stream. With Options.Inline, countBlock
// writes it.
func (r *run) Write(p []byte) (int, error) {
	if r.options.Inline {
		r.block = p
		return len(p), nil
	}
	return r.dst.Write(p)
}

// blockReader is the Observer that reads the facts of a block. Each block has its own,
// because the readings share its memory until they are counted.
type blockReader struct {
	run      *run
	uses     *generation
	reader   *detect.Reader
	readings []detect.Reading // by event
	lines    [][]byte         // by event
	views    []event.Event    // scratch
}

// Begin implements enrich.Observer.
func (b *blockReader) Begin() {
	uses := b.run.uses.Load()
	switch {
	case b.uses == nil || b.uses.rules != uses.rules:
		b.reader = uses.rules.NewReader(uses.snapshot)
	case b.uses.snapshot != uses.snapshot:
		b.reader.SetResolver(uses.snapshot)
	}
	b.uses = uses
	now := time.Now
	if b.run.options.Engine.Now != nil {
		now = b.run.options.Engine.Now
	}
	b.reader.Reset(now())
	b.readings, b.lines = b.readings[:0], b.lines[:0]
}

// Read implements enrich.Observer. Events that are readable with the paths of the rules are
// read without another scan; the others are scanned as they were written.
func (b *blockReader) Read(events []enrich.Event) {
	from := len(b.readings)
	b.readings = slices.Grow(b.readings, len(events))[:from+len(events)]
	for i := range events {
		b.lines = append(b.lines, events[i].Line())
	}
	schema := b.uses.rules.Schema()
	for i := 0; i < len(events); {
		first, readable := i, events[i].View() == schema
		b.views = b.views[:0]
		for ; i < len(events) && (events[i].View() == schema) == readable; i++ {
			b.views = append(b.views, &events[i])
		}
		lines, readings := b.lines[from+first:from+i], b.readings[from+first:from+i]
		if readable {
			b.reader.ReadEvents(b.views, lines, readings)
		} else {
			b.reader.ReadLines(lines, readings)
		}
	}
}

// Finish implements enrich.Observer.
func (b *blockReader) Finish(of *enrich.ObservedBlock) error { return b.run.countBlock(b, of) }

// countBlock counts the facts of a block and emits the notables. If it returns an error, the
// session does not commit any of the block.
func (r *run) countBlock(b *blockReader, of *enrich.ObservedBlock) (err error) {
	if of.Failed && r.session != nil {
		return r.writeInline(of, nil, nil) // a later run reads the block again
	}
	result := r.engine.AddReadings(b.readings[:of.Events])
	defer func() {
		if err != nil {
			r.unsaved = err // the engine has counted notables that were not emitted
		}
	}()
	for _, bad := range result.Bad {
		if of.IsBad(bad.Index) || r.options.Bad == nil {
			continue
		}
		if err := r.options.Bad(BadLine{Line: of.Line(bad.Index), Raw: b.lines[bad.Index], Err: bad.Reason}); err != nil {
			return err
		}
	}
	if err := r.writeInline(of, result.Notables, result.Causes); err != nil {
		return err
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
	r.session.Advance(of.Units, of.Bytes)
	if len(result.Notables) > 0 {
		of.CommitSoon()
	}
	if r.engine.Unsaved() > maxUnsaved {
		return r.session.Commit()
	}
	return nil
}

// maxUnsaved is the maximum number of bytes of state that wait for a commit.
const maxUnsaved = 16 << 20

// writeInline writes the output of a block if Options.Inline is set, and each notable behind
// the event that caused it. causes has the indices of these events, in ascending order.
func (r *run) writeInline(of *enrich.ObservedBlock, notables []*risk.Notable, causes []int) error {
	if !r.options.Inline {
		return nil
	}
	out := make([]byte, 0, len(r.block))
	from := 0
	for i, n := range notables {
		end := of.End(causes[i])
		out = append(out, r.block[from:end]...)
		if last := len(out) - 1; last >= 0 && out[last] != '\n' {
			out = append(out, '\n') // the last line of the input has no line feed
		}
		out, from = append(n.AppendJSON(out), '\n'), end
	}
	out = append(out, r.block[from:]...)
	r.block = nil
	if len(out) == 0 {
		return nil
	}
	_, err := r.dst.Write(out)
	return err
}
