package entity

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Separator parts the values of a multi-value cell.
const Separator = "|"

// Trim removes the white space around a value.
func Trim(s string) string {
	if len(s) > 0 && visible(s[0]) && visible(s[len(s)-1]) { // most often
		return s
	}
	return strings.TrimSpace(s)
}

// visible reports whether c is a character of ASCII that is no white space.
func visible(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// Fold returns s in rune-wise lower case, which is what "ignoring case" means
// everywhere in Kith. Bytes that are not UTF-8 stay as they are.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return string(AppendFold(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

// AppendFold appends Fold(s) to dst.
func AppendFold[T ~string | ~[]byte](dst []byte, s T) []byte {
	from := len(dst)
	dst = append(dst, s...)
	done := foldASCII(dst[from:])
	if done == len(s) {
		return dst
	}
	return appendFoldRunes(dst[:from+done], s[done:])
}

// foldASCII brings text into lower case up to the first byte that is not ASCII,
// and returns how many bytes these are. It takes eight at a time: a letter sets
// the top bit of its byte if "A" is added up to it, but not if what comes after
// "Z" is.
func foldASCII(text []byte) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		if w&high != 0 {
			break
		}
		upper := (w + (0x80-'A')*ones) &^ (w + (0x80-'Z'-1)*ones) & high
		binary.LittleEndian.PutUint64(text[i:], w|upper>>2)
	}
	for ; i < len(text) && text[i] < utf8.RuneSelf; i++ {
		if c := text[i]; 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
	return i
}

func appendFoldRunes[T ~string | ~[]byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

// EqualFold reports whether a and b are equal ignoring case.
func EqualFold(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) != len(b) && isASCII(a) && isASCII(b) {
		return false
	}
	return Fold(a) == Fold(b)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// SplitValues returns the values of a multi-value cell: trimmed, without empty
// ones and without repeats ignoring case, first spelling kept.
func SplitValues(cell string) []string {
	var set ValueSet
	for v := range strings.SplitSeq(cell, Separator) {
		set.Add(Trim(v))
	}
	return set.Values
}

// splitCanonical splits a cell that is known to be canonical.
func splitCanonical(cell string) []string { return strings.Split(cell, Separator) }

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
		s.seen[s.compared(v)] = struct{}{}
	}
	return true
}

// Has reports whether v is there, ignoring case.
func (s *ValueSet) Has(v string) bool {
	if len(s.Values) < manyValues {
		for _, have := range s.Values {
			if have == v || !s.Exact && EqualFold(have, v) {
				return true
			}
		}
		return false
	}
	if s.seen == nil {
		s.seen = make(map[string]struct{}, 2*manyValues)
		for _, have := range s.Values {
			s.seen[s.compared(have)] = struct{}{}
		}
	}
	_, ok := s.seen[s.compared(v)]
	return ok
}

func (s *ValueSet) compared(v string) string {
	if s.Exact {
		return v
	}
	return Fold(v)
}

// Reset empties the set and keeps its memory.
func (s *ValueSet) Reset() {
	s.Values = s.Values[:0]
	s.seen = nil
}

// Values are the values of a multi-value column of a typed record. In CSV they
// are one cell.
type Values []string

// MarshalCSV returns the cell.
func (v Values) MarshalCSV() (string, error) { return JoinValues(v), nil }

// UnmarshalCSV splits a cell as it stands.
func (v *Values) UnmarshalCSV(cell string) error {
	*v = nil
	if cell != "" {
		*v = strings.Split(cell, Separator)
	}
	return nil
}

// CustomValue is the value of a custom column of a typed record.
type CustomValue struct{ Name, Value string }
