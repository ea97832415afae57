// Package readahead reads and decompresses a stream on a goroutine of its own, ahead of
// the caller that processes it.
package readahead

import (
	"errors"
	"io"
)

// The stream is read in pieces of that size, of which so many go round.
const (
	blockSize = 256 << 10
	numBlocks    = 4
)

// Reader gives what a stream holds. It is for one goroutine.
type Reader struct {
	queue *Queue[*block]
	stop  chan struct{}
	block *block // at hand
	offset    int    // what was read of it
	err   error  // set before the queue ends
}

// block is a piece of the stream.
type block struct {
	buf [blockSize]byte
	n int
}

// NewReader returns a Reader of src and begins to read it. It closes src at the end
// of the input or after an error, before Read returns that, or some time after Stop.
func NewReader(src io.ReadCloser) *Reader {
	r := &Reader{queue: NewQueue(numBlocks, func() *block { return new(block) }), stop: make(chan struct{})}
	go r.readBlocks(src)
	return r
}

func (r *Reader) readBlocks(src io.ReadCloser) {
	r.queue.Fill(func(p *block) bool {
		select {
		case <-r.stop:
			p.n, r.err = 0, errStopped
		default:
			p.n, r.err = src.Read(p.buf[:])
		}
		if r.err != nil {
			src.Close() // before Read returns the end
		}
		return r.err == nil
	})
}

var errStopped = errors.New("stopped")

// Read gives the next bytes, at most those of one piece. After the last there is
// the error that the stream ended with.
func (r *Reader) Read(p []byte) (int, error) {
	for r.block == nil || r.offset == r.block.n {
		piece, more := r.queue.Next()
		if !more {
			return 0, r.err
		}
		r.block, r.offset = piece, 0
	}
	n := copy(p, r.block.buf[r.offset:r.block.n])
	r.offset += n
	return n, nil
}

// Stop ends the reading. It does not wait for a read that is under way, which may
// take as long as whoever writes the stream pleases. Read must not be called
// afterwards.
func (r *Reader) Stop() {
	close(r.stop)
	go func() {
		for more := true; more; {
			_, more = r.queue.Next() // until the reading ends
		}
	}()
}
