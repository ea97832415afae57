package csvio

import "io"

// A Writer writes records to an underlying writer through a buffer. The caller must flush
// it at the end. A Writer must not be used by several goroutines at once.
type Writer struct {
	dst      io.Writer
	buf      []byte
	cells    int // number of cells of the current row
	rowStart int // offset of the current row in buf
	err      error
}

// NewWriter returns a Writer to dst. It does not close dst.
func NewWriter(dst io.Writer) *Writer {
	return &Writer{dst: dst, buf: make([]byte, 0, bufferSize)}
}

// Cell adds a cell to the current row.
func (w *Writer) Cell(text string) { w.buf = AppendCell(w.beginCell(), text) }

// CellBytes is like Cell for bytes. It does not retain text.
func (w *Writer) CellBytes(text []byte) { w.buf = AppendCell(w.beginCell(), text) }

// beginCell returns the buffer, to which it has appended a comma unless the cell is the
// first of its row.
func (w *Writer) beginCell() []byte {
	w.cells++
	if w.cells == 1 {
		return w.buf
	}
	return append(w.buf, ',')
}

// EndRow ends the current row with LF. It returns the first error of the underlying writer,
// to which nothing more is written after an error.
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

// Flush writes all ended rows to the underlying writer. It returns the first error of that
// writer.
func (w *Writer) Flush() error {
	if w.err == nil && w.rowStart > 0 {
		_, w.err = w.dst.Write(w.buf[:w.rowStart])
	}
	n := copy(w.buf, w.buf[w.rowStart:])
	w.buf, w.rowStart = w.buf[:n], 0
	return w.err
}
