package main

import (
	"bufio"
	"bytes"
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

// riskCounter passes lines to an engine and writes its notables. Its windows are kept in
// a state directory, or only in memory.
type riskCounter interface {
	// Input, Commit, Discard and Close are documented at state.Session.
	Input(path string, head []byte) (offset int64, err error)
	// Add counts lines, which take size bytes of the input.
	Add(lines [][]byte, size int64) ([]risk.BadLine, error)
	Commit() error
	Discard()
	Close() error
	Engine() *risk.Engine
}

// newCounter opens the state directory if one is named, otherwise it makes an engine in
// memory.
func (f *riskFlags) newCounter(c *cobra.Command, setup *config.RiskSetup, resolver detect.Resolver) (riskCounter, error) {
	setup.Config.ScoreNotables = setup.Config.ScoreNotables || f.scoreNotables
	o := setup.Options
	o.Workers = f.engineWorkers()
	o.ScoreError = scoreErrorReporter(f.messagesUnlessQuiet(c))
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

// memoryCounter is a riskCounter without a state. It writes notables immediately.
type memoryCounter struct {
	engine *risk.Engine
	out    *bufio.Writer
	line   []byte // buffer for a notable
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
		m.out.Write(m.line) // Flush returns the error
	}
	return result.Bad, m.out.Flush()
}

// stateCounter is a riskCounter with a state directory. It also has the file to which it
// writes acknowledgements, if --ack names one.
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

// openState restores the engine from the state directory and opens the file of
// acknowledgements.
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
		return nil, withStateHint(err)
	}
	return s, nil
}

// openSession restores an engine from the state in dir and returns it with the session
// that keeps its state.
func openSession(dir string, cfg risk.Config, resolver detect.Resolver, o risk.Options, so state.Options) (*state.Session, *risk.Engine, error) {
	log, err := bolt.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	o.State = log
	engine, err := risk.New(cfg, resolver, o)
	if err != nil {
		return nil, nil, errors.Join(inStateDir(dir, err), log.Close())
	}
	session, err := state.NewSession(log, so, engine)
	return session, engine, inStateDir(dir, err)
}

// riskView is a read-only engine in the state of the last commit.
type riskView struct {
	*risk.Engine
	log *bolt.Reader
}

// openView opens the state in dir for reading, with the configuration that it was
// written with.
func openView(dir string, resolver detect.Resolver) (*riskView, error) {
	log, err := bolt.OpenReadOnly(dir)
	if err != nil {
		return nil, withStateHint(err)
	}
	cfg, err := risk.StoredConfig(log)
	if err == nil {
		var engine *risk.Engine
		if engine, err = risk.New(cfg, resolver, risk.Options{State: log}); err == nil {
			return &riskView{engine, log}, nil
		}
	}
	return nil, withStateHint(errors.Join(inStateDir(dir, err), log.Close()))
}

func (v *riskView) Close() error { return v.log.Close() }

// inStateDir adds the directory to an error about damaged state that does not
// name it yet.
func inStateDir(dir string, err error) error {
	var e *state.Error
	if errors.Is(err, state.ErrDamaged) && !errors.As(err, &e) {
		return &state.Error{Dir: dir, Err: err}
	}
	return err
}

// withStateHint adds a remedy to the error of a state directory that cannot be used.
func withStateHint(err error) error {
	switch {
	case errors.Is(err, state.ErrInUse):
		return problem.WithHint(err, "wait until it has ended, or use another directory")
	case errors.Is(err, state.ErrVersion):
		return problem.WithHint(err, "use a newer kith, or another directory")
	case errors.Is(err, state.ErrOldVersion):
		return problem.WithHint(err, "use an empty directory and process the events of the longest window again")
	case errors.Is(err, state.ErrDamaged):
		return problem.WithHint(err, "restore it from a backup, or use an empty directory and process the events of the longest window again")
	case errors.Is(err, state.ErrEmpty):
		return problem.WithHint(err, "use the directory that was passed to kith risk --state")
	}
	return err
}

// openAcks opens the file of acknowledged commits for appending. A last line that a full
// disk left incomplete is cut off first.
func openAcks(path string) (*os.File, error) {
	if err := cutLastLine(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
}

// maxAckLine is greater than the length of every line of the file.
const maxAckLine = 256

// cutLastLine removes what follows the last line feed of a regular file. It does nothing
// if the file cannot be read.
func cutLastLine(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // opening it returns the error
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // it can only be written
	}
	end := make([]byte, min(info.Size(), maxAckLine))
	_, err = f.ReadAt(end, info.Size()-int64(len(end)))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	whole := bytes.LastIndexByte(end, '\n') + 1
	if whole == len(end) || whole == 0 && len(end) == maxAckLine {
		return nil // the last line is complete, or not one of ours
	}
	return os.Truncate(path, info.Size()-int64(len(end)-whole))
}
