package enrich

// pathSet is a set of path indices.
type pathSet []uint64

func (s *pathSet) add(path int) {
	for len(*s) <= path/64 {
		*s = append(*s, 0)
	}
	(*s)[path/64] |= 1 << (path % 64)
}

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
