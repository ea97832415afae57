package event

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// Set is a set of paths: path p is bit p%64 of word p/64.
type Set []uint64

// Add adds a path to the set.
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

// Common yields the paths that both sets have, in ascending order.
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

// maskWord is one word of a Set.
type maskWord struct {
	index uint   // of the word in the Set
	paths uint64 // the word
}

// mask is a sparse Set: it holds only the words that are not zero. Most masks have
// a single word.
type mask struct {
	maskWord
	more []maskWord
}

func (m *mask) add(p Path) {
	at, bit := uint(p)/64, uint64(1)<<(p%64)
	if m.paths == 0 || m.index == at {
		m.index, m.paths = at, m.paths|bit
		return
	}
	for i := range m.more {
		if w := &m.more[i]; w.index == at {
			w.paths |= bit
			return
		}
	}
	m.more = append(m.more, maskWord{at, bit})
}

// sortedWords returns the words of the mask by ascending index.
func (m *mask) sortedWords() []maskWord {
	words := append([]maskWord{m.maskWord}, m.more...)
	slices.SortFunc(words, func(a, b maskWord) int { return cmp.Compare(a.index, b.index) })
	return words
}

// meets reports whether present has a path of the mask.
func (m *mask) meets(present Set) bool {
	met := m.paths & present[m.index]
	for i := range m.more {
		met |= m.more[i].paths & present[m.more[i].index]
	}
	return met != 0
}

// pathsIn yields the paths of the words that are in present. They are in ascending
// order if the words are.
func pathsIn(words []maskWord, present Set) iter.Seq[Path] {
	return func(yield func(Path) bool) {
		for _, w := range words {
			for found := w.paths & present[w.index]; found != 0; found &= found - 1 {
				if !yield(Path(w.index*64) + Path(bits.TrailingZeros64(found))) {
					return
				}
			}
		}
	}
}

// pathCount is a number of paths: none, one, or more than one.
type pathCount uint8

const (
	zeroPaths pathCount = iota
	onePath
	severalPaths
)

// pathIn counts the paths of the word that are in present. If there is exactly one,
// it returns that path.
func (w *maskWord) pathIn(present Set) (p Path, found pathCount) {
	has := w.paths & present[w.index]
	p = Path(64*w.index) + Path(bits.TrailingZeros64(has))
	switch {
	case has == 0:
		return 0, zeroPaths
	case has&(has-1) == 0:
		return p, onePath
	}
	return 0, severalPaths
}

// pathInAll is pathIn for all words of the mask.
func (m *mask) pathInAll(present Set) (p Path, found pathCount) {
	p, found = m.maskWord.pathIn(present)
	for i := range m.more {
		other, n := m.more[i].pathIn(present)
		if found += n; n == onePath {
			p = other
		}
	}
	return p, min(found, severalPaths)
}
