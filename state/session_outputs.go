package state

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"

	"github.com/kithsec/kith/internal/outputs"
)

// Output is a file that the caller of a [Session] writes. It contains everything exactly once,
// because NewSession cuts off what was not committed.
type Output interface {
	// Path identifies the output in the log.
	Path() string
	// Resume is called by NewSession with the length of the file at the last commit. It cuts
	// off what follows, and returns the length of the file. known reports whether a session
	// of the log has written to the file. clean reports whether everything that was written
	// to it is committed; if such a file is empty, it was rotated.
	Resume(length int64, known, clean bool) (int64, error)
	// Sync is called before each commit. It makes durable what was written, and returns the
	// length of the file.
	Sync() (length int64, err error)
}

// resumeOutputs opens the output file, and continues it and the other outputs at their
// committed lengths. If that changes the record, it is committed before anything is written.
func (s *Session) resumeOutputs() error {
	clean, before := s.record.Clean, maps.Clone(s.record.Outputs)
	s.record.Clean = false
	if s.opt.File != "" {
		if err := s.openFile(clean); err != nil {
			return err
		}
	}
	for _, o := range s.opt.Outputs {
		length, known := s.record.Outputs[o.Path()]
		length, err := o.Resume(length, known, clean)
		if err != nil {
			return err
		}
		s.record.Outputs[o.Path()] = length
	}
	if !clean && maps.Equal(before, s.record.Outputs) {
		return nil
	}
	text, err := json.Marshal(s.record)
	return firstError(err, s.log.Commit([]Change{{sessionSpace, sessionKey, text}}))
}

// openFile opens the output file and truncates it to the committed length.
func (s *Session) openFile(clean bool) error {
	path, err := filepath.Abs(s.opt.File)
	if err != nil {
		return err
	}
	if s.file, err = outputs.Append(path); err != nil {
		return err
	}
	if !s.file.IsRegular() {
		s.opt.Stream = s.file
		return nil
	}
	s.opt.File = path
	s.writer = bufio.NewWriterSize(s.file, 1<<16)
	length, known := s.record.Outputs[path]
	if known || !s.opt.Append {
		length, err = s.file.Resume(length, clean)
	} else if err = s.file.EndLine(); err == nil {
		length, err = s.file.Size()
	}
	s.record.Outputs[path] = length
	return err
}

// hasFile reports whether lines are written to a file exactly once.
func (s *Session) hasFile() bool { return s.file != nil && s.file.IsRegular() }

// Reopen commits, and goes on writing to the files that are at the paths of the outputs now:
// other programs may have renamed the old ones. reopen is called to reopen Options.Outputs; it
// may be nil without any. An output that cannot be reopened is an error, but the session goes
// on writing to the old file.
func (s *Session) Reopen(reopen func() error) error {
	err := s.Commit()
	if err != nil {
		return err
	}
	if s.hasFile() {
		err = s.file.Reopen()
	}
	if reopen != nil {
		err = errors.Join(err, reopen())
	}
	s.dirty = true // the lengths of the new files
	return errors.Join(err, s.Commit())
}

// writeLine writes a line to the buffer. The writer returns any error when it is flushed.
func (s *Session) writeLine(line []byte) {
	s.writer.Write(line)
	s.writer.WriteByte('\n')
}

// writeStream writes lines to the stream and flushes them. A stream that is a regular
// file is also synced.
func (s *Session) writeStream(lines []Change) error {
	for i := range lines {
		s.writeLine(lines[i].Value)
	}
	if err := s.writer.Flush(); err != nil || len(lines) == 0 {
		return err
	}
	file, is := s.opt.Stream.(*os.File)
	if !is {
		return nil // a FIFO or a device is not synced either
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return err
	}
	return file.Sync()
}

// syncOutputs makes the outputs durable, and records their lengths. A length is that of the
// file, because another program may have truncated it.
func (s *Session) syncOutputs() error {
	if s.hasFile() {
		if err := s.writer.Flush(); err != nil {
			return err
		}
		length, err := s.file.Sync()
		if err != nil {
			return err
		}
		s.record.Outputs[s.opt.File] = length
	}
	for _, o := range s.opt.Outputs {
		length, err := o.Sync()
		if err != nil {
			return err
		}
		s.record.Outputs[o.Path()] = length
	}
	return nil
}
