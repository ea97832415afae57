package typed

import (
	"io"

	"github.com/kithsec/kith/internal/csvio"
)

// Writer takes rows from the mapping library and appends custom cells to them.
type Writer struct {
	out    *csvio.Writer
	custom []string // the cells to append to the next row
	err    error
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{out: csvio.NewWriter(w)} }

// Append says which cells follow those of the next row.
func (w *Writer) Append(cells []string) { w.custom = cells }

// Write writes one row.
func (w *Writer) Write(row []string) error {
	for _, cells := range [][]string{row, w.custom} {
		for _, cell := range cells {
			w.out.Cell(cell)
		}
	}
	w.err = w.out.EndRow()
	return w.err
}

// Flush is called after every row and does nothing: Close flushes.
func (w *Writer) Flush() {}

// Error returns the first error.
func (w *Writer) Error() error { return w.err }

// Close writes what is left.
func (w *Writer) Close() error { return w.out.Flush() }
