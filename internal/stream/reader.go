package stream

import (
	"context"
	"io"
)

// reader reads an io.Reader until a context is done. Since a Read cannot be
// interrupted, it runs on a goroutine of its own and is abandoned when the
// context is done while it blocks. A reader is used with one context.
type reader struct {
	src     io.Reader
	buffers chan []byte // nil before the first read
	results chan result
}

type result struct {
	n   int
	err error
}

// read reads into p. It returns the error of ctx only when nothing was read;
// p then belongs to the abandoned Read.
func (r *reader) read(ctx context.Context, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
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
	case result := <-r.results: // it came at the same time
		return result.n, result.err
	default:
		return 0, ctx.Err()
	}
}

func (r *reader) serveReads(ctx context.Context) {
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
