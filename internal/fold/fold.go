// Package fold compares text ignoring case. "Ignoring case" means rune-wise lower
// case everywhere in Kith.
package fold

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trim removes the white space around a value.
func Trim(s string) string {
	if len(s) > 0 && visible(s[0]) && visible(s[len(s)-1]) { // most often
		return s
	}
	return strings.TrimSpace(s)
}

// visible reports whether c is a character of ASCII that is no white space.
func visible(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// Lower returns s in rune-wise lower case, which is what "ignoring case" means
// everywhere in Kith. Bytes that are not UTF-8 stay as they are.
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

// foldASCII brings text into lower case up to the first byte that is not ASCII,
// and returns how many bytes these are. It takes eight at a time: a letter sets
// the top bit of its byte if "A" is added up to it, but not if what comes after
// "Z" is.
func foldASCII(text []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		if w&high != 0 {
			break
		}
		upper := (w + (0x80-'A')*ones) &^ (w + (0x80-'Z'-1)*ones) & high
		binary.LittleEndian.PutUint64(text[i:], w|upper>>2)
	}
	for ; i < len(text) && text[i] < utf8.RuneSelf; i++ {
		if c := text[i]; 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
	return i
}

func appendFoldRunes[T ~string | ~[]byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

// Equal reports whether a and b are equal ignoring case.
func Equal(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) != len(b) && IsASCII(a) && IsASCII(b) {
		return false
	}
	return Lower(a) == Lower(b)
}

func IsASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
