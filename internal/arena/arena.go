// Package arena stores millions of small values under 32-bit numbers: records ([Slab]),
// interned texts ([Texts]), interned keys with values ([Pool]) and an index from hashes to
// numbers ([Index]). Where possible, their memory has no pointers, so that the garbage
// collector need not scan it. None of the types may be used concurrently.
package arena

import "github.com/kithsec/kith/internal/hugepage"

// pageSize is the number of records in a page of a Slab.
const (
	pageBits = 10
	pageSize = 1 << pageBits
)

// Slab stores records in pages, numbered from 1. Records do not move when it grows. If T
// has no pointers, the garbage collector does not scan the pages. The zero Slab is empty.
type Slab[T any] struct {
	pages [][]T
	last  uint32 // greatest number that Alloc has returned
	free  []uint32
}

// At returns the record with a number that Alloc has returned.
func (s *Slab[T]) At(id uint32) *T { return &s.pages[id>>pageBits][id&(pageSize-1)] }

// Alloc returns the number of a new record, which is the zero T. It reuses numbers that
// were freed.
func (s *Slab[T]) Alloc() uint32 {
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

// Max returns the greatest number that Alloc has returned.
func (s *Slab[T]) Max() uint32 { return s.last }

// Free zeroes a record and frees its number.
func (s *Slab[T]) Free(id uint32) {
	var zero T
	*s.At(id) = zero
	s.free = append(s.free, id)
}

// Index maps hashes of keys to the numbers of the keys. It is a hash table with open
// addressing and linear probing. A slot contains the whole hash, so that neither probing
// nor growing has to read the key of a number. The home slot of a hash is proportional to
// the hash. So slots are ordered by hash, growing reads and writes both tables in order,
// and a table can have any size. The zero Index is empty.
type Index struct {
	slots []uint64 // hash in the upper half, number in the lower, 0 if empty
	count int
}

func (x *Index) homeSlot(hash uint32) int { return int(uint64(hash) * uint64(len(x.slots)) >> 32) }

func (x *Index) nextSlot(i int) int {
	if i++; i == len(x.slots) {
		return 0
	}
	return i
}

// First returns the first number that was put under a hash, or 0, and the position to
// continue from with Next.
func (x *Index) First(hash uint32) (id uint32, at int) {
	if len(x.slots) == 0 {
		return 0, 0
	}
	return x.findFrom(hash, x.homeSlot(hash))
}

// Next returns the next number that was put under a hash, or 0, and its position. at is
// the position that First or Next returned.
func (x *Index) Next(hash uint32, at int) (uint32, int) { return x.findFrom(hash, x.nextSlot(at)) }

func (x *Index) findFrom(hash uint32, i int) (uint32, int) {
	for x.slots[i] != 0 && uint32(x.slots[i]>>32) != hash {
		if i++; i == len(x.slots) {
			i = 0
		}
	}
	return uint32(x.slots[i]), i
}

// Len returns how many numbers are in the index.
func (x *Index) Len() int { return x.count }

// Put adds a number, which must not be 0, under a hash.
func (x *Index) Put(hash, id uint32) {
	if 5*(x.count+1) > 4*len(x.slots) {
		x.resize(max(16, len(x.slots)/2*3))
	}
	x.placeEntry(uint64(hash)<<32 | uint64(id))
	x.count++
}

func (x *Index) placeEntry(slot uint64) {
	i := x.homeSlot(uint32(slot >> 32))
	for x.slots[i] != 0 {
		i = x.nextSlot(i)
	}
	x.slots[i] = slot
}

// Reserve makes room for n more numbers.
func (x *Index) Reserve(n int) {
	if slots := 5*(x.count+n)/4 + 1; slots > len(x.slots) {
		x.resize(slots)
	}
}

// Clear removes all numbers. It keeps the memory.
func (x *Index) Clear() {
	clear(x.slots)
	x.count = 0
}

// Size returns the bytes of memory that the index takes.
func (x *Index) Size() int { return 8 * len(x.slots) }

func (x *Index) resize(n int) {
	old := x.slots
	x.slots = hugepage.Scratch[uint64](n)
	for _, slot := range old {
		if slot != 0 {
			x.placeEntry(slot)
		}
	}
}

// Remove removes a number that was put under the hash. It closes the gap, so that there
// are no tombstones.
func (x *Index) Remove(hash, id uint32) {
	i := x.homeSlot(hash)
	for x.slots[i] != uint64(hash)<<32|uint64(id) {
		i = x.nextSlot(i)
	}
	x.count--
	// A later entry moves into the gap if the gap is on its probe path, that is, between
	// its home slot and itself. Otherwise it would not be found any more.
	for k := x.nextSlot(i); x.slots[k] != 0; k = x.nextSlot(k) {
		home := x.homeSlot(uint32(x.slots[k] >> 32))
		if between := home > i && home <= k || k < i && (home > i || home <= k); between {
			continue
		}
		x.slots[i] = x.slots[k]
		i = k
	}
	x.slots[i] = 0
	if len(x.slots) > 1024 && 4*x.count < len(x.slots) {
		x.resize(len(x.slots) / 2)
	}
}

// Guess returns the number in the home slot of a hash, or 0. It is usually the number that
// First returns, but may be that of another hash. It reads one slot only and does not
// branch on it, so that the cache misses of several calls overlap.
func (x *Index) Guess(hash uint32) uint32 {
	if len(x.slots) == 0 {
		return 0
	}
	return uint32(x.slots[x.homeSlot(hash)])
}
