package inputs

import (
	"bufio"
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/outputs"
)

// DeadLetters writes lines that could not be processed to a file, as JSON lines:
//
//	{"file":"events.ndjson","line":17,"reason":"no readable time","raw":"{…}"}
//
// A line that is not valid UTF-8 is stored as "raw_base64" instead of "raw"; a line that
// was too long has neither. The methods of a nil *DeadLetters do nothing. It is for one
// goroutine.
type DeadLetters struct {
	file *outputs.File
	out  *bufio.Writer
	buf  []byte
}

// OpenDeadLetters creates or truncates the file at path; with appending, it keeps the
// content. Lines go to the end of the file even if it was truncated meanwhile, as by
// logrotate. If path is empty, OpenDeadLetters returns nil.
func OpenDeadLetters(path string, appending bool) (*DeadLetters, error) {
	if path == "" {
		return nil, nil
	}
	open := outputs.Create
	if appending {
		open = outputs.Append
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	if appending {
		if err := f.EndLine(); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return &DeadLetters{file: f, out: bufio.NewWriter(f)}, nil
}

// Reopen flushes the buffer, and continues in the file that is at the path now: another program
// may have renamed the old one.
func (d *DeadLetters) Reopen() error {
	if d == nil {
		return nil
	}
	if err := d.Flush(); err != nil {
		return err
	}
	return d.file.Reopen()
}

// Add writes a line of a file and the reason why it could not be processed. raw is nil
// if the line was too long.
func (d *DeadLetters) Add(file string, line int64, raw []byte, reason error) error {
	if d == nil {
		return nil
	}
	b := append(d.buf[:0], `{"file":`...)
	b = jsonscan.AppendString(b, file)
	b = strconv.AppendInt(append(b, `,"line":`...), line, 10)
	b = jsonscan.AppendString(append(b, `,"reason":`...), reason.Error())
	switch {
	case raw == nil:
	case utf8.Valid(raw):
		b = jsonscan.AppendString(append(b, `,"raw":`...), raw)
	default:
		b = append(b, `,"raw_base64":"`...)
		b = append(base64.StdEncoding.AppendEncode(b, raw), '"')
	}
	d.buf = append(b, '}', '\n')
	_, err := d.out.Write(d.buf)
	return err
}

// Flush writes buffered lines to the file. After an error, every later call returns it
// again.
func (d *DeadLetters) Flush() error {
	if d == nil {
		return nil
	}
	return d.out.Flush()
}

// Close flushes and closes the file. It must be called once.
func (d *DeadLetters) Close() error {
	if d == nil {
		return nil
	}
	err, closed := d.Flush(), d.file.Close()
	if err == nil {
		err = closed
	}
	return err
}
