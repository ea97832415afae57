package enrich

import (
	"errors"
	"fmt"

	"github.com/kithsec/kith/internal/csvio"
)

// readHeader finds the header, which is the first record with cells, and derives
// the layout of the CSV from it.
func (s *streamRun) readHeader(b *block) error {
	res := &b.Results
	res.header, res.hasBOM = -1, b.First == 1 && s.records.BOM()
	for i := 0; s.layout == nil && i < b.Len(); i++ {
		if header := b.Records.At(i); header.Len() > 0 {
			s.layout = s.newLayout(header)
			res.header = i
		}
	}
	res.layout = s.layout
	return nil
}

func (s *streamRun) newLayout(header *csvio.Record) *csvLayout {
	var names []string
	for i := range header.Len() {
		names = append(names, string(header.Cell(i)))
	}
	l := newCSVLayout(s.enricher.plan.Load(), names, s.options.In.delimiter())
	if s.options.Out == FormatNDJSON {
		l.wanted = l.wanted[:0]
		for i := range names {
			l.wanted = append(l.wanted, i)
		}
	}
	return l
}

// recordWorker returns a worker that enriches the records of CSV.
func (s *streamRun) recordWorker() func(*block) error {
	var w *csvWorker
	return func(b *block) error {
		if w == nil && b.Results.layout != nil {
			w = newCSVWorker(s.enricher, b.Results.layout)
			w.toJSON = s.options.Out == FormatNDJSON
		}
		s.appendRecords(b, w)
		return nil
	}
}

// appendRecords enriches the records of a block. w is nil while the input has had only
// blank lines.
func (s *streamRun) appendRecords(b *block, w *csvWorker) {
	res := &b.Results
	res.stats = Stats{Lines: int64(b.Lines), BytesIn: b.Size}
	if res.hasBOM {
		res.stats.BytesIn += int64(len(byteOrderMark))
		if s.options.Out == s.options.In {
			b.Out = append(b.Out, byteOrderMark...)
		}
	}
	if w != nil {
		w.beginBatch()
		defer w.endBatch()
	}
	for from := 0; from < b.Len(); from += batchSize {
		to := min(from+batchSize, b.Len())
		if w != nil {
			addRecords(b, w, from, to)
		}
		s.writeRecords(b, w, from, to)
	}
}

// addRecords adds the good records with indexes in [from, to) to the batch and looks
// up their roles.
func addRecords(b *block, w *csvWorker, from, to int) {
	w.batch.reset(w.batch.plan)
	w.json = w.json[:0]
	for i := from; i < to; i++ {
		if rec := b.Records.At(i); rec.Len() == len(w.layout.header) && i != b.Results.header {
			w.addRecord(b.Unit(i), rec)
		}
	}
	w.batch.finishLookups()
}

// writeRecords writes and counts the records with indexes in [from, to). The good ones
// are the events of the batch, in order.
func (s *streamRun) writeRecords(b *block, w *csvWorker, from, to int) {
	res, good := &b.Results, 0
	for i := from; i < to; i++ {
		rec, malformed := b.Records.At(i), b.Malformed(i)
		switch {
		case malformed != nil:
			s.addBad(b, i, s.syntaxError(malformed))
		case rec.Len() == 0:
			b.Out = append(b.Out, b.Unit(i)...)
		case i == res.header:
			s.appendHeader(b, rec)
		case rec.Len() != len(w.layout.header):
			s.addBad(b, i, errWidth(rec.Len(), len(w.layout.header)))
		default:
			e := &w.batch.events[good]
			good++
			b.Out = w.appendEvent(b.Out, e, len(rec.Raw()))
			res.stats.Events++
			res.stats.countEvent(w.batch, e)
		}
	}
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

// appendHeader appends the header with the added columns, unless the output is NDJSON.
func (s *streamRun) appendHeader(b *block, header *csvio.Record) {
	if s.options.Out == FormatNDJSON {
		return
	}
	b.Out = append(b.Out, header.Raw()...)
	layout := b.Results.layout
	for _, name := range layout.added {
		b.Out = csvio.AppendCellFor(append(b.Out, layout.delimiter), layout.delimiter, []byte(name))
	}
	b.Out = append(b.Out, header.End()...)
}
