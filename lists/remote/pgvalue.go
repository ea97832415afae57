package remote

import (
	"bytes"
	"encoding/json"
)

// pgColumn is a column of the rows of a PostgreSQL query.
type pgColumn struct {
	name string
	pgType
}

// pgType is a type of PostgreSQL.
type pgType struct {
	name      string // of the elements if it is an array
	array     bool
	delimiter byte // between the elements of an array
}

// appendText appends a value, which is in the text form of PostgreSQL, as the text of a
// cell. NULL is nothing.
func (t *pgType) appendText(b, value []byte) []byte {
	switch {
	case value == nil:
		return b
	case t.array && len(value) > 0 && (value[0] == '{' || value[0] == '['):
		return t.appendArray(b, value)
	}
	return t.appendScalar(b, value)
}

// appendScalar appends a value that is not an array.
func (t *pgType) appendScalar(b, value []byte) []byte {
	switch t.name {
	case "bool":
		if string(value) == "t" {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case "bytea":
		return append(b, bytes.TrimPrefix(value, []byte(`\x`))...)
	case "bpchar": // padded
		return append(b, bytes.TrimRight(value, " ")...)
	case "date", "timestamp", "timestamptz":
		return appendPGTime(b, value)
	case "json", "jsonb":
		return appendJSONCell(b, value)
	}
	return append(b, value...)
}

// appendPGTime appends a time of the form 2026-01-31 10:00:00+00 with the T and the Z of
// ISO 8601. An infinite time is no limit, and therefore nothing.
func appendPGTime(b, value []byte) []byte {
	if bytes.HasSuffix(value, []byte("infinity")) {
		return b
	}
	day, clock, found := bytes.Cut(value, []byte(" "))
	if !found || bytes.HasPrefix(clock, []byte("BC")) {
		return append(b, value...)
	}
	b = append(append(b, day...), 'T')
	if utc, ok := bytes.CutSuffix(clock, []byte("+00")); ok {
		return append(append(b, utc...), 'Z')
	}
	return append(b, clock...)
}

// appendArray appends the elements of an array such as {a,"b c",NULL}, with | between
// them. Elements that are blank or NULL are left out. The arrays in an array with several
// dimensions are opened.
func (t *pgType) appendArray(b, text []byte) []byte {
	from := len(b)
	if text[0] == '[' { // the bounds come first: [0:1]={a,b}
		_, text, _ = bytes.Cut(text, []byte("="))
	}
	var element []byte
	quoted, stated := false, false // stated: the element has quotes, and is not NULL
	end := func() {
		if stated || len(element) > 0 && string(element) != "NULL" {
			b = appendElement(b, from, func(b []byte) []byte { return t.appendScalar(b, element) })
		}
		element, stated = element[:0], false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			element = append(element, text[i])
		case c == '"':
			quoted, stated = !quoted, true
		case quoted:
			element = append(element, c)
		case c == t.delimiter, c == '}':
			end()
		case c == '{':
		default:
			element = append(element, c)
		}
	}
	return b
}

// appendElement appends a value to the values of a cell that begins at an offset of b.
func appendElement(b []byte, from int, appendValue func([]byte) []byte) []byte {
	before := len(b)
	if before > from {
		b = append(b, '|')
	}
	begin := len(b)
	if b = appendValue(b); len(b) == begin {
		return b[:before]
	}
	return b
}

// appendJSONCell appends a value of a JSON column: a string without its quotes, an array as
// its elements with | between them, null as nothing, and anything else as it is.
func appendJSONCell(b, value []byte) []byte {
	value = bytes.TrimSpace(value)
	var elements []json.RawMessage
	var text string
	switch {
	case string(value) == "null":
		return b
	case bytes.HasPrefix(value, []byte{'"'}) && json.Unmarshal(value, &text) == nil:
		return append(b, text...)
	case bytes.HasPrefix(value, []byte{'['}) && json.Unmarshal(value, &elements) == nil:
		from := len(b)
		for _, e := range elements {
			b = appendElement(b, from, func(b []byte) []byte { return appendJSONCell(b, e) })
		}
		return b
	}
	return append(b, value...)
}
