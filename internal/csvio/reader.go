package csvio

import (
	"bytes"
	"errors"
	"io"
)

// bufferSize is the size of the reads of an input.
const bufferSize = 256 << 10

// Options control how a Reader reads. The zero Options are the defaults.
type Options struct {
	Limits    Limits // what is refused
	KeepBlank bool   // blank lines are records without cells; default: they are skipped
}

// A Reader reads records one after the other.
//
//	for r.Next() {
//		use(r.Cell(0))
//	}
//	if err := r.Err(); err != nil {
//
// What it hands out belongs to it and is valid until the next call of Next,
// Skip or a Reset; nothing of it may be written to. A Reader is for one
// goroutine. It allocates nothing per record.
type Reader struct {
	src       io.Reader
	srcErr    error // what src ended with
	limits    Limits
	keepBlank bool

	ownBuf []byte // the buffer that src is read into
	buf    []byte // own, or the bytes of ResetBytes, which are never written
	lim    int    // buf[:lim] is input

	bomChecked bool // byte order marks have been looked for
	bom        bool
	start      int   // where the record begins in buf
	next       int   // where the one after it begins; start while there is no record
	lines      int   // lines before next
	err        error // why there is no record

	Record // the one at hand
}

// NewReader returns a Reader of src. It does not close src.
func NewReader(src io.Reader, o Options) *Reader {
	r := &Reader{limits: o.Limits.withDefaults(), keepBlank: o.KeepBlank}
	r.Reset(src)
	return r
}

// Reset makes r read src from its start, keeping options and buffers.
func (r *Reader) Reset(src io.Reader) {
	r.src, r.srcErr = src, nil
	r.restart(r.ownBuf, 0)
}

// ResetBytes makes r read input, in place: what r hands out are slices of it,
// valid as long as input is, except for values with doubled quotes or CR LF.
func (r *Reader) ResetBytes(input []byte) {
	r.src, r.srcErr = nil, io.EOF
	r.restart(input, len(input))
}

func (r *Reader) restart(buf []byte, lim int) {
	r.buf, r.lim = buf, lim
	r.bomChecked, r.bom = false, false
	r.start, r.next, r.line, r.lines = 0, 0, 0, 0
	r.err = nil
	r.clearRecord()
}

// Next reads the next record and reports whether there is one. At the end of
// the input and after an error there is none; Err tells the two apart. An
// error stays until Skip passes it.
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

// Err returns why Next found no record: nil at the end of the input, a
// *SyntaxError, or the error of the underlying reader as it came.
func (r *Reader) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Skip passes a *SyntaxError: the first line of the record that could not be
// read becomes the record, without cells, and Next goes on with the line after
// it. Skip reports whether Raw holds that line; one that is longer than the
// limit is passed over without being held. Without a *SyntaxError to pass it
// does nothing and returns false.
//
// A stream can pass on what it cannot read in this way. ErrUTF16 can be
// skipped like the others, but nothing that follows it will make sense.
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

// Retry clears an error of the underlying reader, so that Next reads on and
// completes the record that the error cut short.
func (r *Reader) Retry() { r.err, r.srcErr = nil, nil }

// setRecord makes the next bytes of input the record, of which text bytes come
// before the line end.
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

// clearRecord leaves no record.
func (r *Reader) clearRecord() {
	r.raw, r.end = nil, nil
	r.cells, r.unquoted, r.openQuotes = r.cells[:0], r.unquoted[:0], r.openQuotes[:0]
}

// BOM reports whether the input began with a UTF-8 byte order mark, which Next
// has dropped.
func (r *Reader) BOM() bool { return r.bom }
