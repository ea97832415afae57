package stream

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
)

// ErrClosed is the error of Put for an Inbox that has been closed.
var ErrClosed = errors.New("inbox is closed")

// Inbox is a Source of lines that other goroutines put into it. The lines of one Put are
// passed on in the same chunk. Position counts the calls of Put. The methods may be
// called concurrently.
type Inbox struct {
	maxLine int
	limit   int

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when any of the following changes
	waiting []message
	size    int // total bytes of waiting
	taken   []message
	puts    int64 // number taken so far
	lines   int64 // number taken so far
	closed  bool
}

// message is the lines of one Put.
type message struct {
	data   []byte
	number int64
	done   func(error)
}

// NewInbox returns an Inbox in which at most limit bytes wait, or the data of a single
// Put if that is more. A limit of 0 means 64 MiB; a maxLine of 0 means DefaultMaxLine.
func NewInbox(maxLine, limit int) *Inbox {
	if maxLine <= 0 {
		maxLine = DefaultMaxLine
	}
	if limit <= 0 {
		limit = 64 << 20
	}
	return &Inbox{maxLine: maxLine, limit: limit, changed: make(chan struct{})}
}

// Put adds lines. While the inbox is full, it blocks until there is room or ctx is done.
// Unless Put returns an error, done is called exactly once: with nil when the lines have
// been acknowledged, or with the error that was passed to Close. data must not change
// before that.
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

// awaitChange waits until notifyChange is called or ctx is done. It unlocks q.mu
// meanwhile.
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

// notifyChange wakes all goroutines in awaitChange.
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

// fillChunk moves as many waiting messages into c as a block has room for, but at least
// one.
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

// Close ends the input. If err is nil, lines that were put before are still passed on.
// Otherwise all lines that have not been acknowledged are dropped, and their done
// functions are called with err; use this after a run has ended.
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

func callDone(messages []message, err error) {
	for _, m := range messages {
		m.done(err)
	}
}
