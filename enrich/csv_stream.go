package enrich

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/kithsec/kith/internal/csvio"
)

// readHeader finds the header, which is the first record with cells, and derives
// the layout of the CSV from it.
func (s *streamRun) readHeader(b *block) error {
	res := &b.Results
	res.header, res.headerText, res.hasBOM = -1, nil, b.First == 1 && s.records.BOM()
	var err error
	for i := 0; s.layout == nil && i < b.Len(); i++ {
		if header := b.Records.At(i); header.Len() > 0 {
			s.layout = s.newLayout(header)
			res.header = i
			if s.options.Out != FormatNDJSON {
				res.headerText, err = s.takeHeader(s.layout.appendHeader(nil, header))
			}
		}
	}
	res.layout = s.layout
	return err
}

func (s *streamRun) newLayout(header *csvio.Record) *csvLayout {
	var names []string
	for i := range header.Len() {
		names = append(names, string(header.Cell(i)))
	}
	l := newCSVLayout(s.enricher.plan.Load(), names, s.options.In.delimiter())
	if s.options.Out == FormatNDJSON {
		l.wantAll()
	}
	return l
}

// wantAll makes the layout read the cells of all columns.
func (l *csvLayout) wantAll() {
	l.wanted = l.wanted[:0]
	for i := range l.header {
		l.wanted = append(l.wanted, i)
	}
}

// recordWorker returns a worker that enriches the records of CSV.
func (s *streamRun) recordWorker() func(*block) error {
	var w *csvWorker
	return func(b *block) error {
		if w == nil && b.Results.layout != nil {
			w = newCSVWorker(s.enricher, b.Results.layout)
			w.toJSON = s.options.Out == FormatNDJSON
			if s.options.Observer != nil && !w.toJSON {
				w.observed = newObservedWorker(w)
			}
		}
		s.beginBlock(b)
		s.appendRecords(b, w)
		return nil
	}
}

// newObservedWorker returns a worker that converts records into the JSON that an Observer
// reads, while w writes them as records.
func newObservedWorker(w *csvWorker) *csvWorker {
	l := *w.layout
	l.wanted = nil
	l.wantAll()
	observed := newCSVWorker(w.enricher, &l)
	observed.toJSON = true
	return observed
}

// appendRecords enriches the records of a block. w is nil while the input has had only
// blank lines.
func (s *streamRun) appendRecords(b *block, w *csvWorker) {
	res := &b.Results
	res.stats = Stats{Lines: int64(b.Lines), BytesIn: b.Size}
	if res.hasBOM {
		res.stats.BytesIn += int64(len(byteOrderMark))
		if s.options.Out == s.options.In && s.options.Offset == 0 && (res.header < 0 || len(res.headerText) > 0) {
			b.Out = append(b.Out, byteOrderMark...)
		}
	}
	if w != nil {
		w.beginBlock(b)
		defer w.endBlock(b)
	}
	for from := 0; from < b.Len(); from += batchSize {
		to := min(from+batchSize, b.Len())
		if w != nil {
			addRecords(b, w, from, to)
		}
		s.writeRecords(b, w, from, to)
	}
}

// beginBlock gets a batch for a block. What an Observer reads must last as long as the block.
func (w *csvWorker) beginBlock(b *block) {
	w.beginBatch()
	if w.observed != nil {
		w.observed.beginBlock(b)
	} else if o := b.Results.observation; o != nil {
		w.json = o.input
	}
}

// endBlock returns the batch to the pool.
func (w *csvWorker) endBlock(b *block) {
	w.endBatch()
	if w.observed != nil {
		w.observed.endBlock(b)
	} else if o := b.Results.observation; o != nil {
		o.input, w.json = w.json, nil
	}
}

// addRecords adds the good records with indexes in [from, to) to the batch and looks
// up their roles.
func addRecords(b *block, w *csvWorker, from, to int) {
	w.batch.reset(w.batch.plan)
	if b.Results.observation == nil {
		w.json = w.json[:0]
	}
	for i := from; i < to; i++ {
		if rec := b.Records.At(i); rec.Len() == len(w.layout.header) && i != b.Results.header {
			w.addRecord(b.Unit(i), rec)
		}
	}
	w.batch.finishLookups()
	if w.observed != nil {
		addRecords(b, w.observed, from, to)
	}
}

// writeRecords writes and counts the records with indexes in [from, to). The good ones
// are the events of the batch, in order.
func (s *streamRun) writeRecords(b *block, w *csvWorker, from, to int) {
	res, good, sampling := &b.Results, 0, s.isSampled(b)
	for i := from; i < to; i++ {
		rec, malformed := b.Records.At(i), b.Malformed(i)
		switch {
		case malformed != nil:
			s.addBad(b, i, s.syntaxError(malformed))
		case rec.Len() == 0:
			b.Out = append(b.Out, b.Unit(i)...)
		case i == res.header:
			b.Out = append(b.Out, res.headerText...)
		case rec.Len() != len(w.layout.header):
			s.addBad(b, i, errWidth(rec.Len(), len(w.layout.header)))
		default:
			e, from := &w.batch.events[good], len(b.Out)
			b.Out = w.appendEvent(b.Out, e, len(rec.Raw()))
			res.stats.Events++
			res.stats.countEvent(w.batch, e)
			if sampling {
				res.sample.add(sampleRecord(w.layout.header, rec))
			}
			if w.observed != nil {
				res.observation.addAsJSON(b, i, w.observed.batch, &w.observed.batch.events[good])
			} else {
				res.observation.add(b, i, w.batch, e, b.Out[from:len(b.Out):len(b.Out)])
			}
			good++
		}
	}
	res.observation.flush()
}

// syntaxError returns the error of a malformed record without the line number,
// which the BadEvent states.
func (s *streamRun) syntaxError(err error) error {
	var bad *csvio.SyntaxError
	if errors.Is(err, csvio.ErrLineTooLong) || !errors.As(err, &bad) {
		return s.errTooLong()
	}
	return fmt.Errorf("column %d: %w", bad.Column, bad.Err)
}

// appendHeader appends the header with the added columns.
func (l *csvLayout) appendHeader(dst []byte, header *csvio.Record) []byte {
	dst = append(dst, header.Raw()...)
	for _, name := range l.added {
		dst = csvio.AppendCellFor(append(dst, l.delimiter), l.delimiter, []byte(name))
	}
	return append(dst, header.End()...)
}

// sampleRecord returns a copy of a record.
func sampleRecord(header []string, rec *csvio.Record) sampledEvent {
	e := sampledEvent{header: header}
	for i := range rec.Len() {
		e.cells = append(e.cells, bytes.Clone(rec.Cell(i)))
	}
	return e
}
