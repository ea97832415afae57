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

// detectBOM looks for a byte order mark and reports whether reading can go on.
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

func isPartialBOM(head []byte) bool {
	return isPartialMark(head, bomUTF8) ||
		slices.ContainsFunc(otherBOMs, func(mark []byte) bool { return isPartialMark(head, mark) })
}

// findLine finds the end of the line that begins in the record at from, and
// reads on as far as it must. It returns where the text of the line ends and
// where the next line begins, both counted from r.start, which may move. At the
// end of the input the error is io.EOF if nothing stands there.
func (r *Reader) findLine(from int) (text, next int, err error) {
	for seen := from; ; {
		window := r.buf[r.start+seen : r.lim]
		if i := bytes.IndexByte(window, '\n'); i >= 0 {
			text, next = seen+i, seen+i+1
			break
		}
		seen += len(window)
		// One byte more than the limit can still be the CR of a line end.
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

// discardLine passes over the line at r.start without holding it. At the end
// of the input there may be no line end; that is no error.
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

// fillBuffer reads once, behind what is there; what stands before r.start is given
// up when there is little room. Record and line offsets count from r.start and
// stay right.
func (r *Reader) fillBuffer() {
	if free := len(r.buf) - r.lim; r.start > 0 && free < len(r.buf)/2 {
		r.lim = copy(r.buf, r.buf[r.start:r.lim])
		r.start, r.next = 0, 0
	}
	if r.lim == len(r.buf) {
		r.growBuffer()
	}
	// An io.Reader may return nothing and no error, but not for ever.
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

// errorAt returns the SyntaxError for the byte of the record at offset at.
func (r *Reader) errorAt(at int, err error) error {
	line, column := positionAfter(r.buf[r.start:r.start+at], r.line)
	return &SyntaxError{line, column, err}
}

// positionAfter returns the place that follows before, a text that begins in column
// 1 of line.
func positionAfter(before []byte, line int) (int, int) {
	line += bytes.Count(before, []byte{'\n'})
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}

// isPartialMark reports whether head is too short to tell that it does not begin
// with mark. Asking for more input only then keeps a live stream from waiting
// for bytes that nobody needs.
func isPartialMark(head, mark []byte) bool {
	return len(head) < len(mark) && bytes.HasPrefix(mark, head)
}
