package enrich

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// pathSet is a set of path indices.
type pathSet []uint64

func (s *pathSet) add(path int) {
	for len(*s) <= path/64 {
		*s = append(*s, 0)
	}
	(*s)[path/64] |= 1 << (path % 64)
}

// has reports whether a path is in the set.
func (s pathSet) has(path int) bool {
	return path/64 < len(s) && s[path/64]>>(path%64)&1 != 0
}

// meets reports whether the sets have a path in common.
func (s pathSet) meets(other pathSet) bool {
	for i := range min(len(s), len(other)) {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// clear empties the set and makes room for n paths.
func (s *pathSet) clear(n int) {
	words := (n + 63) / 64
	if cap(*s) < words {
		*s = make(pathSet, words)
	}
	*s = (*s)[:words]
	clear(*s)
}

// fill puts all of n paths into the set.
func (s *pathSet) fill(n int) {
	s.clear(n)
	for i := range *s {
		(*s)[i] = ^uint64(0)
	}
}

// mask is a set of paths that events are asked for, each of which has other
// paths: those words of the set that are not empty, mostly one.
type mask struct {
	maskWord
	more []maskWord // not empty, unless all of the mask is
}

type maskWord struct {
	at    uint
	paths uint64
}

func (m *mask) add(path int) {
	at, bit := uint(path)/64, uint64(1)<<(path%64)
	if m.paths == 0 || m.at == at {
		m.at, m.paths = at, m.paths|bit
		return
	}
	for i := range m.more {
		if w := &m.more[i]; w.at == at {
			w.paths |= bit
			return
		}
	}
	m.more = append(m.more, maskWord{at, bit})
}

// words returns the words of the mask in ascending order.
func (m *mask) words() []maskWord {
	words := append([]maskWord{m.maskWord}, m.more...)
	slices.SortFunc(words, func(a, b maskWord) int { return cmp.Compare(a.at, b.at) })
	return words
}

// meets reports whether an event that has those paths has any of the mask.
func (m *mask) meets(present pathSet) bool {
	met := m.paths & present[m.at]
	for i := range m.more {
		met |= m.more[i].paths & present[m.more[i].at]
	}
	return met != 0
}

// pathsIn yields the paths of the words that an event has, ascending.
func pathsIn(words []maskWord, present pathSet) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, w := range words {
			for found := w.paths & present[w.at]; found != 0; found &= found - 1 {
				if !yield(int(w.at)*64 + bits.TrailingZeros64(found)) {
					return
				}
			}
		}
	}
}

// howMany is a number of paths.
type howMany uint8

const (
	nothing howMany = iota
	one
	several
)

// in returns how many paths of the word an event has, and which if it is one.
func (w *maskWord) in(present pathSet) (path uint, found howMany) {
	has := w.paths & present[w.at]
	path = 64*w.at + uint(bits.TrailingZeros64(has))
	switch {
	case has == 0:
		return 0, nothing
	case has&(has-1) == 0:
		return path, one
	}
	return 0, several
}

// inAll is in for all words of the mask.
func (m *mask) inAll(present pathSet) (path uint, found howMany) {
	path, found = m.maskWord.in(present)
	for i := range m.more {
		other, n := m.more[i].in(present)
		if found += n; n == one {
			path = other
		}
	}
	return path, min(found, several)
}
