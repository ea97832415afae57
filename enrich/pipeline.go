package enrich

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
)

// stream is one run: blocks go from the reader to the workers and, in the order
// of the reader, to the writer, and back.
type stream struct {
	options StreamOptions
	work    func() func(*block) // returns what a worker does with a block
	queue   chan *block         // to the workers
	order   chan *block         // to the writer, in the order of the input
	free    chan *block         // back to the reader
	stop    <-chan struct{}     // the reader is to end
	quit    chan struct{}       // the workers are to end
	readErr error               // set before order is closed
}

// block is a run of whole events on its way.
type block struct {
	head    []byte // goes before everything else
	in      []byte
	skipped int // lines skipped before the block for their length
	beside  int // bytes of the input that in does not hold: those lines, the header
	out     []byte
	stats   Stats
	bad     []badLine
	csv     recordList // what in holds, if it is CSV
	table   *csvTable  // what out is, if it is CSV made of JSON
	done    chan struct{}
}

// badLine is a bad event of a block. Its bytes are in[from:to], nothing if they
// were not held.
type badLine struct {
	line     int64 // within the block, from 1
	from, to int
	out      int // bytes of the block's output that come before it
	err      error
}

func newStream(o StreamOptions) *stream {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MaxLine <= 0 {
		o.MaxLine = DefaultMaxLine
	}
	n := o.Workers + 4
	s := &stream{
		options: o, quit: make(chan struct{}),
		queue: make(chan *block, n), order: make(chan *block, n), free: make(chan *block, n),
	}
	for range n {
		s.free <- &block{done: make(chan struct{}, 1)}
	}
	return s
}

// run takes src to dst. read takes blocks, fills them and sends them until the
// input ends.
func (s *stream) run(ctx context.Context, dst io.Writer, src io.Reader, read func(io.Reader) error) (Stats, error) {
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	defer close(s.quit)
	s.stop = stop.Done()
	g := &gate{src: src}
	defer g.shut()
	go func() {
		defer close(s.order)
		if err := read(g); err != io.EOF && err != errShut {
			s.readErr = err
		}
	}()
	for range s.options.Workers {
		go s.worker()
	}
	return s.write(ctx, dst, g)
}

func (s *stream) worker() {
	work := s.work()
	for {
		select {
		case b := <-s.queue:
			work(b)
			b.done <- struct{}{}
		case <-s.quit:
			return
		}
	}
}

// take returns a block to be filled, nil if the reader is to end.
func (s *stream) take() *block {
	select {
	case b := <-s.free:
		b.head, b.in, b.skipped, b.beside = b.head[:0], b.in[:0], 0, 0
		return b
	case <-s.stop:
		return nil
	}
}

// send sends a block on its way. There is room for all of them.
func (s *stream) send(b *block) {
	s.order <- b
	s.queue <- b
}

// readLines cuts the input into blocks of lines.
func (s *stream) readLines(src io.Reader) error { return s.readLinesTo(src, s.send) }

func (s *stream) readLinesTo(src io.Reader, send func(*block)) error {
	lines := lineReader{src: src, maxLine: s.options.MaxLine}
	for b := s.take(); b != nil; b = s.take() {
		var err error
		b.in, b.skipped, err = lines.next(b.in)
		b.beside = lines.lost
		if err != nil && err != io.EOF { // a line whose end was not read is no event
			b.in = b.in[:bytes.LastIndexByte(b.in, '\n')+1]
		}
		if len(b.in) > 0 || b.skipped > 0 {
			send(b)
		}
		if err != nil {
			return err
		}
	}
	return errShut
}

// write writes the blocks in the order of the input. Once ctx is done it ends
// with what the reader has sent, if that waits for its input.
func (s *stream) write(ctx context.Context, dst io.Writer, g *gate) (total Stats, err error) {
	done := ctx.Done()
	for {
		select {
		case b, more := <-s.order:
			if !more {
				return total, s.readErr
			}
			if err := s.writeBlock(dst, b, &total); err != nil {
				return total, err
			}
		case <-done:
			if done = nil; g.shut() {
				return total, s.writeSent(dst, &total)
			}
		}
	}
}

// writeSent writes the blocks that have been sent.
func (s *stream) writeSent(dst io.Writer, total *Stats) error {
	for {
		select {
		case b, more := <-s.order:
			if !more {
				return s.readErr // the reader ended after all
			}
			if err := s.writeBlock(dst, b, total); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (s *stream) writeBlock(dst io.Writer, b *block, total *Stats) error {
	<-b.done
	err := s.report(b, total.Lines)
	var bad *BadEvent
	if err == nil || errors.As(err, &bad) {
		var failed error
		b.stats.BytesOut, failed = writeAll(dst, b.head, b.out)
		err = errors.Join(err, failed)
	}
	total.add(&b.stats)
	if err != nil {
		return err
	}
	if s.options.Progress != nil {
		s.options.Progress(*total)
	}
	s.free <- b
	return nil
}

func writeAll(dst io.Writer, texts ...[]byte) (written int64, err error) {
	for _, text := range texts {
		if len(text) == 0 {
			continue
		}
		n, err := dst.Write(text)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// report tells the caller of the bad events of a block that begins after so
// many lines.
func (s *stream) report(b *block, before int64) error {
	for _, bad := range b.bad {
		event := BadEvent{Line: before + bad.line, Raw: b.in[bad.from:bad.to], Err: bad.err}
		if bad.from == bad.to {
			event.Raw = nil
		}
		if s.options.DeadLetter != nil {
			if err := s.options.DeadLetter(event); err != nil {
				return err
			}
		}
		if s.options.OnError == Fail {
			b.out = b.out[:bad.out]
			return &event
		}
	}
	return nil
}

// gate is a reader that can be shut: a Read that is under way is left behind
// and tells nobody what it has read, and there is no further one.
type gate struct {
	src     io.Reader
	mu      sync.Mutex
	closed  bool
	reading bool
}

// errShut is what a Read of a gate that is shut returns.
var errShut = errors.New("shut")

// shut reports whether a Read was under way.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return g.reading
}

// enter and leave report whether the gate is open.
func (g *gate) enter() bool { return g.set(true) }
func (g *gate) leave() bool { return g.set(false) }

func (g *gate) set(reading bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reading = reading && !g.closed
	return !g.closed
}

// Read reads from src if the gate is open.
func (g *gate) Read(p []byte) (int, error) {
	if !g.enter() {
		return 0, errShut
	}
	n, err := g.src.Read(p)
	if !g.leave() {
		return 0, errShut
	}
	return n, err
}
