package enrich

import (
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
type mask []maskWord

type maskWord struct {
	at    int
	paths uint64
}

func (m *mask) add(path int) {
	for i := range *m {
		if w := &(*m)[i]; w.at == path/64 {
			w.paths |= 1 << (path % 64)
			return
		}
	}
	*m = append(*m, maskWord{path / 64, 1 << (path % 64)})
	slices.SortFunc(*m, func(a, b maskWord) int { return a.at - b.at })
}

// meets reports whether an event that has those paths has any of the mask.
func (m mask) meets(present pathSet) bool {
	for i := range m {
		if m[i].paths&present[m[i].at] != 0 {
			return true
		}
	}
	return false
}

// howMany is a number of paths.
type howMany uint8

const (
	nothing howMany = iota
	one
	several
)

// in returns how many paths of the mask an event has, and the last of them.
func (m mask) in(present pathSet) (path int, found howMany) {
	for i := range m {
		w := m[i].paths & present[m[i].at]
		if w == 0 {
			continue
		}
		if found != nothing || w&(w-1) != 0 {
			return 0, several
		}
		path, found = 64*m[i].at+bits.TrailingZeros64(w), one
	}
	return path, found
}
