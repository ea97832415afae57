package jsonscan

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendUnquoted appends to dst the text that a JSON string stands for, given
// what is between its quotes. Surrogate pairs become one character, lone
// surrogates U+FFFD. What is not an escape of JSON stays as it is, and so do
// bytes that are not UTF-8.
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

// unescapeByte returns what a backslash and c stand for, or zero.
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

// unescapeRune returns the character that text begins with, written \uXXXX or
// as a pair of them, and its length in text, which is zero if it is none.
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

// hexRune reads \uXXXX at the beginning of text.
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

// AppendString appends text to dst as a JSON string with its quotes. Quotes,
// backslashes and control characters are escaped and nothing else is; bytes
// that are not UTF-8 become U+FFFD, so that the string is valid JSON.
func AppendString[T ~string | ~[]byte](dst []byte, text T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0 // text[:done] is written
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

// plainPrefix returns how many bytes text begins with, or a few less, that need
// no escaping and are ASCII. Most texts are nothing else, so they are looked at
// eight bytes at a time, the last ones overlapping those before.
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

// plainWord reports whether none of eight bytes is a control character, a quote,
// a backslash or beyond ASCII. A borrow spoils only bytes above one that is.
func plainWord(w uint64) bool {
	return (w|(w-' '*ones)|((w^'"'*ones)-ones)|((w^'\\'*ones)-ones))&high == 0
}

func decodeRune[T ~string | ~[]byte](text T) (rune, int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], text)])
}
