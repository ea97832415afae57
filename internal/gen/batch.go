package gen

import "io"

// rowWriter gathers rows and writes them in large pieces. After an error it
// swallows what follows; finish reports it.
type rowWriter struct {
	w   io.Writer
	buf []byte
	n   int64
	err error
}

const flushSize = 128 << 10

func (b *rowWriter) flushIfFull() {
	if len(b.buf) >= flushSize {
		b.flush()
	}
}

func (b *rowWriter) flush() {
	if b.err == nil {
		var n int
		n, b.err = b.w.Write(b.buf)
		b.n += int64(n)
	}
	b.buf = b.buf[:0]
}

func (b *rowWriter) finish() (int64, error) {
	b.flush()
	return b.n, b.err
}
