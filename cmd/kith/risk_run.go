package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/internal/stream"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/risk"
)

const (
	// commitPause is how long a commit with a notable is delayed while no line arrives.
	commitPause = 100 * time.Millisecond
	// maxUnsaved is the size in bytes of uncommitted state at which a commit is made.
	maxUnsaved = 16 << 20
)

// riskRun is one run of kith risk.
type riskRun struct {
	*liveRun
	flags      *riskFlags
	counter    riskCounter
	commits    *stream.Committer // nil without a state
	badLines   *badLineReporter
	began      time.Time
	lines      [][]byte // of the current block
	arrays     stream.Arrays
	shownBytes int64 // bytes of the current input that the progress shows
	unread     int64 // events that were too long or malformed, and not passed to the counter
	notables   int64 // that were committed
}

func (f *riskFlags) run(c *cobra.Command, args []string) (err error) {
	if err := f.checkFlags(c); err != nil {
		return err
	}
	config, err := f.openConfig()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{inputs.Standard}
	}
	if slices.Contains(args, inputs.Standard) && f.snapshot == "" {
		if err := checkStandardInput(config, "the events"); err != nil {
			return err
		}
	}
	if err := distinctFiles(f.outputFiles(), slices.Concat(args, config.NamedFiles(), []string{f.snapshot}), c.InOrStdin()); err != nil {
		return err
	}
	setup, err := config.RiskSetup()
	if err != nil {
		return err
	}
	if err := setup.Check(); err != nil { // before the lists are loaded
		return err
	}
	if !f.quiet {
		printRuleNotes(c.ErrOrStderr(), setup.Notes)
	}
	files, err := inputs.OpenAll(args, c.InOrStdin())
	if err != nil {
		return err
	}
	r := &riskRun{liveRun: newLiveRun(c, &f.readFlags, true), flags: f}
	defer r.close()
	if err := r.loadSource(c, config); err != nil {
		return err
	}
	r.began, r.rules = time.Now(), setup.CountRules()
	summary, err := r.countLines(c, setup, files)
	hints := hintList{to: r.messagesUnlessQuiet()}
	if s := r.snapshot(); s != nil {
		hints.add(domainsHint(s))
	}
	hints.add(lateHint(&summary))
	if unwritten := f.writeSummary(r.messages, riskSummary{summary, hints.texts}, time.Since(r.began), err); err == nil {
		err = unwritten
	}
	hints.print()
	if err == nil && f.strict {
		err = uncountedError(&summary)
	}
	if err != nil {
		return err
	}
	return strictListError(f.strict, r.losses())
}

// countLines runs the engine on the inputs and returns the summary.
func (r *riskRun) countLines(c *cobra.Command, setup *config.RiskSetup, files []*inputs.Input) (s risk.Summary, err error) {
	f := r.flags
	letters, err := newBadLineReporter(f.deadLetter, f.state != "" || f.appending, r.messagesUnlessQuiet())
	if err != nil {
		return s, err
	}
	defer func() {
		if closed := letters.Close(); closed != nil && !errors.Is(err, closed) { // unless a flush has returned it
			err = errors.Join(err, closed)
		}
	}()
	setup.Options.ScoreError = scoreErrorReporter(r.messagesUnlessQuiet())
	counter, err := f.newCounter(c, setup, r.resolver())
	if err != nil {
		return s, setup.Place(err)
	}
	r.counter, r.badLines = counter, letters
	r.openArrays(setup.Options.Unwrap)
	if f.state != "" {
		r.commits = &stream.Committer{Every: f.commitEvery, Pause: commitPause, Commit: func(stream.Position) error { return counter.Commit() }}
	}
	if err := r.startReloading(f.watch, r.swap); err != nil {
		return s, errors.Join(err, counter.Close())
	}
	r.startReopening(r.reopen)
	r.startSummaries(f.summaryEvery, func() error {
		return f.writeSummary(r.messages, riskSummary{Summary: r.total()}, time.Since(r.began), nil)
	})
	err = r.countInputs(r.ctx, files, int(f.maxLine))
	r.progress.End()
	letters.reportRest()
	if letters.Flush() != nil { // Close returns the error
		counter.Discard() // a bad line that was not written must not be acknowledged
	}
	err = errors.Join(err, counter.Close())
	return r.total(), err
}

// total returns the summary of the run so far.
func (r *riskRun) total() risk.Summary {
	s := r.counter.Engine().Summary()
	s.Lines += r.unread
	s.Bad += r.unread
	return s
}

// swap puts a new version of the lists and rules into use, between two blocks.
func (r *riskRun) swap(v *lists.Version) error {
	engine := r.counter.Engine()
	rules, n, err := compileRules(v.Config, engine)
	if err != nil {
		return err
	}
	return r.call(func() error {
		engine.SetResolver(resolverOf(v))
		engine.SetRules(rules)
		r.inUse, r.rules = v, n
		return nil
	})
}

// reopen reopens the outputs. With a state, it commits first.
func (r *riskRun) reopen() error { return errors.Join(r.counter.Reopen(), r.badLines.Reopen()) }

// countInputs counts the lines of the inputs, one input after another. When ctx is
// done, it finishes the lines that were read.
func (r *riskRun) countInputs(ctx context.Context, files []*inputs.Input, maxLine int) error {
	for _, in := range files {
		if ctx.Err() != nil {
			return nil
		}
		if err := r.countInput(ctx, in, maxLine); err != nil {
			return err
		}
	}
	return nil
}

// countInput counts the lines of an input after those that an earlier run committed.
func (r *riskRun) countInput(ctx context.Context, in *inputs.Input, maxLine int) error {
	r.progress.Begin(in.Title(), "lines", in.Size())
	offset, err := r.counter.Input(in.Path(), in.Head())
	if err != nil {
		return err
	}
	r.shownBytes = 0
	src := stream.NewInput(in)
	form, err := src.InspectBetween(ctx, r.between)
	if err != nil {
		return err
	}
	source, err := form.Resume(ctx, src, maxLine, offset)
	switch _, isShort := errors.AsType[*stream.ShortError](err); {
	case isShort:
		return in.NameError(err)
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	err = stream.Run(ctx, stream.OpenArrays(source, &r.arrays), stream.Options{Commits: r.commits, Between: r.between}, stream.Stage[struct{}]{
		Ordered: true,
		Work:    func() func(*riskBlock) error { return func(b *riskBlock) error { return r.countBlock(in, b, maxLine) } },
	})
	if err != nil || ctx.Err() != nil { // another goroutine may still read in
		return err
	}
	return in.Close()
}

// openArrays makes the inputs open arrays of events.
func (r *riskRun) openArrays(u event.Unwrap) {
	element := r.counter.Engine().Schema().NewJSON()
	r.arrays = stream.Arrays{
		Objects: !u.Off, Names: u.Names,
		Fits: func(text []byte) bool { return element.Scan(text) == nil && element.Fits() },
	}
}

type riskBlock = stream.Block[struct{}]

// countBlock counts the lines of a block, and reports malformed ones.
func (r *riskRun) countBlock(in *inputs.Input, b *riskBlock, maxLine int) error {
	r.lines = r.lines[:0]
	for i := range b.Len() {
		line, malformed := b.Unit(i), b.Malformed(i)
		if malformed == nil && len(line) == 0 {
			malformed = fmt.Errorf("line is longer than the limit of %d bytes", maxLine)
		}
		if malformed != nil {
			r.unread++
			r.lines = append(r.lines, nil)
			b.AddBad(i, malformed)
			continue
		}
		r.lines = append(r.lines, bytes.TrimSuffix(line, []byte{'\n'}))
	}
	bad, err := r.counter.Add(r.lines, b.Size)
	for _, l := range bad {
		b.AddBad(l.Index, l.Reason)
	}
	reported := b.EachBad(func(line int64, raw []byte, reason error) error {
		return r.badLines.report(in.Title(), line, raw, reason)
	})
	if reported == nil {
		reported = r.badLines.Flush()
	}
	stored := in.Stored()
	r.progress.Add(b.Len(), int(stored-r.shownBytes))
	r.shownBytes = stored
	engine := r.counter.Engine()
	if notables := engine.Summary().Notables; notables > r.notables {
		r.notables, b.Commit = notables, stream.AtPause
	}
	if engine.Unsaved() > maxUnsaved {
		b.Commit = stream.AtOnce
	}
	return errors.Join(err, reported)
}
