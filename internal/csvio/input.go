package csvio

import (
	"bytes"
	"io"
	"slices"
)

// The byte order marks that an input may begin with.
var (
	bomUTF8   = []byte("\xef\xbb\xbf")
	otherBOMs = [][]byte{
		[]byte("\xfe\xff"),
		[]byte("\xff\xfe"), // also UTF-32, little endian
		[]byte("\x00\x00\xfe\xff"),
	}
)

// detectBOM checks for a byte order mark, and skips it if it is UTF-8. For any other it
// sets an error and returns false.
func (r *Reader) detectBOM() bool {
	for isPartialBOM(r.buf[:r.lim]) && r.srcErr == nil {
		r.fillBuffer()
	}
	r.bomChecked = true
	head := r.buf[:r.lim]
	if r.bom = bytes.HasPrefix(head, bomUTF8); r.bom {
		r.start, r.next = len(bomUTF8), len(bomUTF8)
	}
	for _, mark := range otherBOMs {
		if bytes.HasPrefix(head, mark) {
			r.line = 1
			return r.fail(&SyntaxError{1, 1, ErrUTF16})
		}
	}
	return true
}

// isPartialBOM reports whether head is a proper prefix of a byte order mark.
func isPartialBOM(head []byte) bool {
	return isPartialMark(head, bomUTF8) ||
		slices.ContainsFunc(otherBOMs, func(mark []byte) bool { return isPartialMark(head, mark) })
}

// findLine finds the end of the line that begins at offset from of the record, reading
// more input if necessary. It returns the offsets of the end of the line's text and of the
// next line, both relative to r.start, which may move. The error is io.EOF if from is the
// end of the input.
func (r *Reader) findLine(from int) (text, next int, err error) {
	for seen := from; ; {
		window := r.buf[r.start+seen : r.lim]
		if i := bytes.IndexByte(window, '\n'); i >= 0 {
			text, next = seen+i, seen+i+1
			break
		}
		seen += len(window)
		// The first byte beyond the limit may be the CR of the line end.
		if seen > r.limits.Line+1 {
			return 0, 0, r.errorAt(0, r.limits.lineTooLong())
		}
		if r.srcErr == io.EOF && seen > from {
			text, next = seen, seen
			break
		}
		if r.srcErr != nil {
			return 0, 0, r.srcErr
		}
		r.fillBuffer()
	}
	if text > from && r.buf[r.start+text-1] == '\r' {
		text--
	}
	if text > r.limits.Line {
		return 0, 0, r.errorAt(0, r.limits.lineTooLong())
	}
	return text, next, nil
}

// discardLine skips the line at r.start without buffering all of it. The last line may
// lack a line end.
func (r *Reader) discardLine() error {
	r.clearRecord()
	for {
		i := bytes.IndexByte(r.buf[r.start:r.lim], '\n')
		if i >= 0 {
			r.start += i + 1
			break
		}
		r.start = r.lim
		if r.srcErr != nil {
			break
		}
		r.fillBuffer()
	}
	r.next = r.start
	r.lines++
	if r.srcErr == io.EOF {
		return nil
	}
	return r.srcErr
}

// fillBuffer reads more input once. If the buffer has little room, it first moves the
// bytes from r.start on to the start of the buffer. Offsets of records and lines are
// relative to r.start, so they stay valid.
func (r *Reader) fillBuffer() {
	if free := len(r.buf) - r.lim; r.start > 0 && free < len(r.buf)/2 {
		r.lim = copy(r.buf, r.buf[r.start:r.lim])
		r.start, r.next = 0, 0
	}
	if r.lim == len(r.buf) {
		r.growBuffer()
	}
	// An io.Reader may return 0 bytes without an error, but not forever.
	for range 100 {
		n, err := r.src.Read(r.buf[r.lim:])
		r.lim += n
		r.srcErr = err
		if n > 0 || err != nil {
			return
		}
	}
	r.srcErr = io.ErrNoProgress
}

func (r *Reader) growBuffer() {
	n := max(bufferSize, min(2*len(r.buf), r.limits.Line+2))
	bigger := make([]byte, n)
	copy(bigger, r.buf[:r.lim])
	r.ownBuf, r.buf = bigger, bigger
}

// errorAt returns a SyntaxError at an offset of the record.
func (r *Reader) errorAt(at int, err error) error {
	line, column := positionAfter(r.buf[r.start:r.start+at], r.line)
	return &SyntaxError{line, column, err}
}

// positionAfter returns the line and column that follow the text before, which begins in
// column 1 of line.
func positionAfter(before []byte, line int) (int, int) {
	line += bytes.Count(before, []byte{'\n'})
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}

// isPartialMark reports whether head is a proper prefix of mark, so that more input is
// needed to decide whether the input begins with mark. Reading more only in that case
// keeps a live stream from waiting for bytes that are not needed.
func isPartialMark(head, mark []byte) bool {
	return len(head) < len(mark) && bytes.HasPrefix(mark, head)
}
