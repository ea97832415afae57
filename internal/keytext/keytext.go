// Package keytext removes from keys what cannot be seen: zero-width characters, which web
// pages and spreadsheets leave in copied text, and the difference between the composed and
// the decomposed form of a letter. Lists and events clean their keys alike.
package keytext

import (
	"encoding/binary"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/kithsec/kith/internal/fold"
)

// Clean returns a key in Unicode normal form C, without zero-width characters and without
// the white space that is then around it. It returns most keys as they are, and allocates
// only if it changes one.
func Clean(key string) string {
	if !mayChange(key) || !strings.ContainsFunc(key, isInvisible) && norm.NFC.QuickSpanString(key) == len(key) {
		return key
	}
	visible := strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, key)
	return fold.Trim(norm.NFC.String(visible))
}

// isInvisible reports whether r has no width: the zero-width space and joiners, marks of the
// direction, the word joiner, and the byte order mark.
func isInvisible(r rune) bool {
	return '\u200b' <= r && r <= '\u200f' || r == '\u2060' || r == '\ufeff'
}

// firstOdd is the first byte of U+0300, the first combining character. Text of characters
// before it is in normal form C and has no zero-width characters.
const firstOdd = 0xcc

// mayChange reports whether Clean may change a key: whether the key has a byte from firstOdd
// on. It tests eight bytes at a time for ASCII first.
func mayChange(key string) bool {
	const highs = 0x8080808080808080
	var word [8]byte
	for s := key; ; s = s[len(word):] {
		if len(s) < len(word) {
			key = s
			break
		}
		copy(word[:], s)
		if binary.LittleEndian.Uint64(word[:])&highs != 0 {
			key = s
			break
		}
	}
	for i := range len(key) {
		if key[i] >= firstOdd {
			return true
		}
	}
	return false
}
