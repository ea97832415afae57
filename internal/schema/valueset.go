package schema

import (
	"strings"

	"github.com/kithsec/kith/internal/fold"
)

// Separator separates the values of a multi-value cell. It is the only separator in
// canonical cells.
const Separator = "|"

// LineSeparator also separates the values of a multi-value cell, as in cells of Splunk.
const LineSeparator = "\n"

// SplitValues returns the values of a canonical multi-value cell. It trims them, and drops
// empty values and values that differ from an earlier one only in case.
func SplitValues(cell string) []string {
	var set ValueSet
	for v := range strings.SplitSeq(cell, Separator) {
		set.Add(fold.Trim(v))
	}
	return set.Values
}

// SplitCanonical returns the values of a multi-value cell whose values are trimmed, distinct
// and not empty.
func SplitCanonical(cell string) []string { return strings.Split(cell, Separator) }

// JoinValues returns the cell of some values. It is the inverse of SplitCanonical.
func JoinValues(values []string) string { return strings.Join(values, Separator) }

// ValueSet collects distinct values in the order in which they are added. It ignores empty
// values, and values that differ from an earlier one only in case. The zero ValueSet is
// empty.
type ValueSet struct {
	Values []string
	Exact  bool                // values that differ only in case are distinct
	seen   map[string]struct{} // the compareKeys of Values; nil while there are few values
}

// manyValues is the number of values at which a map becomes faster than a linear search.
const manyValues = 16

// Add adds v unless it is empty or in the set, and reports whether it added v.
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

// Has reports whether v is in the set, ignoring case unless s.Exact is set.
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

// compareKey returns the form of a value in which values are compared.
func (s *ValueSet) compareKey(v string) string {
	if s.Exact {
		return v
	}
	return fold.Lower(v)
}

// Reset removes all values. It reuses the memory of s.Values.
func (s *ValueSet) Reset() {
	s.Values = s.Values[:0]
	s.seen = nil
}
