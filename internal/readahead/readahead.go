// Package readahead reads and decompresses a stream on a goroutine of its own, ahead of
// the caller that processes it.
package readahead

import (
	"errors"
	"io"
)

// The stream is read in pieces of that size, of which so many go round.
const (
	pieceSize = 256 << 10
	pieces    = 4
)

// Reader gives what a stream holds. It is for one goroutine.
type Reader struct {
	queue *Queue[*piece]
	stop  chan struct{}
	piece *piece // at hand
	at    int    // what was read of it
	err   error  // set before the queue ends
}

// piece is a piece of the stream.
type piece struct {
	room [pieceSize]byte
	size int
}

// NewReader returns a Reader of src and begins to read it. It closes src at the end
// of the input or after an error, before Read returns that, or some time after Stop.
func NewReader(src io.ReadCloser) *Reader {
	r := &Reader{queue: NewQueue(pieces, func() *piece { return new(piece) }), stop: make(chan struct{})}
	go r.run(src)
	return r
}

func (r *Reader) run(src io.ReadCloser) {
	r.queue.Fill(func(p *piece) bool {
		select {
		case <-r.stop:
			p.size, r.err = 0, errStopped
		default:
			p.size, r.err = src.Read(p.room[:])
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
	for r.piece == nil || r.at == r.piece.size {
		piece, more := r.queue.Next()
		if !more {
			return 0, r.err
		}
		r.piece, r.at = piece, 0
	}
	n := copy(p, r.piece.room[r.at:r.piece.size])
	r.at += n
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
