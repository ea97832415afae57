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
	"sync/atomic"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/stream"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/snapshot"
	"github.com/kithsec/kith/state"
)

// Options describe a Pipeline. The zero Options are the defaults.
type Options struct {
	Enrich enrich.Options // View is set by New
	Risk   risk.Config
	Engine risk.Options // State is set by New if there is a Log

	// Log stores the state of risk. If it is nil, the state is kept in memory only and
	// Session must be empty. With a Log, notables are also written to the outputs of
	// Session, and are committed with the state. The Pipeline closes the Log.
	Log         state.Log
	Session     state.Options
	CommitEvery time.Duration // maximum time between commits; 0 means one second

	Workers int // goroutines that enrich and read; 0 means one per core. The output does not depend on it
	MaxLine int // maximum bytes of a line; 0 means 16 MiB. Longer lines are bad
	OnError enrich.OnError

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

// Summary counts what a run did.
type Summary struct {
	Lines     int64 // all lines, blank ones included
	Bad       int64 // lines that could not be enriched
	Unmatched int64 // events without a role that matched
	Risk      risk.Summary
}

// Pipeline enriches events and counts their risk. It must be used by one goroutine at a
// time, but Swap may be called at any time.
type Pipeline struct {
	options  Options
	enricher *enrich.Enricher
	engine   *risk.Engine
	session  *state.Session // nil without a log
	snapshot atomic.Pointer[snapshot.Snapshot]
}

// New returns a Pipeline that enriches events from s and resolves risk objects with s. It
// returns an error if s is nil or an option is invalid.
func New(s *snapshot.Snapshot, o Options) (*Pipeline, error) {
	if s == nil {
		return nil, errors.New("no snapshot to enrich events from")
	}
	if o.OnError > enrich.Fail {
		return nil, fmt.Errorf("unknown action %d for bad events", o.OnError)
	}
	if o.Log == nil && (o.Session.File != "" || o.Session.Stream != nil || o.Session.OnCommit != nil) {
		return nil, errors.New("a session needs a log")
	}
	p := &Pipeline{options: o}
	p.snapshot.Store(s)
	if o.Log != nil {
		o.Engine.State = o.Log
	}
	var err error
	if p.engine, err = risk.New(o.Risk, s, o.Engine); err != nil {
		return nil, err
	}
	o.Enrich.View = p.engine.Schema()
	if p.enricher, err = enrich.New(s, o.Enrich); err != nil {
		return nil, err
	}
	if o.Log != nil {
		if p.session, err = state.NewSession(o.Log, o.Session, p.engine); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Swap makes s the Snapshot for all events whose processing begins from now on. Risk
// objects that were resolved before keep their entities. If it returns an error, the
// Pipeline keeps its current Snapshot.
func (p *Pipeline) Swap(s *snapshot.Snapshot) error {
	if err := p.enricher.Swap(s); err != nil {
		return err
	}
	p.snapshot.Store(s)
	return nil
}

// Engine returns the risk engine, for reports. It must not be used while Run is running.
func (p *Pipeline) Engine() *risk.Engine { return p.engine }

// Close commits pending changes and closes the log. Without a log it does nothing.
func (p *Pipeline) Close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

// Run enriches the lines of src, writes them to dst in order, and counts their risk.
// When ctx is done, it finishes the lines that were read and returns without an error.
// It may be called again for further inputs.
func (p *Pipeline) Run(ctx context.Context, dst io.Writer, src io.Reader) (Summary, error) {
	if dst == nil || src == nil {
		return Summary{}, errors.New("a pipeline needs an input and an output")
	}
	r := &run{Pipeline: p, dst: dst}
	var commits *stream.Committer
	if p.session != nil {
		commits = &stream.Committer{Every: p.options.CommitEvery, Commit: func(stream.Position) error { return p.session.Commit() }}
	}
	before := p.engine.Summary()
	in := stream.NewInput(src)
	source := in.Inspect(ctx).Open(in, p.options.MaxLine, 0, 0)
	err := stream.Run(ctx, source, stream.Options{Workers: p.options.Workers, Commits: commits},
		stream.Stage[blockResults]{Work: func() func(*block) error { return r.enrichBlock }},
		stream.Stage[blockResults]{Ordered: true, Work: func() func(*block) error { return r.countBlock }})
	if commits != nil && err == nil {
		err = commits.Flush()
	}
	r.summary.Risk = p.engine.Summary().Since(before)
	return r.summary, err
}

// block is a block of lines, with the results of enriching it.
type block = stream.Block[blockResults]

// blockResults are the readings of a block's events. Each block has a Worker and a Reader
// of its own, because the readings share their memory until they are counted.
type blockResults struct {
	worker    *enrich.Worker
	reader    *detect.Reader
	snapshot  *snapshot.Snapshot // with which the reader resolves risk objects
	units     [][]byte
	written   [][]byte         // by unit: the line that was written, without its line end
	readings  []detect.Reading // by unit
	bad       int64
	unmatched int64
}
