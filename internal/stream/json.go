package stream

import (
	"bytes"
	"context"
	"io"
	"slices"
)

// JSON is a Source of JSON events: of [Lines], or of [Values] if the input begins like a
// sequence of values that are not one to a line. The first call of Next inspects the input.
//
// An input is read as Values if it begins with a record separator, or with an opening
// bracket that an opening brace, a closing bracket or a line end follows, or with an object
// that its first line does not close and that the next line, which does not begin with an
// opening brace, continues.
type JSON struct {
	source Source // nil before the input has been inspected
	in     reader
	head   []byte // the bytes that have been read to inspect the input

	maxLine       int
	lines, offset int64
}

// NewJSON returns the events of src. lines and offset are the number of lines and of bytes
// that precede src in the input, and head is its beginning if it is known: without it, an
// input after an offset is read as Lines. A maxLine of 0 means DefaultMaxLine.
func NewJSON(src io.Reader, maxLine int, lines, offset int64, head []byte) *JSON {
	j := &JSON{in: reader{src: src}, maxLine: maxLine, lines: lines, offset: offset}
	if offset > 0 {
		isSequence, _ := beginsSequence(head)
		j.choose(isSequence)
	}
	return j
}

// choose sets the source.
func (j *JSON) choose(isSequence bool) {
	j.in.unread = j.head
	if isSequence {
		v := NewValues(nil, j.maxLine, j.lines, j.offset)
		v.in = j.in
		j.source = v
	} else {
		l := NewLines(nil, j.maxLine, j.lines, j.offset)
		l.in = j.in
		j.source = l
	}
}

// Next implements [Source].
func (j *JSON) Next(ctx context.Context, c *Chunk) error {
	for j.source == nil {
		n := len(j.head)
		j.head = slices.Grow(j.head, blockSize)
		read, err := j.in.read(ctx, j.head[n:n+blockSize])
		j.head = j.head[:n+read]
		isSequence, known := beginsSequence(j.head)
		if known || err != nil || len(j.head) >= blockSize {
			j.in.err = err
			j.choose(isSequence)
		}
	}
	return j.source.Next(ctx, c)
}

// Acknowledge implements [Source]. It does nothing.
func (*JSON) Acknowledge(Position) {}

// beginsSequence reports whether an input that begins with head is read as Values, and
// whether more of the input would not change that.
func beginsSequence(head []byte) (isSequence, known bool) {
	if len(head) < len(byteOrderMark) && bytes.HasPrefix([]byte(byteOrderMark), head) {
		return false, false
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
	switch {
	case len(head) == 0:
		return false, false
	case head[0] == recordSeparator:
		return true, true
	case head[0] == '[':
		rest := bytes.TrimLeft(head[1:], " \t\r")
		return len(rest) > 0 && (rest[0] == '{' || rest[0] == ']' || rest[0] == '\n'), len(rest) > 0
	case head[0] != '{':
		return false, true
	}
	line, rest, ended := bytes.Cut(head, []byte{'\n'})
	var value valueScanner
	if _, closed, err := value.scan(line); closed || err != nil {
		return false, true
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return ended && len(rest) > 0 && rest[0] != '{', ended && len(rest) > 0
}

// BeginsSequence reports whether an input that begins with head is read as Values.
func BeginsSequence(head []byte) bool {
	isSequence, _ := beginsSequence(head)
	return isSequence
}
