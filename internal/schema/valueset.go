package schema

import (
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// Separator separates the values of a multi-value cell.
const Separator = "|"

// SplitValues returns the values of a multi-value cell: trimmed, without empty
// ones and without repeats ignoring case, first spelling kept.
func SplitValues(cell string) []string {
	var set ValueSet
	for v := range strings.SplitSeq(cell, Separator) {
		set.Add(fold.Trim(v))
	}
	return set.Values
}

// SplitCanonical splits a cell that is known to be canonical.
func SplitCanonical(cell string) []string { return strings.Split(cell, Separator) }

// JoinValues is the inverse of SplitValues.
func JoinValues(values []string) string { return strings.Join(values, Separator) }

// ValueSet collects values in order, without empty ones and without repeats
// ignoring case; the first spelling is kept. The zero ValueSet is empty.
type ValueSet struct {
	Values []string
	Exact  bool                // case counts
	seen   map[string]struct{} // folded; made when there are many
}

// manyValues is the size from which a map beats comparing with every value.
const manyValues = 16

// Add adds v unless it is empty or there, and reports whether it did.
func (s *ValueSet) Add(v string) bool {
	if v == "" || s.Has(v) {
		return false
	}
	s.Values = append(s.Values, v)
	if s.seen != nil {
		s.seen[s.compareKey(v)] = struct{}{}
	}
	return true
}

// Has reports whether v is there, ignoring case.
func (s *ValueSet) Has(v string) bool {
	if len(s.Values) < manyValues {
		for _, have := range s.Values {
			if have == v || !s.Exact && fold.Equal(have, v) {
				return true
			}
		}
		return false
	}
	if s.seen == nil {
		s.seen = make(map[string]struct{}, 2*manyValues)
		for _, have := range s.Values {
			s.seen[s.compareKey(have)] = struct{}{}
		}
	}
	_, ok := s.seen[s.compareKey(v)]
	return ok
}

func (s *ValueSet) compareKey(v string) string {
	if s.Exact {
		return v
	}
	return fold.Lower(v)
}

// Reset empties the set and keeps its memory.
func (s *ValueSet) Reset() {
	s.Values = s.Values[:0]
	s.seen = nil
}
