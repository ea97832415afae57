package window

import "iter"

// Counter counts how many times each id is in a window, and how many distinct ids there
// are. It is a list while there are few ids, and then a map. The zero Counter is empty.
type Counter struct {
	few  []idCount
	many map[uint32]int32
}

type idCount struct {
	id uint32
	n  int32
}

// maxFew is the number of ids up to which the list is faster than the map.
const maxFew = 48

// Reset removes all ids.
func (c *Counter) Reset() {
	c.few = c.few[:0]
	clear(c.many)
}

// Change adds an id, or removes one that was added.
func (c *Counter) Change(id uint32, add bool) {
	if add {
		c.Add(id)
	} else {
		c.remove(id)
	}
}

// Add counts an id once more.
func (c *Counter) Add(id uint32) {
	if len(c.many) > 0 {
		c.many[id]++
		return
	}
	for i := range c.few {
		if c.few[i].id == id {
			c.few[i].n++
			return
		}
	}
	if len(c.few) < maxFew {
		c.few = append(c.few, idCount{id, 1})
		return
	}
	if c.many == nil {
		c.many = make(map[uint32]int32, 2*maxFew)
	}
	for _, u := range c.few {
		c.many[u.id] = u.n
	}
	c.few = c.few[:0]
	c.many[id]++
}

// remove counts an id, which was added, once less.
func (c *Counter) remove(id uint32) {
	if len(c.many) > 0 {
		if c.many[id]--; c.many[id] == 0 {
			delete(c.many, id)
		}
		return
	}
	for i := range c.few {
		if c.few[i].id != id {
			continue
		}
		if c.few[i].n--; c.few[i].n == 0 {
			last := len(c.few) - 1
			c.few[i] = c.few[last]
			c.few = c.few[:last]
		}
		return
	}
}

// All returns an iterator over the ids and how many times each was added, in no particular
// order.
func (c *Counter) All() iter.Seq2[uint32, int32] {
	return func(yield func(uint32, int32) bool) {
		for _, u := range c.few {
			if !yield(u.id, u.n) {
				return
			}
		}
		for id, n := range c.many {
			if !yield(id, n) {
				return
			}
		}
	}
}

// Distinct returns how many distinct ids there are.
func (c *Counter) Distinct() int64 { return int64(len(c.few) + len(c.many)) }
