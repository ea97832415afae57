package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Valid returns nil if event is one JSON value as RFC 8259 defines it, with
// white space around it, encoded in UTF-8 (section 8.1); a byte order mark
// before it is ignored. Otherwise the error is an [*Error] that says what is
// wrong and where. Repeated keys and lone surrogates in escapes are allowed, as
// they are there. Nothing recurses, and nothing is allocated for an event of
// fewer than a thousand levels.
func Valid(event []byte) error {
	var v validator
	at := skipSpace(event, afterMark(event))
	for {
		// A value begins at event[at].
		if at >= len(event) {
			if v.depth > 0 {
				return fail(at, openBracket)
			}
			return fail(at, noValue)
		}
		var reason string
		switch c := event[at]; c {
		case '{':
			v.push(1)
			at = skipSpace(event, at+1)
			if at < len(event) && event[at] == '}' {
				break
			}
			if at, reason = member(event, at); reason != "" {
				return fail(at, reason)
			}
			continue
		case '[':
			v.push(0)
			at = skipSpace(event, at+1)
			if at < len(event) && event[at] == ']' {
				break
			}
			continue
		case '"':
			at, reason = validString(event, at)
		case 't':
			at, reason = validWord(event, at, "true")
		case 'f':
			at, reason = validWord(event, at, "false")
		case 'n':
			at, reason = validWord(event, at, "null")
		default:
			at, reason = validNumber(event, at)
		}
		if reason != "" {
			return fail(at, reason)
		}
		more, err := v.ascend(event, &at)
		if !more {
			return err
		}
	}
}

// validator is the stack of the brackets that are open, a bit for each. The
// innermost 64 are in kinds, the lowest bit last, 1 for an object; the others
// were put away 64 at a time.
type validator struct {
	kinds uint64
	depth int
	first [15]uint64
	spill []uint64 // what first does not hold
}

func (v *validator) push(kind uint64) {
	if v.depth++; v.depth&63 == 0 {
		if i := v.depth/64 - 1; i < len(v.first) {
			v.first[i] = v.kinds
		} else {
			v.spill = append(v.spill, v.kinds)
		}
	}
	v.kinds = v.kinds<<1 | kind
}

func (v *validator) pop() {
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

// ascend goes from the end of a value, or from the bracket that closes an empty
// one, to the beginning of the next value, which it reports to be there. If
// there is none, the error says whether the event may end so.
func (v *validator) ascend(event []byte, at *int) (bool, error) {
	for {
		*at = skipSpace(event, *at)
		if *at == len(event) {
			if v.depth > 0 {
				return false, fail(*at, openBracket)
			}
			return false, nil
		}
		if v.depth == 0 {
			return false, fail(*at, "text after the value")
		}
		object := v.kinds&1 != 0
		switch c := event[*at]; {
		case c == ',' && object:
			next, reason := member(event, skipSpace(event, *at+1))
			if reason != "" {
				return false, fail(next, reason)
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
			return false, fail(*at, wrongBracket)
		case object:
			return false, fail(*at, "comma or closing brace is missing")
		default:
			return false, fail(*at, "comma or closing bracket is missing")
		}
	}
}

// member goes from a key over its colon to the beginning of its value.
func member(event []byte, at int) (next int, reason string) {
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
	whole := digits(event, at)
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
		if whole = digits(event, at+1); whole == at+1 {
			return whole, "number without digits after the point"
		}
		at = whole
	}
	if at < len(event) && event[at]|0x20 == 'e' {
		at++
		if at < len(event) && (event[at] == '+' || event[at] == '-') {
			at++
		}
		if whole = digits(event, at); whole == at {
			return at, "number without digits in the exponent"
		}
		at = whole
	}
	return at, ""
}

// digits returns the offset after the digits at event[at].
func digits(event []byte, at int) int {
	for at < len(event) && event[at]-'0' <= 9 {
		at++
	}
	return at
}

// validString goes from the quote that opens a string to after the one that
// closes it.
func validString(event []byte, at int) (end int, reason string) {
	at++
	for {
		for at+8 <= len(event) {
			w := binary.LittleEndian.Uint64(event[at:])
			special := specials(w)
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

// specials returns a word whose lowest top bit of a byte marks the first byte
// of w that does not stand for itself in a string: a quote, a backslash, a
// control character or one beyond ASCII. Bits above that one may be wrong.
func specials(w uint64) uint64 {
	x, y := w^'"'*ones, w^'\\'*ones
	return ((x-ones)&^x | (y-ones)&^y | (w-' '*ones)&^w | w) & high
}

// escapeLen returns the length of the escape that text begins with, 0 if it is
// none.
func escapeLen(text []byte) int {
	switch {
	case len(text) < 2:
		return 0
	case text[1] != 'u':
		if unescapeByte(text[1]) == 0 {
			return 0
		}
		return 2
	}
	if _, ok := hexRune(text); !ok {
		return 0
	}
	return 6
}
