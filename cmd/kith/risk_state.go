package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/state"
	"github.com/kithsec/kith/state/bolt"
)

// riskCounter passes lines to an engine and writes its notables: with a state, or
// in memory only.
type riskCounter interface {
	// Input, Commit, Discard and Close are those of a state.Session.
	Input(path string, head []byte) (offset int64, err error)
	// Add counts lines, which are size bytes of the input.
	Add(lines [][]byte, size int64) ([]risk.BadLine, error)
	Commit() error
	Discard()
	Close() error
	Engine() *risk.Engine
}

// newCounter opens the state, or makes an engine in memory.
func (f *riskFlags) newCounter(c *cobra.Command, setup *config.RiskSetup, resolver detect.Resolver) (riskCounter, error) {
	setup.Config.ScoreNotables = setup.Config.ScoreNotables || f.scoreNotables
	o := setup.Options
	o.Workers = f.threads()
	o.MaxContributions, o.NoContributions = max(f.contributions, 0), f.contributions == 0
	if f.state != "" {
		return f.openState(c.OutOrStdout(), setup.Config, resolver, o)
	}
	engine, err := risk.New(setup.Config, resolver, o)
	if err != nil {
		return nil, err
	}
	m := &memoryCounter{engine: engine, out: bufio.NewWriterSize(c.OutOrStdout(), 64<<10), close: func() error { return nil }}
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

// memoryCounter is an engine in memory, whose notables are written at once.
type memoryCounter struct {
	engine *risk.Engine
	out    *bufio.Writer
	line   []byte // the last notable
	close  func() error
}

func (m *memoryCounter) Input(string, []byte) (int64, error) { return 0, nil }
func (m *memoryCounter) Commit() error                       { return nil }
func (m *memoryCounter) Discard()                            {}
func (m *memoryCounter) Close() error                        { return m.close() }
func (m *memoryCounter) Engine() *risk.Engine                { return m.engine }

func (m *memoryCounter) Add(lines [][]byte, _ int64) ([]risk.BadLine, error) {
	result := m.engine.Add(lines)
	for _, n := range result.Notables {
		m.line = append(n.AppendJSON(m.line[:0]), '\n')
		m.out.Write(m.line) // errors stay in the writer
	}
	return result.Bad, m.out.Flush()
}

// stateCounter is an engine whose state is in a directory, and the file that
// commits are acknowledged in.
type stateCounter struct {
	*state.Session
	engine *risk.Engine
	ack    *os.File
}

func (s *stateCounter) Engine() *risk.Engine { return s.engine }

func (s *stateCounter) Add(lines [][]byte, size int64) ([]risk.BadLine, error) {
	result := s.engine.Add(lines)
	for _, n := range result.Notables {
		s.Emit(n.Change())
	}
	s.Advance(len(lines), size)
	return result.Bad, nil
}

func (s *stateCounter) Close() error {
	err := s.Session.Close()
	if s.ack != nil {
		err = errors.Join(err, s.ack.Close())
	}
	return err
}

func (f *riskFlags) openState(out io.Writer, cfg risk.Config, resolver detect.Resolver, o risk.Options) (_ riskCounter, err error) {
	s := &stateCounter{}
	so := state.Options{File: f.out, Stream: out}
	if f.ack != "" {
		if s.ack, err = openAcks(f.ack); err != nil {
			return nil, problem.Cause(f.ack, err)
		}
		so.OnCommit = func(p state.Position) error { return json.NewEncoder(s.ack).Encode(p) }
	}
	if s.Session, s.engine, err = openSession(f.state, cfg, resolver, o, so); err != nil {
		if s.ack != nil {
			err = errors.Join(err, s.ack.Close())
		}
		return nil, adviseState(err)
	}
	return s, nil
}

// openSession restores an engine from the state in dir.
func openSession(dir string, cfg risk.Config, resolver detect.Resolver, o risk.Options, so state.Options) (*state.Session, *risk.Engine, error) {
	log, err := bolt.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	o.State = log
	engine, err := risk.New(cfg, resolver, o)
	if err != nil {
		return nil, nil, errors.Join(inState(dir, err), log.Close())
	}
	session, err := state.NewSession(log, so, engine)
	return session, engine, inState(dir, err)
}

// riskView is an engine that stands where the last commit of a state left it.
type riskView struct {
	*risk.Engine
	log *bolt.Reader
}

// openView opens the state in dir to read it, with the configuration that it was
// written under.
func openView(dir string, resolver detect.Resolver) (*riskView, error) {
	log, err := bolt.OpenReadOnly(dir)
	if err != nil {
		return nil, adviseState(err)
	}
	cfg, err := risk.StoredConfig(log)
	if err == nil {
		var engine *risk.Engine
		if engine, err = risk.New(cfg, resolver, risk.Options{State: log}); err == nil {
			return &riskView{engine, log}, nil
		}
	}
	return nil, adviseState(errors.Join(inState(dir, err), log.Close()))
}

func (v *riskView) Close() error { return v.log.Close() }

// inState adds the directory to an error about the state in it.
func inState(dir string, err error) error {
	var e *state.Error
	if errors.Is(err, state.ErrDamaged) && !errors.As(err, &e) {
		return &state.Error{Dir: dir, Err: err}
	}
	return err
}

// adviseState adds what to do about a state directory that cannot be used.
func adviseState(err error) error {
	switch {
	case errors.Is(err, state.ErrInUse):
		return problem.WithHint(err, "wait until it has ended, or name another directory")
	case errors.Is(err, state.ErrVersion):
		return problem.WithHint(err, "use the newer kith, or another directory")
	case errors.Is(err, state.ErrOldVersion):
		return problem.WithHint(err, "name an empty directory and feed the longest window again")
	case errors.Is(err, state.ErrDamaged):
		return problem.WithHint(err, "restore it from a backup, or name an empty directory and feed the longest window again")
	case errors.Is(err, state.ErrEmpty):
		return problem.WithHint(err, "name the directory that kith risk --state was given")
	}
	return err
}
