package risk

// index finds numbers by the hash of what they stand for: open addressing with
// the whole hash in the slot, so that neither a slot of another key nor growing
// touches what the number leads to. A key's slot follows from its hash by its
// size, not by its low bits: the slots lie in the order of the hashes, growing
// is one walk through both tables, and any size will do.
type index struct {
	slots []uint64 // hash in the upper half, number in the lower, 0 if empty
	count int
}

func (x *index) home(hash uint32) int { return int(uint64(hash) * uint64(len(x.slots)) >> 32) }

func (x *index) next(i int) int {
	if i++; i == len(x.slots) {
		return 0
	}
	return i
}

// seek returns the slot of the first number with the hash, from slot i on, or
// of an empty slot.
func (x *index) seek(hash uint32, i int) int {
	for x.slots[i] != 0 && uint32(x.slots[i]>>32) != hash {
		if i++; i == len(x.slots) {
			i = 0
		}
	}
	return i
}

// put adds a number under a hash.
func (x *index) put(hash, id uint32) {
	if 5*(x.count+1) > 4*len(x.slots) {
		x.resize(max(16, len(x.slots)/2*3))
	}
	x.place(uint64(hash)<<32 | uint64(id))
	x.count++
}

func (x *index) place(slot uint64) {
	i := x.home(uint32(slot >> 32))
	for x.slots[i] != 0 {
		i = x.next(i)
	}
	x.slots[i] = slot
}

func (x *index) resize(n int) {
	old := x.slots
	x.slots = make([]uint64, n)
	for _, slot := range old {
		if slot != 0 {
			x.place(slot)
		}
	}
}

// remove takes a number away that was put under the hash.
func (x *index) remove(hash, id uint32) {
	i := x.home(hash)
	for x.slots[i] != uint64(hash)<<32|uint64(id) {
		i = x.next(i)
	}
	x.count--
	// What follows moves up if it is not where it belongs, so that nothing
	// behind the gap is lost.
	for k := x.next(i); x.slots[k] != 0; k = x.next(k) {
		home := x.home(uint32(x.slots[k] >> 32))
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
