package event

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// Set is a set of paths: path p is bit p%64 of word p/64.
type Set []uint64

// Add puts a path into the set.
func (s *Set) Add(p Path) {
	for len(*s) <= int(p)/64 {
		*s = append(*s, 0)
	}
	(*s)[p/64] |= 1 << (p % 64)
}

// Has reports whether a path is in the set.
func (s Set) Has(p Path) bool {
	word := uint(p) / 64
	return word < uint(len(s)) && s[word]>>(p%64)&1 != 0
}

// Meets reports whether the sets have a path in common.
func (s Set) Meets(other Set) bool {
	for i := range min(len(s), len(other)) {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// Common yields the paths that both sets have, ascending.
func (s Set) Common(other Set) iter.Seq[Path] {
	return func(yield func(Path) bool) {
		for i := range min(len(s), len(other)) {
			for found := s[i] & other[i]; found != 0; found &= found - 1 {
				if !yield(Path(i*64) + Path(bits.TrailingZeros64(found))) {
					return
				}
			}
		}
	}
}

// reset empties the set and makes room for n paths.
func (s *Set) reset(n int) {
	words := (n + 63) / 64
	if cap(*s) < words {
		*s = make(Set, words)
	}
	*s = (*s)[:words]
	clear(*s)
}

// maskWord is the paths of a mask in one word of a Set.
type maskWord struct {
	at    uint
	paths uint64
}

// mask is a set of few paths: the words of a Set that are not zero. Mostly there
// is one.
type mask struct {
	maskWord
	more []maskWord
}

func (m *mask) add(p Path) {
	at, bit := uint(p)/64, uint64(1)<<(p%64)
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

// meets reports whether an event with these paths has any path of the mask.
func (m *mask) meets(present Set) bool {
	met := m.paths & present[m.at]
	for i := range m.more {
		met |= m.more[i].paths & present[m.more[i].at]
	}
	return met != 0
}

// pathsIn yields the paths of the words that an event has, ascending.
func pathsIn(words []maskWord, present Set) iter.Seq[Path] {
	return func(yield func(Path) bool) {
		for _, w := range words {
			for found := w.paths & present[w.at]; found != 0; found &= found - 1 {
				if !yield(Path(w.at*64) + Path(bits.TrailingZeros64(found))) {
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
func (w *maskWord) in(present Set) (p Path, found howMany) {
	has := w.paths & present[w.at]
	p = Path(64*w.at) + Path(bits.TrailingZeros64(has))
	switch {
	case has == 0:
		return 0, nothing
	case has&(has-1) == 0:
		return p, one
	}
	return 0, several
}

// inAll is in for all words of the mask.
func (m *mask) inAll(present Set) (p Path, found howMany) {
	p, found = m.maskWord.in(present)
	for i := range m.more {
		other, n := m.more[i].in(present)
		if found += n; n == one {
			p = other
		}
	}
	return p, min(found, several)
}
