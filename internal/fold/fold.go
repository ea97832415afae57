// Package fold compares text ignoring case. Everywhere in Kith, two texts are equal
// ignoring case if lower-casing each of their runes gives the same text.
package fold

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trim removes the white space around a value.
func Trim(s string) string {
	if len(s) > 0 && isVisible(s[0]) && isVisible(s[len(s)-1]) { // the common case
		return s
	}
	return strings.TrimSpace(s)
}

// isVisible reports whether c is ASCII and not white space. It need not reject every
// control character.
func isVisible(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// Lower returns s in rune-wise lower case. Bytes that are not UTF-8 stay as they are.
func Lower(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return string(AppendLower(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

// AppendLower appends Lower(s) to dst.
func AppendLower[T ~string | ~[]byte](dst []byte, s T) []byte {
	from := len(dst)
	dst = append(dst, s...)
	done := foldASCII(dst[from:])
	if done == len(s) {
		return dst
	}
	return appendFoldRunes(dst[:from+done], s[done:])
}

// foldASCII folds text in place up to the first byte that is not ASCII, eight bytes at a
// time, and returns the number of bytes before it.
func foldASCII(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		if w&highs != 0 {
			break
		}
		binary.LittleEndian.PutUint64(text[i:], LowerWord(w, highs))
	}
	for ; i < len(text) && text[i] < utf8.RuneSelf; i++ {
		text[i] = lowerByte(text[i])
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// LowerWord folds eight ASCII bytes: it lowers the letters A to Z in the bytes whose high
// bit is set in mask. The result is undefined if a byte is not ASCII.
func LowerWord(x, mask uint64) uint64 {
	above := x + ones*(0x80-'A') // high bit: the byte is at least 'A'
	beyond := x + ones*(0x7f-'Z')
	return x | (above^beyond)&mask>>2
}

func appendFoldRunes[T ~string | ~[]byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		var n int
		dst, n = AppendLowerRune(dst, s[i:])
		i += n
	}
	return dst
}

// AppendLowerRune appends the first rune of s, which is not empty, in lower case, and
// returns the number of its bytes in s. A byte that is not UTF-8 is appended unchanged.
func AppendLowerRune[T ~string | ~[]byte](dst []byte, s T) ([]byte, int) {
	c := s[0]
	if c < utf8.RuneSelf {
		return append(dst, lowerByte(c)), 1
	}
	r, n := utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
	if r == utf8.RuneError && n == 1 {
		return append(dst, c), 1
	}
	return utf8.AppendRune(dst, unicode.ToLower(r)), n
}

// Equal reports whether a and b are equal ignoring case.
func Equal(a, b string) bool { return a == b || Compare(a, b) == 0 }

// Compare returns strings.Compare(Lower(a), Lower(b)). It allocates only if both are equal
// up to a byte that is not ASCII, and then only for long texts.
func Compare(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x|y >= utf8.RuneSelf {
			var low, lowOther [128]byte
			return bytes.Compare(AppendLower(low[:0], a[i:]), AppendLower(lowOther[:0], b[i:]))
		}
		if x, y = lowerByte(x), lowerByte(y); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// lowerByte returns an ASCII byte in lower case.
func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// IsASCII reports whether all bytes of s are ASCII.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Name returns s in lower case, without white space around it: the form in which names and
// words of lists, events and the configuration are compared.
func Name(s string) string { return Lower(Trim(s)) }
