package gen

import "io"

// batch gathers rows and writes them in large pieces. After an error it
// swallows what follows; finish reports it.
type batch struct {
	w   io.Writer
	buf []byte
	n   int64
	err error
}

const batchSize = 128 << 10

func (b *batch) flushIfFull() {
	if len(b.buf) >= batchSize {
		b.flush()
	}
}

func (b *batch) flush() {
	if b.err == nil {
		var n int
		n, b.err = b.w.Write(b.buf)
		b.n += int64(n)
	}
	b.buf = b.buf[:0]
}

func (b *batch) finish() (int64, error) {
	b.flush()
	return b.n, b.err
}
