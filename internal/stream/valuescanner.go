package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// maxDepth is the maximum number of nested objects and arrays of a value.
const maxDepth = 10_000

var (
	errCutShort  = errors.New("the value is cut short")
	errOpenArray = errors.New("the array that begins here is not closed: the input may be cut short")
	errTooDeep   = fmt.Errorf("more than %d nested objects and arrays", maxDepth)
	errNewline   = errors.New("line break in a string")
)

// valueScanner finds the end of a JSON value in a text that arrives in parts. It checks
// brackets, commas, colons, and that strings are closed, but neither escapes nor numbers
// and literals: a malformed one is found when the value is read.
type valueScanner struct {
	open   []byte // the opening brackets
	expect expectation

	inString, escaped, inScalar bool
}

// expectation is what the next token must be.
type expectation uint8

const (
	aValue expectation = iota
	aValueOrEnd
	aKey
	aKeyOrEnd
	aColon
	aCommaOrEnd
)

var expectations = [...]string{
	aValue: "a value", aValueOrEnd: "a value or ]", aKey: "a key", aKeyOrEnd: "a key or }", aColon: "a colon",
	aCommaOrEnd: "a comma or a closing bracket",
}

func (s *valueScanner) reset() { *s = valueScanner{open: s.open[:0]} }

// scan continues with text, the bytes after those of earlier calls. It returns the number of
// bytes that belong to the value, and whether the value is complete. After an error, that is
// the number of bytes before the unexpected one.
func (s *valueScanner) scan(text []byte) (n int, done bool, err error) {
	for n < len(text) {
		switch {
		case s.inString:
			size, err := s.skipString(text[n:])
			n += size
			if err != nil {
				return n, false, err
			}
		case s.inScalar:
			n += scalarLen(text[n:])
			if n == len(text) {
				return n, false, nil
			}
			s.inScalar = false
			s.endValue()
		default:
			if err := s.addToken(text[n]); err != nil {
				return n, false, err
			}
			n++
		}
		if s.isComplete() {
			return n, true, nil
		}
	}
	return n, false, nil
}

// isComplete reports whether the whole value has been scanned.
func (s *valueScanner) isComplete() bool {
	return s.expect == aCommaOrEnd && len(s.open) == 0
}

// endsHere reports whether the value is complete if no more text follows.
func (s *valueScanner) endsHere() bool { return s.inScalar && len(s.open) == 0 }

// skipString returns the number of bytes up to and including the quote that closes the
// current string.
func (s *valueScanner) skipString(text []byte) (int, error) {
	for i := 0; i < len(text); i++ {
		if !s.escaped {
			if i += plainLen(text[i:]); i == len(text) {
				break
			}
		}
		switch b := text[i]; {
		case b == '\n' || b == '\r':
			return i, errNewline
		case s.escaped:
			s.escaped = false
		case b == '\\':
			s.escaped = true
		case b == '"':
			s.inString = false
			if s.expect == aKey || s.expect == aKeyOrEnd {
				s.expect = aColon
			} else {
				s.endValue()
			}
			return i + 1, nil
		}
	}
	return len(text), nil
}

// plainLen returns the number of bytes that text begins with before the first that may be a
// quote, a backslash or a line break. It looks at eight bytes at a time.
func plainLen(text []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(text); n += 8 {
		word := binary.LittleEndian.Uint64(text[n:])
		quotes, slashes := word^'"'*ones, word^'\\'*ones
		if found := ((quotes-ones)&^quotes | (slashes-ones)&^slashes | (word-' '*ones)&^word) & high; found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	return n
}

// scalarLen returns the length of the number or literal that text begins with.
func scalarLen(text []byte) int {
	if i := bytes.IndexAny(text, " \t\r\n,:[]{}\"\x1e"); i >= 0 {
		return i
	}
	return len(text)
}

// addToken processes the first byte of a token, or a blank.
func (s *valueScanner) addToken(b byte) error {
	wantsValue := s.expect == aValue || s.expect == aValueOrEnd
	wantsKey := s.expect == aKey || s.expect == aKeyOrEnd
	switch b {
	case ' ', '\t', '\r', '\n':
	case '"':
		if !wantsValue && !wantsKey {
			return s.unexpected(b)
		}
		s.inString = true
	case '{', '[':
		if !wantsValue {
			return s.unexpected(b)
		}
		return s.openBracket(b)
	case '}', ']':
		return s.closeBracket(b)
	case ':':
		if s.expect != aColon {
			return s.unexpected(b)
		}
		s.expect = aValue
	case ',':
		if s.expect != aCommaOrEnd {
			return s.unexpected(b)
		}
		if s.expect = aValue; s.inObject() {
			s.expect = aKey
		}
	default:
		if !wantsValue {
			return s.unexpected(b)
		}
		s.inScalar = true
	}
	return nil
}

// openBracket enters an object or an array.
func (s *valueScanner) openBracket(b byte) error {
	if len(s.open) == maxDepth {
		return errTooDeep
	}
	s.open = append(s.open, b)
	if s.expect = aValueOrEnd; b == '{' {
		s.expect = aKeyOrEnd
	}
	return nil
}

// closeBracket leaves an object or an array.
func (s *valueScanner) closeBracket(b byte) error {
	mayEnd := s.expect == aCommaOrEnd || s.expect == aValueOrEnd || s.expect == aKeyOrEnd
	if !mayEnd || len(s.open) == 0 || s.inObject() != (b == '}') {
		return s.unexpected(b)
	}
	s.open = s.open[:len(s.open)-1]
	s.endValue()
	return nil
}

// inObject reports whether the innermost open bracket is that of an object.
func (s *valueScanner) inObject() bool { return len(s.open) > 0 && s.open[len(s.open)-1] == '{' }

// endValue expects what may follow a value.
func (s *valueScanner) endValue() { s.expect = aCommaOrEnd }

func (s *valueScanner) unexpected(b byte) error {
	return fmt.Errorf("unexpected %q, want %s", b, expectations[s.expect])
}
