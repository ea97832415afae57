// Package pipeline enriches events and counts their risk in one process, with one scan
// of each event.
//
// The events that it writes and the notables that it emits are byte for byte those of
// the two commands in sequence (kith enrich | kith risk). Several goroutines enrich
// blocks of events and read their facts with the detection rules; risk is counted in the
// order of the input:
//
//	cut → enrich, write, read facts (parallel) → count risk (ordered) → outputs → commit
//
// With a log, the state of the engine, the notables and the position in the input are
// committed together, so that they are always consistent.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/snapshot"
	"github.com/kithsec/kith/state"
)

// Options describe a Pipeline. The zero Options are the defaults.
type Options struct {
	Enrich enrich.Options // View is set by New
	Risk   risk.Config
	Engine risk.Options // State is set by New if there is a Log, and Unwrap to that of Enrich

	// Log stores the state of risk. If it is nil, the state is kept in memory only and
	// Session must be empty. With a Log, notables are also written to the outputs of
	// Session, and are committed with the state. The Pipeline closes the Log.
	Log         state.Log
	Session     state.Options
	CommitEvery time.Duration // maximum time between commits; 0 means one second

	// In and Out are the formats of the events. Risk is counted from the events as they are
	// written, or would be written as NDJSON.
	In, Out enrich.Format
	Workers int // goroutines that enrich and read; 0 means one per core. The output does not depend on it
	MaxLine int // maximum bytes of a line; 0 means 16 MiB. Longer lines are bad
	OnError enrich.OnError
	Header  func(header []byte) (write bool, err error) // see enrich.StreamOptions
	Between <-chan func() error                         // see enrich.StreamOptions. The functions may use the Engine

	// Inline writes each notable into the output, behind the event that caused it. The
	// output is then NDJSON unless Out is another format, which New refuses. It also refuses
	// a Log, because with one the notables are written when they are committed.
	Inline bool
	// Progress, if set, is called after every block with the Summary of the run so far.
	Progress func(Summary)
	Hint     func(enrich.Hint) // see enrich.StreamOptions

	KeepWrapper bool                               // see enrich.StreamOptions; Inline excludes it
	LeftOut     func(line int64, members []string) // see enrich.StreamOptions

	// Notable, if set, is called for every notable, in order, after the event that
	// caused it has been written.
	Notable func(*risk.Notable) error
	// Bad, if set, is called for every line that could not be enriched or counted, in
	// order. An error of Bad or Notable ends the run. With a Log, the Pipeline can
	// then only be closed, and the Log keeps the state of the last commit.
	Bad func(BadLine) error
}

// BadLine is a line that could not be enriched or counted.
type BadLine struct {
	Line int64  // from 1
	Raw  []byte // valid during the call: the line, or the enriched line if it could not be counted; nil if it was too long
	Err  error
}

// Summary counts what a run did: what enriching did, and the risk of the events that it
// wrote.
type Summary struct {
	enrich.Stats
	Risk risk.Summary
}

// Pipeline enriches events and counts their risk. It must be used by one goroutine at a
// time, but Swap, CompileRules and SetRules may be called at any time.
type Pipeline struct {
	options  Options
	enricher *enrich.Enricher
	engine   *risk.Engine
	session  *state.Session // nil without a log

	swap sync.Mutex // held while uses is replaced
	uses atomic.Pointer[generation]
}

// generation is what the facts of a block are read with.
type generation struct {
	snapshot *snapshot.Snapshot // resolves risk objects
	rules    *risk.Rules
}

// New returns a Pipeline that enriches events from s and resolves risk objects with s. It
// returns an error if s is nil or an option is invalid; then it closes the Log.
func New(s *snapshot.Snapshot, o Options) (*Pipeline, error) {
	if s == nil {
		return nil, closeLog(o.Log, errors.New("no snapshot to enrich events from"))
	}
	if o.OnError > enrich.Fail {
		return nil, closeLog(o.Log, fmt.Errorf("unknown action %d for bad events", o.OnError))
	}
	o.Engine.Unwrap = o.Enrich.Unwrap
	if o.Log == nil && (o.Session.File != "" || o.Session.Stream != nil || o.Session.OnCommit != nil) {
		return nil, errors.New("a session needs a log")
	}
	if o.Inline && o.Log != nil {
		return nil, closeLog(o.Log, errors.New("notables that are committed to a log cannot be written between the events"))
	}
	if o.Inline && o.KeepWrapper {
		return nil, closeLog(o.Log, errors.New("notables cannot be written between the events of one object"))
	}
	if o.Inline && o.Out == enrich.FormatDefault {
		o.Out = enrich.FormatNDJSON
	}
	if o.Inline && o.Out != enrich.FormatNDJSON {
		return nil, closeLog(o.Log, errors.New("notables are JSON, so that they can only be written between events in NDJSON"))
	}
	p := &Pipeline{options: o}
	if o.Log != nil {
		o.Engine.State = o.Log
	}
	var err error
	if p.engine, err = risk.New(o.Risk, s, o.Engine); err != nil {
		return nil, closeLog(o.Log, err)
	}
	rules := p.engine.Rules()
	p.uses.Store(&generation{s, rules})
	o.Enrich.View = rules.Schema()
	if p.enricher, err = enrich.New(s, o.Enrich); err != nil {
		return nil, closeLog(o.Log, err)
	}
	if o.Log != nil {
		if p.session, err = state.NewSession(o.Log, o.Session, p.engine); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// closeLog closes the log, if there is one, and returns err with the error of that.
func closeLog(log state.Log, err error) error {
	if log == nil {
		return err
	}
	return errors.Join(err, log.Close())
}

// Swap makes s the Snapshot for all events whose processing begins from now on. Risk
// objects that were resolved before keep their entities. If it returns an error, the
// Pipeline keeps its current Snapshot.
func (p *Pipeline) Swap(s *snapshot.Snapshot) error {
	p.swap.Lock()
	defer p.swap.Unlock()
	if err := p.enricher.Swap(s); err != nil {
		return err
	}
	p.uses.Store(&generation{s, p.uses.Load().rules})
	return nil
}

// CompileRules compiles detection rules, and the rules of files, for SetRules. See
// [risk.Engine.CompileRules].
func (p *Pipeline) CompileRules(rules []detect.Rule, files []detect.RuleFile) (*risk.Rules, error) {
	return p.engine.CompileRules(rules, files)
}

// SetRules makes r, which CompileRules returned, the detection rules for all events whose
// processing begins from now on. Modifiers that were counted before keep their objects and
// scores. If it returns an error, the Pipeline keeps its current rules.
func (p *Pipeline) SetRules(r *risk.Rules) error {
	if r == nil {
		return errors.New("no rules to read events with")
	}
	p.swap.Lock()
	defer p.swap.Unlock()
	if err := p.enricher.SwapView(r.Schema()); err != nil {
		return err
	}
	p.uses.Store(&generation{p.uses.Load().snapshot, r})
	return nil
}

// Enricher returns the Enricher, for its Snapshot.
func (p *Pipeline) Enricher() *enrich.Enricher { return p.enricher }

// Session returns the session of the Log, or nil without one. It may be used between runs, and
// by the functions of Options.Between.
func (p *Pipeline) Session() *state.Session { return p.session }

// Engine returns the risk engine, for reports. It must not be used while Run is running.
func (p *Pipeline) Engine() *risk.Engine { return p.engine }

// Close commits pending changes and closes the log. Without a log it does nothing.
func (p *Pipeline) Close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

// Run enriches the events of src, writes them to dst in order, and counts their risk.
// When ctx is done, it finishes the events that were read and returns without an error.
// It may be called again for further inputs.
func (p *Pipeline) Run(ctx context.Context, dst io.Writer, src io.Reader) (Summary, error) {
	return p.runFrom(ctx, dst, src, 0)
}

// RunFile is like Run for the file at path. With a Log, it leaves out what earlier runs have
// committed of the file, as [state.Session.Input] describes; head is what that needs of the
// file.
func (p *Pipeline) RunFile(ctx context.Context, dst io.Writer, src io.Reader, path string, head []byte) (Summary, error) {
	var offset int64
	if p.session != nil {
		var err error
		if offset, err = p.session.Input(path, head); err != nil {
			return Summary{}, err
		}
	}
	return p.runFrom(ctx, dst, src, offset)
}

// runFrom runs the pipeline for the input after an offset.
func (p *Pipeline) runFrom(ctx context.Context, dst io.Writer, src io.Reader, offset int64) (sum Summary, err error) {
	if dst == nil || src == nil {
		return Summary{}, errors.New("a pipeline needs an input and an output")
	}
	r, before := &run{Pipeline: p, dst: dst}, p.engine.Summary()
	o := enrich.StreamOptions{
		In: p.options.In, Out: p.options.Out, Workers: p.options.Workers, MaxLine: p.options.MaxLine, OnError: p.options.OnError,
		Offset: offset, Header: p.options.Header, Between: p.options.Between, Hint: p.options.Hint,
		KeepWrapper: p.options.KeepWrapper, LeftOut: p.options.LeftOut, DeadLetter: r.reportBad,
		Observer: func() enrich.Observer { return &blockReader{run: r} },
	}
	if p.session != nil {
		o.Commit, o.CommitEvery = p.session.Commit, p.options.CommitEvery
	}
	if p.options.Progress != nil {
		o.Progress = func(s enrich.Stats) { p.options.Progress(Summary{s, p.engine.Summary().Since(before)}) }
	}
	sum.Stats, err = p.enricher.Stream(ctx, r, src, o)
	if p.session != nil && r.unsaved != nil {
		p.session.Discard()
	}
	sum.Risk = p.engine.Summary().Since(before)
	return sum, err
}

// reportBad passes an event that could not be enriched to Options.Bad.
func (r *run) reportBad(e enrich.BadEvent) error {
	if r.options.Bad == nil {
		return nil
	}
	return r.options.Bad(BadLine{Line: e.Line, Raw: e.Raw, Err: e.Err})
}
