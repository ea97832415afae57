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

// Alloc returns the number of a new record, which is zero.
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

// Max returns the greatest number that Add has returned.
func (s *Slab[T]) Max() uint32 { return s.last }

// Free frees a record and its number.
func (s *Slab[T]) Free(id uint32) {
	var zero T
	*s.At(id) = zero
	s.free = append(s.free, id)
}

// Index maps hashes of keys to the numbers of the keys, by open addressing. A
// slot holds the whole hash, so that neither passing a slot of another key nor
// growing reads what a number stands for. The home slot of a hash is proportional
// to it, not given by its low bits: slots are ordered by hash, growing is one walk
// through both tables, and a table can have any size. The zero Index is empty.
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

// First returns the first number under a hash, or 0, and where to go on with
// Next.
func (x *Index) First(hash uint32) (id uint32, at int) {
	if len(x.slots) == 0 {
		return 0, 0
	}
	return x.findFrom(hash, x.homeSlot(hash))
}

// Next returns the next number under a hash, or 0, from where First or Next
// stopped.
func (x *Index) Next(hash uint32, at int) (uint32, int) { return x.findFrom(hash, x.nextSlot(at)) }

func (x *Index) findFrom(hash uint32, i int) (uint32, int) {
	for x.slots[i] != 0 && uint32(x.slots[i]>>32) != hash {
		if i++; i == len(x.slots) {
			i = 0
		}
	}
	return uint32(x.slots[i]), i
}

// len returns how many numbers the index holds.
func (x *Index) len() int { return x.count }

// Put adds a number, which is not 0, under a hash.
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

func (x *Index) resize(n int) {
	old := x.slots
	x.slots = make([]uint64, n)
	for _, slot := range old {
		if slot != 0 {
			x.placeEntry(slot)
		}
	}
}

// Remove removes a number that was put under the hash.
func (x *Index) Remove(hash, id uint32) {
	i := x.homeSlot(hash)
	for x.slots[i] != uint64(hash)<<32|uint64(id) {
		i = x.nextSlot(i)
	}
	x.count--
	// Numbers after the gap move up if the gap lies between their home and them, so
	// that they are still found.
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

// Guess returns the number in the home slot of a hash, which may be that of
// another key, or 0. It reads one slot only, so that many can be read together.
func (x *Index) Guess(hash uint32) uint32 {
	if len(x.slots) == 0 {
		return 0
	}
	return uint32(x.slots[x.homeSlot(hash)])
}
