package state

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The spaces of a session.
const (
	sessionSpace = "session" // one record
	outboxSpace  = "outbox"  // lines that a stream may not have received
)

var sessionKey = []byte("state")

// Options select the output of a [Session].
type Options struct {
	// File is a path that lines are written to, exactly once. Without it they go to
	// Stream, at least once; if that is a regular file, it is synced before they
	// count as written. Without both, they are only in the log.
	File   string
	Stream io.Writer
	// OnCommit, if set, is called after each commit that acknowledges more of this
	// run's input than the last one. An error ends the session.
	OnCommit func(Position) error
}

// Position is how much of a run's input is acknowledged.
type Position struct {
	Lines int64 `json:"lines"`
	Bytes int64 `json:"bytes"`
}

// Session reads inputs, passes them through engines and writes their output, so
// that each commit covers all of it. Across a crash at any instant:
//
//   - A file that was being read goes on at the committed position, if it has the
//     same path and begins with the same bytes ([Session.Input]).
//   - Standard input can be fed again from any point up to the first line that was
//     not acknowledged; the engines must recognise lines that they have counted.
//   - An output file has every line once: it is written and synced before the commit
//     that records its length, and a tail beyond that length is cut off when the
//     session begins.
//   - An output stream gets every line at least once: the commit stores lines before
//     they are written, and removes them in the next one.
//
// A Session must not be used concurrently. After an error it can only be closed;
// the log is as the last commit left it.
type Session struct {
	log     Log
	engines []Engine
	opt     Options
	record  record

	file    *os.File
	length  int64
	writer  *bufio.Writer
	pending []Change // lines that no commit covers yet
	written [][]byte // keys of lines in the outbox that the stream received
	path    string   // of the input; "" for standard input
	read    Position
	acked   Position
	changes []Change
	dirty   bool
	failed  error
}

// record is the record that every commit replaces.
type record struct {
	Inputs  map[string]input `json:"inputs"`
	Outputs map[string]int64 `json:"outputs"` // lengths
	Next    uint64           `json:"next"`    // key of the next line in the outbox
}

// input is how far a file was read.
type input struct {
	Offset int64  `json:"offset"`
	Head   int    `json:"head"` // how many of its first bytes identify it
	Sum    string `json:"sum"`  // their digest
}

// headSize is how many of a file's first bytes identify it, at most.
const headSize = 4096

var (
	errDiscarded = errors.New("the session was discarded")
	errClosed    = errors.New("the session was closed")
)

// NewSession begins a session over a log, which it closes. The engines have been
// restored from the log. Lines that an output stream may not have received are
// written to it.
func NewSession(log Log, opt Options, engines ...Engine) (*Session, error) {
	if log == nil {
		return nil, errors.New("a session needs a log")
	}
	if opt.Stream == nil {
		opt.Stream = io.Discard
	}
	s := &Session{log: log, engines: engines, opt: opt, record: record{Inputs: map[string]input{}, Outputs: map[string]int64{}}}
	err := s.restoreState()
	if err != nil {
		s.Discard()
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Session) restoreState() error {
	text, err := s.log.Get(sessionSpace, sessionKey)
	if err != nil {
		return err
	}
	if text != nil {
		if err := json.Unmarshal(text, &s.record); err != nil {
			return fmt.Errorf("%w: the session: %v", ErrDamaged, err)
		}
	}
	var lines []Change
	for c, err := range s.log.All(outboxSpace) {
		if err != nil {
			return err
		}
		s.written = append(s.written, append([]byte(nil), c.Key...))
		lines = append(lines, Change{Value: append([]byte(nil), c.Value...)})
	}
	if s.opt.File == "" {
		s.writer = bufio.NewWriterSize(s.opt.Stream, 1<<16)
		return s.writeStream(lines)
	}
	if err := s.openFile(); err != nil {
		return err
	}
	for _, line := range lines { // that a stream should have received before
		s.writeLine(line.Value)
	}
	return nil
}

// openFile opens the output file and cuts off what no commit covers.
func (s *Session) openFile() error {
	path, err := filepath.Abs(s.opt.File)
	if err != nil {
		return err
	}
	s.opt.File, s.length = path, s.record.Outputs[path]
	if s.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < s.length {
		return fmt.Errorf("%s: has %d bytes, but %d were committed to it: put it back or name another file", path, info.Size(), s.length)
	}
	if err := s.file.Truncate(s.length); err != nil {
		return err
	}
	if _, err := s.file.Seek(s.length, io.SeekStart); err != nil {
		return err
	}
	if s.length == 0 {
		syncFolder(filepath.Dir(path))
	}
	s.writer = bufio.NewWriterSize(s.file, 1<<16)
	return nil
}

// syncFolder makes the name of a new file durable, where the system can do that.
func syncFolder(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync() // not every file system can, and Windows cannot
		dir.Close()
	}
}

// writeLine writes a line to the buffer. Errors stay in the writer.
func (s *Session) writeLine(line []byte) {
	s.writer.Write(line)
	s.writer.WriteByte('\n')
	s.length += int64(len(line)) + 1
}

// writeStream writes lines to the stream. If it returns without an error, the stream
// has them, and a regular file does not lose them any more.
func (s *Session) writeStream(lines []Change) error {
	for i := range lines {
		s.writeLine(lines[i].Value)
	}
	if err := s.writer.Flush(); err != nil || len(lines) == 0 {
		return err
	}
	file, is := s.opt.Stream.(*os.File)
	if !is {
		return nil
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return file.Sync()
}

// Input declares that the lines that follow are those of the file at path, which
// begins with head (4096 bytes of it are enough, and all of a shorter one),
// decompressed. It returns the byte of the decompressed file at which to go on. An
// empty path is standard input, which has no position.
func (s *Session) Input(path string, head []byte) (offset int64, err error) {
	s.path = ""
	if path == "" {
		return 0, nil
	}
	if s.path, err = filepath.Abs(path); err != nil {
		return 0, err
	}
	known, found := s.record.Inputs[s.path]
	if found && known.Head <= len(head) && known.Sum == headDigest(head[:known.Head]) {
		// The file may have been shorter than what identifies it now.
		known.Head = min(len(head), headSize)
	} else {
		known = input{Head: min(len(head), headSize)}
	}
	known.Sum = headDigest(head[:known.Head])
	s.record.Inputs[s.path] = known
	return known.Offset, nil
}

func headDigest(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:16])
}

// Advance records that the engines have taken so many lines of the input, which
// are so many bytes, newlines included.
func (s *Session) Advance(lines int, bytes int64) {
	s.read.Lines += int64(lines)
	s.read.Bytes += bytes
	s.dirty = true
	if s.path != "" {
		in := s.record.Inputs[s.path]
		in.Offset += bytes
		s.record.Inputs[s.path] = in
	}
}

// Emit writes the value of a change to the output, as a line, and commits the
// change itself. It keeps the value.
func (s *Session) Emit(c Change) {
	s.pending = append(s.pending, c)
	s.dirty = true
	if s.file != nil {
		s.writeLine(c.Value)
	}
}

// Commit makes everything durable, gives the stream its lines and acknowledges.
func (s *Session) Commit() error {
	if s.failed != nil {
		return fmt.Errorf("nothing can be committed after an error: %w", s.failed)
	}
	if !s.dirty && len(s.written) == 0 {
		return nil
	}
	s.failed = s.commitChanges()
	return s.failed
}

func (s *Session) commitChanges() error {
	if s.file != nil {
		if err := s.writer.Flush(); err != nil {
			return err
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
		s.record.Outputs[s.opt.File] = s.length
	}
	queued, err := s.collectChanges()
	if err != nil {
		return err
	}
	if err := s.log.Commit(s.changes); err != nil {
		return err
	}
	s.written, s.dirty = nil, false
	if s.file == nil {
		if err := s.writeStream(s.pending); err != nil {
			return err
		}
		s.written = queued
	}
	s.pending = nil
	clear(s.changes)
	if s.opt.OnCommit != nil && s.read != s.acked {
		if err := s.opt.OnCommit(s.read); err != nil {
			return err
		}
		s.acked = s.read
	}
	return nil
}

// collectChanges collects the changes of a commit, and returns the keys of the lines that
// the stream is about to receive.
func (s *Session) collectChanges() (queued [][]byte, err error) {
	list := s.changes[:0]
	for _, e := range s.engines {
		list = e.AppendChanges(list)
	}
	list = append(list, s.pending...)
	for _, key := range s.written {
		list = append(list, Change{Space: outboxSpace, Key: key})
	}
	if s.file == nil {
		for _, line := range s.pending {
			key := binary.BigEndian.AppendUint64(nil, s.record.Next)
			s.record.Next++
			list = append(list, Change{outboxSpace, key, line.Value})
			queued = append(queued, key)
		}
	}
	text, err := json.Marshal(s.record)
	s.changes = append(list, Change{sessionSpace, sessionKey, text})
	return queued, err
}

// Discard makes Close leave the log as the last commit left it.
func (s *Session) Discard() {
	if s.failed == nil {
		s.failed = errDiscarded
	}
}

// Close commits what is pending, unless an earlier operation failed or Discard was
// called, and closes the output file and the log. Calling Close again has no
// effect.
func (s *Session) Close() error {
	if s.log == nil {
		return nil
	}
	var err error
	for s.failed == nil && (s.dirty || len(s.written) > 0) {
		err = s.Commit() // the second time to record what the stream received
	}
	if s.file != nil {
		err = firstError(err, s.file.Close())
	}
	err = firstError(err, s.log.Close())
	s.log, s.failed = nil, firstError(s.failed, errClosed)
	return err
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
