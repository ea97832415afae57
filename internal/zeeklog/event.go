package zeeklog

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/jsonscan"
)

// AppendJSON appends the event of a line, which has no line end, as the JSON object that Zeek
// writes with LogAscii::use_json: numbers and booleans are written as such, sets and
// vectors are arrays, and missing values are left out. If the line does not have as many
// columns as the header, it appends nothing and returns an error.
func (h *Header) AppendJSON(dst, line []byte) ([]byte, error) {
	separator := []byte(h.ColumnSeparator())
	if err := h.checkWidth(bytes.Count(line, separator) + 1); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	first := true
	for i, name := range h.Fields {
		cell, rest, _ := bytes.Cut(line, separator)
		line = rest
		if string(cell) == h.Unset() {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(jsonscan.AppendString(dst, name), ':')
		dst = h.appendValue(dst, cell, h.columns[i])
	}
	return append(dst, '}'), nil
}

// appendValue appends a cell as JSON.
func (h *Header) appendValue(dst, cell []byte, c column) []byte {
	isEmpty := string(cell) == orDefault(h.empty, "(empty)")
	if !c.list {
		if isEmpty {
			cell = nil
		}
		return appendScalar(dst, cell, c.kind)
	}
	dst = append(dst, '[')
	if !isEmpty {
		for i, element := range bytes.Split(cell, []byte(orDefault(h.setSeparator, ","))) {
			if i > 0 {
				dst = append(dst, ',')
			}
			if string(element) == h.Unset() {
				dst = append(dst, "null"...)
			} else {
				dst = appendScalar(dst, element, c.kind)
			}
		}
	}
	return append(dst, ']')
}

// appendScalar appends a single value as JSON; what does not have the form of its type is a
// string.
func appendScalar(dst, value []byte, k kind) []byte {
	switch {
	case k == number && len(value) > 0 && value[0] != '"' && value[0] != '{' && value[0] != '[' && json.Valid(value) && !bytes.ContainsAny(value, "tfn \t"):
		return append(dst, value...)
	case k == boolean && string(value) == "T":
		return append(dst, "true"...)
	case k == boolean && string(value) == "F":
		return append(dst, "false"...)
	}
	return jsonscan.AppendString(dst, unescape(nil, value))
}

// unescape appends text with \xNN replaced by the byte it stands for, and \\ by a
// backslash. Escapes of bytes that are not part of UTF-8 text are left as they are.
func unescape(dst, text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return append(dst, text...)
	}
	from := len(dst)
	for i := 0; i < len(text); {
		if b, ok := escapedByte(text[i:]); ok {
			dst = append(dst, b)
			i += len(`\x00`)
			continue
		}
		if bytes.HasPrefix(text[i:], []byte(`\\`)) {
			i++
		}
		dst = append(dst, text[i])
		i++
	}
	if !utf8.Valid(dst[from:]) {
		return append(dst[:from], text...)
	}
	return dst
}

// escapedByte returns the byte for the escape \xNN that text begins with.
func escapedByte(text []byte) (byte, bool) {
	if len(text) < len(`\x00`) || text[0] != '\\' || text[1] != 'x' {
		return 0, false
	}
	high, low := hexDigit(text[2]), hexDigit(text[3])
	return byte(high<<4 | low), high >= 0 && low >= 0
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

const hexDigits = "0123456789abcdef"

// AppendCell appends values as the cell of a column: no value as a missing one, and several
// separated by the separator of sets.
func (h *Header) AppendCell(dst []byte, values [][]byte) []byte {
	if len(values) == 0 {
		return append(dst, h.Unset()...)
	}
	for i, value := range values {
		if i > 0 {
			dst = append(dst, orDefault(h.setSeparator, ",")...)
		}
		if len(value) > 0 || len(values) == 1 {
			dst = h.appendEscaped(dst, value)
		}
	}
	return dst
}

// appendEscaped appends a value with an escape for each byte that a cell cannot have, and for
// a value that would be read as a missing or an empty one.
func (h *Header) appendEscaped(dst, value []byte) []byte {
	if len(value) == 0 {
		return append(dst, orDefault(h.empty, "(empty)")...)
	}
	special := string(value) == h.Unset() || string(value) == orDefault(h.empty, "(empty)")
	for i, b := range value {
		switch {
		case b == '\\':
			dst = append(dst, `\\`...)
		case b < ' ' || b == 0x7f || special && i == 0 || h.separates(b):
			dst = append(dst, '\\', 'x', hexDigits[b>>4], hexDigits[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// separates reports whether b is part of a separator.
func (h *Header) separates(b byte) bool {
	return bytes.IndexByte([]byte(h.ColumnSeparator()), b) >= 0 || bytes.IndexByte([]byte(orDefault(h.setSeparator, ",")), b) >= 0
}

// AppendDirective appends a directive with cells added. Only #fields and #types get the
// cells; line has no line end.
func (h *Header) AppendDirective(dst, line []byte, names []string, lists []bool) []byte {
	dst = append(dst, line...)
	name, _, _ := bytes.Cut(line, []byte(h.ColumnSeparator()))
	switch string(name) {
	case "#fields":
		for _, name := range names {
			dst = append(append(dst, h.ColumnSeparator()...), name...)
		}
	case "#types":
		for _, list := range lists {
			dst = append(dst, h.ColumnSeparator()...)
			if list {
				dst = append(dst, "set[string]"...)
			} else {
				dst = append(dst, "string"...)
			}
		}
	}
	return dst
}
