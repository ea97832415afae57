package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/outputs"
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
	// Reopen continues in the file that is at the path of the output now.
	Reopen() error
}

// newCounter opens the state directory if one is named, otherwise it makes an engine in
// memory.
func (f *riskFlags) newCounter(c *cobra.Command, setup *config.RiskSetup, resolver detect.Resolver) (riskCounter, error) {
	f.configure(setup, f.workers)
	if f.state != "" {
		return f.openState(c.OutOrStdout(), setup.Config, resolver, setup.Options)
	}
	engine, err := risk.New(setup.Config, resolver, setup.Options)
	if err != nil {
		return nil, err
	}
	out, err := openNotableOutput(c.OutOrStdout(), f.out, f.appending)
	return &memoryCounter{notableOutput: out, engine: engine}, err
}

// notableOutput writes notables to a file or standard output, as lines of JSON.
type notableOutput struct {
	file *outputs.File // nil for standard output
	out  *bufio.Writer
	line []byte // buffer for a notable
}

// openNotableOutput opens the file at path for notables; "" means stdout. Unless appending is
// set, a regular file is emptied.
func openNotableOutput(stdout io.Writer, path string, appending bool) (*notableOutput, error) {
	n := &notableOutput{out: bufio.NewWriterSize(stdout, 64<<10)}
	if path == "" {
		return n, nil
	}
	open := outputs.Create
	if appending {
		open = outputs.Append
	}
	var err error
	if n.file, err = open(path); err != nil {
		return nil, err
	}
	if appending {
		err = n.file.EndLine()
	}
	n.out.Reset(n.file)
	return n, err
}

// write writes a notable to the buffer. Flush returns any error.
func (n *notableOutput) write(notable *risk.Notable) {
	n.line = append(notable.AppendJSON(n.line[:0]), '\n')
	n.out.Write(n.line)
}

// Reopen flushes the buffer, and continues in the file that is at the path now.
func (n *notableOutput) Reopen() error {
	if n.file == nil {
		return nil
	}
	if err := n.out.Flush(); err != nil {
		return err
	}
	return n.file.Reopen()
}

// Close flushes and closes the file. It returns no error of the buffer, which an earlier flush
// has returned.
func (n *notableOutput) Close() error {
	if n.file == nil {
		return nil
	}
	return n.file.Close()
}

// memoryCounter is a riskCounter without a state. It writes notables immediately.
type memoryCounter struct {
	*notableOutput
	engine *risk.Engine
}

func (m *memoryCounter) Input(string, []byte) (int64, error) { return 0, nil }
func (m *memoryCounter) Commit() error                       { return nil }
func (m *memoryCounter) Discard()                            {}
func (m *memoryCounter) Engine() *risk.Engine                { return m.engine }

func (m *memoryCounter) Add(lines [][]byte, _ int64) ([]risk.BadLine, error) {
	result := m.engine.Add(lines)
	for _, n := range result.Notables {
		m.write(n)
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

// Reopen commits first, so that the position in the input and the notables agree.
func (s *stateCounter) Reopen() error { return s.Session.Reopen(nil) }

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
	so := state.Options{File: f.out, Stream: out, Append: f.appending}
	if s.ack, err = f.openAck(&so); err != nil {
		return nil, err
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
