package stream

import (
	"bytes"
	"context"
	"io"

	"github.com/kithsec/kith/internal/zeeklog"
)

// Zeek is a Source of the events of a log in Zeek's default format, as JSON, without
// the directives. A line that does not have as many columns as its header is a malformed
// unit, as written.
type Zeek struct {
	*Lines
	header zeeklog.Header
	text   []byte // the units of a chunk
	ends   []int  // of the lines of a chunk
}

// NewZeek returns the events of src. lines and offset are the number of lines and of bytes
// that precede src in the input, and header is the header in them. A maxLine of 0 means
// DefaultMaxLine.
func NewZeek(src io.Reader, maxLine int, lines, offset int64, header zeeklog.Header) *Zeek {
	return &Zeek{Lines: NewLines(src, maxLine, lines, offset), header: header}
}

// Next implements [Source].
func (z *Zeek) Next(ctx context.Context, c *Chunk) error {
	first, lines, size := z.lines+1, 0, int64(0)
	for {
		err := z.Lines.Next(ctx, c)
		z.convertLines(c)
		lines += c.Lines
		size += c.Size
		if err != nil || c.Len() > 0 {
			c.First, c.Lines, c.Size = first, lines, size
			return err
		}
	}
}

// convertLines replaces the lines of a chunk by events, and drops directives.
func (z *Zeek) convertLines(c *Chunk) {
	z.text, z.ends = z.text[:0], append(z.ends[:0], c.Ends...)
	c.Ends = c.Ends[:0]
	from := 0
	for i, end := range z.ends {
		line := c.Data[from:end]
		from = end
		text := bytes.TrimRight(line, "\r\n")
		if zeeklog.IsDirective(text) {
			z.header = z.header.Add(text)
			continue
		}
		z.text = z.appendUnit(z.text, c, line, text)
		c.Ends = append(c.Ends, len(z.text))
		c.Starts = append(c.Starts, c.First+int64(i))
	}
	c.Data, z.text = z.text, c.Data
}

// appendUnit appends the unit of a line, which is text without its line end.
func (z *Zeek) appendUnit(dst []byte, c *Chunk, line, text []byte) []byte {
	if len(text) == 0 { // blank, or too long
		return append(dst, line...)
	}
	event, err := z.header.AppendJSON(dst, text)
	if err != nil {
		c.addMalformed(err)
		return append(dst, line...)
	}
	return append(event, '\n')
}
