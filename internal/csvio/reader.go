package csvio

import (
	"bytes"
	"errors"
	"io"
)

// bufferSize is the initial size of the buffer that input is read into.
const bufferSize = 256 << 10

// Options control how a Reader reads. The zero Options are the defaults.
type Options struct {
	Limits    Limits
	KeepBlank bool // return blank lines as records without cells instead of skipping them
	Delimiter byte // separates cells: an ASCII character other than a quote or a line end; 0 means a comma
	FirstLine int  // the number of the first line, for positions; 0 means 1
}

// A Reader reads records one after the other.
//
//	for r.Next() {
//		use(r.Cell(0))
//	}
//	if err := r.Err(); err != nil {
//
// The slices it returns belong to the Reader and must not be changed. They are valid until
// the next call to Next, Skip, Reset or ResetBytes. A Reader must not be used by several
// goroutines at once. Reading a record does not allocate.
type Reader struct {
	src       io.Reader
	srcErr    error // the error of the last read from src
	limits    Limits
	keepBlank bool
	delimiter byte
	firstLine int

	ownBuf []byte // the buffer that src is read into
	buf    []byte // ownBuf, or the argument of ResetBytes, which is never written to
	lim    int    // buf[:lim] is input

	bomChecked bool
	bom        bool
	start      int   // offset of the record in buf
	next       int   // offset of the next record in buf; start if there is no record
	lines      int   // number of lines before next
	err        error // why there is no record

	Record // the current record
}

// NewReader returns a Reader of src. It does not close src.
func NewReader(src io.Reader, o Options) *Reader {
	r := &Reader{limits: o.Limits.withDefaults(), keepBlank: o.KeepBlank, delimiter: o.Delimiter, firstLine: max(o.FirstLine, 1)}
	if r.delimiter == 0 {
		r.delimiter = ','
	}
	r.Reset(src)
	return r
}

// Reset makes r read from src, keeping its options and buffers.
func (r *Reader) Reset(src io.Reader) {
	r.src, r.srcErr = src, nil
	r.restart(r.ownBuf, 0)
}

// ResetBytes makes r read input in place: the slices that r returns are slices of input
// and stay valid as long as input does, except for values with doubled quotes or CR LF.
func (r *Reader) ResetBytes(input []byte) {
	r.src, r.srcErr = nil, io.EOF
	r.restart(input, len(input))
}

func (r *Reader) restart(buf []byte, lim int) {
	r.buf, r.lim = buf, lim
	r.bomChecked, r.bom = false, false
	r.start, r.next, r.line, r.lines = 0, 0, 0, r.firstLine-1
	r.err = nil
	r.clearRecord()
}

// Next reads the next record and reports whether there is one. It returns false at the end
// of the input and after an error, which Err distinguishes. After an error it keeps
// returning false until Skip, Retry or a reset clears the error.
func (r *Reader) Next() bool {
	if r.err != nil || !r.bomChecked && !r.detectBOM() {
		return false
	}
	for {
		r.start, r.line = r.next, r.lines+1
		text, next, err := r.findLine(0)
		if err != nil {
			return r.fail(err)
		}
		r.lines++
		if text == 0 && !r.keepBlank {
			r.next += next
			continue
		}
		r.cells, r.unquoted, r.openQuotes = r.cells[:0], r.unquoted[:0], r.openQuotes[:0]
		switch {
		case text == 0:
		case bytes.IndexByte(r.buf[r.start:r.start+text], '"') < 0:
			err = r.splitCells(0, text)
		default:
			text, next, err = r.splitQuoted(text, next)
		}
		if err != nil {
			return r.fail(err)
		}
		r.setRecord(text, next)
		return true
	}
}

// Err returns why Next found no record: nil at the end of the input, a *SyntaxError, or the
// unchanged error of the underlying reader.
func (r *Reader) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Skip skips a *SyntaxError. The first line of the record that could not be read becomes
// the current record, without cells, and Next continues with the following line. Skip
// reports whether Raw returns that line; a line that is longer than the limit is discarded.
// If Err does not return a *SyntaxError, Skip does nothing and returns false.
//
// Streams use it to pass on lines that they cannot read. ErrUTF16 can be skipped, too, but
// the rest of the input will not be readable.
func (r *Reader) Skip() bool {
	if _, bad := errors.AsType[*SyntaxError](r.err); !bad {
		return false
	}
	r.err = nil
	text, next, err := r.findLine(0)
	if err == nil {
		r.lines++
		r.setRecord(text, next)
		return true
	}
	if _, bad := errors.AsType[*SyntaxError](err); bad {
		err = r.discardLine()
	}
	r.err = err
	return false
}

// Retry clears an error of the underlying reader. Next then continues reading and completes
// the record that the error interrupted.
func (r *Reader) Retry() { r.err, r.srcErr = nil, nil }

// setRecord makes the next bytes of the input the current record. Its text ends at offset
// text, before the line end, and the next record begins at offset next.
func (r *Reader) setRecord(text, next int) {
	r.next = r.start + next
	r.raw = r.buf[r.start : r.start+text : r.start+text]
	r.end = r.buf[r.start+text : r.next : r.next]
}

func (r *Reader) fail(err error) bool {
	r.err = err
	r.lines = r.line - 1
	r.clearRecord()
	return false
}

// clearRecord makes the current record empty.
func (r *Reader) clearRecord() {
	r.raw, r.end = nil, nil
	r.cells, r.unquoted, r.openQuotes = r.cells[:0], r.unquoted[:0], r.openQuotes[:0]
}

// BOM reports whether the input began with a UTF-8 byte order mark. It is valid after the
// first call to Next, which drops the mark.
func (r *Reader) BOM() bool { return r.bom }
