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
	"path/filepath"

	"github.com/kithsec/kith/internal/outputs"
)

// The spaces of a session.
const (
	sessionSpace = "session" // a single key, whose value is a record in JSON
	outboxSpace  = "outbox"  // lines that the stream may not have received
)

var sessionKey = []byte("state")

// Options select the output of a [Session].
type Options struct {
	// File is the path of a file to which every line is written exactly once. If the file
	// is a FIFO or a device, lines are written to it at least once.
	File string
	// Stream receives every line at least once if File is "". A Stream that is a regular
	// file is synced before its lines count as written. If Stream is nil too, lines are only
	// stored in the log.
	Stream io.Writer
	// Append keeps the content of a File to which no session of the log has written. By
	// default the file is emptied.
	Append bool
	// Outputs are further files, which the caller writes. What it writes to them before a
	// commit becomes part of that commit.
	Outputs []Output
	// OnCommit, if not nil, is called after each commit that acknowledges more input of
	// this run than the previous one. If it returns an error, the session fails.
	OnCommit func(Position) error
}

// Position is how much of the input of this run has been acknowledged.
type Position struct {
	Lines int64 `json:"lines"`
	Bytes int64 `json:"bytes"`
}

// Session commits the position in the input, the state of the engines and their output
// together. The caller reads the input and feeds the engines. If the process crashes at
// any time, the next session guarantees:
//
//   - An input file is continued at the committed position, if it has the same path and
//     begins with the same bytes ([Session.Input]).
//   - Standard input can be fed again from any point up to the first line that was not
//     acknowledged. The engines must ignore lines that they have already counted.
//   - An output file contains every line once. It is written and synced before the
//     commit that records its length, and [NewSession] cuts off what follows that length.
//     It may be rotated between two sessions, and within one with [Session.Reopen].
//   - An output stream receives every line at least once. A commit stores the lines
//     before they are written, and the next commit removes them.
//
// A Session must not be used concurrently. After an error it can only be closed; the log
// is then as the last commit left it.
type Session struct {
	log     Log
	engines []Engine
	opt     Options
	record  record

	file    *outputs.File // nil without Options.File
	writer  *bufio.Writer
	pending []Change // lines that are not committed yet
	written [][]byte // keys of lines in the outbox that the stream has received
	path    string   // of the input; "" for standard input
	read    Position
	acked   Position
	changes []Change // reused by every commit
	dirty   bool     // there is something to commit
	failed  error
}

// record is the state of a session. Every commit replaces it.
type record struct {
	Inputs  map[string]input `json:"inputs"`
	Outputs map[string]int64 `json:"outputs"` // lengths
	Next    uint64           `json:"next"`    // key of the next line in the outbox
	Clean   bool             `json:"clean"`   // the session was closed, with everything committed
}

// input is the position up to which a file has been read.
type input struct {
	Offset int64  `json:"offset"`
	Head   int    `json:"head"` // how many of its leading bytes identify the file
	Sum    string `json:"sum"`  // the digest of these bytes
}

// headSize is the maximum number of leading bytes that identify a file.
const headSize = 4096

var (
	errDiscarded = errors.New("the session was discarded")
	errClosed    = errors.New("the session was closed")
)

// NewSession begins a session over a log. [Session.Close] closes the log, and so does
// NewSession if it returns an error. The engines must have been restored from the log.
// NewSession writes to the output the lines that the stream of an earlier session may
// not have received.
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
	if err := s.resumeOutputs(); err != nil {
		return err
	}
	var lines []Change
	for c, err := range s.log.All(outboxSpace) {
		if err != nil {
			return err
		}
		s.written = append(s.written, append([]byte(nil), c.Key...))
		lines = append(lines, Change{Value: append([]byte(nil), c.Value...)})
	}
	if !s.hasFile() {
		s.writer = bufio.NewWriterSize(s.opt.Stream, 1<<16)
		return s.writeStream(lines)
	}
	for _, line := range lines { // left by an earlier session that had a stream
		s.writeLine(line.Value)
	}
	return nil
}

// Input declares that the following lines come from the file at path. head is the
// beginning of the decompressed file: its first 4096 bytes, or all if it is shorter.
// Input returns the offset in the decompressed file at which to continue. If path is "",
// the lines come from standard input, and the offset is 0.
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
		// The file has perhaps grown: use more of its bytes to identify it.
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

// Advance records that the engines have processed further lines of the input. bytes is
// their length with newlines.
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

// Emit writes the value of a change to the output, as a line, and adds the change to the
// next commit. It retains the change: the caller must not modify its key or value.
func (s *Session) Emit(c Change) {
	s.pending = append(s.pending, c)
	s.dirty = true
	if s.hasFile() {
		s.writeLine(c.Value)
	}
}

// Commit makes everything since the last commit durable. Then it writes the emitted lines
// to the stream and calls OnCommit. If there is nothing to commit, it does nothing.
func (s *Session) Commit() error {
	if s.failed != nil {
		return fmt.Errorf("cannot commit after an error: %w", s.failed)
	}
	if !s.dirty && len(s.written) == 0 {
		return nil
	}
	s.failed = s.commitChanges()
	return s.failed
}

func (s *Session) commitChanges() error {
	if err := s.syncOutputs(); err != nil {
		return err
	}
	queued, err := s.collectChanges()
	if err != nil {
		return err
	}
	if err := s.log.Commit(s.changes); err != nil {
		return err
	}
	s.written, s.dirty = nil, false
	if !s.hasFile() {
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

// collectChanges collects the changes of a commit in s.changes. It returns the outbox
// keys of the lines that will be written to the stream.
func (s *Session) collectChanges() (queued [][]byte, err error) {
	list := s.changes[:0]
	for _, e := range s.engines {
		list = e.AppendChanges(list)
	}
	list = append(list, s.pending...)
	for _, key := range s.written {
		list = append(list, Change{Space: outboxSpace, Key: key})
	}
	if !s.hasFile() {
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

// Discard discards what is not committed: Close will leave the log as the last commit
// left it.
func (s *Session) Discard() {
	if s.failed == nil {
		s.failed = errDiscarded
	}
}

// Close commits what is pending, unless an earlier operation failed or Discard was
// called, and closes the output file and the log. Calling Close again has no effect.
func (s *Session) Close() error {
	if s.log == nil {
		return nil
	}
	var err error
	if s.failed == nil && (s.hasFile() || len(s.opt.Outputs) > 0) {
		s.record.Clean, s.dirty = true, true
	}
	for s.failed == nil && (s.dirty || len(s.written) > 0) {
		err = s.Commit() // a second commit removes the lines that the stream has received
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
