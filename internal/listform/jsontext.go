package listform

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/jsonscan"
)

// maxNesting bounds the depth of objects and arrays in a JSON list.
const maxNesting = 100

// maxJSONRow is the largest size of a row of a JSON list in bytes, as of a row of delimited
// text.
const maxJSONRow = csvio.DefaultMaxLine

// jsonText reads the text of a JSON list value by value. Only the current value is held in
// memory.
type jsonText struct {
	in    io.Reader
	err   error  // of in; io.EOF at the end
	text  []byte // what is held of the text
	at    int    // offset in text of what is read next
	depth int    // number of objects and arrays around at

	line      int // that contains counted, from 1
	lineStart int // offset of that line, which may be negative
	counted   int // lines are counted up to this offset

	top place // of the value that is not inside another
}

// place is a line and a byte in that line, both from 1.
type place struct{ line, column int }

// fill drops the text before at and reads more: as much as it then holds, so that a long value
// is read in few steps, but not less than headSize.
func (j *jsonText) fill() {
	if j.at > 0 {
		j.countLines(j.at)
		j.text = j.text[:copy(j.text, j.text[j.at:])]
		j.lineStart -= j.at
		j.counted, j.at = 0, 0
	}
	held := len(j.text)
	j.text = append(j.text, make([]byte, max(headSize, min(held, maxJSONRow-held)))...)
	n, err := io.ReadFull(j.in, j.text[held:])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	j.text, j.err = j.text[:held+n], err
}

// countLines counts the lines up to an offset, which is not before counted.
func (j *jsonText) countLines(to int) {
	between := j.text[j.counted:to]
	if i := bytes.LastIndexByte(between, '\n'); i >= 0 {
		j.line += bytes.Count(between, []byte("\n"))
		j.lineStart = j.counted + i + 1
	}
	j.counted = to
}

// place returns the place of an offset, which is not before counted.
func (j *jsonText) place(at int) place {
	j.countLines(at)
	return place{j.line, at - j.lineStart + 1}
}

// errorAt returns an error at an offset.
func (j *jsonText) errorAt(at int, format string, args ...any) error {
	return errorAtPlace(j.place(at), format, args...)
}

func errorAtPlace(p place, format string, args ...any) error {
	return &csvio.SyntaxError{Line: p.line, Column: p.column, Err: fmt.Errorf(format, args...)}
}

// cutShort returns the error of a text that ends inside a value.
func (j *jsonText) cutShort() error {
	if j.err != io.EOF {
		return j.err
	}
	return errorAtPlace(j.top, "the JSON value that begins here is cut short")
}

func (j *jsonText) tooDeep() error {
	return errorAtPlace(j.top, "objects and arrays are nested more than %d deep", maxNesting)
}

// peek skips white space and returns the byte after it, or 0 at the end of the text.
func (j *jsonText) peek() byte {
	for {
		for j.at < len(j.text) {
			switch c := j.text[j.at]; c {
			case ' ', '\t', '\r', '\n':
				j.at++
			default:
				return c
			}
		}
		if j.err != nil {
			return 0
		}
		j.fill()
	}
}

// beginTop skips white space and reports whether a value begins there that is not inside
// another.
func (j *jsonText) beginTop() bool {
	if j.peek() == 0 && j.at == len(j.text) {
		return false
	}
	j.top = j.place(j.at)
	return true
}

// errTooLong is the error of a value that is too long to be a row.
var errTooLong = fmt.Errorf("a row of a JSON list is longer than %d bytes", maxJSONRow)

// checkedSuffix is the distance from the end of the text within which a syntax error may only
// mean that more of the text must be read, because a word, an escape or a character is cut.
const checkedSuffix = 16

// holdValue checks the syntax of the value that begins at at, which it reads to its end. It
// returns the offset of the end.
func (j *jsonText) holdValue() (end int, err error) {
	for {
		end, err := jsonscan.ValueEnd(j.text, j.at, maxNesting-j.depth)
		if err == nil && end-j.at > maxJSONRow {
			return 0, errorAtPlace(j.place(j.at), "%w", errTooLong)
		}
		if err == nil && (end < len(j.text) || j.err != nil) {
			return end, nil
		}
		bad, _ := errors.AsType[*jsonscan.Error](err)
		switch {
		case j.err == nil && (bad == nil || bad.Reason != jsonscan.TooDeep && bad.Offset+checkedSuffix > len(j.text)):
			if len(j.text)-j.at > maxJSONRow {
				return 0, errorAtPlace(j.place(j.at), "%w", errTooLong)
			}
			j.fill()
		case bad.Reason == jsonscan.TooDeep:
			return 0, j.tooDeep()
		case bad.Offset == len(j.text):
			return 0, j.cutShort()
		default:
			return 0, j.errorAt(bad.Offset, "bad JSON: %s", bad.Reason)
		}
	}
}

// members calls use for each member of the object that begins at at, with at at its value,
// which use must read.
func (j *jsonText) members(use func(key string) error) error {
	return j.inBrackets('}', func() error {
		if j.peek() != '"' {
			return j.missing("a key is missing")
		}
		end, err := j.holdValue()
		if err != nil {
			return err
		}
		key := string(jsonscan.AppendUnquoted(nil, j.text[j.at+1:end-1]))
		j.at = end
		if j.peek() != ':' {
			return j.missing("a colon is missing")
		}
		j.at++
		if j.peek() == 0 {
			return j.missing("a value is missing")
		}
		return use(key)
	})
}

// elements calls use for each element of the array that begins at at, with at at the
// element, which use must read.
func (j *jsonText) elements(use func() error) error {
	return j.inBrackets(']', use)
}

// inBrackets calls use for each member or element inside the bracket at at, up to the
// closing one.
func (j *jsonText) inBrackets(closing byte, use func() error) error {
	if j.depth++; j.depth > maxNesting {
		return j.tooDeep()
	}
	defer func() { j.depth-- }()
	j.at++
	for c := j.peek(); c != closing; {
		if err := use(); err != nil {
			return err
		}
		if c = j.peek(); c == ',' {
			j.at++
			if c = j.peek(); c == closing {
				return j.missing("a value is missing")
			}
			continue
		}
		if c != closing {
			return j.missing("a comma or a closing bracket is missing")
		}
	}
	j.at++
	return nil
}

// missing returns the error of a text in which something is missing at at.
func (j *jsonText) missing(what string) error {
	if j.at == len(j.text) {
		return j.cutShort()
	}
	return j.errorAt(j.at, "bad JSON: %s", what)
}

// skipValue reads the value that begins at at, of any length.
func (j *jsonText) skipValue() error {
	switch j.peek() {
	case '{':
		return j.members(func(string) error { return j.skipValue() })
	case '[':
		return j.elements(j.skipValue)
	}
	end, err := j.holdValue()
	if err == nil {
		j.at = end
	}
	return err
}
