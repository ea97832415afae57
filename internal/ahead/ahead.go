// Package ahead reads a stream on a goroutine of its own while what was read is
// worked on, so that reading, decompressing and hashing take time beside it.
package ahead

import "io"

// The stream is read in pieces of that size, of which so many go round.
const (
	pieceSize = 256 << 10
	pieces    = 4
)

// Reader gives what a stream holds. It is for one goroutine.
type Reader struct {
	full, free chan []byte
	stop       chan struct{}
	piece      []byte // what is left of it
	whole      []byte // the piece, to be given back
	err        error  // set before full is closed
}

// NewReader returns a Reader of src and begins to read it. It closes src once
// that ends, fails, or Stop was called, whichever comes first.
func NewReader(src io.ReadCloser) *Reader {
	r := &Reader{full: make(chan []byte, pieces), free: make(chan []byte, pieces), stop: make(chan struct{})}
	for range pieces {
		r.free <- nil
	}
	go r.run(src)
	return r
}

func (r *Reader) run(src io.ReadCloser) {
	defer close(r.full)
	defer src.Close()
	for r.err == nil {
		select {
		case <-r.stop:
			return
		case piece := <-r.free:
			if piece == nil {
				piece = make([]byte, pieceSize)
			}
			var n int
			n, r.err = src.Read(piece[:pieceSize])
			r.full <- piece[:n]
		}
	}
}

// Read gives the next bytes, at most those of one piece. After the last there is
// the error that the stream ended with.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.piece) == 0 {
		if r.whole != nil {
			r.free <- r.whole
			r.whole = nil
		}
		piece, more := <-r.full
		if !more {
			return 0, r.err
		}
		r.piece, r.whole = piece, piece
	}
	n := copy(p, r.piece)
	r.piece = r.piece[n:]
	return n, nil
}

// Stop ends the reading. It does not wait for a read that is under way, which may
// take as long as whoever writes the stream pleases. Read must not be called
// afterwards.
func (r *Reader) Stop() { close(r.stop) }
