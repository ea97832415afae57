package stream

import (
	"bytes"
	"context"
	"io"
	"slices"
)

// Lines is a Source of the lines of an io.Reader, cut at line feeds. A last line without
// a line feed is a unit too, unless reading ended with an error. A line that is longer
// than the limit is a unit without bytes.
type Lines struct {
	in      *Input
	maxLine int
	lines   int64  // number before the next chunk
	offset  int64  // of the next chunk
	tail    []byte // beginning of a line whose end has not been read yet
	dropped int64  // bytes dropped so far of the current line, if it is too long
}

// NewLines returns the lines of src. lines and offset are the number of lines and
// of bytes that precede src in the input. A maxLine of 0 means DefaultMaxLine.
func NewLines(src io.Reader, maxLine int, lines, offset int64) *Lines {
	if maxLine <= 0 {
		maxLine = DefaultMaxLine
	}
	return &Lines{in: asInput(src), maxLine: maxLine, lines: lines, offset: offset}
}

// Next implements [Source].
func (l *Lines) Next(ctx context.Context, c *Chunk) error {
	c.reset(l.lines + 1)
	err := l.fillChunk(ctx, c)
	l.lines += int64(c.Lines)
	l.offset += c.Size
	c.Position.Offset = l.offset
	return err
}

// Acknowledge implements [Source]. It does nothing.
func (*Lines) Acknowledge(Position) {}

// fillChunk reads until there is at least one unit.
func (l *Lines) fillChunk(ctx context.Context, c *Chunk) error {
	c.Data = append(c.Data, l.tail...)
	l.tail = l.tail[:0]
	for {
		searched := len(c.Data)
		c.Data = slices.Grow(c.Data, blockSize)
		n, err := l.in.read(ctx, c.Data[searched:searched+blockSize])
		c.Data = c.Data[:searched+n]
		if l.dropped > 0 {
			l.dropMore(c, err == io.EOF)
			searched = 0
		}
		end := len(c.Data)
		if err != io.EOF { // after another error, the rest of the line is unknown
			if end = bytes.LastIndexByte(c.Data[searched:], '\n') + 1; end > 0 {
				end += searched
			}
		}
		if err != nil || end > 0 || c.Len() > 0 {
			if err == nil {
				l.tail = append(l.tail, c.Data[end:]...)
			}
			c.Data = c.Data[:end]
			c.Size += int64(end)
			c.cutLines(l.maxLine)
			return err
		}
		if len(c.Data) > l.maxLine {
			l.dropped = int64(len(c.Data))
			c.Data = c.Data[:0]
		}
	}
}

// dropMore drops the bytes read of a line that is too long, up to the end of the line.
// last means that the end of the input has been read.
func (l *Lines) dropMore(c *Chunk, last bool) {
	end := bytes.IndexByte(c.Data, '\n') + 1
	if end == 0 {
		end = len(c.Data)
	} else {
		last = true
	}
	l.dropped += int64(end)
	c.Data = c.Data[:copy(c.Data, c.Data[end:])]
	if last {
		c.Ends = append(c.Ends, 0)
		c.Size += l.dropped
		l.dropped = 0
	}
}
