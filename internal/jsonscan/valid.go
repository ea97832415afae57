package jsonscan

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"
)

// Valid returns nil if event is one JSON value as RFC 8259 defines it, encoded in UTF-8
// (section 8.1), with optional white space around it and an optional byte order mark before
// it. Otherwise it returns an [*Error] with the offset and the reason. Repeated keys and
// lone surrogates in escapes are allowed, as in the RFC. Valid does not recurse, and does
// not allocate for events of fewer than a thousand levels.
func Valid(event []byte) error {
	end, err := ValueEnd(event, skipBOM(event), math.MaxInt)
	if err != nil {
		return err
	}
	if end = skipSpace(event, end); end < len(event) {
		return newError(end, "text after the value")
	}
	return nil
}

// ValueEnd returns the offset after the JSON value that begins at text[at] or after the
// white space there. The error is an [*Error] if there is no valid value, as Valid defines
// it, or if its objects and arrays are nested more than maxDepth deep, which the reason
// [TooDeep] states. What follows the value is not checked. A number at the end of text may
// continue in what follows.
func ValueEnd(text []byte, at, maxDepth int) (end int, err error) {
	v := openBrackets{most: maxDepth}
	at = skipSpace(text, at)
	for {
		// A value begins at text[at].
		if at >= len(text) {
			if v.depth > 0 {
				return 0, newError(at, openBracket)
			}
			return 0, newError(at, noValue)
		}
		var reason string
		switch text[at] {
		case '{', '[':
			var isEmpty bool
			if at, isEmpty, reason = v.open(text, at); !isEmpty && reason == "" {
				continue
			}
		case '"':
			at, reason = validString(text, at)
		default:
			at, reason = validScalar(text, at)
		}
		if reason != "" {
			return 0, newError(at, reason)
		}
		more, err := v.nextValue(text, &at)
		if !more {
			return at, err
		}
	}
}

// openBrackets is the stack of the open brackets, a bit for each: 1 for an object, 0 for an
// array. The innermost 64 are in kinds, the innermost in the lowest bit; the others are
// stored 64 at a time in first and then in spill.
type openBrackets struct {
	most  int // the depth that is allowed
	kinds uint64
	depth int
	first [15]uint64
	spill []uint64 // beyond the capacity of first
}

func (v *openBrackets) push(kind uint64) {
	if v.depth++; v.depth&63 == 0 {
		if i := v.depth/64 - 1; i < len(v.first) {
			v.first[i] = v.kinds
		} else {
			v.spill = append(v.spill, v.kinds)
		}
	}
	v.kinds = v.kinds<<1 | kind
}

func (v *openBrackets) pop() {
	v.kinds >>= 1
	if v.depth--; v.depth&63 == 63 {
		if i := v.depth / 64; i < len(v.first) {
			v.kinds = v.first[i]
		} else {
			v.kinds = v.spill[len(v.spill)-1]
			v.spill = v.spill[:len(v.spill)-1]
		}
	}
}

// open moves from an opening bracket to the first value after it, or to the closing bracket
// if there is none.
func (v *openBrackets) open(event []byte, at int) (next int, isEmpty bool, reason string) {
	bracket := event[at]
	if v.push(uint64(bracket >> 5 & 1)); v.depth > v.most {
		return at, false, TooDeep
	}
	at = skipSpace(event, at+1)
	if at < len(event) && event[at] == bracket+2 {
		return at, true, ""
	}
	if bracket == '{' {
		at, reason = skipKey(event, at)
	}
	return at, false, reason
}

// nextValue moves at from the end of a value, or from the bracket that closes an empty
// object or array, to the beginning of the next value, and reports whether there is one. It
// returns false once all brackets are closed, and returns false and an error if the event
// is malformed.
func (v *openBrackets) nextValue(event []byte, at *int) (bool, error) {
	for v.depth > 0 {
		*at = skipSpace(event, *at)
		if *at == len(event) {
			return false, newError(*at, openBracket)
		}
		object := v.kinds&1 != 0
		switch c := event[*at]; {
		case c == ',' && object:
			next, reason := skipKey(event, skipSpace(event, *at+1))
			if reason != "" {
				return false, newError(next, reason)
			}
			*at = next
			return true, nil
		case c == ',':
			*at = skipSpace(event, *at+1)
			return true, nil
		case c == '}' && object, c == ']' && !object:
			v.pop()
			*at++
		case c == '}', c == ']':
			return false, newError(*at, wrongBracket)
		case object:
			return false, newError(*at, "comma or closing brace is missing")
		default:
			return false, newError(*at, "comma or closing bracket is missing")
		}
	}
	return false, nil
}

// skipKey moves from a key past its colon to the beginning of its value.
func skipKey(event []byte, at int) (next int, reason string) {
	if at >= len(event) {
		return len(event), openBracket
	}
	if event[at] != '"' {
		return at, "key is missing"
	}
	if at, reason = validString(event, at); reason != "" {
		return at, reason
	}
	if at < len(event) && event[at] != ':' {
		at = skipSpace(event, at)
	}
	if at == len(event) || event[at] != ':' {
		return at, "colon is missing"
	}
	return skipSpace(event, at+1), ""
}

// validScalar moves from the beginning of a number, true, false or null to the byte after it.
func validScalar(event []byte, at int) (end int, reason string) {
	switch event[at] {
	case 't':
		return validWord(event, at, "true")
	case 'f':
		return validWord(event, at, "false")
	case 'n':
		return validWord(event, at, "null")
	}
	return validNumber(event, at)
}

func validWord(event []byte, at int, word string) (end int, reason string) {
	if end = at + len(word); end <= len(event) && string(event[at:end]) == word {
		return end, ""
	}
	return at, noValue
}

func validNumber(event []byte, at int) (end int, reason string) {
	start := at
	if event[at] == '-' {
		at++
	}
	whole := skipDigits(event, at)
	switch {
	case whole == at:
		if at == start {
			return at, noValue
		}
		return at, "number without digits"
	case event[at] == '0' && whole > at+1:
		return at, "number begins with zero"
	}
	if at = whole; at < len(event) && event[at] == '.' {
		if whole = skipDigits(event, at+1); whole == at+1 {
			return whole, "number without digits after the point"
		}
		at = whole
	}
	if at < len(event) && event[at]|0x20 == 'e' {
		at++
		if at < len(event) && (event[at] == '+' || event[at] == '-') {
			at++
		}
		if whole = skipDigits(event, at); whole == at {
			return at, "number without digits in the exponent"
		}
		at = whole
	}
	return at, ""
}

// skipDigits returns the offset after the digits at event[at].
func skipDigits(event []byte, at int) int {
	for at < len(event) && event[at]-'0' <= 9 {
		at++
	}
	return at
}

// validString moves from the quote that opens a string to the byte after the one that
// closes it.
func validString(event []byte, at int) (end int, reason string) {
	at++
	for {
		for at+8 <= len(event) {
			w := binary.LittleEndian.Uint64(event[at:])
			special := specialBytes(w)
			if special != 0 {
				at += bits.TrailingZeros64(special) / 8
				break
			}
			at += 8
		}
		if at >= len(event) {
			return len(event), openString
		}
		switch c := event[at]; {
		case c == '"':
			return at + 1, ""
		case c == '\\':
			n := escapeLen(event[at:])
			if n == 0 {
				return at, "not an escape of JSON"
			}
			at += n
		case c < ' ':
			return at, "control character in a string"
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(event[at:])
			if r == utf8.RuneError && n == 1 {
				return at, "not UTF-8"
			}
			at += n
		default:
			at++
		}
	}
}

// specialBytes sets the top bit of each byte of w that is not plain text in a string:
// quotes, backslashes, control characters and bytes that are not ASCII. Only the lowest set
// bit is reliable, because a borrow may set bits above it.
func specialBytes(w uint64) uint64 {
	x, y := w^'"'*ones, w^'\\'*ones
	return ((x-ones)&^x | (y-ones)&^y | (w-' '*ones)&^w | w) & high
}

// escapeLen returns the length of the escape that text begins with, or 0 if it does not
// begin with a valid escape.
func escapeLen(text []byte) int {
	switch {
	case len(text) < 2:
		return 0
	case text[1] != 'u':
		if escapes[text[1]] == 0 {
			return 0
		}
		return 2
	}
	if _, ok := hexRune(text); !ok {
		return 0
	}
	return 6
}
