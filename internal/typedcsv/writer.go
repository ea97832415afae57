package typedcsv

import (
	"fmt"
	"io"
	"iter"

	"github.com/gocarina/gocsv"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
)

// Write writes a header and records. The columns of the fields are followed by the custom
// columns of the first record. All records must have the same custom columns in the same
// order. Without records, only the columns of the fields are written.
func (l List[T]) Write(w io.Writer, records iter.Seq[T]) error {
	out := &writer{out: csvio.NewWriter(w)}
	var columns []string
	header := false
	for t := range records {
		values := *l.Targets(&t).Custom
		if !header {
			for _, c := range values {
				columns = append(columns, c.Name)
			}
			if err := l.writeHeader(out, columns); err != nil {
				return err
			}
			header = true
		}
		cells, err := customCells(values, columns)
		if err != nil {
			return err
		}
		out.custom = cells
		if err := gocsv.MarshalCSVWithoutHeaders([]T{t}, out); err != nil {
			return err
		}
	}
	if !header {
		if err := l.writeHeader(out, nil); err != nil {
			return err
		}
	}
	return out.out.Flush()
}

func (l List[T]) writeHeader(out *writer, custom []string) error {
	out.custom = custom
	return gocsv.MarshalCSV([]T{}, out)
}

// customCells returns the custom cells of a record, or an error if its custom columns
// differ from those of the first record.
func customCells(values []entity.CustomValue, columns []string) ([]string, error) {
	cells := make([]string, 0, len(columns))
	for i, v := range values {
		if i >= len(columns) || v.Name != columns[i] {
			return nil, fmt.Errorf("custom columns differ: the first record has %q, another has %q as number %d", columns, v.Name, i+1)
		}
		cells = append(cells, v.Value)
	}
	if len(cells) < len(columns) {
		return nil, fmt.Errorf("custom columns differ: the first record has %q, another has only %d of them", columns, len(cells))
	}
	return cells, nil
}

// writer is the CSV writer that gocsv writes to. It appends custom cells to each row.
type writer struct {
	out    *csvio.Writer
	custom []string // the cells to append to the next row
	err    error    // of the last row
}

// Write writes one row.
func (w *writer) Write(row []string) error {
	for _, cells := range [][]string{row, w.custom} {
		for _, cell := range cells {
			w.out.Cell(cell)
		}
	}
	w.err = w.out.EndRow()
	return w.err
}

// Flush does nothing. gocsv calls it after every row; List.Write flushes once at the end.
func (w *writer) Flush() {}

// Error returns the error of the last row, if any.
func (w *writer) Error() error { return w.err }
