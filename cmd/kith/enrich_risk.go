package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/inputs"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/pipeline"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
)

// riskOutput is the part of kith enrich that --risk adds: a pipeline in place of the Enricher,
// and the notables. The methods close and discard of a nil riskOutput do nothing.
type riskOutput struct {
	of       *enrichRun
	pipeline *pipeline.Pipeline
	notables *notableOutput // nil if the session or the pipeline writes them
	ack      *os.File
	unread   []string // with a state: the paths of the inputs to be read

	input        *inputs.Input // with a state: the current input
	storedBefore int64         // bytes of the inputs before it, as they are stored
	before       enrich.Stats  // of the inputs before it
}

// riskSetup returns the block risk of the configuration after checking it, or nil without
// --risk.
func (f *enrichFlags) riskSetup(c *config.Config) (*config.RiskSetup, error) {
	if f.risk == "" {
		return nil, nil
	}
	setup, err := c.RiskSetup()
	if err != nil {
		return nil, err
	}
	return setup, setup.Check()
}

// openRisk opens the outputs for notables and makes the pipeline. stream has the options of the
// stream.
func (r *enrichRun) openRisk(c *cobra.Command, options enrich.Options, setup *config.RiskSetup, stream enrich.StreamOptions) (_ *riskOutput, err error) {
	f := r.flags
	f.configure(setup, f.workers)
	setup.Options.ScoreError = scoreErrorReporter(r.messagesUnlessQuiet())
	r.rules = setup.CountRules()
	if f.mixesOutputs() {
		stream.Out = enrich.FormatNDJSON
	}
	ro := &riskOutput{of: r}
	o := pipeline.Options{
		Enrich: options, Risk: setup.Config, Engine: setup.Options,
		In: stream.In, Out: stream.Out, Workers: stream.Workers, MaxLine: stream.MaxLine, OnError: stream.OnError,
		Header: stream.Header, Between: stream.Between, Progress: ro.showProgress, Hint: stream.Hint, KeepWrapper: stream.KeepWrapper, LeftOut: stream.LeftOut, Bad: ro.reportBad,
	}
	switch {
	case f.state != "":
		err = ro.openState(c, &o)
	case f.mixesOutputs():
		o.Inline = true
	default:
		path := f.risk
		if path == "-" {
			path = ""
		}
		ro.notables, err = openNotableOutput(c.OutOrStdout(), path, f.appending)
		o.Notable = func(n *risk.Notable) error { ro.notables.write(n); return nil }
	}
	if err != nil {
		return nil, errors.Join(err, ro.closeFiles())
	}
	if ro.pipeline, err = pipeline.New(r.lists.Snapshot, o); err != nil {
		return nil, errors.Join(withStateHint(inStateDir(f.state, setup.Place(err))), ro.closeFiles())
	}
	r.enricher = ro.pipeline.Enricher()
	return ro, nil
}

// openState opens the state directory, and makes the session write the notables, and commit the
// events with them.
func (r *riskOutput) openState(c *cobra.Command, o *pipeline.Options) (err error) {
	f := r.of.flags
	so := state.Options{File: f.risk, Stream: c.OutOrStdout(), Append: f.appending}
	if f.risk == "-" {
		so.File = ""
	}
	if r.of.out.isResumable() {
		so.Outputs = []state.Output{r.of.out}
	}
	if r.ack, err = f.openAck(&so); err != nil {
		return err
	}
	log, err := bolt.Open(f.state)
	if err != nil {
		return withStateHint(err)
	}
	o.Log, o.Session, o.CommitEvery = log, so, f.commitEvery
	r.unread = r.of.in.Paths()
	return nil
}

// run runs the pipeline on the inputs. With a state, each file is continued at the last commit.
func (r *riskOutput) run(ctx context.Context) (enrich.Stats, error) {
	if r.unread == nil {
		sum, err := r.pipeline.Run(ctx, r.of.out, r.of.in)
		return sum.Stats, err
	}
	for _, path := range r.unread {
		if ctx.Err() != nil {
			break
		}
		in, err := r.of.in.Open(path)
		if err != nil {
			return r.before, err
		}
		r.input = in
		sum, err := r.pipeline.RunFile(ctx, r.of.out, in, in.Path(), in.Head())
		r.before.Add(&sum.Stats)
		if err != nil || ctx.Err() != nil { // another goroutine may still read in
			return r.before, err
		}
		r.storedBefore += in.Stored()
		if err := in.Close(); err != nil {
			return r.before, err
		}
		r.input = nil
	}
	return r.before, nil
}

// showProgress is called after every block.
func (r *riskOutput) showProgress(s pipeline.Summary) {
	total := r.before
	total.Add(&s.Stats)
	r.of.showProgress(total)
	if r.notables != nil {
		_ = r.notables.out.Flush() // close returns the error
	}
}

// reportBad reports an event that could not be enriched or counted.
func (r *riskOutput) reportBad(b pipeline.BadLine) error {
	err := r.of.reportBad(enrich.BadEvent{Line: b.Line, Raw: b.Raw, Err: b.Err})
	if err == nil && r.unread != nil {
		err = r.of.badLines.Flush() // before the line is committed
	}
	return err
}

// swap puts a new version of the lists and rules into use.
func (r *riskOutput) swap(v *lists.Version) error {
	rules, n, err := compileRules(v.Config, r.pipeline)
	if err != nil {
		return err
	}
	if err := r.pipeline.Swap(v.Snapshot); err != nil {
		return err
	}
	r.of.rules = n
	return r.pipeline.SetRules(rules)
}

// reopen reopens the outputs.
func (r *riskOutput) reopen() error {
	if s := r.pipeline.Session(); s != nil {
		return s.Reopen(r.of.reopenEvents)
	}
	err := r.of.reopenEvents()
	if r.notables != nil {
		err = errors.Join(err, r.notables.Reopen())
	}
	return err
}

// discard discards what is not committed.
func (r *riskOutput) discard() {
	if r != nil && r.pipeline.Session() != nil {
		r.pipeline.Session().Discard()
	}
}

// close commits, and closes the outputs of notables.
func (r *riskOutput) close() error {
	if r == nil {
		return nil
	}
	err := r.pipeline.Close()
	if r.notables != nil {
		err = errors.Join(err, r.notables.out.Flush())
	}
	return errors.Join(err, r.closeFiles())
}

// closeFiles closes the files of notables and acknowledgements.
func (r *riskOutput) closeFiles() error {
	var err error
	if r.notables != nil {
		err = r.notables.Close()
	}
	if r.ack != nil {
		err = errors.Join(err, r.ack.Close())
	}
	return err
}
