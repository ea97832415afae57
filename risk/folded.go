package risk

import (
	"unsafe"

	"github.com/kithsec/kith/internal/fold"
)

// shortLived makes texts that are good until reset.
type shortLived struct{ buf []byte }

func (s *shortLived) reset() { s.buf = s.buf[:0] }

// fold returns a copy of text in lower case.
func (s *shortLived) fold(text string) string {
	if len(s.buf)+len(text) > cap(s.buf) {
		s.buf = make([]byte, 0, max(1<<16, 2*len(text)))
	}
	from := len(s.buf)
	s.buf = fold.AppendLower(s.buf, text)
	return asString(s.buf[from:])
}

// asString returns b as a text that shares its memory. b must not change while
// the text is used.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
