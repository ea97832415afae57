package risk

import "math/bits"

// rows holds the modifiers of objects. Most objects have a few, in a place of one of a
// few sizes that is cut from a page; an object with many has a slice of its own. Only
// pages and such slices are pointers.
type rows struct {
	pages [][]mod
	used  uint32                // of the last page
	free  [maxSize + 1][]uint32 // places by size
	big   [][]mod
	gaps  []uint32 // numbers of big that are free
}

const (
	rowBits  = 12
	pageRows = 1 << rowBits
	maxSize  = 32          // the greatest size of a place
	ownSize  = maxSize + 1 // of an object that has a slice of its own
)

// sizeOf returns how many modifiers a place of a size has: 1 to 8, then four steps
// to a doubling: 10, 12, 14, 16, 20, …, 512. Size 0 is no place at all.
func sizeOf(size uint8) int {
	if size <= 8 {
		return int(size)
	}
	step := uint(size-9)/4 + 1
	return int(5+uint(size-9)%4) << step
}

// fit returns the smallest size that holds n, ownSize if there is none.
func fit(n int) uint8 {
	if n <= 8 {
		return uint8(n)
	}
	if n > sizeOf(maxSize) {
		return ownSize
	}
	step := bits.Len(uint(n-1)) - 3
	return uint8(9 + 4*(step-1) + (n-1)>>step + 1 - 5)
}

// of returns the modifiers of o.
func (r *rows) of(o *object) []mod {
	if o.size == ownSize {
		return r.big[o.place]
	}
	if o.size == 0 {
		return nil
	}
	at := o.place & (pageRows - 1)
	return r.pages[o.place>>rowBits][at : at+o.count : at+uint32(sizeOf(o.size))]
}

// insert inserts m into the modifiers of o at an index.
func (r *rows) insert(o *object, at int, m mod) {
	list := r.of(o)
	if len(list) == cap(list) {
		list = r.move(o, list, len(list)+1)
	}
	list = append(list, mod{})
	copy(list[at+1:], list[at:])
	list[at] = m
	r.set(o, list)
}

// set sets the modifiers of o, which are in their place.
func (r *rows) set(o *object, list []mod) {
	o.count = uint32(len(list))
	if o.size == ownSize {
		r.big[o.place] = list
	}
}

// removeFirst removes the first n modifiers of o.
func (r *rows) removeFirst(o *object, n int) {
	list := r.of(o)
	rest := list[n:]
	if size := fit(len(rest)); size != o.size || size == ownSize && 2*len(rest) < cap(list) {
		r.move(o, rest, len(rest))
		return
	}
	r.set(o, list[:copy(list, rest)])
}

// move moves list to a new place of o for n modifiers, and returns that place.
func (r *rows) move(o *object, list []mod, n int) []mod {
	place, size := o.place, o.size
	o.size, o.count = fit(n), uint32(len(list))
	switch {
	case o.size == 0:
		o.place = 0
	case o.size == ownSize:
		own := append(make([]mod, 0, n+n/8), list...)
		if k := len(r.gaps); k > 0 {
			o.place = r.gaps[k-1]
			r.gaps = r.gaps[:k-1]
			r.big[o.place] = own
		} else {
			o.place = uint32(len(r.big))
			r.big = append(r.big, own)
		}
	default:
		o.place = r.room(o.size)
		copy(r.of(o), list)
	}
	switch size {
	case 0:
	case ownSize:
		r.big[place] = nil
		r.gaps = append(r.gaps, place)
	default:
		r.free[size] = append(r.free[size], place)
	}
	return r.of(o)
}

// room returns a free place of a size.
func (r *rows) room(size uint8) uint32 {
	if n := len(r.free[size]); n > 0 {
		place := r.free[size][n-1]
		r.free[size] = r.free[size][:n-1]
		return place
	}
	need := uint32(sizeOf(size))
	if len(r.pages) == 0 || r.used+need > pageRows {
		r.cutRest()
		r.pages = append(r.pages, make([]mod, pageRows))
		r.used = 0
	}
	place := uint32(len(r.pages)-1)<<rowBits | r.used
	r.used += need
	return place
}

// cutRest makes smaller places of what is left of the last page.
func (r *rows) cutRest() {
	for len(r.pages) > 0 && r.used < pageRows {
		size := fit(int(pageRows - r.used))
		for size > maxSize || sizeOf(size) > int(pageRows-r.used) {
			size--
		}
		r.free[size] = append(r.free[size], uint32(len(r.pages)-1)<<rowBits|r.used)
		r.used += uint32(sizeOf(size))
	}
}
