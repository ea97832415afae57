package jsonscan

import "iter"

// hits is what a scan has found so far, with the rule for repeats: a member
// replaces an earlier one of the same object with the same key, and all that
// was found in it. Members of one object have the same key exactly if they lead
// to the same node, so a hit is replaced by one with its node and its parent.
//
// What another spelling has found for a node stays behind the newer hit: it
// counts again if that one is lost with an object around it. A hit that is lost
// makes room for the next, so there are never more than the event has ways to
// spell the paths, however often it repeats them.
//
// As long as no node was hit twice, which is so in nearly every event, nothing of
// that is needed: the hit of a node has its number.
type hits struct {
	all      []hit    // one for every node, then those of nodes that were hit twice
	found    []uint64 // a bit for each node that was hit
	repeated bool     // whether any node was hit twice; the rest is for then
	at       []int32  // for nodes found 1 + the index of the latest hit, or 0 if all were lost
	free     []int32  // indices of hits that were lost
}

// hit is a member found under a key that leads to a node.
type hit struct {
	value  Value
	parent int32 // index of the object it was found in, none for the event itself

	// If any node was hit twice:
	behind int32  // 1 + the index of an older hit of the same node
	age    uint32 // changes when a hit at this index is lost
	parAge uint32 // age of the parent when this was found in it
}

// reset drops all hits and makes room for n nodes.
func (h *hits) reset(n int) {
	h.free, h.repeated = h.free[:0], false
	if cap(h.all) < n || cap(h.at) < n {
		h.all, h.at, h.found = make([]hit, n), make([]int32, n), make([]uint64, (n+63)/64)
	}
	h.all, h.at, h.found = h.all[:n], h.at[:n], h.found[:(n+63)/64]
	clear(h.found)
}

// add notes that node was found in the object of the hit parent and returns the
// index of the new hit.
func (h *hits) add(node, parent int32, v Value) int32 {
	word, bit := &h.found[uint(node)/64], uint64(1)<<(uint(node)%64)
	if *word&bit != 0 || h.repeated {
		return h.addAgain(node, parent, v)
	}
	*word |= bit
	h.all[node].set(parent, v)
	return node
}

// set makes a hit of what is known of one that nothing repeats.
func (a *hit) set(parent int32, v Value) {
	// Field by field: as a literal it would be built aside and copied in wider
	// pieces than it was written in, for which the processor has to wait.
	a.value.Start, a.value.End, a.value.Kind, a.value.Escaped = v.Start, v.End, v.Kind, v.Escaped
	a.parent = parent
}

// addAgain is add once a node was hit twice.
func (h *hits) addAgain(node, parent int32, v Value) int32 {
	if !h.repeated {
		h.repeat()
	}
	var behind int32
	if h.has(node) {
		behind = h.replace(node, parent)
	}
	i, age := h.again()
	a := &h.all[i]
	a.set(parent, v)
	a.behind, a.age, a.parAge = behind, age, 0
	if parent != none {
		a.parAge = h.all[parent].age
	}
	h.found[node/64] |= 1 << (node % 64)
	h.at[node] = i + 1
	return i
}

// repeat completes the hits so far, none of which is lost or repeats another.
func (h *hits) repeat() {
	h.repeated = true
	for node := range h.nodes() {
		h.at[node] = int32(node) + 1
		a := &h.all[node]
		a.behind, a.age, a.parAge = 0, 0, 0
	}
}

// nodes yields the nodes that were hit, even if that was lost.
func (h *hits) nodes() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range h.found {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + lowest(word)) {
					return
				}
			}
		}
	}
}

// again returns the index and the age of a hit that was lost, or else of a new
// one.
func (h *hits) again() (i int32, age uint32) {
	n := len(h.free)
	if n == 0 {
		h.all = append(h.all, hit{})
		return int32(len(h.all) - 1), 0
	}
	i = h.free[n-1]
	h.free = h.free[:n-1]
	return i, h.all[i].age
}

// has reports whether a node was hit, even if that was lost.
func (h *hits) has(node int32) bool { return h.found[uint(node)/64]>>(uint(node)%64)&1 != 0 }

// replace drops the hits of node that lie in the object of the hit parent, or
// in one that is lost, and returns the latest of the others as in at.
func (h *hits) replace(node, parent int32) int32 {
	link := &h.at[node]
	for *link != 0 {
		i := *link - 1
		old := &h.all[i]
		if old.parent != parent && h.lives(i) {
			link = &old.behind
			continue
		}
		*link = old.behind
		old.age++
		h.free = append(h.free, i)
	}
	return h.at[node]
}

// lives reports whether no object around the hit was lost. An index may have
// been given to another hit since; then its age has changed.
func (h *hits) lives(i int32) bool {
	for {
		parent := h.all[i].parent
		if parent == none {
			return true
		}
		if h.all[parent].age != h.all[i].parAge {
			return false
		}
		i = parent
	}
}

// resolve leaves for each node the latest hit that is not lost.
func (h *hits) resolve() {
	if !h.repeated {
		return
	}
	for node := range h.nodes() {
		link := &h.at[node]
		for *link != 0 && !h.lives(*link-1) {
			*link = h.all[*link-1].behind
		}
		if *link == 0 {
			h.found[node/64] &^= 1 << (node % 64)
		}
	}
}

// value returns the value of a node after resolve.
func (h *hits) value(node int) Value {
	if !h.has(int32(node)) {
		return Value{}
	}
	if h.repeated {
		node = int(h.at[node]) - 1
	}
	return h.all[node].value
}
