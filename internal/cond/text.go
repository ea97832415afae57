package cond

import (
	"cmp"
	"unicode"
	"unicode/utf8"
)

// compareFold returns strings.Compare(fold.Lower(a), fold.Lower(b)) without creating
// the lower-case texts.
func compareFold(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x|y >= utf8.RuneSelf {
			return compareRunes(a[i:], b[i:])
		}
		if x, y = lowerByte(x), lowerByte(y); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// compareRunes is compareFold for any text. compareFold itself compares only up to the
// first byte that is not ASCII.
func compareRunes(a, b string) int {
	x, y := lowerReader{rest: a}, lowerReader{rest: b}
	for {
		c, more := x.next()
		d, moreToo := y.next()
		switch {
		case !more && !moreToo:
			return 0
		case !more:
			return -1
		case !moreToo:
			return 1
		case c != d:
			return cmp.Compare(c, d)
		}
	}
}

// lowerReader reads the bytes of a text in lower case.
type lowerReader struct {
	rest string
	buf  [utf8.UTFMax]byte // the current rune in lower case; buf[at:end] is unread
	at   int
	end  int
}

// next returns the next byte, or false at the end of the text.
func (f *lowerReader) next() (byte, bool) {
	if f.at == f.end {
		if f.rest == "" {
			return 0, false
		}
		r, n := decodeLower(f.rest)
		f.at = 0
		if r >= invalidByte {
			f.buf[0], f.end = byte(r-invalidByte), 1
		} else {
			f.end = utf8.EncodeRune(f.buf[:], r)
		}
		f.rest = f.rest[n:]
	}
	f.at++
	return f.buf[f.at-1], true
}

// invalidByte is added to a byte that is not UTF-8, which counts as a character and must
// differ from all others.
const invalidByte = unicode.MaxRune + 1

// decodeLower returns the first character of s in lower case, and its length in s.
func decodeLower(s string) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(lowerByte(s[0])), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return invalidByte + rune(s[0]), 1
	}
	return unicode.ToLower(r), n
}

// matchLike reports whether pattern matches the whole of s, ignoring case. If a
// character does not match, it backtracks to the last %, which then takes one character
// more. The time is at most proportional to the product of the lengths.
func matchLike(pattern, s string) bool {
	after, from := "", "" // the pattern after the last %, and the text on which it was tried last
	tried := false
	for s != "" || pattern != "" {
		if pattern != "" && pattern[0] == '%' {
			pattern = pattern[1:]
			after, from, tried = pattern, s, true
			continue
		}
		if pattern != "" && s != "" {
			p, n := decodeLower(pattern)
			c, m := decodeLower(s)
			if p == '_' || p == c {
				pattern, s = pattern[n:], s[m:]
				continue
			}
		}
		if !tried || from == "" {
			return false
		}
		_, m := decodeLower(from)
		from = from[m:]
		pattern, s = after, from
	}
	return true
}
