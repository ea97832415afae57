package jsonedit

// hits is what a scan has found so far, with the rule for repeats: a member
// replaces an earlier one of the same object with the same key, and all that
// was found in it. Members of one object have the same key exactly if they lead
// to the same node, so a hit is replaced by one with its node and its parent.
//
// What another spelling has found for a node stays behind the newer hit: it
// counts again if that one is lost with an object around it. A hit that is lost
// makes room for the next, so there are never more than the event has ways to
// spell the paths, however often it repeats them.
type hits struct {
	all      []hit
	found    []uint64 // a bit for each node that was hit
	at       []int32  // for those 1 + the index of the latest hit, or 0 if all were lost
	free     []int32  // indices of hits that were lost
	repeated bool     // whether any node was hit twice
}

// hit is a member found under a key that leads to a node.
type hit struct {
	value  Value
	node   int32
	parent int32  // index of the object it was found in, none for the event itself
	behind int32  // 1 + the index of an older hit of the same node
	age    uint32 // changes when a hit at this index is lost
	parAge uint32 // age of the parent when this was found in it
}

// reset forgets all hits and makes room for n nodes.
func (h *hits) reset(n int) {
	h.all, h.free, h.repeated = h.all[:0], h.free[:0], false
	if cap(h.at) < n {
		h.at, h.found = make([]int32, n), make([]uint64, (n+63)/64)
	}
	h.at, h.found = h.at[:n], h.found[:(n+63)/64]
	clear(h.found)
}

// add notes that node was found in the object of the hit parent and returns the
// index of the new hit. As long as no node was hit twice, none was lost, and all
// ages are zero.
func (h *hits) add(node, parent int32, v Value) int32 {
	word, bit := &h.found[uint(node)/64], uint64(1)<<(uint(node)%64)
	if *word&bit != 0 || h.repeated {
		return h.addAgain(node, parent, v)
	}
	*word |= bit
	i := h.place()
	h.all[i].set(node, parent, v)
	h.at[node] = i + 1
	return i
}

// set makes a hit that lost nothing and has nothing behind it.
func (a *hit) set(node, parent int32, v Value) {
	// Field by field: as a literal it would be built aside and copied in wider
	// pieces than it was written in, for which the processor has to wait.
	a.value.Start, a.value.End, a.value.Kind, a.value.Escaped = v.Start, v.End, v.Kind, v.Escaped
	a.node, a.parent, a.behind, a.age, a.parAge = node, parent, 0, 0, 0
}

// addAgain is add once a node was hit twice.
func (h *hits) addAgain(node, parent int32, v Value) int32 {
	h.repeated = true
	var behind int32
	if h.has(node) {
		behind = h.replace(node, parent)
	}
	i, age := h.again()
	a := &h.all[i]
	a.set(node, parent, v)
	a.behind, a.age = behind, age
	if parent != none {
		a.parAge = h.all[parent].age
	}
	h.found[node/64] |= 1 << (node % 64)
	h.at[node] = i + 1
	return i
}

// again returns the index and the age of a hit that was lost, or else of a new
// one.
func (h *hits) again() (i int32, age uint32) {
	n := len(h.free)
	if n == 0 {
		return h.place(), 0
	}
	i = h.free[n-1]
	h.free = h.free[:n-1]
	return i, h.all[i].age
}

// place returns the index of a hit behind all others, whatever it holds.
func (h *hits) place() int32 {
	n := len(h.all)
	if n < cap(h.all) {
		h.all = h.all[:n+1]
	} else {
		h.all = append(h.all, hit{})
	}
	return int32(n)
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
	for i := range h.all {
		node := h.all[i].node
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
	if h.has(int32(node)) {
		return h.all[h.at[node]-1].value
	}
	return Value{}
}
