package stream

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
)

// ErrClosed is the error of an Inbox that has been closed.
var ErrClosed = errors.New("inbox is closed")

// Inbox is a Source of lines that other goroutines put into it. What was put is
// passed on whole, in one chunk. Position counts the calls of Put. Its methods
// may be called concurrently.
type Inbox struct {
	maxLine int
	limit   int

	mu      sync.Mutex
	changed chan struct{} // closed when any of the following changes
	waiting []message
	size    int // of those
	taken   []message
	puts    int64 // that have been taken
	lines   int64 // that have been taken
	closed  bool
}

// message is the data of one Put.
type message struct {
	data   []byte
	number int64
	done   func(error)
}

// NewInbox returns an Inbox in which at most limit bytes wait, or the data of one
// Put if that is more. 0 is 64 MiB; a maxLine of 0 is DefaultMaxLine.
func NewInbox(maxLine, limit int) *Inbox {
	if maxLine <= 0 {
		maxLine = DefaultMaxLine
	}
	if limit <= 0 {
		limit = 64 << 20
	}
	return &Inbox{maxLine: maxLine, limit: limit, changed: make(chan struct{})}
}

// Put adds lines. While the inbox is full, it blocks until there is room or ctx
// is done. Data must not be changed before done is called, which happens once
// unless Put returns an error: with nil when the lines have been acknowledged,
// or with the error of Close.
func (q *Inbox) Put(ctx context.Context, data []byte, done func(error)) error {
	if len(data) == 0 {
		done(nil)
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && q.size > 0 && q.size+len(data) > q.limit {
		if err := q.awaitChange(ctx); err != nil {
			return err
		}
	}
	if q.closed {
		return ErrClosed
	}
	q.waiting = append(q.waiting, message{data: data, done: done})
	q.size += len(data)
	q.notifyChange()
	return nil
}

// awaitChange waits for a change, unlocked meanwhile.
func (q *Inbox) awaitChange(ctx context.Context) error {
	changed := q.changed
	q.mu.Unlock()
	defer q.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *Inbox) notifyChange() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// Next implements [Source].
func (q *Inbox) Next(ctx context.Context, c *Chunk) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.reset(q.lines + 1)
	for len(q.waiting) == 0 {
		if q.closed {
			return io.EOF
		}
		if err := q.awaitChange(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	q.fillChunk(c)
	return nil
}

// fillChunk takes as much as a block has room for, but at least one letter.
func (q *Inbox) fillChunk(c *Chunk) {
	n := 0
	for _, l := range q.waiting {
		if n > 0 && len(c.Data)+len(l.data) > blockSize {
			break
		}
		if c.Data = append(c.Data, l.data...); l.data[len(l.data)-1] != '\n' {
			c.Data = append(c.Data, '\n')
		}
		n++
		q.puts++
		q.size -= len(l.data)
		l.number = q.puts
		q.taken = append(q.taken, l)
	}
	q.waiting = slices.Delete(q.waiting, 0, n)
	c.Size = int64(len(c.Data))
	c.cutLines(q.maxLine)
	q.lines += int64(c.Lines)
	c.Position.Offset = q.puts
	q.notifyChange()
}

// Acknowledge implements [Source].
func (q *Inbox) Acknowledge(p Position) {
	q.mu.Lock()
	n := 0
	for n < len(q.taken) && q.taken[n].number <= p.Offset {
		n++
	}
	acknowledged := slices.Clone(q.taken[:n])
	q.taken = slices.Delete(q.taken, 0, n)
	q.mu.Unlock()
	callDone(acknowledged, nil)
}

// Close ends the input. With a nil error, what was put before is still passed on.
// Otherwise, as after a run that has ended, what was not acknowledged is done
// with that error.
func (q *Inbox) Close(err error) {
	q.mu.Lock()
	q.closed = true
	var rest []message
	if err != nil {
		rest = slices.Concat(q.taken, q.waiting)
		q.taken, q.waiting, q.size = nil, nil, 0
	}
	q.notifyChange()
	q.mu.Unlock()
	callDone(rest, err)
}

func callDone(letters []message, err error) {
	for _, l := range letters {
		l.done(err)
	}
}
