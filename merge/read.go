package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/kithsec/kith/internal/ahead"
	"github.com/kithsec/kith/internal/csvio"
)

// readSource reads a source and collects its rows. The source is read and hashed
// on one goroutine, made canonical on another, and its rows are collected on the
// caller's, which is about as much work as the other two. The header comes first,
// because it may add columns.
func (c *collector) readSource(rank int, src Source) error {
	f, err := src.Open()
	if err != nil {
		return &SourceError{Source: src.Name, Path: src.Path, Err: err}
	}
	sum := sha256.New()
	text := ahead.NewReader(&hashed{f, sum})
	defer text.Stop()
	in := csvio.NewReader(text, csvio.Options{})
	if err := c.readRows(rank, src, in); err != nil {
		return sourceError(src, err)
	}
	c.list.Sources[rank].SHA256 = sumText(sum)
	return nil
}

// hashed hashes what is read.
type hashed struct {
	io.ReadCloser
	sum hash.Hash
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.sum.Write(p[:n])
	return n, err
}

func sumText(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

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

func (c *collector) readRows(rank int, src Source, in *csvio.Reader) error {
	c.begin(src)
	if !in.Next() {
		if err := in.Err(); err != nil {
			return err
		}
		return errors.New("empty file: a list begins with a header line")
	}
	head, err := c.schema.readHeader(src, in)
	if err != nil {
		return err
	}
	r := newReader(c, head, src, in)
	go r.run()
	c.collect(rank, r)
	return in.Err()
}

// run reads all rows and hands them over, batch by batch. The batches go round,
// so that memory does not depend on how far one goroutine is ahead of the other.
func (r *reader) run() {
	defer close(r.read)
	for b := range r.free {
		more := r.fill(b)
		r.read <- b
		if !more {
			return
		}
	}
}

// fill fills a batch and reports whether there may be more rows.
func (r *reader) fill(b *batch) bool {
	b.reset()
	for r.batch = b; !b.full(); {
		if !r.in.Next() {
			return false
		}
		b.bytes += int64(len(r.in.Raw()) + len(r.in.End()))
		if !r.readRow() {
			b.lost++
		}
	}
	return true
}
