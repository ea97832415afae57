package risk

import "math/bits"

// modifierStore holds the modifiers of objects. An object with few modifiers has a place
// in a page. Places have a size class, and freed places are reused by objects of the same
// class. An object with many modifiers has a slice of its own. The garbage collector sees
// only the pages and these slices.
type modifierStore struct {
	pages     [][]modifier
	used      uint32                 // modifiers of the last page that are in places
	free      [maxClass + 1][]uint32 // free places by size class
	ownSlices [][]modifier
	freeOwn   []uint32 // indexes in ownSlices that are free
}

const (
	pageBits = 12
	pageSize = 1 << pageBits
	maxClass = 32           // greatest size class of a place
	ownSlice = maxClass + 1 // size class of an object with a slice of its own
)

// classSize returns how many modifiers a place of a size class holds: 1 to 8, then four
// classes to a doubling: 10, 12, 14, 16, 20, …, 512. Class 0 means that there is no place.
func classSize(size uint8) int {
	if size <= 8 {
		return int(size)
	}
	step := uint(size-9)/4 + 1
	return int(5+uint(size-9)%4) << step
}

// classFor returns the smallest size class that holds n modifiers, or ownSlice if there is
// none.
func classFor(n int) uint8 {
	if n <= 8 {
		return uint8(n)
	}
	if n > classSize(maxClass) {
		return ownSlice
	}
	step := bits.Len(uint(n-1)) - 3
	return uint8(9 + 4*(step-1) + (n-1)>>step + 1 - 5)
}

// modifiersOf returns the modifiers of o.
func (r *modifierStore) modifiersOf(o *object) []modifier {
	if o.sizeClass == ownSlice {
		return r.ownSlices[o.place]
	}
	if o.sizeClass == 0 {
		return nil
	}
	at := o.place & (pageSize - 1)
	return r.pages[o.place>>pageBits][at : at+o.count : at+uint32(classSize(o.sizeClass))]
}

// insertAt inserts m at an index of the modifiers of o.
func (r *modifierStore) insertAt(o *object, at int, m modifier) {
	list := r.modifiersOf(o)
	if len(list) == cap(list) {
		list = r.moveModifiers(o, list, len(list)+1)
	}
	list = append(list, modifier{})
	copy(list[at+1:], list[at:])
	list[at] = m
	r.setModifiers(o, list)
}

// setModifiers sets the number of modifiers of o. list must be in the place of o.
func (r *modifierStore) setModifiers(o *object, list []modifier) {
	o.count = uint32(len(list))
	if o.sizeClass == ownSlice {
		r.ownSlices[o.place] = list
	}
}

// removeFirst removes the first n modifiers of o.
func (r *modifierStore) removeFirst(o *object, n int) {
	list := r.modifiersOf(o)
	rest := list[n:]
	if size := classFor(len(rest)); size != o.sizeClass || size == ownSlice && 2*len(rest) < cap(list) {
		r.moveModifiers(o, rest, len(rest))
		return
	}
	r.setModifiers(o, list[:copy(list, rest)])
}

// moveModifiers moves list to a new place of o that holds n modifiers, frees the old
// place, and returns the modifiers.
func (r *modifierStore) moveModifiers(o *object, list []modifier, n int) []modifier {
	place, size := o.place, o.sizeClass
	o.sizeClass, o.count = classFor(n), uint32(len(list))
	switch {
	case o.sizeClass == 0:
		o.place = 0
	case o.sizeClass == ownSlice:
		own := append(make([]modifier, 0, n+n/8), list...)
		if k := len(r.freeOwn); k > 0 {
			o.place = r.freeOwn[k-1]
			r.freeOwn = r.freeOwn[:k-1]
			r.ownSlices[o.place] = own
		} else {
			o.place = uint32(len(r.ownSlices))
			r.ownSlices = append(r.ownSlices, own)
		}
	default:
		o.place = r.allocPlace(o.sizeClass)
		copy(r.modifiersOf(o), list)
	}
	switch size {
	case 0:
	case ownSlice:
		r.ownSlices[place] = nil
		r.freeOwn = append(r.freeOwn, place)
	default:
		r.free[size] = append(r.free[size], place)
	}
	return r.modifiersOf(o)
}

// allocPlace returns a free place of a size class.
func (r *modifierStore) allocPlace(size uint8) uint32 {
	if n := len(r.free[size]); n > 0 {
		place := r.free[size][n-1]
		r.free[size] = r.free[size][:n-1]
		return place
	}
	need := uint32(classSize(size))
	if len(r.pages) == 0 || r.used+need > pageSize {
		r.freeRest()
		r.pages = append(r.pages, make([]modifier, pageSize))
		r.used = 0
	}
	place := uint32(len(r.pages)-1)<<pageBits | r.used
	r.used += need
	return place
}

// freeRest divides the rest of the last page into free places.
func (r *modifierStore) freeRest() {
	for len(r.pages) > 0 && r.used < pageSize {
		size := classFor(int(pageSize - r.used))
		for size > maxClass || classSize(size) > int(pageSize-r.used) {
			size--
		}
		r.free[size] = append(r.free[size], uint32(len(r.pages)-1)<<pageBits|r.used)
		r.used += uint32(classSize(size))
	}
}
