package jsonscan

import "iter"

// hits holds the members that a scan has found so far. A member replaces an earlier
// member of the same object with the same key, and everything found in the earlier one.
// Members of one object have the same key if and only if they lead to the same node, so a
// hit is replaced by a hit with the same node and the same parent.
//
// A hit of the same node under another spelling is not replaced but kept as the older hit:
// it becomes the latest again if the newer one is lost because an object around it is
// replaced. Lost hits are reused, so the number of hits is bounded by the number of ways to
// spell the paths, however often the event repeats them.
//
// In nearly every event no node is hit twice. In that case, the index of a hit is its node,
// and only the fields all and found are used.
type hits struct {
	all      []hit    // one for every node, then the further hits of nodes that were hit twice
	found    []uint64 // a bit for each node that was hit
	repeated bool     // whether any node was hit twice; if not, the fields below are unused
	latest   []int32  // for each node found: 1 + the index of its latest hit, or 0 if all are lost
	free     []int32  // indexes of lost hits
}

// hit is a member found under a key that leads to a node.
type hit struct {
	value  Value
	parent int32 // index of the object it was found in, noNode for the event itself

	// The fields below are used only if any node was hit twice.
	older     int32  // 1 + the index of an older hit of the same node, or 0
	age       uint32 // changes when a hit at this index is lost
	parentAge uint32 // the age of the parent when this hit was found
}

// reset drops all hits and makes room for n nodes.
func (h *hits) reset(n int) {
	h.free, h.repeated = h.free[:0], false
	if cap(h.all) < n || cap(h.latest) < n {
		h.all, h.latest, h.found = make([]hit, n), make([]int32, n), make([]uint64, (n+63)/64)
	}
	h.all, h.latest, h.found = h.all[:n], h.latest[:n], h.found[:(n+63)/64]
	clear(h.found)
}

// addHit records that node was found in the object of the hit parent, and returns the index
// of the new hit.
func (h *hits) addHit(node, parent int32, v Value) int32 {
	word, bit := &h.found[uint(node)/64], uint64(1)<<(uint(node)%64)
	if *word&bit != 0 || h.repeated {
		return h.addRepeated(node, parent, v)
	}
	*word |= bit
	h.all[node].setValue(parent, v)
	return node
}

// setValue sets the value and the parent of a hit. The other fields are used only if a
// node was hit twice.
func (a *hit) setValue(parent int32, v Value) {
	// The fields are assigned one by one: the compiler would build a composite literal on
	// the stack and copy it with loads that are wider than the stores, which prevents store
	// forwarding.
	a.value.Start, a.value.End, a.value.Kind, a.value.Escaped = v.Start, v.End, v.Kind, v.Escaped
	a.parent = parent
}

// addRepeated is addHit for events in which a node was hit twice.
func (h *hits) addRepeated(node, parent int32, v Value) int32 {
	if !h.repeated {
		h.beginRepeats()
	}
	var behind int32
	if h.wasHit(node) {
		behind = h.dropReplaced(node, parent)
	}
	i, age := h.reuseHit()
	a := &h.all[i]
	a.setValue(parent, v)
	a.older, a.age, a.parentAge = behind, age, 0
	if parent != noNode {
		a.parentAge = h.all[parent].age
	}
	h.found[node/64] |= 1 << (node % 64)
	h.latest[node] = i + 1
	return i
}

// beginRepeats fills in the fields that are used from now on. So far no hit is lost and no
// node was hit twice.
func (h *hits) beginRepeats() {
	h.repeated = true
	for node := range h.nodes() {
		h.latest[node] = int32(node) + 1
		a := &h.all[node]
		a.older, a.age, a.parentAge = 0, 0, 0
	}
}

// nodes returns an iterator over the nodes that were hit, including those whose hits are
// lost.
func (h *hits) nodes() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range h.found {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + lowestBit(word)) {
					return
				}
			}
		}
	}
}

// reuseHit returns the index and the age of a lost hit, or of a new one if none is lost.
func (h *hits) reuseHit() (i int32, age uint32) {
	n := len(h.free)
	if n == 0 {
		h.all = append(h.all, hit{})
		return int32(len(h.all) - 1), 0
	}
	i = h.free[n-1]
	h.free = h.free[:n-1]
	return i, h.all[i].age
}

// wasHit reports whether a node was hit, even if its hits are lost.
func (h *hits) wasHit(node int32) bool { return h.found[uint(node)/64]>>(uint(node)%64)&1 != 0 }

// dropReplaced drops the hits of node that lie in the object of the hit parent, or in an
// object that is lost. It returns 1 + the index of the latest hit that remains, or 0 if
// none does.
func (h *hits) dropReplaced(node, parent int32) int32 {
	link := &h.latest[node]
	for *link != 0 {
		i := *link - 1
		old := &h.all[i]
		if old.parent != parent && h.isLive(i) {
			link = &old.older
			continue
		}
		*link = old.older
		old.age++
		h.free = append(h.free, i)
	}
	return h.latest[node]
}

// isLive reports whether no object around the hit is lost. If the index of a lost object
// was reused for another hit, its age differs from parentAge.
func (h *hits) isLive(i int32) bool {
	for {
		parent := h.all[i].parent
		if parent == noNode {
			return true
		}
		if h.all[parent].age != h.all[i].parentAge {
			return false
		}
		i = parent
	}
}

// keepLatest drops all hits of each node but the latest one that is not lost.
func (h *hits) keepLatest() {
	if !h.repeated {
		return
	}
	for node := range h.nodes() {
		link := &h.latest[node]
		for *link != 0 && !h.isLive(*link-1) {
			*link = h.all[*link-1].older
		}
		if *link == 0 {
			h.found[node/64] &^= 1 << (node % 64)
		}
	}
}

// value returns the value of a node. keepLatest must have been called.
func (h *hits) value(node int) Value {
	if !h.wasHit(int32(node)) {
		return Value{}
	}
	if h.repeated {
		node = int(h.latest[node]) - 1
	}
	return h.all[node].value
}
