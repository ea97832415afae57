package enrich

import (
	"github.com/kithsec/kith/internal/jsonscan"
)

// jsonSource is the source of an event that the batch's scanner has just
// scanned.
type jsonSource struct {
	batch *batch
	event []byte
}

func (s *jsonSource) kind(path int) jsonscan.Kind { return s.batch.scanner.Value(path).Kind }

func (s *jsonSource) append(dst [][]byte, path int) [][]byte {
	return s.batch.appendTexts(dst, s.event, s.batch.scanner.Value(path))
}

// appendTexts appends the texts of a value of an event, as a source does.
func (b *batch) appendTexts(dst [][]byte, event []byte, v jsonscan.Value) [][]byte {
	if v.Kind != jsonscan.Array {
		return b.appendText(dst, event, v)
	}
	for element := range v.Elements(event) {
		dst = b.appendText(dst, event, element)
	}
	return dst
}

func (b *batch) appendText(dst [][]byte, event []byte, v jsonscan.Value) [][]byte {
	switch v.Kind {
	case jsonscan.String, jsonscan.Number, jsonscan.True, jsonscan.False:
	default:
		return dst
	}
	text := v.Text(event)
	if v.Escaped {
		from := len(b.text)
		b.text = jsonscan.AppendUnquoted(b.text, text)
		text = b.text[from:len(b.text):len(b.text)]
	}
	return append(dst, trim(text))
}
