package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

const (
	// pause is how long a notable waits for its commit when no line follows.
	pause = 100 * time.Millisecond
	// commitSize is how many bytes of state wait for a commit at most.
	commitSize = 16 << 20
)

// riskRun is one run of kith risk.
type riskRun struct {
	counter  riskCounter
	letters  *deadLetters
	progress *term.Progress
	long     int64 // lines that were too long to be held
	notables int64 // that were committed
	every    time.Duration
	commitAt time.Time
}

func (f *riskFlags) run(c *cobra.Command, args []string) (err error) {
	if err := f.check(c); err != nil {
		return err
	}
	config, err := f.open()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{standardInput}
	}
	if err := distinctFiles(f.outputs(), slices.Concat(args, config.NamedFiles(), []string{f.snapshot}), c.InOrStdin()); err != nil {
		return err
	}
	setup, err := config.RiskSetup()
	if err != nil {
		return err
	}
	if err := setup.Check(); err != nil { // before lists are read
		return err
	}
	inputs, err := openInputs(c.InOrStdin(), args)
	if err != nil {
		return err
	}
	resolver, losses, err := f.resolver(c, config)
	if err != nil {
		return err
	}
	began := time.Now()
	summary, err := f.count(c, setup, resolver, inputs)
	if tell := f.tell(c.ErrOrStderr(), summary, time.Since(began), err); err == nil {
		err = tell
	}
	switch {
	case err != nil:
		return err
	case f.strict && summary.Bad > 0:
		return strictf("%s could not be counted", problem.Plural(int(summary.Bad), "line"))
	}
	return strictLoss(f.strict, losses)
}

// count takes the inputs through the engine.
func (f *riskFlags) count(c *cobra.Command, setup *config.RiskSetup, resolver risk.Resolver, inputs []*lineInput) (s risk.Summary, err error) {
	letters, err := newDeadLetters(f.deadLetter, f.state != "", f.toldTo(c))
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, letters.Close()) }()
	counter, err := f.newCounter(c, setup, resolver)
	if err != nil {
		return s, setup.Place(err)
	}
	r := &riskRun{counter: counter, letters: letters, progress: term.NewProgress(c.ErrOrStderr(), f.quiet), commitAt: time.Now().Add(f.commitEvery), every: f.commitEvery}
	err = r.countAll(c.Context(), inputs, int(f.maxLine))
	r.progress.End()
	letters.tellRest()
	if letters.flush() != nil { // closing them will say why
		counter.Discard() // a line that was not told must not be acknowledged
	}
	err = errors.Join(err, counter.Close())
	s = counter.Engine().Summary()
	s.Lines += r.long
	s.Bad += r.long
	return s, err
}

// toldTo is where bad lines are told, nil if the user wants it quiet.
func (f *riskFlags) toldTo(c *cobra.Command) io.Writer {
	if f.quiet {
		return nil
	}
	return c.ErrOrStderr()
}

// countAll counts the inputs one after another, until they end or the user
// wants no more; then what was read is finished.
func (r *riskRun) countAll(ctx context.Context, inputs []*lineInput, maxLine int) error {
	for _, in := range inputs {
		if ctx.Err() != nil {
			return nil
		}
		if err := r.countInput(ctx, in, maxLine); err != nil {
			return err
		}
	}
	return nil
}

func (r *riskRun) countInput(ctx context.Context, in *lineInput, maxLine int) error {
	r.progress.Begin(in.title(), "lines", in.size)
	offset, err := r.counter.Input(in.path, in.head())
	if err != nil {
		return err
	}
	skipped, err := in.skip(offset)
	r.progress.Add(0, int(skipped))
	if err != nil {
		return err
	}
	s := startLines(in, maxLine)
	defer s.stop()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case b, more := <-s.blocks:
			if !more {
				return errors.Join(s.err, in.close())
			}
			if err := r.add(in, b); err != nil {
				return err
			}
			s.free <- b
		case <-tick.C:
			if len(s.blocks) > 0 {
				continue
			}
			if err := r.commitOnPause(); err != nil {
				return err
			}
		case <-ctx.Done():
			for _, b := range s.rest() {
				if err := r.add(in, b); err != nil {
					return err
				}
			}
			return nil
		}
	}
}

// add counts a block, and commits if it is time.
func (r *riskRun) add(in *lineInput, b *lineBlock) error {
	bad, err := r.counter.Add(b.lines, b.size)
	r.long += int64(len(b.long))
	for _, i := range b.long {
		bad = append(bad, risk.BadLine{Index: i, Reason: b.tooLong()})
	}
	slices.SortFunc(bad, func(a, b risk.BadLine) int { return cmp.Compare(a.Index, b.Index) })
	for _, l := range bad {
		err = errors.Join(err, r.letters.add(in.title(), in.line+int64(l.Index)+1, b.lines[l.Index], l.Reason))
	}
	if err != nil {
		return err
	}
	in.line += int64(len(b.lines))
	r.progress.Add(len(b.lines), int(b.size))
	if r.counter.Pending() && (time.Now().After(r.commitAt) || r.counter.Engine().Unsaved() > commitSize) {
		return r.commit()
	}
	return nil
}

// commitOnPause commits if there are notables that somebody waits for, or if it
// is time.
func (r *riskRun) commitOnPause() error {
	waiting := r.counter.Engine().Summary().Notables > r.notables
	if r.counter.Pending() && (waiting || time.Now().After(r.commitAt)) {
		return r.commit()
	}
	return r.letters.flush()
}

// commit writes the dead letters first: a line that is acknowledged is one that
// was told.
func (r *riskRun) commit() error {
	r.commitAt = time.Now().Add(r.every)
	r.notables = r.counter.Engine().Summary().Notables
	if err := r.letters.flush(); err != nil {
		return err
	}
	return r.counter.Commit()
}
