package stream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
)

// Values is a Source of the values of a JSON sequence: one value after another, on one line
// or on several, and the elements of arrays. A unit is a value without the line breaks
// between its tokens, and with a line feed at its end. A value that is longer than the limit
// is a unit without bytes.
//
// An object that is longer than the limit, but begins an array that [Arrays] opens, is read up to
// the array, whose elements are values; what follows it is skipped.
//
// A value whose structure is malformed is a malformed unit, as written. It extends to the next
// line that begins with an opening brace and has the same indentation as the line on which
// the value begins; reading resumes there. An array that is not closed at the end of the
// input is a malformed unit without bytes.
//
// Position counts the bytes of the input. Reading may resume within an array.
type Values struct {
	in      *Input
	maxLine int
	lines   int64 // line feeds before the next chunk
	offset  int64 // of the next chunk

	buf     []byte // bytes that have been read and not been consumed
	pos     int    // where in buf the current value, or the next separator, begins
	scanned int    // where in buf to go on

	state     valuesState
	resumed   bool   // nothing but blanks has been read after an offset that may be in an array
	inArray   bool   // the values are elements of an array
	arrayLine int64  // line on which the array begins; 0 if it is not known
	indent    []byte // the blanks at the beginning of the line
	indented  bool   // the line has only blanks up to pos

	arrays  *Arrays // to open in objects that are too long, or nil
	finder  arrayFinder
	objects int  // number of objects around the array whose elements are read
	unknown bool // nothing is known of what is around the array that ended last

	value   valueScanner
	line    int64 // on which the current value begins
	gap     span  // what precedes the current value
	dropped span  // of the current value, if it is too long
	err     error // why the current value is broken
}

// span is a part of the input.
type span struct{ size, lines int }

type valuesState uint8

const (
	atStart valuesState = iota // before the first byte
	between                    // before a value, or after the last one
	inValue
	inBroken // in a malformed value, whose end is to be found
	inRest   // in an object around an array, after the array
)

// NewValues returns the values of src. lines and offset are the number of lines and of
// bytes that precede src in the input. A maxLine of 0 means DefaultMaxLine.
func NewValues(src io.Reader, maxLine int, lines, offset int64) *Values {
	if maxLine <= 0 {
		maxLine = DefaultMaxLine
	}
	state := atStart
	if offset > 0 {
		state = between
	}
	return &Values{
		in: asInput(src), maxLine: maxLine, lines: lines, offset: offset,
		state: state, resumed: offset > 0, indented: true,
	}
}

// Acknowledge implements [Source]. It does nothing.
func (*Values) Acknowledge(Position) {}

// Next implements [Source].
func (v *Values) Next(ctx context.Context, c *Chunk) error {
	c.reset(v.lines + 1)
	err := v.fillChunk(ctx, c)
	v.lines += int64(c.Lines)
	v.offset += c.Size
	c.Position.Offset = v.offset
	return err
}

// fillChunk reads until there is at least one unit.
func (v *Values) fillChunk(ctx context.Context, c *Chunk) error {
	for {
		n := len(v.buf)
		v.buf = slices.Grow(v.buf, blockSize)
		read, err := v.in.read(ctx, v.buf[n:n+blockSize])
		v.buf = v.buf[:n+read]
		v.cutValues(c, err == io.EOF)
		if err == io.EOF {
			c.Size += int64(v.gap.size)
			c.Lines += v.gap.lines
			v.gap = span{}
		}
		if err == io.EOF && v.arrayLine > 0 {
			v.line = v.arrayLine
			v.addUnit(c, nil, errOpenArray)
			v.arrayLine = 0
		}
		if err != nil || c.Len() > 0 {
			return err
		}
	}
}

// cutValues adds the values in buf to a chunk and removes them from buf. last means that
// the end of the input has been read.
func (v *Values) cutValues(c *Chunk, last bool) {
	for more := true; more; {
		switch v.state {
		case atStart:
			more = v.skipMark(last)
		case between:
			more = v.skipSeparators(c)
		case inValue:
			more = v.scanValue(c, last)
		case inBroken:
			more = v.skipBroken(c, last)
		case inRest:
			more = v.skipRest()
		}
		more = more || v.openLong()
	}
	if v.state >= inValue && len(v.buf)-v.pos > v.maxLine {
		v.dropped.size += v.scanned - v.pos
		v.dropped.lines += bytes.Count(v.buf[v.pos:v.scanned], []byte{'\n'})
		v.pos = v.scanned
	}
	if v.pos > 0 {
		v.buf = v.buf[:copy(v.buf, v.buf[v.pos:])]
		v.scanned -= v.pos
		v.pos = 0
	}
}

const byteOrderMark = "\ufeff"

// skipMark skips a byte order mark. It reports whether the beginning of the input has been
// read.
func (v *Values) skipMark(last bool) bool {
	mark := []byte(byteOrderMark)
	if !last && len(v.buf) < len(mark) && bytes.HasPrefix(mark, v.buf) {
		return false
	}
	if bytes.HasPrefix(v.buf, mark) {
		v.pos, v.gap.size = len(mark), len(mark)
	}
	v.state = between
	return true
}

// skipSeparators skips what separates values. It reports whether a value begins.
func (v *Values) skipSeparators(c *Chunk) bool {
	for ; v.pos < len(v.buf); v.pos++ {
		if b := v.buf[v.pos]; v.unknown && (b == ',' || b == '}') {
			v.beginRest(1)
		}
		if v.state == inRest {
			return true
		}
		if !v.isSeparator(c, v.buf[v.pos]) {
			v.unknown = false
			v.state, v.scanned, v.indented, v.resumed = inValue, v.pos, false, false
			v.line = v.gapLine(c)
			v.value.reset()
			return true
		}
		v.gap.size++
	}
	v.scanned = v.pos
	return false
}

// gapLine returns the number of the line at the end of the gap.
func (v *Values) gapLine(c *Chunk) int64 { return v.lines + int64(c.Lines+v.gap.lines) + 1 }

// isSeparator reports whether b separates values, and keeps track of lines and arrays.
func (v *Values) isSeparator(c *Chunk, b byte) bool {
	switch {
	case b == '\n':
		v.gap.lines++
		v.indent, v.indented = v.indent[:0], true
		return true
	case b == ' ' || b == '\t' || b == '\r':
		if v.indented {
			v.indent = append(v.indent, b)
		}
		return true
	case b == recordSeparator:
	case b == ',' && (v.inArray || v.resumed):
		v.inArray = true
	case b == ']' && (v.inArray || v.resumed):
		v.endArray()
	case b == '[' && !v.inArray:
		v.inArray, v.arrayLine = true, v.gapLine(c)
	default:
		return false
	}
	v.resumed, v.indented = false, false
	return true
}

// endArray ends the array whose elements are read.
func (v *Values) endArray() {
	v.unknown = v.arrayLine == 0
	v.inArray = false
	if v.objects == 0 {
		v.arrayLine = 0
	} else {
		v.beginRest(v.objects)
	}
}

// openLong opens the array in the current value, if the value is too long and is an object that
// begins with an array to open. It reports whether it is.
func (v *Values) openLong() bool {
	if v.state != inValue || v.arrays == nil || v.arrays.Keep || v.inArray || v.dropped.size > 0 || len(v.buf)-v.pos <= v.maxLine {
		return false
	}
	offset, depth, ok := v.finder.begin(v.buf[v.pos:], v.arrays)
	if !ok {
		return false
	}
	v.arrays.noteLeftOut(v.finder.around, v.line)
	v.gap.size += offset
	v.gap.lines += bytes.Count(v.buf[v.pos:v.pos+offset], []byte{'\n'})
	v.pos += offset
	v.state, v.inArray, v.arrayLine, v.objects = between, true, v.line, depth
	return true
}

// beginRest begins to skip the members of a number of objects after an array.
func (v *Values) beginRest(objects int) {
	v.state, v.objects = inRest, 0
	v.value.reset()
	v.value.open = append(v.value.open, bytes.Repeat([]byte{'{'}, objects)...)
	v.value.expect = aCommaOrEnd
}

// skipRest skips what follows an array, up to the end of the objects around it. It reports
// whether the state has changed.
func (v *Values) skipRest() bool {
	n, done, err := v.value.scan(v.buf[v.pos:])
	if v.arrays != nil && bytes.IndexByte(v.buf[v.pos:v.pos+n], '"') >= 0 {
		v.arrays.noteLeftOut([]string{"…"}, v.line)
	}
	v.gap.size += n
	v.gap.lines += bytes.Count(v.buf[v.pos:v.pos+n], []byte{'\n'})
	v.pos += n
	v.scanned = v.pos
	if done || err != nil { // what is malformed becomes the next value
		v.state, v.arrayLine, v.indented = between, 0, false
		return true
	}
	return false
}

// recordSeparator precedes each value of a JSON text sequence (RFC 7464).
const recordSeparator = 0x1e

// scanValue scans the current value and adds it to the chunk if it is complete. It reports
// whether the state has changed.
func (v *Values) scanValue(c *Chunk, last bool) bool {
	n, done, err := v.value.scan(v.buf[v.scanned:])
	v.scanned += n
	switch {
	case err == nil && (done || last && v.value.endsHere()):
		if v.scanned-v.pos <= v.maxLine || !v.openLong() {
			v.endValue(c, nil)
		}
		return true
	case err == nil && last:
		err = errCutShort
	case err == nil:
		return false
	}
	if lines := v.dropped.lines + bytes.Count(v.buf[v.pos:v.scanned], []byte{'\n'}); lines > 0 {
		err = fmt.Errorf("%w, on line %d", err, v.line+int64(lines))
	}
	v.err, v.state = err, inBroken
	if v.dropped.size == 0 && v.scanned-v.pos <= v.maxLine && v.isIndented() {
		v.scanned = v.pos
	}
	return true
}

// isIndented reports whether the second line of the current value is indented more than its
// first. Then a line with the indentation of the first does not begin a value within the
// current one.
func (v *Values) isIndented() bool {
	_, second, _ := bytes.Cut(v.buf[v.pos:v.scanned], []byte{'\n'})
	rest, ok := bytes.CutPrefix(second, v.indent)
	return ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t')
}

// skipBroken looks for the end of a malformed value and adds it to the chunk. It reports
// whether it found the end.
func (v *Values) skipBroken(c *Chunk, last bool) bool {
	for {
		i := bytes.IndexByte(v.buf[v.scanned:], '\n')
		if i < 0 || !last && v.scanned+i+1+len(v.indent) >= len(v.buf) {
			break
		}
		v.scanned += i + 1
		rest, ok := bytes.CutPrefix(v.buf[v.scanned:], v.indent)
		if ok && len(rest) > 0 && rest[0] == '{' {
			v.endValue(c, v.err)
			return true
		}
	}
	if last {
		v.scanned = len(v.buf)
		v.arrayLine = 0 // the array is not closed, or its bracket is part of the malformed value
		v.endValue(c, v.err)
	}
	return last
}

// endValue adds the current value, which ends at scanned, to the chunk and consumes it.
func (v *Values) endValue(c *Chunk, err error) {
	text := v.buf[v.pos:v.scanned]
	c.Size += int64(v.gap.size + v.dropped.size + len(text))
	lines := bytes.Count(text, []byte{'\n'})
	c.Lines += v.gap.lines + v.dropped.lines + lines
	if lines > 0 {
		last := text[bytes.LastIndexByte(text, '\n')+1:]
		v.indent = append(v.indent[:0], last[:len(last)-len(bytes.TrimLeft(last, " \t"))]...)
		v.indented = len(v.indent) == len(last)
	}
	if v.dropped.size > 0 || len(text) > v.maxLine {
		text, err = nil, nil
	}
	v.addUnit(c, text, err)
	v.state, v.pos, v.gap, v.dropped = between, v.scanned, span{}, span{}
}

// addUnit adds a value to the chunk; err is why it is malformed.
func (v *Values) addUnit(c *Chunk, text []byte, err error) {
	if err != nil {
		c.addMalformed(err)
		text = bytes.TrimRight(text, " \t\r\n")
		c.Data = append(c.Data, text...)
	} else {
		c.Data = appendWithoutBreaks(c.Data, text)
	}
	if len(text) > 0 {
		c.Data = append(c.Data, '\n')
	}
	c.Ends = append(c.Ends, len(c.Data))
	c.Starts = append(c.Starts, v.line)
}

// appendWithoutBreaks appends text without its line breaks.
func appendWithoutBreaks(dst, text []byte) []byte {
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		for part := range bytes.SplitSeq(line, []byte{'\r'}) {
			dst = append(dst, part...)
		}
	}
	return dst
}
