package csvio

import "io"

// A Writer writes records, many to a Write of the underlying writer. It is for
// one goroutine. The caller flushes it at the end.
type Writer struct {
	dst      io.Writer
	buf      []byte
	cells    int // in the row that is being written
	rowStart int // where that row begins in buf
	err      error
}

// NewWriter returns a Writer to dst. It does not close dst.
func NewWriter(dst io.Writer) *Writer {
	return &Writer{dst: dst, buf: make([]byte, 0, bufferSize)}
}

// Cell adds a cell to the row that is being written.
func (w *Writer) Cell(text string) { w.buf = AppendCell(w.beginCell(), text) }

// CellBytes is Cell for bytes. It does not keep text.
func (w *Writer) CellBytes(text []byte) { w.buf = AppendCell(w.beginCell(), text) }

func (w *Writer) beginCell() []byte {
	w.cells++
	if w.cells == 1 {
		return w.buf
	}
	return append(w.buf, ',')
}

// EndRow ends the row with LF. The error is that of the underlying writer; the
// first one stays, and nothing is written after it.
func (w *Writer) EndRow() error {
	if w.cells == 1 && len(w.buf) == w.rowStart {
		w.buf = append(w.buf, '"', '"')
	}
	w.buf = append(w.buf, '\n')
	w.cells, w.rowStart = 0, len(w.buf)
	if w.err != nil || len(w.buf) >= bufferSize-bufferSize/8 {
		return w.Flush()
	}
	return nil
}

// Row writes a row of cells.
func (w *Writer) Row(cells ...string) error {
	for _, c := range cells {
		w.Cell(c)
	}
	return w.EndRow()
}

// Flush writes the rows that have been ended to the underlying writer.
func (w *Writer) Flush() error {
	if w.err == nil && w.rowStart > 0 {
		_, w.err = w.dst.Write(w.buf[:w.rowStart])
	}
	n := copy(w.buf, w.buf[w.rowStart:])
	w.buf, w.rowStart = w.buf[:n], 0
	return w.err
}
