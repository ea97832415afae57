package stream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
)

// Input reads an io.Reader until a context is done. A Read cannot be interrupted, so it
// runs on a goroutine of its own and is abandoned if the context is done while it blocks.
// All calls must use the same context. It is for one goroutine.
type Input struct {
	src     io.Reader
	unread  []byte      // bytes to be read again before those of src
	err     error       // of src after the unread bytes, if peek has met it
	buffers chan []byte // nil before the first read
	results chan result
}

// NewInput returns the Input of src.
func NewInput(src io.Reader) *Input { return &Input{src: src} }

// asInput returns src itself if it is an *Input.
func asInput(src io.Reader) *Input {
	if in, ok := src.(*Input); ok {
		return in
	}
	return NewInput(src)
}

// Read implements io.Reader, so that sources can be made of an Input. It cannot be
// interrupted.
func (r *Input) Read(p []byte) (int, error) { return r.read(context.Background(), p) }

// peek reads the beginning of the input until enough reports true, the input ends, or the
// size of a block has been read. Later reads return these bytes again.
func (r *Input) peek(ctx context.Context, enough func(head []byte) bool) []byte {
	head := r.unread
	for !enough(head) && r.err == nil && len(head) < blockSize {
		n := len(head)
		head = slices.Grow(head, blockSize)
		r.unread = nil
		read, err := r.read(ctx, head[n:n+blockSize])
		head, r.err = head[:n+read], err
	}
	r.unread = head
	return head
}

// ShortError is the error of an input that ends before the offset at which reading is to
// continue.
type ShortError struct{ Size, Offset int64 }

// Error states the two sizes.
func (e *ShortError) Error() string {
	return fmt.Sprintf("has %d bytes, but %d were read before: restore the file, or give the new input another name", e.Size, e.Offset)
}

// Skip skips offset bytes, which an earlier run has processed, writes them to skipped, and
// returns the number of line feeds in them. If the input is shorter, it returns a
// *ShortError.
func (r *Input) Skip(ctx context.Context, offset int64, skipped io.Writer) (lines int64, err error) {
	buf := make([]byte, min(offset, 1<<20))
	for left := offset; left > 0; {
		n, err := r.read(ctx, buf[:min(left, int64(len(buf)))])
		lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		if _, err := skipped.Write(buf[:n]); err != nil {
			return lines, err
		}
		left -= int64(n)
		if err == io.EOF && left > 0 {
			return lines, &ShortError{Size: offset - left, Offset: offset}
		}
		if err != nil && err != io.EOF {
			return lines, err
		}
	}
	return lines, nil
}

type result struct {
	n   int
	err error
}

// read reads into p. It returns the error of ctx only if nothing was read; p must not be
// used then, because the abandoned Read may still write to it.
func (r *Input) read(ctx context.Context, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(r.unread) > 0 {
		n := copy(p, r.unread)
		r.unread = r.unread[n:]
		return n, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	if r.buffers == nil {
		r.buffers, r.results = make(chan []byte, 1), make(chan result, 1)
		go r.serveReads(ctx)
	}
	r.buffers <- p
	select {
	case result := <-r.results:
		return result.n, result.err
	case <-ctx.Done():
	}
	select {
	case result := <-r.results: // the read ended at the same time
		return result.n, result.err
	default:
		return 0, ctx.Err()
	}
}

// serveReads reads into each buffer that it receives, until ctx is done.
func (r *Input) serveReads(ctx context.Context) {
	for {
		select {
		case p := <-r.buffers:
			n, err := r.src.Read(p)
			r.results <- result{n, err}
		case <-ctx.Done():
			return
		}
	}
}
