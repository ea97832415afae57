package xlsx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/kithsec/kith/internal/spool"
)

// sharedTexts holds the texts that cells share, in the order of their numbers.
type sharedTexts struct {
	texts spool.Spool
	ends  spool.Spool // of each text, as 8 bytes
	count int
}

func (s *sharedTexts) close() error { return errors.Join(s.texts.Close(), s.ends.Close()) }

// read reads the document of the shared texts.
func (s *sharedTexts) read(w *Workbook) error {
	if w.strings == "" || w.parts[partName(w.strings)] == nil {
		return nil
	}
	in, err := w.openPart(w.strings)
	if err != nil {
		return err
	}
	defer in.Close()
	e := newElements(in)
	var t richText
	for {
		if err := e.next(); err != nil || e.kind == atEnd {
			return err
		}
		t.add(e)
		switch {
		case len(t.text) > maxToken:
			return fmt.Errorf("a text in the workbook is longer than %d bytes", maxToken)
		case e.kind == endTag && string(e.name) == "si":
			if err := s.add(unescapeControls(t.text)); err != nil {
				return err
			}
			t.text = t.text[:0]
		}
	}
}

func (s *sharedTexts) add(text []byte) error {
	if _, err := s.texts.Write(text); err != nil {
		return err
	}
	s.count++
	_, err := s.ends.Write(binary.LittleEndian.AppendUint64(nil, uint64(s.texts.Size())))
	return err
}

// appendText appends the text with a number.
func (s *sharedTexts) appendText(dst []byte, number int) ([]byte, error) {
	if number < 0 || number >= s.count {
		return dst, fmt.Errorf("the workbook is damaged: a cell has the shared text %d of %d", number, s.count)
	}
	var bounds [16]byte // the ends of the text before and of this one
	read, at := bounds[:], int64(number-1)*8
	if number == 0 {
		read, at = bounds[8:], 0
	}
	if _, err := s.ends.ReadAt(read, at); err != nil {
		return dst, err
	}
	begin, end := int64(binary.LittleEndian.Uint64(bounds[:])), int64(binary.LittleEndian.Uint64(bounds[8:]))
	length, more := len(dst), int(end-begin)
	if cap(dst)-length < more { // texts may be long
		dst = slices.Grow(dst, max(more, length))
	}
	dst = dst[:length+more]
	_, err := s.texts.ReadAt(dst[length:], begin)
	return dst, err
}

// richText joins the texts in the elements t, except those of phonetic hints (rPh).
type richText struct {
	text     []byte
	inText   bool
	phonetic bool
}

// add adds the current token.
func (r *richText) add(e *elements) {
	switch e.kind {
	case innerText:
		if r.inText {
			r.text = append(r.text, e.text...)
		}
		return
	case startTag, endTag:
		switch string(e.name) {
		case "t":
			r.inText = e.kind == startTag && !r.phonetic
		case "rPh":
			r.phonetic = e.kind == startTag
		}
	}
}

// unescapeControls replaces _xHHHH_, the form in which workbooks write control characters, by
// the character. It changes text in place and returns what remains of it.
func unescapeControls(text []byte) []byte {
	kept := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '_' && i+7 <= len(text) && text[i+1] == 'x' && text[i+6] == '_' {
			if n, ok := parseHex(text[i+2 : i+6]); ok && n < 0x80 {
				c, i = byte(n), i+6
			}
		}
		text[kept] = c
		kept++
	}
	return text[:kept]
}

func parseHex(text []byte) (n int, ok bool) {
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | int(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | int(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}
