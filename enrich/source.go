package enrich

import "github.com/kithsec/kith/internal/jsonedit"

// jsonSource is the source of an event that the batch's scanner has just
// scanned.
type jsonSource struct {
	batch *batch
	event []byte
}

func (s *jsonSource) kind(path int) jsonedit.Kind { return s.batch.scanner.Value(path).Kind }

func (s *jsonSource) append(dst [][]byte, path int) [][]byte {
	v := s.batch.scanner.Value(path)
	if v.Kind != jsonedit.Array {
		return s.appendText(dst, v)
	}
	for element := range v.Elements(s.event) {
		dst = s.appendText(dst, element)
	}
	return dst
}

func (s *jsonSource) appendText(dst [][]byte, v jsonedit.Value) [][]byte {
	switch v.Kind {
	case jsonedit.String, jsonedit.Number, jsonedit.True, jsonedit.False:
	default:
		return dst
	}
	text := v.Text(s.event)
	if v.Escaped {
		from := len(s.batch.text)
		s.batch.text = jsonedit.AppendUnquoted(s.batch.text, text)
		text = s.batch.text[from:len(s.batch.text):len(s.batch.text)]
	}
	return append(dst, trim(text))
}
