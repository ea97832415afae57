package risk

// pageSize is how many records a page of a slab has.
const (
	pageBits = 10
	pageSize = 1 << pageBits
)

// slab holds records by number, from 1 on, in pages: growing copies nothing,
// and if a record has no pointer, the collector has nothing to follow. What at
// returns stays where it is.
type slab[T any] struct {
	pages [][]T
	last  uint32 // the greatest number that was given
	free  []uint32
}

func (s *slab[T]) at(id uint32) *T { return &s.pages[id>>pageBits][id&(pageSize-1)] }

// add returns the number of a record that is zero.
func (s *slab[T]) add() uint32 {
	if n := len(s.free); n > 0 {
		id := s.free[n-1]
		s.free = s.free[:n-1]
		return id
	}
	s.last++
	if int(s.last>>pageBits) >= len(s.pages) {
		s.pages = append(s.pages, make([]T, pageSize))
	}
	return s.last
}

// drop gives a number back.
func (s *slab[T]) drop(id uint32) {
	var zero T
	*s.at(id) = zero
	s.free = append(s.free, id)
}
