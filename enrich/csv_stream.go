package enrich

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kithsec/kith/internal/csvio"
)

// StreamCSV is Stream for CSV: the first record is the header, which is written
// with the columns that CSV adds. A record's own bytes, line end included, are
// written as they came, and the added cells behind them; so is a byte order
// mark. Blank lines pass. A record that cannot be read or is not as wide as the
// header is a bad event: its first line is passed through. An input without any
// record gives none; a header that cannot be read is an error.
func (e *Enricher) StreamCSV(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions) (Stats, error) {
	return e.streamRecords(ctx, dst, src, o, false)
}

func (e *Enricher) streamRecords(ctx context.Context, dst io.Writer, src io.Reader, o StreamOptions, toJSON bool) (Stats, error) {
	s := newStream(o)
	s.work = func() func(*block) {
		var w *csvWorker
		return func(b *block) {
			if w == nil && b.csv.layout != nil {
				w = newCSVWorker(e, b.csv.layout)
				w.toJSON = toJSON
			}
			b.appendRecords(w, &s.options)
		}
	}
	in := &recordReader{stream: s, enricher: e, toJSON: toJSON}
	return s.run(ctx, dst, src, in.read)
}

// recordList lists the records of a block, in order.
type recordList struct {
	list   []record
	values []span // the cells that are read, of all records, in text
	text   []byte
	lines  int        // lines that the records take
	layout *csvLayout // nil before the header
}

func (r *recordList) reset() {
	r.list, r.values, r.text, r.lines = r.list[:0], r.values[:0], r.text[:0], 0
}

// blockRecords bounds the records of a block, however short they are.
const blockRecords = 4096

// record is one record of a block: in[from:text] without its line end, which is
// in[text:to]. It is nothing if it was too long to be held.
type record struct {
	from, text, to int
	values         int // the first of its values
	line           int // within the block, from 1
	blank          bool
	err            error
}

// recordReader cuts CSV into blocks. What it has is sent before it reads on, so
// that a slow stream is passed on record by record.
type recordReader struct {
	stream   *stream
	enricher *Enricher
	toJSON   bool // the header is not written, and all cells are read
	src      io.Reader
	csv      *csvio.Reader
	layout   *csvLayout // nil before the header
	block    *block
	lines    int // before the block
}

func (r *recordReader) read(src io.Reader) error {
	s := r.stream
	r.src = src
	r.csv = csvio.NewReader(r, csvio.Options{KeepBlank: true, Limits: csvio.Limits{Line: s.options.MaxLine}})
	for r.next() {
		if r.csv.Next() {
			r.record()
			continue
		}
		var bad *csvio.SyntaxError
		switch err := r.csv.Err(); {
		case !errors.As(err, &bad):
			r.send()
			return err
		case r.layout == nil:
			r.send()
			return fmt.Errorf("header: %w", err)
		default:
			r.bad(bad)
		}
	}
	return errShut
}

// Read sends the block at hand before it reads the input.
func (r *recordReader) Read(p []byte) (int, error) {
	r.send()
	if !r.next() {
		return 0, errShut
	}
	return r.src.Read(p)
}

// send sends the block at hand if there is anything in it.
func (r *recordReader) send() {
	b := r.block
	if b == nil || len(b.head) == 0 && len(b.csv.list) == 0 {
		return
	}
	r.lines += b.csv.lines
	b.csv.layout = r.layout
	r.stream.send(b)
	r.block = nil
}

// next sees to it that there is a block with room for a record. It reports
// false if the reader is to end.
func (r *recordReader) next() bool {
	if r.block != nil && len(r.block.csv.list) >= blockRecords {
		r.send()
	}
	if r.block == nil {
		if r.block = r.stream.take(); r.block == nil {
			return false
		}
		r.block.csv.reset()
	}
	return true
}

// record adds the record that was read to the block.
func (r *recordReader) record() {
	n := r.csv.Len()
	switch {
	case r.layout == nil:
		r.head(n)
	case n == 0:
		r.add(nil).blank = true
	case n != len(r.layout.header):
		r.add(errWidth(n, len(r.layout.header)))
	default:
		r.add(nil)
		t := &r.block.csv
		for _, column := range r.layout.wanted {
			from := len(t.text)
			t.text = append(t.text, r.csv.Cell(column)...)
			t.values = append(t.values, span{int32(from), int32(len(t.text))})
		}
	}
}

// add adds the record at hand.
func (r *recordReader) add(err error) *record {
	b, t := r.block, &r.block.csv
	rec := record{from: len(b.in), values: len(t.values), line: r.csv.Line() - r.lines, err: err}
	b.in = append(b.in, r.csv.Raw()...)
	rec.text = len(b.in)
	b.in = append(b.in, r.csv.End()...)
	rec.to = len(b.in)
	t.lines = rec.line + bytes.Count(b.in[rec.from:rec.text], []byte{'\n'})
	t.list = append(t.list, rec)
	return &t.list[len(t.list)-1]
}

// bad adds what cannot be read, if it can be held.
func (r *recordReader) bad(err *csvio.SyntaxError) {
	why := fmt.Errorf("column %d: %w", err.Column, err.Err)
	if errors.Is(err, csvio.ErrLineTooLong) {
		why = fmt.Errorf("%w: %d bytes", ErrLineTooLong, r.stream.options.MaxLine)
	}
	if r.csv.Skip(); r.block != nil { // nil if the reader was told to end meanwhile
		r.add(why)
	}
}

// head writes the header, which it extends, and the blank lines before it.
func (r *recordReader) head(cells int) {
	b := r.block
	begun := r.lines+b.csv.lines > 0
	b.csv.lines = r.csv.Line() - r.lines + bytes.Count(r.csv.Raw(), []byte{'\n'})
	b.beside += len(r.csv.Raw()) + len(r.csv.End())
	if r.csv.BOM() && !begun {
		b.beside += len(bom)
	}
	if cells > 0 {
		r.decide()
	}
	if r.toJSON && cells > 0 {
		return
	}
	if r.csv.BOM() && !begun && !r.toJSON {
		b.head = append(b.head, bom...)
	}
	b.head = append(b.head, r.csv.Raw()...)
	if cells > 0 {
		for _, name := range r.layout.added {
			b.head = csvio.AppendCell(append(b.head, ','), name)
		}
	}
	b.head = append(b.head, r.csv.End()...)
}

// decide decides the layout by the record at hand, the header.
func (r *recordReader) decide() {
	var names []string
	for i := range r.csv.Len() {
		names = append(names, string(r.csv.Cell(i)))
	}
	r.layout = newCSVLayout(r.enricher.plan.Load(), names)
	if r.toJSON {
		r.layout.wanted = r.layout.all()
	}
}

// all returns the indices of all columns of the header.
func (l *csvLayout) all() []int {
	all := make([]int, len(l.header))
	for i := range all {
		all[i] = i
	}
	return all
}

// values returns the values of a record.
func (b *block) values(rec *record, l *csvLayout) []span {
	return b.csv.values[rec.values : rec.values+len(l.wanted)]
}

// appendRecords enriches the records of b.in into b.out. w is nil if there are
// only blank ones.
func (b *block) appendRecords(w *csvWorker, o *StreamOptions) {
	b.out, b.bad, b.stats = b.out[:0], b.bad[:0], Stats{Lines: int64(b.csv.lines), BytesIn: int64(len(b.in) + b.beside)}
	if w != nil {
		w.begin()
		defer w.end()
	}
	for list := b.csv.list; len(list) > 0; {
		n := min(len(list), batchSize)
		if w != nil {
			b.addRecords(w, list[:n])
		}
		b.finishRecords(w, list[:n], o)
		list = list[n:]
	}
}

// addRecords begins the lookups of good records and finishes them.
func (b *block) addRecords(w *csvWorker, list []record) {
	w.batch.reset(w.batch.plan)
	for i := range list {
		if rec := &list[i]; rec.err == nil && !rec.blank {
			w.add(b.in[rec.from:rec.to], b.values(rec, w.layout), b.csv.text)
		}
	}
	w.batch.find()
}

// finishRecords writes records and counts them.
func (b *block) finishRecords(w *csvWorker, list []record, o *StreamOptions) {
	good := 0
	for i := range list {
		rec := &list[i]
		switch {
		case rec.blank:
			b.out = append(b.out, b.in[rec.from:rec.to]...)
		case rec.err != nil:
			b.badRecord(rec, o)
		default:
			e := &w.batch.events[good]
			good++
			b.out = w.write(b.out, e, rec.text-rec.from)
			b.stats.Events++
			b.stats.count(w.batch, e)
		}
	}
}

// badRecord passes a record through and notes why.
func (b *block) badRecord(rec *record, o *StreamOptions) {
	b.stats.Events++
	b.stats.Bad++
	b.bad = append(b.bad, badLine{int64(rec.line), rec.from, rec.to, len(b.out), rec.err})
	if o.OnError == Pass {
		b.out = append(b.out, b.in[rec.from:rec.to]...)
	}
}
