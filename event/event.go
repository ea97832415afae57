package event

import (
	"bytes"

	"github.com/kithsec/kith/internal/jsonscan"
)

// Event is an event of any representation, compiled against a [Schema]: paths are
// numbers of that Schema. [JSON], [Record] and [Map] implement it; other
// representations walk [Schema.Routes].
type Event interface {
	// Present returns the paths that the event may have. A superset is correct:
	// Value then returns the zero Value.
	Present() Set
	// Value returns the value at a path, the zero Value if it is absent. It stays
	// valid until the event is replaced by another one. At a path through arrays
	// ("answers[].rdata") it returns an Array or the zero Value.
	Value(Path) Value
	// AppendElements appends the elements of the array at a path, or the value if
	// it is not an array. Of a path through arrays it appends everything that the
	// path reaches.
	AppendElements(dst []Value, p Path) []Value
}

// Writer is an event that fields can be written into. Unlike an Event it is not
// bound to a Schema: new fields have no paths.
type Writer interface {
	// Set writes a value under a name, which has several parts if it lies in
	// nested objects. v and its Text are valid during the call only.
	Set(name []string, v Value)
}

// Kind is the kind of a value.
type Kind uint8

// The kinds of values. The zero Kind means that the event has no such value.
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

// String returns the kind's name in lower case.
func (k Kind) String() string { return jsonscan.Kind(k).String() }

// IsScalar reports whether values of the kind have a text: strings, numbers and
// booleans do.
func (k Kind) IsScalar() bool { return k-String <= False-String }

// Value is a value of an event. It shares the memory of the event.
type Value struct {
	Kind    Kind
	Escaped bool // Text has escapes of JSON, which AppendText resolves
	// Text is a scalar as it is written, a string without its quotes. Of an array
	// or object it is the JSON, or nil where the representation has none.
	Text []byte
}

// Found reports whether the event has the value. A null is a value.
func (v Value) Found() bool { return v.Kind != Absent }

// AppendText appends the text of the value with its escapes resolved.
func (v Value) AppendText(dst []byte) []byte {
	if v.Escaped {
		return jsonscan.AppendUnquoted(dst, v.Text)
	}
	return append(dst, v.Text...)
}

// valueOf returns a value that was found in JSON.
func valueOf(v jsonscan.Value, json []byte) Value {
	if v.Kind == jsonscan.Absent {
		return Value{}
	}
	return Value{Kind(v.Kind), v.Escaped, v.Text(json)}
}

// appendElements appends the elements of an array, or the value if it is none.
func (v Value) appendElements(dst []Value) []Value {
	switch v.Kind {
	case Absent:
		return dst
	case Array:
		array := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(v.Text))}
		for element := range array.Elements(v.Text) {
			dst = append(dst, valueOf(element, v.Text))
		}
		return dst
	}
	return append(dst, v)
}

// trim removes the white space around a text.
func trim(text []byte) []byte {
	if isTrimmed(text) {
		return text
	}
	return bytes.TrimSpace(text)
}

// isTrimmed reports whether a text surely has no white space around it.
func isTrimmed(text []byte) bool {
	return len(text) > 0 && isVisible(text[0]) && isVisible(text[len(text)-1])
}

// isVisible reports whether a byte is a character of ASCII other than white space.
func isVisible(c byte) bool { return c-'!' < 0x80-'!' }
