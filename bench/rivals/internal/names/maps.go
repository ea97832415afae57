package names

import (
	"strings"
	"unicode/utf8"
)

// goMap is a Go map. Its names are in lower case, and so are the keys that it looks up.
type goMap struct{ index map[string]uint32 }

func (m *goMap) Name() string { return "Go map" }

func (m *goMap) Folds() bool { return false }

func (m *goMap) Build(names []string) error {
	m.index = make(map[string]uint32, len(names))
	for i, n := range names {
		m.index[n] = uint32(i)
	}
	return nil
}

func (m *goMap) Lookup(dst []uint32, keys [][]byte) {
	for i, k := range keys {
		dst[i] = none
		if v, found := m.index[string(k)]; found {
			dst[i] = v
		}
	}
}

// lowerMap ignores case in the usual way, with strings.ToLower.
type lowerMap struct{ goMap }

func (m *lowerMap) Name() string { return "Go map + strings.ToLower" }

func (m *lowerMap) Folds() bool { return true }

func (m *lowerMap) Lookup(dst []uint32, keys [][]byte) {
	for i, k := range keys {
		dst[i] = none
		if v, found := m.index[strings.ToLower(string(k))]; found {
			dst[i] = v
		}
	}
}

// stackMap ignores case without allocating: it copies the name in lower case to an array
// on the stack.
type stackMap struct{ goMap }

func (m *stackMap) Name() string { return "Go map + folded copy" }

func (m *stackMap) Folds() bool { return true }

func (m *stackMap) Lookup(dst []uint32, keys [][]byte) {
	var room [256]byte
	for i, k := range keys {
		lower := room[:0]
		for _, c := range k {
			if c >= utf8.RuneSelf {
				lower = append(lower[:0], strings.ToLower(string(k))...)
				break
			}
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower = append(lower, c)
		}
		dst[i] = none
		if v, found := m.index[string(lower)]; found {
			dst[i] = v
		}
	}
}
