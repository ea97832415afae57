package jsonscan

import "bytes"

// AfterText returns where the object of an event begins that has text before it, as in a
// line of syslog: at the first `{"`. It returns 0 if there is no such text. The beginning of
// a JSON text does not count as text before an object: an opening bracket, or a line up to a
// key of an object that is printed on several lines.
func AfterText(event []byte) int {
	at := bytes.Index(event, []byte(`{"`))
	if at <= 0 {
		return 0
	}
	text := bytes.TrimSpace(event[skipBOM(event):at])
	switch {
	case len(text) == 0, text[0] == '{':
		return 0
	case bytes.IndexByte([]byte(`"}]`), text[0]) >= 0 && bytes.HasSuffix(text, []byte(`":`)):
		return 0
	case text[0] == '[' && len(bytes.Trim(text, "[ \t\r\n")) == 0:
		return 0
	}
	return at
}

// ShiftError returns err as an error of an event that has offset more bytes at its
// beginning.
func ShiftError(err error, offset int) error {
	if e, ok := err.(*Error); ok {
		return newError(e.Offset+offset, e.Reason)
	}
	return err
}
