package jsonscan

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of values. Absent is the zero Kind: the event has no such value.
const (
	Absent Kind = iota
	String
	Number
	True
	False
	Null
	Array
	Object
)

var kindNames = [...]string{"absent", "string", "number", "true", "false", "null", "array", "object"}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Value is the position and the kind of a value in an event. It contains only offsets, so
// it is valid as long as the bytes of the event do not change. The zero Value is absent.
type Value struct {
	Start, End uint32 // event[Start:End] is the whole value, a string with its quotes
	Kind       Kind
	Escaped    bool // whether it is a string that contains a backslash; see AppendUnquoted
}

// Found reports whether the event has the value. It returns true for null.
func (v Value) Found() bool { return v.Kind != Absent }

// Raw returns the bytes of the value in the event, with the quotes of a string. These are
// the bytes to overwrite in order to replace the value.
func (v Value) Raw(event []byte) []byte { return event[v.Start:v.End] }

// Text returns the text between the quotes of a string, with its escapes, or the bytes of a
// value of another kind.
func (v Value) Text(event []byte) []byte {
	if v.Kind == String {
		return event[v.Start+1 : v.End-1]
	}
	return event[v.Start:v.End]
}

// AppendText appends to dst the text of a string, with escapes resolved, or the bytes of a
// value of another kind.
func (v Value) AppendText(dst, event []byte) []byte {
	if v.Escaped {
		return AppendUnquoted(dst, v.Text(event))
	}
	return append(dst, v.Text(event)...)
}

// Empty reports whether an object or array is empty: whether there is only white space
// between its brackets.
func (v Value) Empty(event []byte) bool {
	return v.Start+2 > v.End || skipSpace(event, int(v.Start)+1) == int(v.End)-1
}

// Elements yields the elements of an array, in order. It yields none if v is not an array.
// In an event that is not valid JSON, commas between elements can be missing; then only
// quotes and brackets separate elements.
func (v Value) Elements(event []byte) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind != Array {
			return
		}
		end := int(v.End) - 1
		for at := int(v.Start) + 1; at < end; {
			if c := event[at]; c == ',' || isSpace(c) {
				at++
				continue
			}
			e := readElement(event[:end], at)
			if e.Kind != Absent && !yield(e) {
				return
			}
			at = int(e.End)
		}
	}
}

// Members yields the keys, as strings, and the values of an object, in order. It yields none
// if v is not an object. The event must be valid JSON.
func (v Value) Members(event []byte) iter.Seq2[Value, Value] {
	return func(yield func(key, value Value) bool) {
		if v.Kind != Object {
			return
		}
		for at := skipSpace(event, int(v.Start)+1); event[at] == '"'; {
			key := readElement(event, at)
			at = int(key.End)
			if event[at] != ':' {
				at = skipSpace(event, at)
			}
			value := readElement(event, skipSpace(event, at+1))
			if !yield(key, value) {
				return
			}
			if at = int(value.End); event[at] != ',' {
				if at = skipSpace(event, at); event[at] != ',' {
					return
				}
			}
			at = skipSpace(event, at+1)
		}
	}
}

// MembersOf yields the keys, as strings, and the values of an object of a scanned event, in
// order. Unlike Members it does not need valid JSON. known is the range of a value that need
// not be read again, such as that of a long member that the scan has found, or the zero Value.
func MembersOf(event []byte, object, known Value) iter.Seq2[Value, Value] {
	return func(yield func(key, value Value) bool) {
		var key Value
		end := int(object.End) - 1
		for at := int(object.Start) + 1; at < end; {
			if c := event[at]; c == ',' || isSpace(c) {
				at++
				continue
			}
			v := known
			if !known.Found() || at != int(known.Start) {
				v = readElement(event[:end], at)
			}
			at = int(v.End)
			switch {
			case v.Kind == Absent: // a colon
			case v.Kind == String && skipSpace(event, at) < end && event[skipSpace(event, at)] == ':':
				key = v
			case key.Found():
				if !yield(key, v) {
					return
				}
				key = Value{}
			}
		}
	}
}

// readElement returns the value that begins at event[at], which is neither white space nor
// a comma. If there is no value, the result has the kind Absent, and its End is the offset,
// greater than at, where the next element may begin.
func readElement(event []byte, at int) Value {
	v := Value{Start: uint32(at)}
	switch event[at] {
	case '"':
		end, escaped := stringEnd(event, at)
		v.Kind, v.End, v.Escaped = String, uint32(end), escaped
	case '{':
		v.Kind, v.End = Object, uint32(bracketEnd(event, at))
	case '[':
		v.Kind, v.End = Array, uint32(bracketEnd(event, at))
	default:
		v.Kind, v.End = readScalar(event, at)
		v.End = max(v.End, uint32(at)+1)
	}
	return v
}

// stringEnd returns the offset after the string that opens at event[at], and reports
// whether it contains a backslash.
func stringEnd(event []byte, at int) (end int, escaped bool) {
	at++
	for {
		for at+8 <= len(event) {
			w := binary.LittleEndian.Uint64(event[at:])
			x, y := w^'"'*ones, w^'\\'*ones
			if found := ((x-ones)&^x | (y-ones)&^y) & high; found != 0 {
				at += bits.TrailingZeros64(found) / 8
				break
			}
			at += 8
		}
		if at >= len(event) {
			return len(event), escaped
		}
		switch event[at] {
		case '"':
			return at + 1, escaped
		case '\\':
			escaped = true
			at++
		}
		at++
	}
}

// bracketEnd returns the offset after the bracket that closes the one at event[at]. The
// scan has checked that brackets match.
func bracketEnd(event []byte, at int) int {
	depth := 0
	for at < len(event) {
		switch event[at] {
		case '"':
			at, _ = stringEnd(event, at)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		}
		at++
	}
	return len(event)
}

// readScalar returns the kind and the end of the number, true, false or null that begins at
// event[at]. It returns Absent if there is none.
func readScalar(event []byte, at int) (Kind, uint32) {
	end := at
	for end < len(event) && !endsScalar(event[end]) {
		end++
	}
	switch word := event[at:end]; {
	case len(word) == 0:
		return Absent, uint32(end)
	case word[0] == '-' || word[0]-'0' <= 9:
		return Number, uint32(end)
	case string(word) == "true":
		return True, uint32(end)
	case string(word) == "false":
		return False, uint32(end)
	case string(word) == "null":
		return Null, uint32(end)
	}
	return Absent, uint32(end)
}

func endsScalar(c byte) bool {
	switch c {
	case ',', '}', ']', ' ', '\n', '\r', '\t', '"', ':', '{', '[':
		return true
	}
	return false
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t'
}

// skipSpace returns the offset of the first byte that is not white space, beginning with
// event[at].
func skipSpace(event []byte, at int) int {
	for at < len(event) && isSpace(event[at]) {
		at++
	}
	return at
}
