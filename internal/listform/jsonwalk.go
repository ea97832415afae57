package listform

import (
	"bytes"

	"github.com/kithsec/kith/internal/jsonscan"
)

// maxNesting bounds the depth of objects and arrays in a JSON list.
const maxNesting = 100

// Results in place of an offset.
const (
	cutShort = -1
	tooDeep  = -2
)

// jsonText is the text of a JSON list.
type jsonText []byte

// members calls use for the members of an object, whose syntax was checked.
func (j jsonText) members(v jsonSpan, use func(key []byte, value jsonSpan)) {
	for at := j.skipSpace(v.from + 1); j[at] == '"'; {
		end := j.endOfString(at)
		key := j[at+1 : end-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			key = jsonscan.AppendUnquoted(nil, key)
		}
		from := j.skipSpace(j.skipSpace(end) + 1) // after the colon
		value := jsonSpan{from, j.endOfValue(from)}
		use(key, value)
		at = j.skipComma(value.to)
	}
}

// elements calls use for the elements of an array, whose syntax was checked.
func (j jsonText) elements(v jsonSpan, use func(jsonSpan)) {
	for at := j.skipSpace(v.from + 1); j[at] != ']'; {
		e := jsonSpan{at, j.endOfValue(at)}
		use(e)
		at = j.skipComma(e.to)
	}
}

// skipComma returns the offset of the next value or closing bracket.
func (j jsonText) skipComma(at int) int {
	if at = j.skipSpace(at); j[at] == ',' {
		at = j.skipSpace(at + 1)
	}
	return at
}

func (j jsonText) skipSpace(at int) int {
	for at < len(j) && (j[at] == ' ' || j[at] == '\n' || j[at] == '\t' || j[at] == '\r') {
		at++
	}
	return at
}

// endOfValue returns the offset after the value that begins at an offset, or tooDeep or
// cutShort. Brackets are counted; whether they match is checked elsewhere.
func (j jsonText) endOfValue(at int) int {
	switch j[at] {
	case '"':
		return j.endOfString(at)
	case '{', '[':
	default:
		from := at
		for at < len(j) && bytes.IndexByte([]byte(" \t\r\n,]}"), j[at]) < 0 {
			at++
		}
		return max(at, from+1)
	}
	for open := 0; at < len(j); at++ {
		switch j[at] {
		case '"':
			if at = j.endOfString(at) - 1; at < 0 {
				return cutShort
			}
		case '{', '[':
			if open++; open > maxNesting {
				return tooDeep
			}
		case '}', ']':
			if open--; open == 0 {
				return at + 1
			}
		}
	}
	return cutShort
}

// endOfString returns the offset after the string that begins at an offset, or
// cutShort.
func (j jsonText) endOfString(at int) int {
	for i := at + 1; i < len(j); i++ {
		switch j[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return cutShort
}

// isArrayOfObjects reports whether a value is an array whose first element is an object.
func (j jsonText) isArrayOfObjects(v jsonSpan) bool {
	return j[v.from] == '[' && j[j.skipSpace(v.from+1)] == '{'
}

// place returns the line and the column of an offset, both from 1.
func (j jsonText) place(at int) (line, column int) {
	before := j[:min(max(at, 0), len(j))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}
