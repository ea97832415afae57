package jsonscan

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends to dst the text of a JSON string, given the bytes between its
// quotes, with escapes resolved. A surrogate pair becomes one character, and a lone
// surrogate becomes U+FFFD. Invalid escapes and bytes that are not UTF-8 are copied
// unchanged.
func AppendUnquoted(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		plain := bytes.IndexByte(text[i:], '\\')
		if plain < 0 || i+plain+1 == len(text) {
			return append(dst, text[i:]...)
		}
		dst = append(dst, text[i:i+plain]...)
		i += plain
		if text[i+1] == 'u' {
			r, n := unescapeRune(text[i:])
			if n > 0 {
				dst = utf8.AppendRune(dst, r)
				i += n
				continue
			}
		}
		if c := unescapeByte(text[i+1]); c != 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, text[i], text[i+1])
		}
		i += 2
	}
	return dst
}

// unescapeByte returns the character that a backslash followed by c denotes, or 0 if there
// is no such escape.
func unescapeByte(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

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
