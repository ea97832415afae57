package table

import (
	"bytes"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/jsonscan"
)

// The functions in this file read values as records store them: the JSON of a string, an
// array of strings, a number or a boolean.

// ValuesOf returns the elements of an array, or else the only value: the text of a string, or
// a literal itself. It returns nil for nil.
func ValuesOf(json []byte) (values []string) {
	if len(json) == 0 {
		return nil
	}
	if json[0] != '[' {
		return []string{Unquoted(json)}
	}
	for v := range wholeArray(json).Elements(json) {
		values = append(values, Unquoted(v.Raw(json)))
	}
	return values
}

// AppendFirst appends the text of a stored value. Of an array it appends the text of the
// first element.
func AppendFirst(dst, json []byte) []byte {
	if len(json) > 0 && json[0] == '[' {
		for v := range wholeArray(json).Elements(json) {
			return v.AppendText(dst, json)
		}
	}
	return appendUnquoted(dst, json)
}

// Unquoted returns the text of a stored string. It returns other values unchanged.
func Unquoted(json []byte) string {
	if len(json) >= 2 && json[0] == '"' && bytes.IndexByte(json, '\\') < 0 {
		return string(json[1 : len(json)-1])
	}
	return string(appendUnquoted(nil, json))
}

func appendUnquoted(dst, json []byte) []byte {
	if len(json) < 2 || json[0] != '"' {
		return append(dst, json...)
	}
	return jsonscan.AppendUnquoted(dst, json[1:len(json)-1])
}

// wholeArray returns the scanner's value for JSON that is a single array.
func wholeArray(json []byte) jsonscan.Value {
	return jsonscan.Value{Kind: jsonscan.Array, End: uint32(len(json))}
}

// PriorityOf returns the priority of a stored value, Unset for no value. It returns false if
// the value is not a priority in canonical form.
func PriorityOf(json []byte) (entity.Priority, bool) {
	switch string(json) {
	case "":
		return entity.Unset, true
	case `"unknown"`:
		return entity.UnknownPriority, true
	case `"informational"`:
		return entity.Informational, true
	case `"low"`:
		return entity.Low, true
	case `"medium"`:
		return entity.Medium, true
	case `"high"`:
		return entity.High, true
	case `"critical"`:
		return entity.Critical, true
	}
	return entity.Unset, false
}
