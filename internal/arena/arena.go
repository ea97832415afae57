// Package arena holds millions of small values under 32-bit numbers, in memory
// without pointers where it can, so that the garbage collector need not visit
// each: records ([Slab]), interned texts ([Texts]), interned values ([Pool]) and
// an index from hashes to numbers ([Index]). None of them may be used concurrently.
package arena

// A page of a Slab has pageSize records.
const (
	pageBits = 10
	pageSize = 1 << pageBits
)

// Slab holds records by number, from 1 on, in pages, so that growing copies
// nothing and records do not move. If T has no pointers, the garbage collector
// has nothing to follow.
type Slab[T any] struct {
	pages [][]T
	last  uint32 // the greatest number that Add returned
	free  []uint32
}

// At returns the record with a number.
func (s *Slab[T]) At(id uint32) *T { return &s.pages[id>>pageBits][id&(pageSize-1)] }

// Add returns the number of a new record, which is zero.
func (s *Slab[T]) Add() uint32 {
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

// Max returns the greatest number that Add has returned.
func (s *Slab[T]) Max() uint32 { return s.last }

// Drop frees a record and its number.
func (s *Slab[T]) Drop(id uint32) {
	var zero T
	*s.At(id) = zero
	s.free = append(s.free, id)
}
