package event

import (
	"bytes"

	"github.com/kithsec/kith/internal/jsonscan"
)

// Event is an event in any representation. It is bound to a [Schema], which
// numbers the paths. [JSON], [Record] and [Map] implement it; other
// representations look for values along [Schema.Routes].
type Event interface {
	// Present returns the paths that the event may have. It may return too many:
	// for a path that is absent, Value returns the zero Value.
	Present() Set
	// Value returns the value at a path, or the zero Value if it is absent. The
	// Value is valid until the next event takes the place of this one. At a path
	// through arrays ("answers[].rdata") it returns an Array or the zero Value.
	Value(Path) Value
	// AppendElements appends the elements of the array at a path, or the value if
	// it is not an array. For a path through arrays it appends every value that
	// the path reaches.
	AppendElements(dst []Value, p Path) []Value
}

// Writer is an event into which fields can be written. Unlike an Event it is not
// bound to a Schema: new fields have no paths.
type Writer interface {
	// Set writes a value under a name. The name is a list of keys: more than one
	// if the value goes into nested objects. v and its Text are valid only during
	// the call.
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
// booleans do; nulls, arrays and objects do not.
func (k Kind) IsScalar() bool { return k-String <= False-String }

// Value is a value of an event. It shares the memory of the event.
type Value struct {
	Kind    Kind
	Escaped bool // Text contains JSON escapes, which AppendText resolves
	// Text is a scalar as it is written in the event, a string without its quotes.
	// For an array or an object it is the JSON, or nil if the representation is
	// not JSON.
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

// valueOf converts a value that was found in JSON.
func valueOf(v jsonscan.Value, json []byte) Value {
	if v.Kind == jsonscan.Absent {
		return Value{}
	}
	return Value{Kind(v.Kind), v.Escaped, v.Text(json)}
}

// appendElements appends the elements of an array, or the value itself if it is
// not an array.
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

// textArena returns the texts of values. It keeps those whose escapes it resolves
// until its buffer is reset; growing the buffer leaves earlier texts where they are.
type textArena struct{ buf []byte }

// text returns the text of a value with its escapes resolved, nil if it is absent.
func (a *textArena) text(v Value) []byte {
	if !v.Escaped {
		return v.Text
	}
	from := len(a.buf)
	a.buf = jsonscan.AppendUnquoted(a.buf, v.Text)
	return a.buf[from:len(a.buf):len(a.buf)]
}

// appendScalar appends the trimmed text of a value if it is a scalar.
func (a *textArena) appendScalar(dst [][]byte, v Value) [][]byte {
	if !v.Kind.IsScalar() {
		return dst
	}
	return append(dst, trimSpace(a.text(v)))
}

// scalarText returns the trimmed text of a scalar, and nil for another value.
func (a *textArena) scalarText(v Value) []byte {
	if !v.Kind.IsScalar() {
		return nil
	}
	return trimSpace(a.text(v))
}

// appendScalars appends the trimmed text of a JSON value if it is a scalar, or those
// of its scalar elements if it is an array.
func (a *textArena) appendScalars(dst [][]byte, v Value) [][]byte {
	if v.Kind != Array {
		return a.appendScalar(dst, v)
	}
	array := jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(v.Text))}
	for element := range array.Elements(v.Text) {
		dst = a.appendScalar(dst, valueOf(element, v.Text))
	}
	return dst
}

// trimSpace removes the white space around a text.
func trimSpace(text []byte) []byte {
	if isTrimmed(text) {
		return text
	}
	return bytes.TrimSpace(text)
}

// isTrimmed reports whether a text certainly has no white space around it. It
// returns false if the text is empty or begins or ends with a non-ASCII character.
func isTrimmed(text []byte) bool {
	return len(text) > 0 && isVisible(text[0]) && isVisible(text[len(text)-1])
}

// isVisible reports whether a byte is an ASCII character other than white space
// and control characters.
func isVisible(c byte) bool { return c-'!' < 0x80-'!' }
