package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/readahead"
)

// readList reads the files of a list, the first of which has the given rank.
func (c *collector) readList(rank int, files []Source) error {
	if err := c.beginList(rank, files); err != nil {
		return err
	}
	for i, src := range files {
		if err := c.readSource(rank+i, src); err != nil {
			return err
		}
	}
	c.restoreDomains()
	return nil
}

// readSource reads a source and collects its rows. One goroutine reads and hashes the
// source, a second splits it into records, and a third makes their values canonical. The
// caller's goroutine collects the rows. Making values canonical and collecting rows take
// about the same time. The header is read first because it may add columns.
func (c *collector) readSource(rank int, src Source) error {
	f, err := src.open()
	if err != nil {
		return &SourceError{Source: src.Name, Path: src.Path, Err: err}
	}
	var sum hash.Hash
	if !c.schema.options.SkipHash {
		sum = sha256.New()
		f = &hashingReader{f, sum}
	}
	text := readahead.NewReader(f)
	defer text.Stop()
	c.beginSource(src)
	in, err := src.openRows(text)
	if err != nil {
		return sourceError(src, err)
	}
	defer in.close()
	if err := c.readRows(rank, src, in); err != nil {
		return sourceError(src, err)
	}
	if sum != nil {
		c.list.Sources[rank].SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

func (src *Source) open() (io.ReadCloser, error) {
	if src.Open == nil {
		return nil, errors.New("source has no Open function")
	}
	f, err := src.Open()
	if err == nil && f == nil {
		err = errors.New("the Open function returned neither a reader nor an error")
	}
	return f, err
}

// hashingReader hashes the bytes read through it.
type hashingReader struct {
	io.ReadCloser
	sum hash.Hash
}

func (h *hashingReader) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.sum.Write(p[:n])
	return n, err
}

func sourceError(src Source, err error) error {
	out := &SourceError{Source: src.Name, Path: src.Path, Err: err}
	var syntax *csvio.SyntaxError
	var source *SourceError
	switch {
	case errors.As(err, &source):
		return err
	case errors.As(err, &syntax):
		out.Line, out.Column, out.Err = syntax.Line, syntax.Column, syntax.Err
	}
	return out
}

func (c *collector) readRows(rank int, src Source, in *rowSource) error {
	head, err := c.schema.readFirst(src, in.rows)
	if err != nil {
		return err
	}
	c.columns[rank] = c.schema.columnsOf(head)
	in.endHeader()
	c.errs = append(c.errs, in.takeLosses()...)
	r := newReader(c, head, src)
	var split *readahead.Queue[*recordBatch]
	if src.Newest == nil {
		split = in.splitInBackground()
	} else {
		if r.newest, err = newNewestRows(src.Newest, rank, head); err != nil {
			return headerError(src, in.rows, 0, err)
		}
		if c.latest != nil {
			r.newest.latest = c.latest
		}
		split = r.newest.readAll(in, r, c.latest != nil)
		c.errs = append(c.errs, r.newest.unreadTimes(src.DayFirst)...)
	}
	go r.readBatches(split)
	defer r.drainBatches()
	c.collectRows(rank, r)
	return in.rows.Err()
}

// readBatches makes the values of all records canonical and passes the rows on, one
// batch of rows per batch of records.
func (r *reader) readBatches(split *readahead.Queue[*recordBatch]) {
	r.rows.Fill(func(b *batch) bool {
		b.reset()
		records, more := split.Next()
		if more {
			r.fillBatch(b, records)
		}
		return more
	})
}

// drainBatches discards the remaining batches and waits for the last, so that no
// goroutine keeps reading after the Progress function has panicked.
func (r *reader) drainBatches() {
	for more := true; more; {
		_, more = r.rows.Next()
	}
}

func (r *reader) fillBatch(b *batch, records *recordBatch) {
	r.batch, b.bytes = b, int64(records.Size())
	b.errs = append(b.errs, records.losses...)
	for i := range records.Len() {
		if r.in = records.At(i); !r.readRow() {
			b.lost++
		}
		r.rowNumber++
	}
}
