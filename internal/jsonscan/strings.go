package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends to dst the text of a JSON string, given the bytes between its
// quotes, with escapes resolved. A surrogate pair becomes one character, and a lone
// surrogate becomes U+FFFD. Invalid escapes and bytes that are not UTF-8 are copied
// unchanged. The memory of dst must not overlap that of text.
//
// JSON in a string has a backslash every few bytes, so eight bytes are copied at a time, and
// those from a backslash on are overwritten.
func AppendUnquoted(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text))
	out := dst[len(dst) : len(dst)+len(text)] // an escape is not shorter than its character
	i, n := 0, 0                              // text[:i] has been resolved to out[:n], n <= i
	for i < len(text) {
		if i+8 <= len(text) {
			w := binary.LittleEndian.Uint64(text[i:])
			binary.LittleEndian.PutUint64(out[n:], w)
			w ^= '\\' * ones
			plain := bits.TrailingZeros64((w-ones)&^w&high) / 8
			i, n = i+plain, n+plain
			if plain == 8 {
				continue
			}
			if i+1 < len(text) { // most escapes are those of quotes
				if c := escapes[text[i+1]]; c != 0 {
					out[n] = c
					i, n = i+2, n+1
					continue
				}
			}
		}
		size, written := resolveByte(out[n:], text[i:])
		i, n = i+size, n+written
	}
	return dst[:len(dst)+n]
}

// resolveByte writes to out the byte or escape that text begins with, and returns the length of
// both.
func resolveByte(out, text []byte) (size, written int) {
	out[0] = text[0]
	if text[0] != '\\' || len(text) == 1 {
		return 1, 1
	}
	if c := escapes[text[1]]; c != 0 {
		out[0] = c
		return 2, 1
	}
	if text[1] == 'u' {
		if r, n := unescapeRune(text); n > 0 {
			return n, utf8.EncodeRune(out, r)
		}
	}
	out[1] = text[1]
	return 2, 2
}

// escapes holds, for each byte, the character that a backslash followed by the byte denotes, or
// 0 if there is no such escape.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescapeRune decodes the escape that text begins with, \uXXXX or a surrogate pair of
// these. It returns the character and the length of the escape, 0 if there is none.
func unescapeRune(text []byte) (rune, int) {
	r, ok := hexRune(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hexRune(text[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hexRune decodes \uXXXX at the beginning of text.
func hexRune(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range text[2:6] {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case c-'0' <= 9:
		return rune(c - '0'), true
	case c|0x20-'a' <= 'f'-'a':
		return rune(c|0x20-'a') + 10, true
	}
	return 0, false
}

// AppendString appends text to dst as a quoted JSON string. Only quotes, backslashes and
// control characters are escaped. Bytes that are not UTF-8 become U+FFFD, so that the
// string is valid JSON.
func AppendString[T ~string | ~[]byte](dst []byte, text T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0 // text[:done] has been appended
	for i := plainPrefix([]byte(text)); i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = decodeRune(text[i:min(len(text), i+utf8.UTFMax)]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, text[done:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c < ' ' {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				dst = utf8.AppendRune(dst, utf8.RuneError)
			}
		}
		i += size
		done = i
	}
	dst = append(dst, text[done:]...)
	return append(dst, '"')
}

// plainPrefix returns the length of a prefix of text, not always the longest, that is ASCII
// and needs no escaping. Most texts consist of such bytes only, so they are checked eight
// at a time; the last eight may overlap the ones before.
func plainPrefix(text []byte) int {
	n := 0
	for ; n+8 <= len(text); n += 8 {
		if !plainWord(binary.LittleEndian.Uint64(text[n:])) {
			return n
		}
	}
	if n > 0 && plainWord(binary.LittleEndian.Uint64(text[len(text)-8:])) {
		return len(text)
	}
	return n
}

// plainWord reports whether all of eight bytes are ASCII and none is a control character, a
// quote or a backslash. A borrow can only affect bytes above such a byte.
func plainWord(w uint64) bool {
	return (w|(w-' '*ones)|((w^'"'*ones)-ones)|((w^'\\'*ones)-ones))&high == 0
}

func decodeRune[T ~string | ~[]byte](text T) (rune, int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], text)])
}
