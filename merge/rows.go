package merge

import (
	"io"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/readahead"
)

// Rows reads the rows of a list one after the other; the first is the header. Cells are
// valid until the next call of Next, and are not changed. If Rows is also an io.Closer, it
// is closed at the end.
type Rows interface {
	Next() bool // reports whether there is a row
	Len() int
	Cell(i int) []byte
	Line() int                    // on which the row begins, from 1
	Pos(i int) (line, column int) // of a cell, from 1; 0, 0 if it has no place
	Err() error                   // why Next found no row; nil at the end
}

// textRows is implemented by Rows that, once the header is read, are the rest of a
// delimited text. These are read without a copy of each cell.
type textRows interface{ Text() *csvio.Reader }

// rowSource splits a source into records. Parse reports losses to it.
type rowSource struct {
	rows    Rows
	text    *csvio.Reader // the rows, if they are delimited text; nil otherwise
	pending []*entity.RowError
}

// openRows begins to parse the text of a source.
func (src *Source) openRows(text io.Reader) (*rowSource, error) {
	in := &rowSource{}
	if src.Parse == nil {
		in.rows = csvio.NewReader(text, csvio.Options{})
		return in, nil
	}
	var err error
	in.rows, err = src.Parse(text, func(e *entity.RowError) {
		e.Source, e.Path = src.Name, src.Path
		in.pending = append(in.pending, e)
	})
	return in, err
}

// endHeader is called once the header has been read.
func (in *rowSource) endHeader() {
	switch rows := in.rows.(type) {
	case *csvio.Reader:
		in.text = rows
	case textRows:
		in.text = rows.Text()
	}
}

// takeLosses returns the losses reported since the last call.
func (in *rowSource) takeLosses() []*entity.RowError {
	losses := in.pending
	in.pending = nil
	return losses
}

func (in *rowSource) close() {
	if c, ok := in.rows.(io.Closer); ok {
		_ = c.Close() // the source was only read
	}
}

// recordBatch carries records from the goroutine that splits a source to the one that
// makes their values canonical.
type recordBatch struct {
	csvio.Records
	losses []*entity.RowError // reported while the records were read
}

// A batch is full at this number of rows or bytes, whichever comes first.
const (
	batchRows  = 256
	batchBytes = 1 << 20
)

// batchesInFlight is the number of batches that circulate between two goroutines: one
// being filled, one in use, and two queued.
const batchesInFlight = 4

// splitRecords fills a batch with the next records and reports whether more may follow.
func (in *rowSource) splitRecords(b *recordBatch) bool {
	b.Reset()
	defer func() { b.losses = in.takeLosses() }()
	for b.Len() < batchRows && b.Size() < batchBytes {
		switch {
		case in.text != nil && in.text.Next():
			b.Add(&in.text.Record)
		case in.text == nil && in.rows.Next():
			b.AddRow(in.rows)
		default:
			return false
		}
	}
	return true
}

// splitInBackground splits the source on another goroutine.
func (in *rowSource) splitInBackground() *readahead.Queue[*recordBatch] {
	split := readahead.NewQueue(batchesInFlight, func() *recordBatch { return &recordBatch{} })
	go split.Fill(in.splitRecords)
	return split
}
