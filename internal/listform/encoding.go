package listform

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/kithsec/kith/internal/problem"
)

// ParseEncoding returns an error for a name that is not one of the WHATWG encodings.
func ParseEncoding(name string) error {
	_, err := encodingOf(name)
	return err
}

func encodingOf(name string) (encoding.Encoding, error) {
	e, err := htmlindex.Get(name)
	if err != nil || e == encoding.Replacement {
		return nil, fmt.Errorf("unknown encoding %s: use a WHATWG name, such as windows-1252, iso-8859-15, shift_jis or utf-16le", problem.Quote(name))
	}
	return e, nil
}

var errUTF32 = errors.New("the list is in UTF-32: save it as UTF-8 or UTF-16")

// decodeText returns a reader of the text in UTF-8, and the name of its encoding. name is
// the encoding that is configured, or "". The text begins with head, which has four bytes
// unless the text is shorter. A byte order mark may remain.
func decodeText(text io.Reader, head []byte, name string) (io.Reader, string, error) {
	if name != "" {
		e, err := encodingOf(name)
		if err != nil {
			return nil, "", err
		}
		if canonical, err := htmlindex.Name(e); err == nil {
			name = canonical
		}
		if name == "utf-8" {
			return text, "UTF-8", nil
		}
		return decoded(text, e), name, nil
	}
	switch order, utf16 := detectUTF16(head); {
	case bytes.Equal(head, []byte("\xff\xfe\x00\x00")) || bytes.Equal(head, []byte("\x00\x00\xfe\xff")):
		return nil, "", errUTF32
	case utf16:
		return decoded(text, unicode.UTF16(order, unicode.IgnoreBOM)), "UTF-16", nil
	}
	return text, "UTF-8", nil
}

// detectUTF16 reports whether a list that begins with head is in UTF-16: it has a byte
// order mark, or NULs alternate with other bytes.
func detectUTF16(head []byte) (unicode.Endianness, bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.BigEndian, true
	case len(head) < 4:
		return unicode.BigEndian, false
	case head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return unicode.LittleEndian, true
	}
	return unicode.BigEndian, head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0
}

// decoded returns a reader of text in UTF-8. Bytes that cannot be decoded become bytes
// that are not UTF-8, so that their values are lost like those of a list in UTF-8.
func decoded(text io.Reader, e encoding.Encoding) io.Reader {
	return transform.NewReader(text, transform.Chain(e.NewDecoder(), replacementBreaker{}))
}

// replacementBreaker replaces each U+FFFD, which decoders write for what they cannot
// decode, by a byte that occurs nowhere in UTF-8.
type replacementBreaker struct{ transform.NopResetter }

var replacement = []byte("\ufffd")

// Transform implements transform.Transformer.
func (replacementBreaker) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		rest := src[nSrc:]
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		if bytes.HasPrefix(rest, replacement) {
			dst[nDst] = 0xff
			nDst, nSrc = nDst+1, nSrc+len(replacement)
			continue
		}
		if !atEOF && len(rest) < len(replacement) && bytes.HasPrefix(replacement, rest) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		plain := rest[1:]
		if i := bytes.IndexByte(plain, replacement[0]); i >= 0 {
			plain = plain[:i]
		}
		n := copy(dst[nDst:], rest[:1+len(plain)])
		nDst, nSrc = nDst+n, nSrc+n
	}
	return nDst, nSrc, nil
}
