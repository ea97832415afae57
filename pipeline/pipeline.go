// Package pipeline enriches events and adds up their risk in one pass of one
// process, from one scan of each event.
//
// The events that it writes and the notables that it emits equal those of the
// commands one after another (kith enrich | kith risk), byte for byte. Blocks of
// events are enriched and read by rules on several goroutines; risk is counted in
// the order of the input:
//
//	cut → enrich, write, read facts (parallel) → count risk (ordered) → outputs → commit
//
// With a log, one commit covers the state of the engine, the notables and the
// position in the input, so that they never disagree.
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

// Options describe a Pipeline. The zero value is the defaults.
type Options struct {
	Enrich enrich.Options // View is set by New
	Risk   risk.Config
	Engine risk.Options // State is set by New if there is a Log

	// Log keeps the state of risk; without one it is in memory. With a Log, which the
	// Pipeline closes, notables are also written to the outputs of Session, and
	// commits cover them. Without a Log, Session must be empty.
	Log         state.Log
	Session     state.Options
	CommitEvery time.Duration // longest time between commits; 0 is a second

	Workers int // goroutines that enrich and read; 0 is one a core. They change no byte
	MaxLine int // bytes of the longest line; longer ones are bad; 0 is 16 MiB
	OnError enrich.OnError

	// Notable, if set, is called for every notable in order, after the event that
	// caused it has been written.
	Notable func(*risk.Notable) error
	// Bad, if set, is called in order for every line that could not be enriched or
	// counted. An error of Bad or Notable ends the run; with a Log the Pipeline can
	// then only be closed, and the Log is as the last commit left it.
	Bad func(BadLine) error
}

// BadLine is a line that could not be enriched or counted.
type BadLine struct {
	Line int64  // from 1
	Raw  []byte // valid during the call; of a line that was enriched what was written, nil of one that was too long
	Err  error
}

// Summary counts what a run did.
type Summary struct {
	Lines     int64 // all lines, blank ones included
	Bad       int64 // lines that could not be enriched
	Unmatched int64 // events none of whose roles matched
	Risk      risk.Summary
}

// Pipeline enriches events and counts their risk. It is used by one goroutine at a
// time, but Swap may be called while it runs.
type Pipeline struct {
	options  Options
	enricher *enrich.Enricher
	engine   *risk.Engine
	session  *state.Session // nil without a log
	snapshot atomic.Pointer[snapshot.Snapshot]
}

// New returns a Pipeline that enriches from s and resolves risk objects by it.
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

// Swap makes s the Snapshot of the events that are begun from now on. What was
// resolved stays.
func (p *Pipeline) Swap(s *snapshot.Snapshot) error {
	if err := p.enricher.Swap(s); err != nil {
		return err
	}
	p.snapshot.Store(s)
	return nil
}

// Engine returns the risk engine, for reports. It must not be used while Run does.
func (p *Pipeline) Engine() *risk.Engine { return p.engine }

// Close commits what is pending and closes the log. Without a log it does nothing.
func (p *Pipeline) Close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

// Run enriches the lines of src, writes them to dst in order, and counts their risk.
// When ctx is done, the lines that were read are finished and Run returns without an
// error. It may be called for one input after another.
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
	err := stream.Run(ctx, stream.NewLines(src, p.options.MaxLine, 0, 0), stream.Options{Workers: p.options.Workers, Commits: commits},
		stream.Stage[blockResults]{Work: func() func(*block) error { return r.enrichBlock }},
		stream.Stage[blockResults]{Ordered: true, Work: func() func(*block) error { return r.countBlock }})
	if commits != nil && err == nil {
		err = commits.Flush()
	}
	r.summary.Risk = p.engine.Summary().Since(before)
	return r.summary, err
}

type block = stream.Block[blockResults]

// blockResults are the readings of a block's events. The Worker and the Reader belong to the
// block, because facts share their memory until they are counted.
type blockResults struct {
	worker    *enrich.Worker
	reader    *detect.Reader
	snapshot  *snapshot.Snapshot // that the reader resolves objects by
	units     [][]byte
	written   [][]byte // by unit: the line that was written, without its line end
	readings  []detect.Reading
	bad       int64
	unmatched int64
}
