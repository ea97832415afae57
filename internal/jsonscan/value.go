package jsonscan

import (
	"bytes"
	"iter"
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

// Value is where a value lies in an event. It holds offsets only, so it is
// good for as long as the bytes of the event stay what they are. The zero
// Value is absent.
type Value struct {
	Start, End uint32 // event[Start:End] is the whole value, a string with its quotes
	Kind       Kind
	Escaped    bool // a string with a backslash in it: see AppendUnquoted
}

// Found reports whether the event has the value. A null is there.
func (v Value) Found() bool { return v.Kind != Absent }

// Raw returns the value as it stands in the event, strings with their quotes:
// the bytes to replace when the value is replaced.
func (v Value) Raw(event []byte) []byte { return event[v.Start:v.End] }

// Text returns what stands between the quotes of a string, escapes unresolved,
// and the value itself if it is of another kind.
func (v Value) Text(event []byte) []byte {
	if v.Kind == String {
		return event[v.Start+1 : v.End-1]
	}
	return event[v.Start:v.End]
}

// AppendText appends to dst what a string stands for, escapes resolved, and the
// value itself if it is of another kind.
func (v Value) AppendText(dst, event []byte) []byte {
	if v.Escaped {
		return AppendUnquoted(dst, v.Text(event))
	}
	return append(dst, v.Text(event)...)
}

// Empty reports whether an object has no members or an array no elements, so
// that nothing but white space stands between its brackets.
func (v Value) Empty(event []byte) bool {
	return v.Start+2 > v.End || skipSpace(event, int(v.Start)+1) == int(v.End)-1
}

// Elements returns the elements of an array in order, and nothing if v is not
// an array. In an event that Scan has found but that is not valid JSON,
// elements without commas between them are told apart by their quotes and
// brackets only.
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
			e := element(event[:end], at)
			if e.Kind != Absent && !yield(e) {
				return
			}
			at = int(e.End)
		}
	}
}

// element returns the value that begins at event[at], which is neither white
// space nor a comma. What is no value is Absent and ends where the next
// element may begin, after at.
func element(event []byte, at int) Value {
	v := Value{Start: uint32(at)}
	switch event[at] {
	case '"':
		v.Kind, v.End = String, uint32(stringEnd(event, at))
		v.Escaped = bytes.IndexByte(event[at:v.End], '\\') >= 0
	case '{':
		v.Kind, v.End = Object, uint32(bracketEnd(event, at))
	case '[':
		v.Kind, v.End = Array, uint32(bracketEnd(event, at))
	default:
		v.Kind, v.End = scalar(event, at)
		v.End = max(v.End, uint32(at)+1)
	}
	return v
}

// stringEnd returns the offset after the string that opens at event[at].
func stringEnd(event []byte, at int) int {
	for at++; at < len(event); at++ {
		switch event[at] {
		case '"':
			return at + 1
		case '\\':
			at++
		}
	}
	return len(event)
}

// bracketEnd returns the offset after the bracket that closes the one at
// event[at]. That brackets match is known from the scan.
func bracketEnd(event []byte, at int) int {
	depth := 0
	for at < len(event) {
		switch event[at] {
		case '"':
			at = stringEnd(event, at)
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

// scalar returns the kind and the end of the number or word that begins at
// event[at], or Absent if there is neither.
func scalar(event []byte, at int) (Kind, uint32) {
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

// skipSpace returns the offset of the first byte from at on that is not white
// space.
func skipSpace(event []byte, at int) int {
	for at < len(event) && isSpace(event[at]) {
		at++
	}
	return at
}
