package stream

import (
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

// byteClass is what a byte outside strings can be.
type byteClass uint8

const (
	ofScalar byteClass = iota // part of a number or literal
	blank
	quote
	opening
	closing
	colon
	comma
	separator // ends a number or literal, and is otherwise like a part of one
)

var byteClasses = [256]byteClass{
	' ': blank, '\t': blank, '\r': blank, '\n': blank,
	'"': quote, '{': opening, '[': opening, '}': closing, ']': closing, ':': colon, ',': comma,
	recordSeparator: separator,
}

// action is what the first byte of a token leads to.
type action uint8

const (
	reject action = iota
	skip
	enterScalar
	enterString
	enterBrackets
	leaveBrackets
	passColon
	passComma
)

// actions holds the action for each expectation and class. That brackets match is checked apart.
var actions = [...][8]action{
	aValue:      {ofScalar: enterScalar, separator: enterScalar, blank: skip, quote: enterString, opening: enterBrackets},
	aValueOrEnd: {ofScalar: enterScalar, separator: enterScalar, blank: skip, quote: enterString, opening: enterBrackets, closing: leaveBrackets},
	aKey:        {blank: skip, quote: enterString},
	aKeyOrEnd:   {blank: skip, quote: enterString, closing: leaveBrackets},
	aColon:      {blank: skip, colon: passColon},
	aCommaOrEnd: {blank: skip, comma: passComma, closing: leaveBrackets},
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
			s.expect = aCommaOrEnd
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
	return len(s.open) == 0 && s.expect == aCommaOrEnd
}

// endsHere reports whether the value is complete if no more text follows.
func (s *valueScanner) endsHere() bool { return s.inScalar && len(s.open) == 0 }

// skipString returns the number of bytes up to and including the quote that closes the
// current string. It looks at eight bytes at a time.
func (s *valueScanner) skipString(text []byte) (int, error) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for i := 0; i < len(text); i++ {
		if i+8 <= len(text) && !s.escaped {
			word := binary.LittleEndian.Uint64(text[i:])
			quotes, slashes := word^'"'*ones, word^'\\'*ones
			// The lowest bit is that of the first quote, backslash or control character.
			found := ((quotes-ones)&^quotes | (slashes-ones)&^slashes | (word-' '*ones)&^word) & high
			if found == 0 {
				i += 7
				continue
			}
			i += bits.TrailingZeros64(found) / 8
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
				s.expect = aCommaOrEnd
			}
			return i + 1, nil
		}
	}
	return len(text), nil
}

// scalarLen returns the length of the number or literal that text begins with.
func scalarLen(text []byte) int {
	for i, b := range text {
		if byteClasses[b] != ofScalar {
			return i
		}
	}
	return len(text)
}

// addToken processes the first byte of a token, or a blank.
func (s *valueScanner) addToken(b byte) error {
	switch actions[s.expect][byteClasses[b]] {
	case reject:
		return s.unexpected(b)
	case enterString:
		s.inString = true
	case enterScalar:
		s.inScalar = true
	case passColon:
		s.expect = aValue
	case passComma:
		if s.expect = aValue; s.inObject() {
			s.expect = aKey
		}
	case enterBrackets:
		return s.openBracket(b)
	case leaveBrackets:
		return s.closeBracket(b)
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
	if len(s.open) == 0 || s.inObject() != (b == '}') {
		return s.unexpected(b)
	}
	s.open = s.open[:len(s.open)-1]
	s.expect = aCommaOrEnd
	return nil
}

// inObject reports whether the innermost open bracket is that of an object.
func (s *valueScanner) inObject() bool { return len(s.open) > 0 && s.open[len(s.open)-1] == '{' }

func (s *valueScanner) unexpected(b byte) error {
	return fmt.Errorf("unexpected %q, want %s", b, expectations[s.expect])
}
