// Package readahead reads a stream on a goroutine of its own, ahead of the caller that
// processes it. If the stream is compressed, decompression happens on that goroutine, too.
package readahead

import (
	"errors"
	"io"
)

// The stream is read in blocks of blockSize bytes, of which numBlocks are reused.
const (
	blockSize = 256 << 10
	numBlocks = 4
)

// Reader returns the bytes of a stream. It must not be used by several goroutines at once.
type Reader struct {
	queue  *Queue[*block]
	stop   chan struct{}
	block  *block // current
	offset int    // number of bytes of block that have been returned
	err    error  // set before the queue ends
}

// block holds n bytes of the stream.
type block struct {
	buf [blockSize]byte
	n   int
}

// NewReader returns a Reader of src and starts to read. It closes src at the end of the
// input or after an error, before Read returns io.EOF or the error. After Stop it closes
// src as soon as the Read in progress has returned.
func NewReader(src io.ReadCloser) *Reader {
	r := &Reader{queue: NewQueue(numBlocks, func() *block { return new(block) }), stop: make(chan struct{})}
	go r.readBlocks(src)
	return r
}

// readBlocks fills blocks from src until an error or Stop.
func (r *Reader) readBlocks(src io.ReadCloser) {
	r.queue.Fill(func(b *block) bool {
		select {
		case <-r.stop:
			b.n, r.err = 0, errStopped
		default:
			b.n, r.err = src.Read(b.buf[:])
		}
		if r.err != nil {
			src.Close() // before Read returns the error
		}
		return r.err == nil
	})
}

var errStopped = errors.New("stopped")

// Read returns the next bytes, at most those of one block. After the last ones it returns
// the error with which the stream ended.
func (r *Reader) Read(p []byte) (int, error) {
	for r.block == nil || r.offset == r.block.n {
		b, more := r.queue.Next()
		if !more {
			return 0, r.err
		}
		r.block, r.offset = b, 0
	}
	n := copy(p, r.block.buf[r.offset:r.block.n])
	r.offset += n
	return n, nil
}

// Stop stops reading. It does not wait for a Read of the source that is in progress,
// which may block for any time. Read must not be called afterwards.
func (r *Reader) Stop() {
	close(r.stop)
	go func() {
		for more := true; more; {
			_, more = r.queue.Next() // drain the queue, so that readBlocks can end
		}
	}()
}

// Queue carries values from a producing goroutine to a consuming one. It recycles a fixed
// number of values, so that memory does not grow when the producer is faster.
type Queue[T any] struct {
	full, free chan T
	current    T    // returned by the last Next
	held       bool // current is a value to be recycled
}

// NewQueue returns a queue of n values, which it makes by calling newValue.
func NewQueue[T any](n int, newValue func() T) *Queue[T] {
	q := &Queue[T]{full: make(chan T, n), free: make(chan T, n)}
	for range n {
		q.free <- newValue()
	}
	return q
}

// Fill calls fill for one free value after another and passes each to Next. It returns
// after the value for which fill returned false.
func (q *Queue[T]) Fill(fill func(T) (more bool)) {
	defer close(q.full)
	for more := true; more; {
		value := <-q.free
		more = fill(value)
		q.full <- value
	}
}

// Next recycles the value that it returned last, and returns the next one. It returns
// false after the last value. Callers must drain the queue; otherwise the goroutine that
// runs Fill blocks forever.
func (q *Queue[T]) Next() (value T, more bool) {
	if q.held {
		q.free <- q.current
	}
	q.current, q.held = <-q.full
	return q.current, q.held
}
