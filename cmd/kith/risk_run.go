package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/store"
)

// riskCounter takes lines and writes notables: a store, or an engine in memory.
type riskCounter interface {
	// Input says which file the lines that follow are from, "" for standard
	// input, and how it begins. It returns at which byte to go on.
	Input(path string, head []byte) (offset int64, err error)
	// Add counts lines, which are size bytes of the input.
	Add(lines [][]byte, size int64) ([]risk.BadLine, error)
	// Pending reports whether Commit has something to do.
	Pending() bool
	Commit() error
	// Abandon makes Close commit nothing.
	Abandon()
	Close() error
	Engine() *risk.Engine
}

const (
	// pause is how long a notable waits for its commit when no line follows.
	pause = 100 * time.Millisecond
	// never is the interval of a store that is told when to commit.
	never = 1000 * time.Hour
	// commitSize is how many bytes of state wait for a commit at most.
	commitSize = 16 << 20
)

// memory is an engine whose notables are written at once.
type memory struct {
	engine *risk.Engine
	out    *bufio.Writer
	line   []byte // the last notable
	close  func() error
}

func (m *memory) Input(string, []byte) (int64, error) { return 0, nil }
func (m *memory) Pending() bool                       { return false }
func (m *memory) Commit() error                       { return nil }
func (m *memory) Abandon()                            {}
func (m *memory) Close() error                        { return m.close() }
func (m *memory) Engine() *risk.Engine                { return m.engine }

func (m *memory) Add(lines [][]byte, _ int64) ([]risk.BadLine, error) {
	result := m.engine.Add(lines)
	for _, n := range result.Notables {
		m.line = append(n.AppendJSON(m.line[:0]), '\n')
		m.out.Write(m.line) // errors stay in the writer
	}
	return result.Bad, m.out.Flush()
}

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
	counter, err := f.counter(c, setup, resolver)
	if err != nil {
		return s, setup.Place(err)
	}
	r := &riskRun{counter: counter, letters: letters, progress: term.NewProgress(c.ErrOrStderr(), f.quiet), commitAt: time.Now().Add(f.commitEvery), every: f.commitEvery}
	err = r.countAll(c.Context(), inputs, int(f.maxLine))
	r.progress.End()
	letters.tellRest()
	if letters.flush() != nil { // closing them will say why
		counter.Abandon() // a line that was not told must not be acknowledged
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

// counter opens the state, or makes an engine in memory.
func (f *riskFlags) counter(c *cobra.Command, setup *config.RiskSetup, resolver risk.Resolver) (riskCounter, error) {
	setup.Config.ScoreNotables = setup.Config.ScoreNotables || f.scoreNotables
	o := setup.Options
	o.Workers = f.threads()
	o.MaxContributions, o.NoContributions = max(f.contributions, 0), f.contributions == 0
	if f.state != "" {
		return f.openState(c, setup.Config, resolver, o)
	}
	engine, err := risk.New(setup.Config, resolver, o)
	if err != nil {
		return nil, err
	}
	m := &memory{engine: engine, out: bufio.NewWriterSize(c.OutOrStdout(), 64<<10), close: func() error { return nil }}
	if f.out != "" {
		file, err := os.Create(f.out)
		if err != nil {
			return nil, problem.Cause(f.out, err)
		}
		m.out.Reset(file)
		m.close = file.Close
	}
	return m, nil
}

// stateCounter is a store and the file that is told of commits.
type stateCounter struct {
	*store.Store
	ack *os.File
}

func (s *stateCounter) Close() error {
	err := s.Store.Close()
	if s.ack != nil {
		err = errors.Join(err, s.ack.Close())
	}
	return err
}

func (f *riskFlags) openState(c *cobra.Command, config risk.Config, resolver risk.Resolver, o risk.Options) (riskCounter, error) {
	s := &stateCounter{}
	so := store.Options{Options: o, Interval: never, File: f.out, Stream: c.OutOrStdout()}
	if f.ack != "" {
		var err error
		if s.ack, err = openAcks(f.ack); err != nil {
			return nil, problem.Cause(f.ack, err)
		}
		so.Ack = s.ack
	}
	var err error
	if s.Store, err = store.Open(f.state, config, resolver, so); err != nil {
		if s.ack != nil {
			err = errors.Join(err, s.ack.Close())
		}
		return nil, adviseState(err)
	}
	return s, nil
}

// adviseState says what to do about a state directory that cannot be used.
func adviseState(err error) error {
	switch {
	case errors.Is(err, store.ErrInUse):
		return problem.WithHint(err, "wait until it has ended, or name another directory")
	case errors.Is(err, store.ErrVersion):
		return problem.WithHint(err, "use the newer kith, or another directory")
	case errors.Is(err, store.ErrOldVersion):
		return problem.WithHint(err, "name an empty directory and feed the longest window again")
	case errors.Is(err, store.ErrDamaged):
		return problem.WithHint(err, "restore it from a backup, or name an empty directory and feed the longest window again")
	case errors.Is(err, store.ErrEmpty):
		return problem.WithHint(err, "name the directory that kith risk --state was given")
	}
	return err
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
	if r.counter.Pending() && (time.Now().After(r.commitAt) || r.counter.Engine().Recorded() > commitSize) {
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
