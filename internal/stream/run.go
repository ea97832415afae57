package stream

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// Stage is one step of the work on each block.
type Stage[F any] struct {
	// Ordered stages see the blocks one after another, in the order of the input.
	// The others run on several goroutines.
	Ordered bool
	// Work is called once for each goroutine and returns what that does with a
	// block. An error ends the run after the blocks before have passed all stages.
	// A panic is not recovered.
	Work func() func(*Block[F]) error
}

// Options are the options of a run. The zero value is the defaults.
type Options struct {
	Workers int        // goroutines of a parallel stage; 0 is one a core
	Commits *Committer // commits what has passed all stages; nil for none
}

// Run takes the units of src through the stages until the input ends, ctx is
// done or something fails. In the first two cases it returns nil after the units
// that were taken have passed all stages; otherwise the first error in the order
// of the input.
//
// Ordered stages before the first parallel one run on the goroutine that calls
// src.Next, an ordered last stage on the goroutine that called Run; so do commits.
// When Run returns, all its goroutines have ended.
func Run[F any](ctx context.Context, src Source, o Options, stages ...Stage[F]) error {
	if src == nil || len(stages) == 0 {
		return errors.New("a stream needs a source and a stage")
	}
	ctx, cancel := context.WithCancel(ctx)
	r := newRun(src, o, stages)
	defer r.goroutines.Wait()
	defer cancel()
	defer r.aborted.Store(true) // without effect once all blocks have passed
	for i := range r.middle {
		r.startStage(i)
	}
	r.goroutines.Go(func() {
		r.readErr = r.readBlocks(ctx)
		r.closeStages(0)
	})
	return r.finishBlocks()
}

// run is a run in progress. Blocks go from the source through the links to the
// last stage and back.
type run[F any] struct {
	src     Source
	commits *Committer
	first   []func(*Block[F]) error // on the goroutine of the source
	middle   []*middleStage[F]
	last    func(*Block[F]) error // on the goroutine of Run; may be nil
	done     chan *Block[F]        // to the last stage, in order
	free    chan *Block[F]        // back to the source

	goroutines sync.WaitGroup
	aborted    atomic.Bool // blocks in flight are discarded
	readErr    error       // valid once end is closed
}

// middleStage is a stage between the first and the last ones. No parallel one follows
// another.
type middleStage[F any] struct {
	Stage[F]
	in      chan *Block[F]
	workers int
}

func newRun[F any](src Source, o Options, stages []Stage[F]) *run[F] {
	r := &run[F]{src: src, commits: o.Commits}
	if n := len(stages) - 1; stages[n].Ordered {
		r.last = stages[n].Work()
		stages = stages[:n]
	}
	for len(stages) > 0 && stages[0].Ordered {
		r.first = append(r.first, stages[0].Work())
		stages = stages[1:]
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	blocks := 4
	for _, s := range stages {
		n := len(r.middle)
		if n > 0 && !s.Ordered && !r.middle[n-1].Ordered {
			r.middle[n-1].Work = inSequence(r.middle[n-1].Work, s.Work)
			continue
		}
		l := &middleStage[F]{Stage: s, workers: 1}
		if !s.Ordered {
			l.workers = o.Workers
		}
		r.middle = append(r.middle, l)
		blocks += l.workers
	}
	// Every channel has room for all blocks: only the source waits, for a free one.
	r.done, r.free = make(chan *Block[F], blocks), make(chan *Block[F], blocks)
	for _, l := range r.middle {
		l.in = make(chan *Block[F], blocks)
	}
	for range blocks {
		r.free <- &Block[F]{ready: make(chan struct{}, 1)}
	}
	return r
}

// inSequence returns the work of two stages, one after the other.
func inSequence[F any](a, b func() func(*Block[F]) error) func() func(*Block[F]) error {
	return func() func(*Block[F]) error {
		a, b := a(), b()
		return func(block *Block[F]) error {
			if err := a(block); err != nil {
				return err
			}
			return b(block)
		}
	}
}

// readBlocks fills blocks and sends them until there are no more or ctx is done.
func (r *run[F]) readBlocks(ctx context.Context) error {
	for {
		var b *Block[F]
		select {
		case b = <-r.free:
		case <-ctx.Done():
			return nil
		}
		b.Out, b.Commit, b.err = b.Out[:0], 0, nil
		err := r.src.Next(ctx, &b.Chunk)
		if b.Len() == 0 {
			r.free <- b
		} else if !r.startBlock(b) {
			return nil
		}
		switch {
		case err == nil:
		case err == io.EOF, ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return nil
		default:
			return err
		}
	}
}

// startBlock takes a block through the first stages and sends it on. It reports
// whether none of them failed.
func (r *run[F]) startBlock(b *Block[F]) bool {
	ok := true
	for _, work := range r.first {
		if b.err = work(b); b.err != nil {
			ok = false
			break
		}
	}
	r.sendBlock(0, b) // b now belongs to other goroutines
	return ok
}

// sendBlock sends a block to link i. A stage behind a parallel one gets it at the
// same time, which keeps the order, and waits until it is ready.
func (r *run[F]) sendBlock(i int, b *Block[F]) {
	for _, l := range r.middle[i:] {
		if l.in <- b; l.Ordered {
			return
		}
	}
	r.done <- b
}

// closeStages ends link i and those that get their blocks at the same time.
func (r *run[F]) closeStages(i int) {
	for _, l := range r.middle[i:] {
		if close(l.in); l.Ordered {
			return
		}
	}
	close(r.done)
}

func (r *run[F]) startStage(i int) {
	l := r.middle[i]
	for range l.workers {
		work := l.Work()
		if l.Ordered {
			r.goroutines.Go(func() { r.workInOrder(i, work) })
		} else {
			r.goroutines.Go(func() { r.workInParallel(l.in, work) })
		}
	}
}

func (r *run[F]) workInParallel(in <-chan *Block[F], work func(*Block[F]) error) {
	for b := range in {
		if b.err == nil && !r.aborted.Load() {
			b.err = work(b)
		}
		b.ready <- struct{}{}
	}
}

// workInOrder works on no block behind one that failed.
func (r *run[F]) workInOrder(i int, work func(*Block[F]) error) {
	failed := false
	for b := range r.middle[i].in {
		r.awaitBlock(i, b)
		if failed = failed || b.err != nil; !failed && !r.aborted.Load() {
			b.err = work(b)
			failed = b.err != nil
		}
		r.sendBlock(i+1, b)
	}
	r.closeStages(i + 1)
}

// awaitBlock waits until the link before link i is done with a block.
func (r *run[F]) awaitBlock(i int, b *Block[F]) {
	if i > 0 && !r.middle[i-1].Ordered {
		<-b.ready
	}
}

// finishBlocks takes the blocks through the last stage and commits.
func (r *run[F]) finishBlocks() error {
	pauses, stop := r.commits.watchPauses()
	defer stop()
	for {
		select {
		case b, more := <-r.done:
			if !more {
				return r.readErr
			}
			if err := r.finishBlock(b); err != nil {
				return err
			}
			r.free <- b
		case <-pauses:
			if len(r.done) > 0 {
				continue
			}
			if err := r.commits.commitAtPause(); err != nil {
				return err
			}
		}
	}
}

func (r *run[F]) finishBlock(b *Block[F]) error {
	if r.awaitBlock(len(r.middle), b); b.err != nil {
		return b.err
	}
	if r.last != nil {
		if err := r.last(b); err != nil {
			return err
		}
	}
	if r.commits == nil {
		r.src.Acknowledge(b.Position)
		return nil
	}
	return r.commits.advanceTo(r.src, b.Position, b.Commit)
}
