package cond

import (
	"cmp"
	"unicode"
	"unicode/utf8"
)

// compareFold compares a and b byte by byte, both in rune-wise lower case, as
// strings.Compare(fold.Lower(a), fold.Lower(b)) does, without making either.
func compareFold(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x|y >= utf8.RuneSelf {
			return compareRunes(a[i:], b[i:])
		}
		if x, y = lower(x), lower(y); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func compareRunes(a, b string) int {
	x, y := folding{rest: a}, folding{rest: b}
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

// folding yields the bytes of a text in lower case.
type folding struct {
	rest string
	buf  [utf8.UTFMax]byte // a rune in lower case, of which buf[at:end] is left
	at   int
	end  int
}

func (f *folding) next() (byte, bool) {
	if f.at == f.end {
		if f.rest == "" {
			return 0, false
		}
		r, n := character(f.rest)
		f.at = 0
		if r >= invalid {
			f.buf[0], f.end = byte(r-invalid), 1
		} else {
			f.end = utf8.EncodeRune(f.buf[:], r)
		}
		f.rest = f.rest[n:]
	}
	f.at++
	return f.buf[f.at-1], true
}

// invalid is added to bytes that are not UTF-8, each of which is a character
// of its own.
const invalid = unicode.MaxRune + 1

// character returns the first character of s in lower case and its length.
func character(s string) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(lower(s[0])), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return invalid + rune(s[0]), 1
	}
	return unicode.ToLower(r), n
}

// matchLike reports whether pattern matches the whole of s, ignoring case. When
// a character does not fit, the last % takes one more, so the time is at most
// that of the lengths multiplied.
func matchLike(pattern, s string) bool {
	after, from := "", "" // the pattern after the last %, and what it was tried on
	tried := false
	for s != "" || pattern != "" {
		if pattern != "" && pattern[0] == '%' {
			pattern = pattern[1:]
			after, from, tried = pattern, s, true
			continue
		}
		if pattern != "" && s != "" {
			p, n := character(pattern)
			c, m := character(s)
			if p == '_' || p == c {
				pattern, s = pattern[n:], s[m:]
				continue
			}
		}
		if !tried || from == "" {
			return false
		}
		_, m := character(from)
		from = from[m:]
		pattern, s = after, from
	}
	return true
}
