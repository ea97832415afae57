package listform

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// AppendCommonName appends the common name of an entry of a directory, given its
// distinguished name, such as "Smith, Ann" for CN=Smith\, Ann,OU=Staff,DC=corp. It reports
// false, and appends nothing, if the text is not a distinguished name that begins with a
// common name, or if the common name contains a line break or another separator of values.
func AppendCommonName(b, text []byte) ([]byte, bool) {
	kind, rest, found := bytes.Cut(text, []byte("="))
	if !found || !strings.EqualFold(string(bytes.TrimSpace(kind)), "cn") {
		return b, false
	}
	value, rest := cutRDNValue(rest)
	from := len(b)
	b, ok := appendUnescaped(b, value)
	if name := b[from:]; !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '|' }) {
		return b[:from], false
	}
	for end := len(b); len(rest) > 0; b = b[:end] { // the other parts are only checked
		kind, after, found := bytes.Cut(rest[1:], []byte("="))
		value, rest = cutRDNValue(after)
		b, ok = appendUnescaped(b, value)
		if !ok || !found || len(bytes.TrimSpace(kind)) == 0 || bytes.ContainsAny(kind, ",;+\\\"<>") {
			return b[:from], false
		}
	}
	return b, true
}

// cutRDNValue returns a value with its escapes, and the rest, which begins with the
// separator after it.
func cutRDNValue(text []byte) (value, rest []byte) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ',', ';', '+':
			return text[:i], text[i:]
		}
	}
	return text, nil
}

// trimRDNValue removes the blanks around a value, except for one that is escaped.
func trimRDNValue(value []byte) []byte {
	value = bytes.TrimLeft(value, " ")
	trimmed := bytes.TrimRight(value, " ")
	slashes := len(trimmed) - len(bytes.TrimRight(trimmed, `\`))
	if slashes%2 == 1 && len(trimmed) < len(value) {
		trimmed = value[:len(trimmed)+1]
	}
	return trimmed
}

// appendUnescaped appends a value without the blanks around it and without its escapes. An
// escape is a backslash before a special character, or before the two hexadecimal digits of
// a byte. It reports false if there is another escape, or a character that lacks one.
func appendUnescaped(b, value []byte) ([]byte, bool) {
	value = trimRDNValue(value)
	if bytes.HasPrefix(value, []byte("#")) { // the encoding of a value
		return b, false
	}
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"' || c == '<' || c == '>' || c == 0: // would have been escaped
			return b, false
		case c != '\\':
			b = append(b, c)
			continue
		}
		if i++; i < len(value) && strings.IndexByte(` "#+,;<=>\`, value[i]) >= 0 {
			b = append(b, value[i])
			continue
		}
		if i+1 >= len(value) {
			return b, false
		}
		var err error
		if b, err = hex.AppendDecode(b, value[i:i+2]); err != nil {
			return b, false
		}
		i++
	}
	return b, true
}

// appendCommonNames appends a cell with each of its values that is a distinguished name
// replaced by the common name.
func appendCommonNames(b, cell []byte) []byte {
	from := len(b)
	for value := range bytes.FieldsFuncSeq(cell, func(r rune) bool { return r == '|' || r == '\n' }) {
		if len(b) > from {
			b = append(b, '|')
		}
		var ok bool
		if b, ok = AppendCommonName(b, value); !ok {
			b = append(b, value...)
		}
	}
	return b
}
