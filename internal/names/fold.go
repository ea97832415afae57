package names

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// window is the stack space in which long names beyond ASCII are folded while
// they are hashed.
const window = 256

// appendFold appends name in rune-wise lower case.
func appendFold(dst []byte, name string) []byte {
	for len(name) >= 8 {
		x := load64(unsafe.Pointer(unsafe.StringData(name)), 0)
		if x&highs != 0 {
			break
		}
		dst, name = binary.LittleEndian.AppendUint64(dst, lower(x, highs)), name[8:]
	}
	for name != "" {
		dst, name = appendFoldRune(dst, name)
	}
	return dst
}

// appendFoldRune appends the first rune of name, lowered, and returns the rest.
// A byte that is not UTF-8 stays as it is.
func appendFoldRune(dst []byte, name string) ([]byte, string) {
	c := name[0]
	if c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return append(dst, c), name[1:]
	}
	r, n := utf8.DecodeRuneInString(name)
	if r == utf8.RuneError && n == 1 {
		return append(dst, c), name[1:]
	}
	return utf8.AppendRune(dst, unicode.ToLower(r)), name[n:]
}

// sumFold returns the sum and the length of the folded name, of which it never
// holds more than a window.
func (k *secret) sumFold(zone uint32, name string) (h uint64, length int) {
	var space [window]byte
	buf := space[:0]
	s := k.start(zone)
	total := 0 // bytes that have left the window
	for name != "" {
		if len(buf) > window-utf8.UTFMax {
			// Blocks are taken while more than 16 bytes follow them; here 16 more
			// are kept, because the last words may reach back.
			used := 0
			for len(buf)-used > 32 {
				s = k.block(s, load64(unsafe.Pointer(&buf[used]), 0), load64(unsafe.Pointer(&buf[used]), 8))
				used += 16
			}
			total += used
			buf = append(space[:0], buf[used:]...)
		}
		buf, name = appendFoldRune(buf, name)
	}
	p, n := unsafe.Pointer(unsafe.SliceData(buf)), len(buf)
	for q, left := p, n; left > 16; left -= 16 {
		s = k.block(s, load64(q, 0), load64(q, 8))
		q = unsafe.Add(q, 16)
	}
	a, b := ends(p, n)
	return k.finish(s, a, b, total+n), total + n
}

// equalFold reports whether name folds to stored.
func equalFold(stored []byte, name string) bool {
	var space [utf8.UTFMax]byte
	for name != "" {
		var r []byte
		r, name = appendFoldRune(space[:0], name)
		if len(r) > len(stored) || string(stored[:len(r)]) != string(r) {
			return false
		}
		stored = stored[len(r):]
	}
	return len(stored) == 0
}
