package enrich

import (
	"bytes"
	"io"
	"slices"
)

// lineReader cuts a stream into runs of whole lines. It reads as much as is
// there, so that a slow stream is passed on line by line, and holds no line
// longer than maxLine.
type lineReader struct {
	src      io.Reader
	maxLine  int
	tail     []byte // of a line whose end is not read yet
	skipping bool   // inside a line that is too long
	lost     int    // bytes of the lines that next skipped
}

// next reads at least one whole line into buf's memory. It also returns how
// many lines before those were too long and are gone. With an error, which is
// io.EOF at the end, the last line may lack its end.
func (r *lineReader) next(buf []byte) (lines []byte, skipped int, err error) {
	buf = append(buf[:0], r.tail...)
	r.tail, r.lost = r.tail[:0], 0
	for {
		searched := len(buf)
		if buf, err = r.read(buf); r.skipping {
			i := bytes.IndexByte(buf, '\n')
			if i < 0 {
				i = len(buf) - 1
			} else {
				r.skipping = false
			}
			r.lost += i + 1
			buf, searched = buf[:copy(buf, buf[i+1:])], 0
		}
		if err != nil {
			return buf, skipped, err
		}
		if i := bytes.LastIndexByte(buf[searched:], '\n'); i >= 0 {
			end := searched + i + 1
			r.tail = append(r.tail, buf[end:]...)
			return buf[:end], skipped, nil
		}
		if len(buf) > r.maxLine {
			r.skipping = true
			skipped++
			r.lost += len(buf)
			buf = buf[:0]
		}
	}
}

// read appends what one Read gives.
func (r *lineReader) read(buf []byte) ([]byte, error) {
	buf = slices.Grow(buf, blockSize)
	n, err := r.src.Read(buf[len(buf) : len(buf)+blockSize])
	return buf[:len(buf)+n], err
}
