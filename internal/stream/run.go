package stream

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// Stage is one stage of the work on each block.
type Stage[R any] struct {
	// Ordered stages process the blocks one after another, in the order of the input.
	// The others, the parallel ones, run on several goroutines.
	Ordered bool
	// Work is called once for each goroutine of the stage. It returns the function that
	// processes a block. An error of that function ends the run, after the blocks
	// before it have passed all stages. Panics are not recovered.
	Work func() func(*Block[R]) error
}

// Options are the options of a run. The zero Options are the defaults.
type Options struct {
	Workers int        // goroutines of a parallel stage; 0 means one per core
	Commits *Committer // commits the input that has passed all stages; nil for none
	// Between receives functions that Run calls between two blocks, on the goroutine that
	// called it. An error that one returns ends the run. It may be nil.
	Between <-chan func() error
}

// Run passes the units of src through the stages until the input ends, ctx is done, or a
// stage, the source or a commit fails. In the first two cases it returns nil once all
// units that were read have passed all stages. Otherwise it returns the first error in
// the order of the input.
//
// Ordered stages before the first parallel one run on the goroutine that calls src.Next.
// An ordered last stage runs on the goroutine that called Run, and so do commits. When
// Run returns, all its goroutines have ended.
func Run[R any](ctx context.Context, src Source, o Options, stages ...Stage[R]) error {
	if src == nil || len(stages) == 0 {
		return errors.New("a stream needs a source and a stage")
	}
	ctx, cancel := context.WithCancel(ctx)
	r := newRun(src, o, stages)
	defer r.goroutines.Wait()
	defer cancel()
	defer r.aborted.Store(true) // has no effect once all blocks have passed
	for i := range r.middle {
		r.startStage(i)
	}
	r.goroutines.Go(func() {
		r.readErr = r.readBlocks(ctx)
		r.closeStages(0)
	})
	return r.finishBlocks()
}

// run is a run in progress. Blocks pass from the source through the first, middle and
// last stages, and then return to the source.
type run[R any] struct {
	src     Source
	commits *Committer
	between <-chan func() error
	first   []func(*Block[R]) error // ordered stages on the goroutine of the source
	middle  []*middleStage[R]
	last    func(*Block[R]) error // ordered stage on the goroutine of Run; may be nil
	toLast  chan *Block[R]        // blocks for the last stage, in order
	free    chan *Block[R]        // blocks for the source

	goroutines sync.WaitGroup
	aborted    atomic.Bool // blocks in flight are discarded
	readErr    error       // valid once toLast is closed
}

// middleStage is a stage between the first ones and the last. Adjacent parallel stages
// are joined into one.
type middleStage[R any] struct {
	Stage[R]
	in      chan *Block[R]
	workers int
}

func newRun[R any](src Source, o Options, stages []Stage[R]) *run[R] {
	r := &run[R]{src: src, commits: o.Commits, between: o.Between}
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
		m := &middleStage[R]{Stage: s, workers: 1}
		if !s.Ordered {
			m.workers = o.Workers
		}
		r.middle = append(r.middle, m)
		blocks += m.workers
	}
	// Every channel has room for all blocks, so that a send never blocks. Only the
	// source waits, for a free block.
	r.toLast, r.free = make(chan *Block[R], blocks), make(chan *Block[R], blocks)
	for _, m := range r.middle {
		m.in = make(chan *Block[R], blocks)
	}
	for range blocks {
		r.free <- &Block[R]{ready: make(chan struct{}, 1)}
	}
	return r
}

// inSequence joins the work of two stages.
func inSequence[R any](a, b func() func(*Block[R]) error) func() func(*Block[R]) error {
	return func() func(*Block[R]) error {
		a, b := a(), b()
		return func(block *Block[R]) error {
			if err := a(block); err != nil {
				return err
			}
			return b(block)
		}
	}
}

// readBlocks fills blocks from the source and starts them, until the input ends, a first
// stage fails or ctx is done.
func (r *run[R]) readBlocks(ctx context.Context) error {
	for {
		var b *Block[R]
		select {
		case b = <-r.free:
		case <-ctx.Done():
			return nil
		}
		b.Out, b.Bad, b.Commit, b.err = b.Out[:0], b.Bad[:0], 0, nil
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

// startBlock passes a block through the first stages and sends it on. It reports whether
// all of them succeeded.
func (r *run[R]) startBlock(b *Block[R]) bool {
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

// sendBlock sends a block to middle stage i. If that is parallel, the block is sent to
// the next stage at the same time, which keeps the order; that stage waits until the
// block is ready.
func (r *run[R]) sendBlock(i int, b *Block[R]) {
	for _, m := range r.middle[i:] {
		if m.in <- b; m.Ordered {
			return
		}
	}
	r.toLast <- b
}

// closeStages closes the input of middle stage i, and of the next if i is parallel.
func (r *run[R]) closeStages(i int) {
	for _, m := range r.middle[i:] {
		if close(m.in); m.Ordered {
			return
		}
	}
	close(r.toLast)
}

func (r *run[R]) startStage(i int) {
	m := r.middle[i]
	for range m.workers {
		work := m.Work()
		if m.Ordered {
			r.goroutines.Go(func() { r.workInOrder(i, work) })
		} else {
			r.goroutines.Go(func() { r.workInParallel(m.in, work) })
		}
	}
}

// workInParallel runs one goroutine of a parallel stage.
func (r *run[R]) workInParallel(in <-chan *Block[R], work func(*Block[R]) error) {
	for b := range in {
		if b.err == nil && !r.aborted.Load() {
			b.err = work(b)
		}
		b.ready <- struct{}{}
	}
}

// workInOrder runs an ordered stage. It skips all blocks after one that failed.
func (r *run[R]) workInOrder(i int, work func(*Block[R]) error) {
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

// awaitBlock waits until the stage before middle stage i is done with a block, if that
// stage is parallel.
func (r *run[R]) awaitBlock(i int, b *Block[R]) {
	if i > 0 && !r.middle[i-1].Ordered {
		<-b.ready
	}
}

// finishBlocks passes the blocks through the last stage and commits them.
func (r *run[R]) finishBlocks() error {
	pauses, stop := r.commits.watchPauses()
	defer stop()
	for {
		select {
		case b, more := <-r.toLast:
			if !more {
				return r.readErr
			}
			if err := r.finishBlock(b); err != nil {
				return err
			}
			r.free <- b
		case call := <-r.between:
			if err := call(); err != nil {
				return err
			}
		case <-pauses:
			if len(r.toLast) > 0 {
				continue
			}
			if err := r.commits.commitAtPause(); err != nil {
				return err
			}
		}
	}
}

func (r *run[R]) finishBlock(b *Block[R]) error {
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
