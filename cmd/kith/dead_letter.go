package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/problem"
)

// fewBadLines is how many bad lines a command tells before it counts them.
const fewBadLines = 5

// deadLetters tells of lines that could not be read: the first few to the user,
// all of them to a file if there is one, as JSON lines:
//
//	{"file":"events.ndjson","line":17,"reason":"no readable time","raw":"{…}"}
//
// A line that is not UTF-8 is "raw_base64"; of one too long to be held there is
// neither.
type deadLetters struct {
	told io.Writer // nil tells nobody
	file *os.File  // nil for no file
	out  *bufio.Writer
	buf  []byte
	n    int
}

// newDeadLetters opens the file at path, if there is one: anew, or to append to
// it. told may be nil.
func newDeadLetters(path string, appending bool, told io.Writer) (*deadLetters, error) {
	d := &deadLetters{told: told}
	if path == "" {
		return d, nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if appending {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	var err error
	if d.file, err = os.OpenFile(path, mode, 0o644); err != nil {
		return nil, problem.Cause(path, err)
	}
	d.out = bufio.NewWriter(d.file)
	return d, nil
}

// add tells of one line; raw is nil if it was not held.
func (d *deadLetters) add(file string, line int64, raw []byte, reason error) error {
	if d.n++; d.n <= fewBadLines && d.told != nil {
		fmt.Fprintf(d.told, "kith: %s:%d: %s\n", problem.Plain(file), line, problem.Plain(reason.Error()))
	}
	if d.out == nil {
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

// tellRest tells how many lines were not told one by one.
func (d *deadLetters) tellRest() {
	if d.told != nil && d.n > fewBadLines {
		fmt.Fprintf(d.told, "kith: and %s more\n", problem.Thousands(d.n-fewBadLines))
	}
}

func (d *deadLetters) flush() error {
	if d.out == nil {
		return nil
	}
	return d.out.Flush()
}

// Close writes what is left. Twice is an error.
func (d *deadLetters) Close() error {
	if d.file == nil {
		return nil
	}
	return errors.Join(d.flush(), d.file.Close())
}
