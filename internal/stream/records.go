package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kithsec/kith/internal/csvio"
)

// maxRecords is the maximum number of records in a chunk, however short they are.
const maxRecords = 4096

// Records is a Source of the records of a CSV, including blank lines. The header is the
// first record with cells; if it cannot be read, the input ends with an error. Any other
// record that cannot be read is a malformed unit with a *csvio.SyntaxError. The unit is the
// first line of the record, without bytes if that is too long. The records of a chunk are
// also in Chunk.Records.
//
// Position counts the bytes of the units.
type Records struct {
	in     *Input
	csv    *csvio.Reader
	header bool            // the header has been read
	lines  int             // number before the next chunk
	offset int64           // of the next chunk
	skip   int64           // number of bytes of units still to be left out
	ctx    context.Context // of the current call of Next
	chunk  *Chunk          // filled by the current call of Next
}

// NewRecords returns the records of src, whose cells are separated by delimiter. A maxLine of
// 0 means DefaultMaxLine. The units up to offset are read, but left out, except for the
// header, which then does not count for Chunk.Size.
func NewRecords(src io.Reader, delimiter byte, maxLine int, offset int64) *Records {
	r := &Records{in: asInput(src), offset: offset, skip: offset}
	r.csv = csvio.NewReader((*recordInput)(r), csvio.Options{KeepBlank: true, Delimiter: delimiter, Limits: csvio.Limits{Line: maxLine}})
	return r
}

// BOM reports whether the input begins with a byte order mark, which is not part of a
// unit. It is valid after the first call of Next.
func (r *Records) BOM() bool { return r.csv.BOM() }

// Acknowledge implements [Source]. It does nothing.
func (*Records) Acknowledge(Position) {}

// Next implements [Source].
func (r *Records) Next(ctx context.Context, c *Chunk) error {
	c.reset(int64(r.lines) + 1)
	c.Records.Reset()
	r.ctx, r.chunk = ctx, c
	err := r.fillChunk(c)
	if err == io.EOF && r.skip > 0 {
		err = &ShortError{Size: r.offset - r.skip, Offset: r.offset}
	}
	c.Data = c.Records.Bytes()
	c.Size += int64(len(c.Data))
	r.lines += c.Lines
	r.offset += c.Size
	c.Position.Offset = r.offset
	return err
}

// fillChunk adds records until more input must be read.
func (r *Records) fillChunk(c *Chunk) error {
	for c.Len() < maxRecords {
		if r.csv.Next() {
			isHeader := !r.header && r.csv.Len() > 0
			r.header = r.header || isHeader
			r.addRecord(c, isHeader)
			continue
		}
		err := r.csv.Err()
		bad, isBad := errors.AsType[*csvio.SyntaxError](err)
		switch {
		case err == nil:
			return io.EOF
		case err == errPause:
			r.csv.Retry()
			return nil
		case !isBad:
			return err
		case !r.header:
			return fmt.Errorf("header: %w", err)
		case c.Len() > 0 && errors.Is(err, csvio.ErrLineTooLong):
			return nil // skipping the line may require more input
		}
		r.csv.Skip()
		if r.skip == 0 {
			c.addMalformed(bad)
		}
		r.addRecord(c, false)
	}
	return nil
}

// addRecord adds the current record of the CSV reader, unless it is to be left out.
func (r *Records) addRecord(c *Chunk, isHeader bool) {
	rec := &r.csv.Record
	if r.skip > 0 {
		size := int64(len(rec.Raw()) + len(rec.End()))
		r.skip = max(0, r.skip-size)
		if !isHeader {
			return
		}
		c.Size -= size
	}
	c.Records.Add(rec)
	c.Ends = append(c.Ends, len(c.Records.Bytes()))
	c.Lines = rec.Line() + bytes.Count(rec.Raw(), []byte{'\n'}) - r.lines
}

// recordInput is the io.Reader from which the CSV reader of Records reads.
type recordInput Records

// errPause makes the CSV reader return control to fillChunk instead of reading more.
var errPause = errors.New("the chunk has records")

// Read reads more input, unless the chunk has records: they must not wait for it.
func (r *recordInput) Read(p []byte) (int, error) {
	if r.chunk.Len() > 0 {
		return 0, errPause
	}
	return r.in.read(r.ctx, p)
}
